"""The folder in which one newswatch keeps everything, and what is running there."""

import fcntl
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


class PlaceError(Exception):
    """The folder cannot be used. The message names it, the cause and the way out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things lie under the data folder."""

    data: Path

    @property
    def run_file(self) -> Path:
        """What `newswatch up` started: addresses and processes, as JSON."""
        return self.data / "run.json"

    @property
    def log_file(self) -> Path:
        return self.data / "newswatch.log"

    @property
    def ready_files(self) -> Path:
        return self.data / "run"

    @property
    def sample_sources(self) -> Path:
        """The sources of the sample newsroom, where that is or was watched."""
        return self.ready_files / "newsroom-sources.yaml"

    @property
    def store(self) -> str:
        """Where the store is: of what runs here, else the embedded one."""
        return str(self.running().get("store") or f"embedded:{self.data / 'store'}")

    def prepare(self) -> None:
        """Make the folder, and see that it can be written."""
        try:
            self.ready_files.mkdir(parents=True, exist_ok=True)
            probe = self.ready_files / "probe"
            probe.write_bytes(b"x" * 4096)
            probe.unlink()
        except OSError as error:
            raise PlaceError(
                f"data folder {self.data}: {error.strerror or error}; mend it or choose another with --data"
            ) from error

    def forget_last_run(self) -> None:
        """Take away what a run that was killed left behind. Only whoever holds the lock may."""
        for left_over in (self.run_file, self.sample_sources, *self.ready_files.glob("*.json")):
            left_over.unlink(missing_ok=True)

    def lock(self) -> IO[str]:
        """Take the folder for this process; PlaceError where another `newswatch up` has it."""
        handle = (self.data / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            running = self.running()
            raise PlaceError(
                f"newswatch runs in {self.data} already (process {running.get('pid', 'unknown')}, console "
                f"{running.get('console', 'unknown')}); stop it, or choose another folder with --data"
            ) from error
        return handle

    def running(self) -> dict[str, Any]:
        """What the run file says; empty where nothing was started or the file cannot be read."""
        try:
            found = json.loads(self.run_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def alive(self) -> bool:
        """Whether the process that wrote the run file still runs."""
        pid = self.running().get("pid")
        if not isinstance(pid, int):
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def write_running(self, state: dict[str, Any]) -> None:
        unfinished = self.run_file.with_suffix(".new")
        unfinished.write_text(json.dumps(state, indent=1), encoding="utf-8")
        unfinished.replace(self.run_file)

    def remembered(self, name: str, default: int) -> int:
        """A small number that outlives a run (a port, the newsroom's edition)."""
        try:
            return int((self.data / f"{name}.txt").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return default

    def remember(self, name: str, number: int) -> None:
        (self.data / f"{name}.txt").write_text(str(number), encoding="utf-8")


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1", wanted: int = 0) -> int:
    """The wanted port if it is free, else any that is."""
    if wanted and is_free(host, wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
