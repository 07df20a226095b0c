"""From the outbox to the broker, and out of the outbox when a capture has had its effect.

Two threads, apart from the fetching, so that a broker or a store out of reach delays nothing else.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from schemas.events import Message
from schemas.topics import Topic, named
from services.crawler.core import refusal
from services.crawler.state import CHUNK, State, Waiting
from services.kit import logs
from services.kit.clock import Clock
from services.kit.errors import Unavailable
from services.kit.health import Health
from services.kit.metrics import Metrics

MOST_IN_FLIGHT = 200
MOST_BYTES_IN_FLIGHT = 16 * 1024 * 1024
LOOK_EVERY = 0.25
SETTLE_EVERY = 1.0
LONGEST_PAUSE = 5.0
# What kafka-python calls a broker's refusal of a message for its size.
SIZE_ERRORS = frozenset({"MessageSizeTooLargeError", "RecordListTooLargeError", "RecordTooLargeError"})
log = logs.get(__name__)


class Sender(Protocol):
    """What is needed of a publisher. The future has kafka-python's add_callback and add_errback."""

    def send(self, topic: Topic[Message], key: str, value: bytes, headers: Mapping[str, str]) -> Any: ...

    def close(self) -> None: ...


class Settlement(Protocol):
    """What is needed of the store."""

    def settled(self, captures: Sequence[str]) -> set[str]: ...

    def forget_captures(self, captures: Sequence[str]) -> None: ...


