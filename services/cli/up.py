"""newswatch up: broker, services and console as child processes, watched, with one log."""

import asyncio
import json
import os
import signal
import time
import urllib.request
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from services.cli import broker as embedded_broker
from services.cli.child import Child, Command, python
from services.cli.place import Place, PlaceError, free_port, is_free
from services.cli.samples import SUBSCRIPTIONS
from services.cli.screen import Screen
from services.kit.errors import Unavailable
from services.kit.kafka import ensure_topics
from services.kit.settings import Settings
from services.store.open import open_store
from services.store.protocol import Store

CONSOLE_PORT = 8600
STREAMING = ("cleaner", "tagger", "threader", "indexer", "alerter")
# Cleaning is half of all the work, and its topic has partitions to share.
CLEANERS = 2 if (os.cpu_count() or 1) > 1 else 1
LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for. Without sources, the sample newsroom is watched."""

    place: Place
    sources: Path | None = None
    broker: str | None = None
    store: str | None = None
    port: int | None = None
    speed: float = 1.0
    quiet: bool = False
    broker_memory_mb: int = 400
    newsroom_rate: float | None = None
    newsroom_count: int | None = None


class Supervisor:
    """Everything that `newswatch up` started."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.place = wanted.place
        self.embedded = wanted.broker is None
        self.stopping = asyncio.Event()
        self.children: dict[str, Child] = {}
        self.broker: Child | None = None
        self.recycled = 0
        self._log: IO[str] | None = None
        self._screen = Screen(wanted.quiet)

    # Set up

    def settle(self) -> None:
        """Choose ports and addresses; PlaceError where one that was asked for is taken."""
        self.place.forget_last_run()
        asked = self.wanted.port
        if asked is not None and not is_free("127.0.0.1", asked):
            raise PlaceError(f"console port {asked} is in use; choose another with --port")
        self.console_port = asked or free_port(wanted=self.place.remembered("console-port", CONSOLE_PORT))
        self.console = f"http://127.0.0.1:{self.console_port}"
        self.place.remember("console-port", self.console_port)
        if self.embedded:
            self.broker_port = free_port(wanted=self.place.remembered("broker-port", 0))
            self.place.remember("broker-port", self.broker_port)
        self.broker_address = self.wanted.broker or f"127.0.0.1:{self.broker_port}"
        self.store_address = self.wanted.store or f"embedded:{self.place.data / 'store'}"
        if (
            self.embedded
            and self.store_address.startswith("http")
            and "track_captures" not in self.store_address
        ):
            # This broker forgets: the store must remember which captures are settled.
            self.store_address += ("&" if "?" in self.store_address else "?") + "track_captures=true"
        self.newsroom_port = free_port(wanted=self.place.remembered("newsroom-port", 0))
        self.place.remember("newsroom-port", self.newsroom_port)

    def environment(self) -> dict[str, str]:
        """What every service is told."""
        told = {
            "DATA": str(self.place.data),
            "STORE": self.store_address,
            "BROKER": self.broker_address,
            "CONSOLE_URL": self.console,
            "LOG_FORMAT": "json",
            # Whoever starts all of it on one machine may have a receiver there, too.
            "WEBHOOK_PRIVATE_HOSTS": os.environ.get("NEWSWATCH_WEBHOOK_PRIVATE_HOSTS", "*"),
        }
        if self.embedded:
            told |= {"BROKER_DURABLE": "false", "BROKER_SESSION_TIMEOUT": "6"}
        return {f"NEWSWATCH_{name}": value for name, value in told.items()} | {"PYTHONUNBUFFERED": "1"}

    def settings(self) -> Settings:
        """The same, for what this process does itself."""
        return Settings(
            data=self.place.data,
            store=self.store_address,
            broker=self.broker_address,
            broker_durable=not self.embedded,
        )

    # The life of it

    async def run(self) -> None:
        """Start all, watch until asked to stop, stop all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)
        with self.place.log_file.open("a", encoding="utf-8", buffering=1) as self._log:
            try:
                await self._unless_stopped(self._start())
                if not self.stopping.is_set():
                    await self._watch()
            finally:
                await self._stop()

    async def _unless_stopped(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        else:
            task.cancel()
        stop.cancel()

    async def _start(self) -> None:
        self.store: Store = await asyncio.to_thread(self._open_store)
        sources = self.wanted.sources
        if sources is None:
            sources = await self._start_newsroom()
        self.sources = sources.resolve()
        if self.embedded:
            await self._start_broker()
        await asyncio.to_thread(ensure_topics, self.settings())
        more = [f"cleaner-{number}" for number in range(2, CLEANERS + 1)]
        for name in ("console", *STREAMING, *more, "crawler"):
            self._add(self._service(name, sources))
        self._write_running()
        self._screen.begin(
            self.console,
            "the sample newsroom (invented outlets)"
            if self.wanted.sources is None
            else str(self.wanted.sources),
            str(self.place.data),
            str(self.place.log_file),
            sample=self.wanted.sources is None,
        )

    def _open_store(self) -> Store:
        store = open_store(self.store_address)
        store.setup()
        if self.wanted.sources is None and not store.subscriptions():
            for subscription in SUBSCRIPTIONS:
                store.put_subscription(subscription)
        return store

    async def _start_newsroom(self) -> Path:
        edition = self.place.remembered("edition", 0) + 1
        self.place.remember("edition", edition)
        arguments = [
            "--port",
            str(self.newsroom_port),
            "--edition",
            str(edition),
            "--speed",
            str(self.wanted.speed),
        ]
        if self.wanted.newsroom_rate is not None:
            arguments += ["--stream", str(self.wanted.newsroom_rate)]
        if self.wanted.newsroom_count is not None:
            arguments += ["--count", str(self.wanted.newsroom_count)]
        ready = self.place.ready_files / "newsroom.json"
        arguments += ["--ready-file", str(ready)]
        self._add(Command("newsroom", python("services.newsroom", *arguments), ready_file=ready))
        await self._ready(ready, "newsroom")
        sources = self.place.sample_sources
        address = f"http://127.0.0.1:{self.newsroom_port}/sources.yaml"
        sources.write_bytes(await asyncio.to_thread(_fetched, address))
        return sources

    async def _ready(self, file: Path, name: str, timeout: float = 30.0) -> None:
        deadline = time.monotonic() + timeout
        while not file.exists():
            if time.monotonic() > deadline:
                raise PlaceError(
                    f"{name} did not start within {timeout:.0f} s; {self.place.log_file} says why"
                )
            await asyncio.sleep(0.05)

    def _service(self, name: str, sources: Path) -> Command:
        ready = self.place.ready_files / f"{name}.json"
        told = self.environment() | {"NEWSWATCH_READY_FILE": str(ready)}
        if name == "crawler":
            told["NEWSWATCH_SOURCES"] = str(sources)
        if name == "console":
            told["NEWSWATCH_PORT"] = str(self.console_port)
        return Command(name, python(f"services.{name.partition('-')[0]}"), told, ready)

    def _add(self, command: Command) -> None:
        child = Child(command, self._say)
        self.children[command.name] = child
        child.start()

    async def _start_broker(self) -> None:
        self.broker = Child(embedded_broker.command(self.broker_port), self._say, restart=False)
        self.broker.start()
        if not await embedded_broker.answers(self.broker_port):
            raise PlaceError(f"the embedded broker did not start; {self.place.log_file} says why")

    async def _watch(self) -> None:
        tasks = {asyncio.ensure_future(self.stopping.wait()), asyncio.ensure_future(self._show())}
        if self.embedded:
            tasks.add(asyncio.ensure_future(self._keep_broker()))
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()

    async def _keep_broker(self) -> None:
        """The broker's log is gone with it, and with the log the readers' places in it. So all who read
        or write start anew, and the crawler publishes again what is not settled.
        """
        while True:
            assert self.broker is not None
            ended = asyncio.ensure_future(self.broker.finished())
            while not ended.done():
                await asyncio.wait({ended}, timeout=2.0)
                pid = self.broker.pid
                limit = self.wanted.broker_memory_mb * 1024 * 1024
                if pid is not None and embedded_broker.resident_bytes(pid) > limit:
                    self._say(
                        "broker",
                        f"holds more than {self.wanted.broker_memory_mb} MB: begun anew, nothing is lost",
                    )
                    await self.broker.kill()
            self.recycled += 1
            self._say(
                "broker", "ended: starting it and its readers anew; captures that are not settled come again"
            )
            readers = [child for name, child in self.children.items() if name not in ("newsroom", "console")]
            await asyncio.gather(*(child.kill() for child in readers))
            await self._start_broker()
            await asyncio.to_thread(ensure_topics, self.settings())
            for child in readers:
                child.start()
            self._write_running()

    async def _show(self) -> None:
        """Tell of articles and alerts as they come into the store."""
        since_alert = since_article = datetime.now(UTC)
        alerts: set[str] = set()
        articles: set[str] = set()
        while True:
            try:
                found = await asyncio.to_thread(self._news)
            except Unavailable as error:
                self._screen.line("store", str(error))
                await asyncio.sleep(5.0)
                continue
            for article in reversed(found[0]):
                if article.fetched_at >= since_article and article.id not in articles:
                    articles.add(article.id)
                    self._screen.article(article)
            for alert in reversed(found[1]):
                if alert.created_at >= since_alert and alert.id not in alerts:
                    alerts.add(alert.id)
                    self._screen.alert(alert, f"{self.console}/alerts/{alert.id}")
            self._write_running()
            await asyncio.sleep(LOOK_EVERY)

    def _news(self) -> tuple[list[Any], list[Any]]:
        return self.store.latest_articles(30), self.store.latest_alerts(30)

    async def _stop(self) -> None:
        """The crawler first, so that nothing new comes; the broker last, so that all can say goodbye."""
        self._screen.end()
        for first in ("newsroom", "crawler"):
            if first in self.children:
                await self.children[first].stop(5.0)
        await asyncio.gather(*(child.stop(15.0) for child in self.children.values()))
        if self.broker is not None:
            await self.broker.stop(5.0)
        self.place.run_file.unlink(missing_ok=True)

    # Telling

    def _say(self, name: str, line: str, ours: bool = True) -> None:
        """A line of a child, or of ours about it, into the log; on the screen what somebody should see."""
        told = {"event": line, "level": "warning"} if ours else _parsed(line)
        if self._log is not None:
            stamp = told.get("timestamp") or datetime.now(UTC).isoformat()
            self._log.write(f"{stamp} {name:9} {_readable(told)}\n")
        if told.get("level") in ("warning", "error", "critical"):
            self._screen.trouble(name, _short(told))

    def _write_running(self) -> None:
        services: dict[str, Any] = {}
        for name, child in self.children.items():
            url = None
            if child.command.ready_file is not None and child.command.ready_file.exists():
                url = json.loads(child.command.ready_file.read_text(encoding="utf-8")).get("url")
            services[name] = {
                "url": url,
                "pid": child.pid,
                "restarts": max(0, child.restarts),
                "state": child.state,
            }
        if self.broker is not None:
            services["broker"] = {
                "url": None,
                "pid": self.broker.pid,
                "restarts": self.recycled,
                "state": self.broker.state,
            }
        state = {
            "pid": os.getpid(),
            "console": self.console,
            "broker": self.broker_address,
            "broker_durable": not self.embedded,
            "store": self.store_address,
            "sources": str(self.sources),
            "services": services,
        }
        if state != getattr(self, "_written", None):
            self.place.write_running(state)
            self._written = state


def _fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10.0) as answer:
        body: bytes = answer.read()
    return body


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"event": line}
    return found if isinstance(found, dict) else {"event": line}


def _readable(told: dict[str, Any]) -> str:
    fields = {
        key: value
        for key, value in told.items()
        if key not in ("event", "level", "timestamp", "service", "exception")
    }
    text = f"{told.get('level', 'info'):7} {told.get('event', '')}"
    text += "".join(f" {key}={value}" for key, value in fields.items())
    return text + (f"\n{told['exception']}" if told.get("exception") else "")


def _short(told: dict[str, Any]) -> str:
    cause = told.get("cause") or told.get("error") or ""
    return f"{told.get('event', '')}{f': {cause}' if cause else ''}"
