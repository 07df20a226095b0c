"""Takes deliveries to their channels: those that are due, in the order of each thread, until the channel has
them, or for so many hours.

A receiver may get a notification twice, if the alerter dies between its answer and our note of it; the id is
then the same.
"""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.events import Alert, Channel, Context, Notification
from services.alerter.breaker import Breaker
from services.alerter.channels.sender import Answer, Senders
from services.alerter.current import Current
from services.alerter.gates import Drop, Hold, Send, channel_key, decide
from services.alerter.notes import Notes
from services.alerter.notice import compose, context, updates
from services.kit import logs
from services.kit.clock import Clock
from services.kit.errors import Unavailable
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.store.latency import AT_DELIVERY, passed, source_of
from services.store.protocol import Delivery, DeliveryState, Store

AT_ONCE = 64  # deliveries claimed at a time
PER_CHANNEL = 16  # at the same time
MOST_TOGETHER = 10_000  # alerts in one notification
LEASE = timedelta(minutes=2)
LOOK_EVERY = 1.0
LONG_PAUSE = timedelta(minutes=10)  # before another try at what cannot be worked out
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Deliveries to one channel, the notification that tells them, and when it was decided to send it."""

    deliveries: list[Delivery]
    notification: Notification
    decided: datetime


class Dispatcher:
    """Claims deliveries from the store, decides, sends, and notes what became of each."""

    def __init__(
        self, store: Store, senders: Senders, settings: Settings, metrics: Metrics, clock: Clock
    ) -> None:
        self._store = store
        self._senders = senders
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._current = Current(store)
        self._breakers: dict[str, Breaker] = defaultdict(Breaker)
        self._turns: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_CHANNEL))
        self._notes = Notes(store)
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to deliver now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                try:
                    found = await self.round()
                except Unavailable as error:
                    log.warning("deliveries wait", cause=str(error))
                    found = 0
                if not found:
                    await self._nap()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def round(self) -> int:
        """Begin what is due; how much that is."""
        if len(self._under_way) >= 2 * AT_ONCE:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        outgoing, others = await asyncio.to_thread(self._decided)
        for each in outgoing:
            task = asyncio.ensure_future(self._send(each))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(outgoing) + others

    async def drain(self) -> None:
        """Wait for what was begun."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def _nap(self) -> None:
        wake = asyncio.ensure_future(self._wake.wait())
        await asyncio.wait({wake, *self._under_way}, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
        wake.cancel()
        self._wake.clear()

    def _decided(self) -> tuple[list[Outgoing], int]:
        """What is to be sent now; and how many deliveries were held or dropped."""
        now = self._clock()
        groups = self._groups(now)
        if groups:
            # After they were claimed: a subscription may be younger than the last look at it.
            self._current.refresh()
        outgoing: list[Outgoing] = []
        others: list[Delivery] = []
        for group in groups:
            try:
                sent, rest = self._sorted(group, now)
                if sent:
                    outgoing.append(Outgoing(sent, self._composed(sent), now))
                    limits = self._senders.limits(sent[0].channel)
                    self._current.sending(sent[0].alert, sent[0].channel, limits, now)
                others += rest
            except Unavailable:
                raise
            except Exception as error:
                # One that cannot be worked out must not keep all others from going out.
                log.exception("a delivery cannot be worked out", alert=group[0].alert.id[:12])
                why = f"{type(error).__name__}: {error}"[:300]
                others += [_held(each, now + LONG_PAUSE, error=why) for each in group]
        if others:
            self._store.resolve_deliveries(others)
        return outgoing, len(others)

    def _sorted(self, group: list[Delivery], now: datetime) -> tuple[list[Delivery], list[Delivery]]:
        """Those that go out now; and as they are to be noted, those that do not, and a bundle's."""
        limits = self._senders.limits(group[0].channel)
        verdicts = [decide(each, self._current.circumstances(each, limits, now), now) for each in group]
        paired = list(zip(group, verdicts, strict=True))
        sent = [each for each, verdict in paired if isinstance(verdict, Send)]
        rest = [
            self._set_aside(each, verdict, now) for each, verdict in paired if not isinstance(verdict, Send)
        ]
        if len(sent) > 1 and not sent[0].bundle:
            # It must come together again if this process dies before the end is noted.
            sent = [replace(each, bundle=sent[0].id) for each in sent]
            rest += [_held(each, now + LEASE) for each in sent]
        return sent, rest

    def _groups(self, now: datetime) -> list[list[Delivery]]:
        """What was claimed, each alone, or with all that it was held back with."""
        groups: dict[str, list[Delivery]] = {}
        for delivery in self._store.claim_deliveries(now, AT_ONCE, LEASE):
            groups.setdefault(delivery.bundle or delivery.batch or delivery.id, []).append(delivery)
        for group in groups.values():
            first = group[0]
            if first.bundle:
                group.extend(self._store.claim_deliveries(now, MOST_TOGETHER, LEASE, bundle=first.bundle))
            elif first.batch:
                more = self._store.claim_deliveries(now, MOST_TOGETHER, LEASE, batch=first.batch)
                group.extend(each for each in more if not each.bundle)
        return list(groups.values())

    def _composed(self, group: list[Delivery]) -> Notification:
        contexts = {each.alert.story: self._context(each.alert) for each in group}
        before: dict[str, bool] = {}
        if len(group) == 1:
            alert = group[0].alert
            before[alert.id] = updates(alert, self._current.alerts(alert.story, [alert.subscription]))
        return compose(group, contexts, before, self._settings.console_url)

    def _context(self, alert: Alert) -> Context:
        answered = self._current.articles(alert.answers) if alert.answers else ()
        return context(alert, self._current.articles(alert.story), answered)

    def _set_aside(self, delivery: Delivery, verdict: Hold | Drop, now: datetime) -> Delivery:
        if isinstance(verdict, Hold):
            self._metrics.deliveries.labels(delivery.channel.kind, "held").inc()
            return _held(delivery, verdict.until, reason=verdict.why, batch=verdict.batch, bundle="")
        self._metrics.deliveries.labels(delivery.channel.kind, "dropped").inc()
        log.info("alert not delivered", alert=delivery.alert.id[:12], why=verdict.why)
        return _ended(delivery, "dropped", now, reason=verdict.why)

    async def _send(self, outgoing: Outgoing) -> None:
        group = outgoing.deliveries
        channel = group[0].channel
        key = channel_key(channel)
        async with self._turns[key]:
            now = self._clock()
            closed = self._breakers[key].closed_for(now)
            try:
                if closed is not None:
                    self._current.not_sent(group[0].alert, channel, outgoing.decided)
                    why = f"the channel failed time after time; tried again at {closed:%H:%M:%S} UTC"
                    await self._notes.note([_held(each, closed, error=why) for each in group])
                    self._metrics.deliveries.labels(channel.kind, "held").inc(len(group))
                    return
                started = time.perf_counter()
                answer = await self._senders.sender(channel).send(outgoing.notification)
                self._metrics.delivery_seconds.labels(channel.kind).observe(time.perf_counter() - started)
                if answer.error:
                    self._current.not_sent(group[0].alert, channel, outgoing.decided)
                await self._settle(group, channel, answer)
            except Unavailable as error:
                # The lease ends by itself; the same notification is then made again.
                log.warning("a delivery's end could not be noted: it is made again", cause=str(error))

    async def _settle(self, group: list[Delivery], channel: Channel, answer: Answer) -> None:
        now = self._clock()
        breaker = self._breakers[channel_key(channel)]
        if not answer.error:
            breaker.worked()
            await self._notes.note([_ended(_tried(each, now), "delivered", now) for each in group])
            self._metrics.deliveries.labels(channel.kind, "delivered").inc(len(group))
            self._observe(group, now)
            return
        breaker.failed(now, answer.retry_after)
        first = group[0]
        tried = first.tried_at or now
        keep_trying = timedelta(hours=self._settings.delivery_hours)
        if answer.final or now - tried >= keep_trying:
            outcome = "failed"
            await self._notes.note([_ended(_tried(each, now, answer.error), "failed", now) for each in group])
            log.error(
                "alert not delivered: given up",
                alert=first.alert.id[:12],
                to=channel.kind,
                name=channel.name,
                cause=answer.error,
            )
        else:
            outcome = "postponed"
            due = retry_at(now, first.attempts, answer.retry_after)
            await self._notes.note([_held(_tried(each, now, answer.error), due) for each in group])
            log.warning(
                "alert not delivered: trying again",
                to=channel.kind,
                name=channel.name,
                cause=answer.error,
                at=due.isoformat(),
            )
        self._metrics.deliveries.labels(channel.kind, outcome).inc(len(group))

    def _observe(self, group: list[Delivery], now: datetime) -> None:
        """How long it took; what was held back for a reason of its own tells nothing of that."""
        for each in group:
            if not each.reason and not each.bundle:
                for stage, seconds in passed(each.alert, [_ended(each, "delivered", now)]):
                    if stage in AT_DELIVERY:
                        self._metrics.alert_seconds.observe(source_of(each.alert), stage, seconds)


def retry_at(now: datetime, attempts: int, retry_after: float | None = None) -> datetime:
    """When a delivery that failed is tried again: after 1 s, 2 s, 4 s … an hour at most."""
    pause = min(3600.0, 2.0 ** min(attempts, 12))
    return now + timedelta(seconds=max(pause, min(retry_after or 0.0, 3600.0)))


def _held(delivery: Delivery, until: datetime, **changes: Any) -> Delivery:
    return replace(delivery, due_at=until, **changes)


def _ended(delivery: Delivery, state: DeliveryState, at: datetime, **changes: Any) -> Delivery:
    return replace(delivery, state=state, due_at=None, finished_at=at, **changes)


def _tried(delivery: Delivery, at: datetime, error: str = "") -> Delivery:
    return replace(delivery, attempts=delivery.attempts + 1, error=error, tried_at=delivery.tried_at or at)