class Outbox:
    """Publishes what waits, oldest first. `store` is None where the broker is durable: a capture is then
    settled as soon as the broker has it.
    """

    def __init__(
        self,
        *,
        state: State,
        connect: Callable[[], Sender],
        store: Settlement | None,
        metrics: Metrics,
        health: Health,
        clock: Clock,
    ) -> None:
        self._state = state
        self._connect = connect
        self._store = store
        self._metrics = metrics
        self._health = health
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.crashed = threading.Event()

    def start(self) -> None:
        """Publish again what a forgetful broker may have lost, then what comes."""
        loops = [("publish", self._publishing)]
        if self._store is not None:
            loops.append(("settle", self._settling))
        self._threads = [
            threading.Thread(target=self._guarded, args=(loop,), name=name, daemon=True)
            for name, loop in loops
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something new waits."""
        self._wake.set()

    def stop(self, timeout: float = 3.0) -> None:
        """Finish what is on its way, within the timeout (seconds); what remains is published next time."""
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout)

    def _guarded(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except Exception:
            log.exception("the outbox stopped by a bug")
            self.crashed.set()

    # Publishing

    def _publishing(self) -> None:
        pause, again = 0.2, self._store is not None
        while not self._stopping.is_set():
            try:
                if again:
                    self._settle_quietly()
                    self._state.publish_again()
                    again = False
                session = _Session(self._state, self._connect(), self._wake, self._on_acknowledged)
                self._health.met("broker")
                pause = 0.2
                try:
                    session.run(self._stopping, settled=self._store is None)
                finally:
                    session.sender.close()
            except (Unavailable, OSError) as error:
                if isinstance(error, Unavailable):
                    self._health.unmet("broker", str(error))
                    again = self._store is not None
                self._metrics.retries.labels("crawler").inc()
                log.warning(
                    "captures wait in the outbox",
                    cause=str(error),
                    waiting=self._state.unsettled,
                    pause=pause,
                )
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _on_acknowledged(self, messages: Sequence[Waiting]) -> None:
        now = self._clock()
        for waiting in messages:
            self._metrics.latency.labels("crawler").observe(
                (now - waiting.message.fetched_at).total_seconds()
            )
        self._metrics.messages.labels("crawler", "published").inc(len(messages))
        self.measure()

    def measure(self) -> None:
        waiting = self._state.unacknowledged()
        self._metrics.outbox.labels("waiting").set(waiting)
        self._metrics.outbox.labels("published").set(max(0, self._state.unsettled - waiting))

    # Settling

    def _settling(self) -> None:
        while not self._stopping.wait(SETTLE_EVERY):
            self._settle_quietly()

    def _settle_quietly(self) -> None:
        try:
            self.settle()
            self.measure()
        except (Unavailable, OSError) as error:
            log.warning("the outbox waits to hear what is settled", cause=str(error))

    def settle(self) -> int:
        """Ask the store what is settled, and let it go; returns how many. Oldest first."""
        if self._store is None:
            return 0
        count = after = 0
        while rows := self._state.captures(after, CHUNK):
            after = rows[-1][0]
            settled = sorted(self._store.settled([capture for _, capture in rows]))
            if settled:
                self._state.settled(settled)
                self._store.forget_captures(settled)
                count += len(settled)
        return count


class _Session:
    """One connection's life: ends with Unavailable as soon as the broker fails one message."""

    def __init__(
        self,
        state: State,
        sender: Sender,
        wake: threading.Event,
        on_acknowledged: Callable[[Sequence[Waiting]], None],
    ) -> None:
        self.sender = sender
        self._state = state
        self._wake = wake
        self._on_acknowledged = on_acknowledged
        self._in_flight = 0
        self._bytes = 0
        self._sent_to = 0
        self._acknowledged: deque[Waiting] = deque()
        self._failed: deque[tuple[Waiting, BaseException]] = deque()

    def run(self, stopping: threading.Event, settled: bool) -> None:
        while True:
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            try:
                self._mark(settled)
            except OSError as error:
                # What the broker has must not be sent again because the disk is full: keep it in mind.
                log.error("what the broker has taken cannot be noted: trying again", cause=str(error))
                if stopping.wait(1.0):
                    return
                continue
            if self._failed:
                self._give_up(settled)
            if stopping.is_set():
                self._finish(settled)
                return
            self._send_waiting(stopping)

    def _send_waiting(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            room = MOST_IN_FLIGHT - self._in_flight
            if room <= 0 or self._bytes >= MOST_BYTES_IN_FLIGHT:
                return
            rows = self._state.waiting(self._sent_to, min(room, 20))
            if not rows:
                return
            for waiting in rows:
                self._send(waiting)

    def _send(self, waiting: Waiting) -> None:
        message = waiting.message
        try:
            future = self.sender.send(named(message.topic), message.key, message.value, message.headers())
        except Unavailable as error:
            if not _too_large(error.__cause__):
                raise
            self._failed.append((waiting, error.__cause__ or error))
            self._wake.set()
            return
        self._sent_to = waiting.number
        self._in_flight += 1
        self._bytes += len(message.value)
        # Callbacks run in the producer's thread: they only leave a note.
        future.add_callback(lambda _: self._note(self._acknowledged, waiting))
        future.add_errback(lambda error: self._note(self._failed, (waiting, error)))

    def _note(self, where: deque[Any], what: Any) -> None:
        where.append(what)
        self._wake.set()

    def _mark(self, settled: bool) -> None:
        done = [self._acknowledged.popleft() for _ in range(len(self._acknowledged))]
        if not done:
            return
        try:
            self._state.acknowledged([waiting.number for waiting in done], settled)
        except OSError:
            self._acknowledged.extendleft(reversed(done))
            raise
        self._in_flight -= len(done)
        self._bytes -= sum(len(waiting.message.value) for waiting in done)
        self._on_acknowledged(done)

    def _give_up(self, settled: bool) -> None:
        """A message that no broker of this kind takes becomes a dead letter; any other failure ends the
        session, and the next one begins with the oldest message that waits.
        """
        waiting, error = self._failed[0]
        message = waiting.message
        if _too_large(error):
            text = f"{len(message.value)} bytes, but the broker takes less: {error}"
            letter = refusal(message.key, message.capture, message.archive, text, message.fetched_at)
            self._state.replace(waiting.number, letter)
            log.warning("dead letter", reason="too-large", error=text, archive=message.archive)
        self._mark(settled)
        raise Unavailable(f"the broker did not take a capture: {str(error) or type(error).__name__}")

    def _finish(self, settled: bool) -> None:
        """Wait a moment for what is on its way."""
        for _ in range(8):
            if not self._in_flight or self._failed:
                break
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            self._mark(settled)


def _too_large(error: BaseException | None) -> bool:
    return type(error).__name__ in SIZE_ERRORS
