"""A whole newswatch, run as its users run it, for end-to-end tests and benchmarks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from schemas.events import Alert, Notification
from services.kit.errors import Unavailable
from services.kit.settings import Settings
from services.store.open import open_store
from services.store.protocol import Store

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("crawler", "cleaner", "tagger", "threader", "indexer", "alerter")


class Newswatch:
    """`newswatch up` as a child process, in a data folder of its own."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None
        self.screen = data.with_name(data.name + ".screen")
        self._store: Store | None = None

    def __enter__(self) -> "Newswatch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, patience: float = 60.0) -> None:
        """Start it, and wait until every service is ready."""
        command = [sys.executable, "-m", "services.cli", "up", "--data", str(self.data), *self.arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWATCH_")}
        with self.screen.open("ab") as screen:
            self.process = subprocess.Popen(command, stdout=screen, stderr=subprocess.STDOUT, env=environment)
        wait_until(self.ready, patience, f"newswatch did not become ready; its screen:\n{self._tail()}")

    def stop(self) -> int:
        """Ctrl-C, as a user would; its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def ready(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"newswatch ended:\n{self._tail()}")
        services = self.running().get("services", {})
        return set(STAGES) <= services.keys() and all(
            answers_ready(services[name]) for name in (*STAGES, "console")
        )

    def running(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.data / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def pid(self, name: str) -> int:
        return int(self.running()["services"][name]["pid"])

    def pids(self) -> dict[str, int]:
        """Every process, the supervisor included."""
        assert self.process is not None
        found = {
            name: int(service["pid"])
            for name, service in self.running()["services"].items()
            if service["pid"]
        }
        return found | {"up": self.process.pid}

    def kill(self, name: str) -> None:
        """kill -9 of one of its processes, once it runs."""
        wait_until(lambda: alive(self.pid(name)), 60, f"{name} was not started again")
        os.kill(self.pid(name), signal.SIGKILL)

    @property
    def console(self) -> str:
        return str(self.running()["console"])

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(str(self.running()["store"]))
        return self._store

    def settings(self) -> Settings:
        running = self.running()
        return Settings(broker=running["broker"], broker_durable=running["broker_durable"], data=self.data)

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time that each process has used."""
        return {name: _cpu(pid) for name, pid in self.pids().items()}

    def resident_bytes(self) -> dict[str, int]:
        return {name: _resident(pid) for name, pid in self.pids().items()}

    def log(self) -> str:
        path = self.data / "newswatch.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _tail(self) -> str:
        screen = self.screen.read_text(encoding="utf-8") if self.screen.exists() else ""
        return screen[-3000:] + "\n" + self.log()[-3000:]


class RunningConsole:
    """The console alone, as a process of its own; its store is in the folder."""

    def __init__(self, data: Path) -> None:
        self.ready_file = data / "ready.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.console"],
            cwd=ROOT,
            env=console_environment(data, self.ready_file),
        )
        wait_until(self._listens, 30, "the console does not start", pause=0.05)
        self.address = str(json.loads(self.ready_file.read_text())["url"])

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        assert self.process.poll() is None, "the console ended"
        return self.ready_file.exists()


def console_environment(data: Path, ready_file: Path, port: int = 0) -> dict[str, str]:
    return os.environ | {
        "NEWSWATCH_DATA": str(data),
        "NEWSWATCH_STORE": f"embedded:{data / 'store'}",
        "NEWSWATCH_PORT": str(port),
        "NEWSWATCH_READY_FILE": str(ready_file),
    }


@dataclass
class Receiver:
    """A webhook's receiver. `refuse_first` requests are answered with 503 before it takes any."""

    refuse_first: int = 0
    alerts: dict[str, list[tuple[float, Alert]]] = field(default_factory=dict)
    requests: int = 0

    def __enter__(self) -> "Receiver":
        receiver = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    receiver.requests += 1
                    refused = receiver.requests <= receiver.refuse_first
                    if not refused:
                        key = self.headers["Idempotency-Key"]
                        told = Notification.model_validate_json(body)
                        taken = (time.time(), told.alerts[0])
                        receiver.alerts.setdefault(key, []).append(taken)
                self.send_response(503 if refused else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def wait_until(
    condition: Callable[[], bool], patience: float, otherwise: str | Callable[[], str], pause: float = 0.2
) -> float:
    """Seconds until the condition held; AssertionError with the reason where it did not in time. A store that
    cannot answer (an index that is being created has no shard for a moment) is asked again.
    """

    def holds() -> bool:
        try:
            return condition()
        except Unavailable:
            return False

    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > patience:
            raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(pause)
    return time.monotonic() - began


def newswatch(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line once."""
    command: Sequence[str] = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def answers_ready(service: dict[str, Any]) -> bool:
    """By what its ready file says of it."""
    if not service.get("url"):
        return False
    try:
        with urllib.request.urlopen(f"{service['url']}/readyz", timeout=2.0):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    """Proportional set size: shared pages are counted once over all processes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0
