"""The alerter's shell: articles × subscriptions → alerts in the store → delivery."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Sequence

from schemas.events import Alert
from schemas.topics import THREADED
from services.alerter.announce import Announcer
from services.alerter.channels.registry import Registry
from services.alerter.core import alerts
from services.alerter.dispatch import Dispatcher
from services.alerter.folder import Folder
from services.alerter.followed import Subscriptions
from services.alerter.hub import HubPing
from services.kit import logs
from services.kit.clock import Clock, utc_now
from services.kit.metrics import Metrics
from services.kit.service import guarded, start
from services.kit.step import Dead, Record, bug, decode, stages
from services.kit.stream import Done, Result, Stream
from services.store.latency import passed, source_of
from services.store.open import open_store
from services.store.protocol import Store

REFRESH_SECONDS = 0.5
LEARN_FROM = 300  # articles that tell which words are common, before the first one is matched
log = logs.get(__name__)


class Alerter:
    """Matches batches of articles against the subscriptions as they are in the store."""

    def __init__(
        self, store: Store, metrics: Metrics, clock: Clock, announce: Callable[[Sequence[Alert]], None]
    ) -> None:
        """`announce` publishes alerts that are new; it may raise Unavailable."""
        self._store = store
        self._announce = announce
        self._latency = metrics.latency.labels("alerter")
        self._stages = metrics.alert_seconds
        self._clock = clock
        self._subscriptions = Subscriptions()
        self._version: str | None = None
        self._refreshed = float("-inf")

    def handle(self, records: Sequence[Record]) -> tuple[list[Result], list[Alert]]:
        """A result for each record, and the alerts that are new."""
        self._refresh()
        now = self._clock()
        results: list[Result] = []
        raised: list[Alert] = []
        captures: list[str] = []
        for record in records:
            article = decode(THREADED, record)
            if isinstance(article, Dead):
                results.append(article)
                continue
            try:
                found = alerts(article, self._subscriptions.fulfilled(article), now, stages(record))
            except Exception as error:
                results.append(bug(record, error))
                continue
            raised += found
            captures.append(article.capture_id)
            results.append(Done("matched" if found else "unmatched"))
        self._announce_new(raised)
        created = self._store.record_matches(raised, captures)
        for alert in created:
            self._latency.observe((self._clock() - alert.fetched_at).total_seconds())
            if not alert.backfill:
                for stage, seconds in passed(alert, ()):
                    self._stages.observe(source_of(alert), stage, seconds)
            log.info(
                "alert",
                about=alert.summary,
                subscription=alert.subscription,
                source=alert.source,
                id=alert.id[:12],
            )
        return results, created

    def _announce_new(self, raised: Sequence[Alert]) -> None:
        if raised:
            known = self._store.known_alerts([alert.id for alert in raised])
            first = {alert.id: alert for alert in reversed(raised) if alert.id not in known}
            self._announce(list(reversed(first.values())))

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed < REFRESH_SECONDS:
            return
        changes = self._store.subscription_changes(self._version)
        if self._version is None:
            for article in self._store.latest_articles(LEARN_FROM):
                self._subscriptions.observe(article)
        for each in self._subscriptions.apply(changes):
            log.error(
                "subscription cannot be read: it raises no alerts",
                subscription=each.subscription.id,
                error=each.error,
            )
        if changes.whole:
            # What there is at the start stays: the garbage collector need not look at it again and again.
            gc.collect()
            gc.freeze()
        self._version = changes.version
        self._refreshed = time.monotonic()


def main() -> None:
    service = start("alerter", "broker")
    store = open_store(service.settings.store)
    store.setup()
    alerter = Alerter(store, service.metrics, utc_now, Announcer(service.settings))
    dispatchers: list[Dispatcher] = []

    async def deliver() -> None:
        async with Registry(service.settings, os.environ) as senders:
            dispatchers.append(Dispatcher(store, senders, service.settings, service.metrics, utc_now))
            await dispatchers[0].run()

    folder = service.settings.subscriptions
    following = [Folder(folder, store, utc_now).run] if folder is not None else []
    hub = HubPing(service.settings)

    async def handle(records: Sequence[Record]) -> Sequence[Result]:
        results, created = await asyncio.to_thread(alerter.handle, records)
        if created and dispatchers:
            dispatchers[0].wake()
        hub.changed(alert.subscription for alert in created if not alert.backfill)
        return results

    Stream(
        "alerter",
        [THREADED],
        handle,
        service.settings,
        service.metrics,
        service.health,
        beside=[deliver, hub.run, *following],
    ).run()


if __name__ == "__main__":
    guarded(main)
