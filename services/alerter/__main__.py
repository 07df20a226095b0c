"""The alerter's shell: articles × subscriptions → alerts in the store → delivery."""

import asyncio
import time
from collections.abc import Sequence

from schemas.topics import THREADED
from services.alerter.core import Compiled, compile_all, match
from services.alerter.delivery import Deliverer
from services.kit import logs
from services.kit.clock import Clock, utc_now
from services.kit.metrics import Metrics
from services.kit.service import guarded, start
from services.kit.step import Dead, Record, bug, decode
from services.kit.stream import Done, Result, Stream
from services.store.open import open_store
from services.store.protocol import Store

REFRESH_SECONDS = 1.0
log = logs.get(__name__)


class Alerter:
    """Matches batches of articles against the subscriptions as they are in the store."""

    def __init__(self, store: Store, metrics: Metrics, clock: Clock) -> None:
        self._store = store
        self._latency = metrics.latency.labels("alerter")
        self._clock = clock
        self._compiled: list[Compiled] = []
        self._said: set[tuple[str, str]] = set()
        self._refreshed = float("-inf")

    def handle(self, records: Sequence[Record]) -> tuple[list[Result], int]:
        """A result for each record, and how many alerts are new."""
        self._refresh()
        now = self._clock()
        results: list[Result] = []
        alerts, captures = [], []
        for record in records:
            article = decode(THREADED, record)
            if isinstance(article, Dead):
                results.append(article)
                continue
            try:
                found = match(article, self._compiled, now)
            except Exception as error:
                results.append(bug(record, error))
                continue
            alerts += found
            captures.append(article.capture_id)
            results.append(Done("matched" if found else "unmatched"))
        created = self._store.record_matches(alerts, captures)
        for alert in created:
            self._latency.observe((self._clock() - alert.fetched_at).total_seconds())
            log.info(
                "alert",
                about=alert.summary,
                subscription=alert.subscription,
                source=alert.source,
                id=alert.id[:12],
            )
        return results, len(created)

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed < REFRESH_SECONDS:
            return
        self._compiled, unreadable = compile_all(self._store.subscriptions())
        for each in unreadable:
            told = (each.subscription.id, each.subscription.query)
            if told not in self._said:
                self._said.add(told)
                log.error(
                    "subscription cannot be read: it raises no alerts",
                    subscription=each.subscription.id,
                    error=each.error,
                )
        self._refreshed = time.monotonic()


def main() -> None:
    service = start("alerter", "broker")
    store = open_store(service.settings.store)
    store.setup()
    alerter = Alerter(store, service.metrics, utc_now)
    deliverer = Deliverer(store, service.settings, service.metrics, utc_now)

    async def handle(records: Sequence[Record]) -> Sequence[Result]:
        results, created = await asyncio.to_thread(alerter.handle, records)
        if created:
            deliverer.wake()
        return results

    Stream(
        "alerter",
        [THREADED],
        handle,
        service.settings,
        service.metrics,
        service.health,
        beside=[deliverer.run],
    ).run()


if __name__ == "__main__":
    guarded(main)
