"""Lines through several processes: each line to whichever is free, the results in the order of the lines.

The processes are filters themselves, one line in and one line out; one that dies costs the line that it was
at, and another takes its place. At most a few lines for each process are in memory at once.
"""

import contextlib
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import IO

AHEAD = 4  # lines for each process that are read before the first of them is done
MOST_WAITING = 64 * 1024 * 1024  # characters of lines that are read and not done, over which none is read


class Pool:
    """`command` is the filter; each of its processes is started when a line first needs it."""

    def __init__(self, command: Sequence[str], jobs: int) -> None:
        self._command = command
        self._jobs = jobs
        self._own = threading.local()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, lines: Iterable[str], out: IO[str]) -> None:
        """Each line that is not blank through the filter, in order. Ends all processes, whatever happens."""
        waiting: queue.Queue[Future[str] | BaseException | None] = queue.Queue(AHEAD * self._jobs)
        room = _Room(MOST_WAITING)
        threads = ThreadPoolExecutor(self._jobs, "filter")

        def read() -> None:
            try:
                for line in lines:
                    if not line.strip():
                        continue
                    room.take(len(line))
                    future = threads.submit(self._ask, line)
                    future.add_done_callback(partial(room.give, len(line)))
                    waiting.put(future)
                waiting.put(None)
            except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
                waiting.put(error)

        # A daemon: it may be waiting for a line that never comes.
        threading.Thread(target=read, name="reader", daemon=True).start()
        try:
            while (result := waiting.get()) is not None:
                if isinstance(result, BaseException):
                    raise result
                out.write(result.result())
                out.flush()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            self._close()
            threads.shutdown()

    def _ask(self, line: str) -> str:
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line.rstrip("\n").encode("utf-8", "replace") + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except (OSError, ValueError):  # it died, or its pipes were closed at the end
            answer = b""
        if answer.endswith(b"\n"):
            return answer.decode()
        self._own.process = None
        with self._lock:
            self._processes.discard(process)
        status = _ended(process)
        return json.dumps({"id": _id(line), "error": _told(status)}, ensure_ascii=False) + "\n"

    def _process(self) -> subprocess.Popen[bytes]:
        """The one of this thread."""
        process: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if process is not None and process.poll() is None:
            return process
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._processes.add(process)
        self._own.process = process
        return process

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            processes = list(self._processes)
        for process in processes:
            process.kill()
            _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Its exit status, once it has ended."""
    status = process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError, ValueError):
            if pipe is not None:
                pipe.close()
    return status


class _Room:
    """For so many characters, and for any single line if there is no other."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._free = threading.Condition()

    def take(self, size: int) -> None:
        with self._free:
            self._free.wait_for(lambda: not self._taken or self._taken + size <= self._most)
            self._taken += size

    def give(self, size: int, _: object = None) -> None:
        with self._free:
            self._taken -= size
            self._free.notify()


def _id(line: str) -> object:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row.get("id") if isinstance(row, dict) else None


def _told(status: int) -> str:
    if status == -signal.SIGVTALRM:
        return "took too long: the process that was at it had to be ended"
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return f"the process that was at it {how}"
