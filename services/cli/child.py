"""One child process: started, read, restarted with backoff, stopped."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.3, 30.0, 10.0
LINE_LIMIT = 1024 * 1024
Say = Callable[[str, str, bool], None]


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `ready_file` is written by the child when it listens."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_file: Path | None = None


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]


class Child:
    """Keeps one command running until it is told to stop. `say(name, line, ours)` gets what it prints,
    and what we have to say of it.
    """

    def __init__(self, command: Command, say: Say, *, restart: bool = True) -> None:
        self.command = command
        self._restart = restart
        self.restarts = -1
        self.state = "stopped"
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._halt = asyncio.Event()
        self._last_words = ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        self._halt = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def stop(self, patience: float = 10.0) -> None:
        """SIGTERM, and SIGKILL for what has not gone when patience is over."""
        self._halt.set()
        self.signal(signal.SIGTERM)
        if self._task is None:
            return
        done, _ = await asyncio.wait({self._task}, timeout=patience)
        if not done:
            self._say(self.command.name, f"did not stop within {patience:.0f} s: killed", True)
            await self.kill()

    async def kill(self) -> None:
        self._halt.set()
        self.signal(signal.SIGKILL)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=5.0)

    def signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def finished(self) -> None:
        """Until it is no longer kept running."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._halt.is_set():
            began = time.monotonic()
            status = await self._once()
            if self._halt.is_set() or not self._restart:
                break
            pause = (
                FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            )
            self.state = "restarting"
            self._say(
                self.command.name,
                f"ended ({_told(status)}): started again in {pause:.1f} s{self._words()}",
                True,
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._halt.wait()
        self.state = "stopped"

    def _words(self) -> str:
        """What it said last, where that was meant for people (what is logged as JSON is in the log)."""
        return f"; it said: {self._last_words}" if self._last_words and self._last_words[0] != "{" else ""

    async def _once(self) -> int:
        if self.command.ready_file is not None:
            self.command.ready_file.unlink(missing_ok=True)
        guard = [*python("services.cli.guard"), str(os.getpid())]
        self.restarts += 1
        self._process = await asyncio.create_subprocess_exec(
            *guard,
            *self.command.arguments,
            env={**os.environ, **self.command.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches the parent only, which stops the children in order.
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        self.state = "running"
        self._last_words = ""
        if self._halt.is_set():  # it was told to stop while it was being started
            self.signal(signal.SIGTERM)
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                continue  # a line beyond the limit: what follows of it comes as lines of its own
            if not line:
                break
            self._last_words = line.decode("utf-8", "replace").rstrip()
            self._say(self.command.name, self._last_words, False)
        return await self._process.wait()


def _told(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
