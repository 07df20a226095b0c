"""The consumer that every streaming service shares: a Faust agent that loses nothing. The only module
that imports faust.

Faust acknowledges what an agent has taken as soon as the agent lets go of it, by whatever way: an
exception, a cancellation, a rebalance. So the agent lets go of a batch only when every message that
follows from it is acknowledged by the broker, or else the process ends at once and the next one reads
the batch again.
"""

import asyncio
import contextlib
import logging
import os
import signal
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from yarl import URL

from schemas.events import Message
from schemas.topics import MAX_MESSAGE_BYTES, Topic, named
from services.kit import logs
from services.kit.clock import Clock, utc_now
from services.kit.errors import Unavailable
from services.kit.health import Health
from services.kit.kafka import ensure_topics
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.step import Dead, Emit, Record, Step, encode, letter, run, stamped

EXIT_HOPELESS = 70
FETCH_WAIT_MS = 100
DRAIN_SECONDS = 8.0
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A record that has had its effect; nothing follows from it in Kafka."""

    status: str = "done"


Result = Emit | Done | Dead
Handle = Callable[[Sequence[Record]], Awaitable[Sequence[Result]]]


def transform(step: Step[Any, Any]) -> Handle:
    """Run a pure step on each record, in a thread, so that heartbeats go on meanwhile."""

    async def handle(records: Sequence[Record]) -> Sequence[Result]:
        return await asyncio.to_thread(lambda: [run(step, record) for record in records])

    return handle


class Stream:
    """One consumer group reading some topics, a batch at a time."""

    def __init__(
        self,
        service: str,
        topics: Sequence[Topic[Message]],
        handle: Handle,
        settings: Settings,
        metrics: Metrics,
        health: Health,
        *,
        batch_size: int | None = None,
        prepare: Callable[[], Awaitable[None]] | None = None,
        beside: Sequence[Callable[[], Awaitable[None]]] = (),
        clock: Clock = utc_now,
    ) -> None:
        """`handle` gives one result for each record, in order; it may raise Unavailable. `prepare` runs
        before the first batch after partitions were assigned; `beside` runs as long as the stream does.
        """
        self.service = service
        self.topics = topics
        self.handle = handle
        self.settings = settings
        self.metrics = metrics
        self.health = health
        self.batch_size = batch_size or settings.batch_size
        self.prepare = prepare
        self.beside = beside
        self.clock = clock
        self.unprepared = True
        self.stopping = asyncio.Event()
        self.busy = False
        self.bugs_in_a_row = 0
        self.last_taken = 0.0

    def run(self) -> None:
        """Consume until SIGTERM or SIGINT; returns after what was begun is finished and committed."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self.stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        await asyncio.to_thread(ensure_topics, self.settings)
        app = self._app(loop)
        channel = app.topic(*(topic.name for topic in self.topics), key_type=bytes, value_type=bytes)
        app.agent(channel, name=self.service, concurrency=1)(self._agent(app))
        app.on_partitions_assigned.connect(self._assigned, weak=False)
        running = {
            asyncio.ensure_future(self._consume(app)),
            *(asyncio.ensure_future(job()) for job in self.beside),
        }
        stop = asyncio.ensure_future(self.stopping.wait())
        done, _ = await asyncio.wait({*running, stop}, return_when=asyncio.FIRST_COMPLETED)
        if stop not in done:
            for task in done:
                task.result()
            raise RuntimeError(f"{self.service} stopped by itself")
        await self._drain(app)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await app.stop()
        # Faust keeps threads and tasks that outlive it; everything is committed, so leave.
        os._exit(0)

    async def _consume(self, app: faust.App) -> None:
        await app.start()
        self.health.met("broker")
        log.info("reading", topics=[topic.name for topic in self.topics])
        await app.wait_until_stopped()
        if app.crash_reason is not None:
            raise app.crash_reason

    async def _assigned(self, *_: Any, **__: Any) -> None:
        self.unprepared = True

    async def _drain(self, app: faust.App) -> None:
        """Take nothing new and finish what was begun, so that what is acknowledged at the end is done."""
        with contextlib.suppress(Exception):
            app.consumer.pause_partitions(app.consumer.assignment())
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            if not self.busy and time.monotonic() - self.last_taken > 3 * self.settings.batch_wait:
                return
        log.warning("stopping with a batch under way: it will be read again")
        os._exit(0)

    def _app(self, loop: asyncio.AbstractEventLoop) -> faust.App:
        settings = self.settings
        options: dict[str, Any] = {}
        scratch = settings.data / "faust" / self.service
        scratch.mkdir(parents=True, exist_ok=True)
        if settings.broker_security != "PLAINTEXT":
            options["broker_credentials"] = _credentials(settings)
        servers = [f"kafka://{server}" for server in settings.broker.split(",")]
        app = faust.App(
            f"newswatch-{self.service}",
            broker=servers,
            loop=loop,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            processing_guarantee="at_least_once",
            value_serializer="raw",
            key_serializer="raw",
            broker_commit_interval=1.0,
            broker_commit_every=1000,
            broker_max_poll_records=500,
            broker_session_timeout=settings.broker_session_timeout,
            broker_heartbeat_interval=settings.broker_session_timeout / 3,
            broker_request_timeout=max(40.0, settings.broker_session_timeout + 10),
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=MAX_MESSAGE_BYTES,
            producer_acks=-1,
            producer_compression_type="zstd",
            producer_max_request_size=MAX_MESSAGE_BYTES + 65536,
            producer_linger=0.005,
            producer_request_timeout=10.0,
            stream_wait_empty=False,
            stream_buffer_maxsize=max(64, self.batch_size),
            store="memory://",
            datadir=scratch,
            **options,
        )
        app.transport = _PromptTransport([URL(server) for server in servers], app, loop)
        return app

    def _agent(self, app: faust.App) -> Callable[[Any], Awaitable[None]]:
        async def agent(stream: Any) -> None:
            async for events in stream.take_events(self.batch_size, within=self.settings.batch_wait):
                work = asyncio.ensure_future(self._batch(app, events))
                try:
                    await asyncio.shield(work)
                except asyncio.CancelledError:
                    # Partitions are being taken away. Letting go now would acknowledge the batch.
                    await asyncio.wait({work}, timeout=DRAIN_SECONDS)
                    if not work.done():
                        log.warning("a batch outlived its partitions: it will be read again")
                        os._exit(EXIT_HOPELESS)
                    raise
                except Exception:
                    log.exception("a batch failed for a reason nobody foresaw: it will be read again")
                    os._exit(EXIT_HOPELESS)

        return agent

    async def _batch(self, app: faust.App, events: Sequence[Any]) -> None:
        self.busy, self.last_taken = True, time.monotonic()
        try:
            if self.unprepared and self.prepare is not None:
                await self._retrying(self.prepare)
            self.unprepared = False
            records = [_record(event) for event in events]
            started = time.perf_counter()
            results = await self._retrying(lambda: self.handle(records))
            self.metrics.batch_seconds.labels(self.service).observe(time.perf_counter() - started)
            self._stop_if_all_die(results)
            outgoing = [self._outgoing(result) for result in results if not isinstance(result, Done)]
            await self._retrying(lambda: _publish(app, outgoing))
            self._count(app, events, results)
        finally:
            self.busy, self.last_taken = False, time.monotonic()

    async def _retrying(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """Try until it works; the partitions stay ours, nothing behind is read meanwhile."""
        pause = 0.2
        while True:
            try:
                done = await attempt()
            except (Unavailable, KafkaError) as error:
                self.metrics.retries.labels(self.service).inc()
                self.health.unmet("broker" if isinstance(error, KafkaError) else "store", str(error))
                log.warning(
                    "out of reach, trying again", cause=str(error) or type(error).__name__, pause=pause
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                if pause > 0.2:
                    for condition in self.health.reasons():
                        self.health.met(condition)
                return done

    def _outgoing(self, result: Emit | Dead) -> Emit:
        if isinstance(result, Emit):
            return replace(result, headers=stamped(result.headers, self.service, self.clock()))
        refused = letter(self.service, result, self.clock())
        log.warning(
            "dead letter",
            reason=result.reason,
            code=result.code,
            error=result.error,
            key=result.record.key,
            id=refused.id[:12],
        )
        return Emit(
            dead_topic(result.record.topic), result.record.key, encode(refused), result.record.headers
        )

    def _stop_if_all_die(self, results: Sequence[Result]) -> None:
        for result in results:
            dead_by_bug = isinstance(result, Dead) and result.reason == "bug"
            self.bugs_in_a_row = self.bugs_in_a_row + 1 if dead_by_bug else 0
            if self.bugs_in_a_row >= self.settings.dead_in_a_row:
                assert isinstance(result, Dead)
                log.error(
                    "every message fails: stopping before more become dead letters",
                    in_a_row=self.bugs_in_a_row,
                    error=result.error,
                    detail=result.detail,
                )
                os._exit(EXIT_HOPELESS)

    def _count(self, app: faust.App, events: Sequence[Any], results: Sequence[Result]) -> None:
        for event, result in zip(events, results, strict=True):
            if isinstance(result, Dead):
                status = "dead"
                self.metrics.dead_letters.labels(self.service, result.reason, result.code).inc()
            else:
                status = result.status if isinstance(result, Done) else "emitted"
            self.metrics.messages.labels(self.service, status).inc()
            with contextlib.suppress(Exception):
                tp = event.message.tp
                high = app.consumer.highwater(tp)
                self.metrics.lag.labels(self.service, tp.topic, str(tp.partition)).set(
                    max(0, high - event.message.offset - 1)
                )


class _PromptThread(driver.AIOKafkaConsumerThread):
    logger = logging.getLogger("faust")

    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust lets a fetch wait 1.5 s. Tansu looks for new messages only a few times in that span, so
        # each stage would add half a second; Kafka answers at once either way.
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class _PromptConsumer(driver.Consumer):
    logger = logging.getLogger("faust")

    def _new_consumer_thread(self) -> Any:
        return _PromptThread(self, loop=self.loop, beacon=self.beacon)


class _PromptTransport(driver.Transport):
    Consumer = _PromptConsumer


def dead_topic(name: str) -> Topic[Message]:
    """Where a refused message of that topic goes; a dead letter has nowhere else to go."""
    topic = named(name)
    return topic if topic.name.endswith(".dead") else topic.dead


async def _publish(app: faust.App, outgoing: Sequence[Emit]) -> None:
    acknowledged = [
        await app.topic(emit.topic.name, key_type=bytes, value_type=bytes).send(
            key=emit.key.encode(),
            value=emit.value,
            headers={name: text.encode() for name, text in emit.headers.items()},
        )
        for emit in outgoing
    ]
    await asyncio.gather(*acknowledged)


def _record(event: Any) -> Record:
    message = event.message
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    return Record(
        topic=message.topic,
        value=event.value if event.value is not None else b"",
        key=(message.key or b"").decode("utf-8", "replace"),
        headers={name: bytes(value).decode("utf-8", "replace") for name, value in headers},
        partition=message.partition,
        offset=message.offset,
    )


def _credentials(settings: Settings) -> Any:
    context = None
    if settings.broker_security.endswith("SSL"):
        context = ssl.create_default_context(cafile=settings.broker_ca_file)
    if settings.broker_security == "SSL":
        return faust.SSLCredentials(context=context)
    return faust.SASLCredentials(
        mechanism=settings.broker_sasl_mechanism,
        username=settings.broker_username,
        password=settings.broker_password.get_secret_value(),
        ssl_context=context,
    )
