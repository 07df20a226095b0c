"""Subscriptions at work: hubs are asked, renewed and left, and what they deliver waits here to be read."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress

from services.crawler.core import Response
from services.crawler.discovery import Feed
from services.crawler.fetch import FetchFailed, outcome_of
from services.crawler.memory import Memory
from services.crawler.patience import Patience
from services.crawler.rhythm import retry_after
from services.crawler.websub import core
from services.crawler.websub.core import Delivery, Refused, Subscription
from services.crawler.websub.links import announced
from services.kit import logs
from services.kit.clock import Clock
from services.kit.metrics import Metrics

AT_ONCE = 4  # hubs that are asked at the same time
MOST_WAITING = 64  # deliveries; hubs bring what is turned away again
LONGEST_SLEEP = 60.0  # seconds until leases that have run out are noticed
Post = Callable[[str, Mapping[str, str]], Awaitable[Response]]
log = logs.get(__name__)


class Subscriber:
    """Subscriptions for these ways (addresses that are polled), kept in the memory by their token.

    `base`: where hubs reach us; `post` sends them forms. `deliveries` holds what is to be read, and
    `unreliable` the ways whose hub has ceased to deliver, so that polling must go on without it.
    """

    def __init__(
        self,
        *,
        base: str,
        ways: Collection[str],
        memory: Memory,
        post: Post,
        metrics: Metrics,
        patience: Patience,
        clock: Clock,
        random: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._base = base.rstrip("/")
        self._ways = frozenset(ways)
        self._memory = memory
        self._post = post
        self._metrics = metrics
        self._patience = patience
        self._clock = clock
        self._random = random
        self._subscriptions: dict[str, Subscription] = {}
        self._of_way: dict[str, str] = {}
        self._reliable: set[str] = set()
        self._asking: set[str] = set()
        self._written = True
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._change = asyncio.Event()
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue(MOST_WAITING)
        self.unreliable: asyncio.Queue[str] = asyncio.Queue()

    async def begin(self) -> None:
        """Remember the subscriptions of earlier runs; those that are no longer wanted are ended."""
        kept = await self._patience("the subscriptions at hubs cannot be read", self._memory.all, "hub")
        now = self._now()
        for token, text in kept.items():
            try:
                sub = core.loads(text)
            except (ValueError, TypeError):
                log.warning("a subscription at a hub cannot be read: it is asked for anew", token=token[:8])
                self._memory.put("hub", token, None)
                continue
            self._subscriptions[token] = sub
            if not sub.callback.startswith(f"{self._base}/"):
                self._put(token, None)  # nobody reaches us there any more
            elif sub.way not in self._ways and not sub.ending:
                self._put(token, core.ended(sub, now))
            elif not sub.ending:
                self._of_way[sub.way] = token

    async def run(self) -> None:
        """Ask, renew and end until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._change.clear()
                now = self._now()
                for token, sub in list(self._subscriptions.items()):
                    if core.due(sub) <= now and token not in self._asking:
                        self._attend(token, sub, now, group)
                self._tell(now)
                await self._flush()
                wait = min(
                    (core.due(sub) - now for sub in self._subscriptions.values()), default=LONGEST_SLEEP
                )
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(max(wait, 0.05), LONGEST_SLEEP)):
                        await self._change.wait()

    # For whoever polls

    def announced(self, way: str, response: Response, feed: Feed) -> None:
        """What polling found: the document names these hubs, or none."""
        if way not in self._ways:
            return
        topic, hubs = announced(response, feed)
        now, token = self._now(), self._of_way.get(way)
        if token is not None:
            if core.stands(self._subscriptions[token], topic, hubs, now):
                return
            log.info("a feed names another hub or topic", feed=way, hubs=hubs[: core.MOST_HUBS], topic=topic)
            del self._of_way[way]
            self._put(token, core.ended(self._subscriptions[token], now))
        token = self._random()
        sub = core.wanted(way, topic, hubs, f"{self._base}/{token}", self._random(), now)
        if sub is not None:
            self._of_way[way] = token
            self._put(token, sub)

    def reliable(self, way: str) -> bool:
        """Whether a hub delivers what is published there."""
        sub = self._current(way)
        return sub is not None and core.delivers(sub, self._now())

    def missed(self, way: str) -> None:
        """Polling found what the hub has not delivered."""
        if self.reliable(way):
            log.info("a feed has more than its hub delivers: it is polled as without one", feed=way)
            self._judged(way, core.missed)
            self._change.set()

    def delivered(self, way: str, outcome: str) -> None:
        """What a delivery was: `ok` if it could be read."""
        self._metrics.hub_deliveries.labels(outcome).inc()
        if outcome == "ok":
            self._judged(way, core.delivered)
            self._reliable.add(way)

    # For whoever listens

    def verify(self, token: str, query: Mapping[str, str]) -> tuple[int, str]:
        """HTTP status and text for a hub that asks whether it was us."""
        before, now = self._subscriptions.get(token), self._now()
        answer = core.verify(before, query, now)
        if before is not None and answer.subscription != before:
            self._put(token, answer.subscription)
            self._told(before, query, answer.status)
        return answer.status, answer.text

    def closed(self, token: str) -> int | None:
        """The HTTP status for a delivery that need not be read; None for one that is welcome."""
        refused = core.closed(self._subscriptions.get(token), self._now())
        if refused is not None:
            return self.refuse(refused.status, refused.reason)
        return self.refuse(503, "busy") if self.deliveries.full() else None

    def deliver(self, token: str, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status for a delivery, its headers by their names in lower case."""
        found = core.accept(self._subscriptions.get(token), headers, body, self._now())
        if isinstance(found, Refused):
            return self.refuse(found.status, found.reason)
        try:
            self.deliveries.put_nowait(found)
        except asyncio.QueueFull:
            return self.refuse(503, "busy")
        return 202

    def refuse(self, status: int, reason: str) -> int:
        """The same status; the delivery is counted."""
        self._metrics.hub_deliveries.labels(reason).inc()
        return status

    # Asking

    def _attend(self, token: str, sub: Subscription, now: float, group: asyncio.TaskGroup) -> None:
        if core.over(sub, now):
            self._put(token, None)
        elif sub.asked:
            self._failed(token, sub, "unverified", "it took the request and never came back")
        else:
            if sub.doubted:
                log.warning("a hub is silent: it is asked anew", feed=sub.way, hub=sub.hub)
            self._asking.add(token)
            task = group.create_task(self._ask(token))
            task.add_done_callback(lambda _: self._asked(token))

    def _asked(self, token: str) -> None:
        self._asking.discard(token)
        self._change.set()

    async def _ask(self, token: str) -> None:
        async with self._slots:
            before = self._subscriptions.get(token)
            if before is None:
                return
            sub = core.asking(before, self._now())
            self._put(token, sub)
            await self._flush()  # if we are killed now, the hub's answer must still find us
            try:
                response = await self._post(sub.hub, core.form(sub))
            except FetchFailed as error:
                self._unless_verified(token, sub, error.outcome, str(error), error.resting)
                return
            except Exception as error:
                log.exception("a hub could not be asked by a bug", hub=sub.hub)
                self._unless_verified(token, sub, "bug", f"{type(error).__name__}: {error}", 0.0)
                return
        if 200 <= response.status < 300:
            self._metrics.fetches.labels("hub", "ok").inc()
            return
        wait = retry_after(response.header("retry-after"), response.fetched_at)
        cause = f"HTTP {response.status} {response.reason}".strip()
        self._unless_verified(token, sub, outcome_of(response.status), cause, wait or 0.0)

    def _unless_verified(
        self, token: str, asked: Subscription, outcome: str, cause: str, wait: float
    ) -> None:
        sub = self._subscriptions.get(token)
        if sub is not None and sub.asked and sub.asked_at == asked.asked_at:
            self._failed(token, sub, outcome, cause, wait)

    def _failed(self, token: str, sub: Subscription, outcome: str, cause: str, wait: float = 0.0) -> None:
        now = self._now()
        self._metrics.fetches.labels("hub", outcome).inc()
        later = core.failed(sub, now, wait)
        log.warning(
            "a hub does not take a request",
            feed=sub.way,
            hub=sub.hub,
            cause=cause,
            next=f"{later.hub} in {later.due - now:g} s",
        )
        self._put(token, later)

    # Keeping

    def _now(self) -> float:
        return self._clock().timestamp()

    def _current(self, way: str) -> Subscription | None:
        token = self._of_way.get(way)
        return None if token is None else self._subscriptions[token]

    def _judged(self, way: str, judge: Callable[[Subscription, float], Subscription]) -> None:
        # Whether a hub delivers is learned anew in each run, so there is nothing to write.
        sub = self._current(way)
        if sub is not None:
            self._subscriptions[self._of_way[way]] = judge(sub, self._now())

    def _put(self, token: str, sub: Subscription | None) -> None:
        if sub is None:
            del self._subscriptions[token]
        else:
            self._subscriptions[token] = sub
        self._memory.put("hub", token, None if sub is None else core.dumps(sub))
        self._written = False
        self._change.set()

    async def _flush(self) -> None:
        if not self._written:
            self._written = True
            # Where the disk does not let us, the watcher's upkeep says so, and tries again.
            with suppress(OSError):
                await asyncio.to_thread(self._memory.flush)

    def _told(self, before: Subscription, query: Mapping[str, str], status: int) -> None:
        mode = query.get("hub.mode")
        if mode == "denied":
            reason = query.get("hub.reason", "")[:300]
            log.warning("a hub denies a subscription", feed=before.way, hub=before.hub, reason=reason)
        elif status == 200 and not core.is_leased(before, self._now()):
            log.info("a hub will deliver", feed=before.way, hub=before.hub, topic=before.topic)

    def _tell(self, now: float) -> None:
        subs = self._subscriptions.values()
        counts = Counter(core.status(sub, now) for sub in subs)
        for state in core.STATUSES:
            self._metrics.hub_subscriptions.labels(state).set(counts[state])
        reliable = {sub.way for sub in subs if core.delivers(sub, now)}
        for way in self._reliable - reliable:
            self.unreliable.put_nowait(way)
        self._reliable = reliable
