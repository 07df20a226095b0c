"""A pure step in a process of its own: a message that hangs or kills it becomes a dead letter, and its
neighbours go on.

A thread cannot be stopped while a library works in C, and what crashes there takes the process along; the
broker would then give the same message to the next process, and so on. The two processes speak pickles, one
record and one result at a time. The child ends when its parent does.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from schemas.events import Message
from schemas.topics import Topic
from services.kit import logs
from services.kit.step import Dead, Emit, Record, Step, decode, run

ATTEMPTS = 2  # the first end of a process may have come from outside
PAUSE = 0.2  # seconds before another attempt
log = logs.get(__name__)


class Apart:
    """`command` runs `serve` with a step that reads `topic`. Not to be shared between threads."""

    def __init__(self, command: Sequence[str], topic: Topic[Any]) -> None:
        self._command = command
        self._topic: Topic[Message] = topic
        self._process = self._start()

    def run(self, record: Record) -> Emit | Dead:
        """As services.kit.step.run."""
        status = 0
        for left in reversed(range(ATTEMPTS)):
            result = self._ask(record)
            if result is not None:
                return result
            status = self._ended()
            if status == -signal.SIGVTALRM:
                error = "took too long: the process that was at it had to be ended"
                return Dead(record, "rejected", error, code="too-slow", source=self._source(record))
            log.warning("the process of a step ended: another takes its place", status=status, key=record.key)
            if left:
                time.sleep(PAUSE)
        return Dead(
            record, "bug", f"it ended {ATTEMPTS} processes, the last with status {status}", code="crash"
        )

    def close(self) -> None:
        self._process.kill()
        self._ended(restart=False)

    def _ask(self, record: Record) -> Emit | Dead | None:
        """None where the process ended over it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump(record, self._process.stdin)
            self._process.stdin.flush()
            result: Emit | Dead = pickle.load(self._process.stdout)  # noqa: S301 - our own process wrote it
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        return result

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _ended(self, restart: bool = True) -> int:
        """The status of the process, once it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        status = self._process.wait()
        if restart:
            self._process = self._start()
        return status

    def _source(self, record: Record) -> str:
        return str(getattr(decode(self._topic, record), "source", ""))


def serve(step: Step[Any, Any]) -> None:
    """The child's side: a result for each record, until the parent is gone."""
    # Ctrl-C and a supervisor's signals are for the parent; its end closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get among the results
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            record: Record = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
            pickle.dump(run(step, record), results)
            results.flush()
    os._exit(0)
