"""What a service says of itself: /healthz (alive), /readyz (able to work, or why not), /metrics, and what it
offers besides.

Served from a thread of its own, so that the answer comes even while the service is busy.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from prometheus_client import generate_latest

from services.kit.metrics import Metrics

# From the fields of a question to what is answered as JSON. ValueError: the question is wrong; OSError: there
# is no answer now.
Answer = Callable[[Mapping[str, str]], Mapping[str, Any]]


class Health:
    """The conditions under which a service is ready. Each is met, or has a reason why not."""

    def __init__(self, service: str, metrics: Metrics, *conditions: str) -> None:
        self.service = service
        self.metrics = metrics
        self._lock = threading.Lock()
        self._missing = dict.fromkeys(conditions, "starting")
        self._offered: dict[str, Answer] = {}

    def offer(self, path: str, answer: Answer) -> None:
        """Answer questions at that path, in a thread of their own."""
        self._offered[path] = answer

    def asked(self, path: str, query: str) -> tuple[int, Mapping[str, Any]] | None:
        """HTTP status and answer; None where nothing is offered at that path."""
        answer = self._offered.get(path)
        if answer is None:
            return None
        try:
            return 200, answer({name: values[-1] for name, values in parse_qs(query).items()})
        except ValueError as error:
            return 400, {"error": str(error)}
        except OSError as error:
            return 503, {"error": str(error)}

    def met(self, condition: str) -> None:
        self._set(condition, "")

    def unmet(self, condition: str, reason: str) -> None:
        self._set(condition, reason)

    def reasons(self) -> dict[str, str]:
        """Condition → why it is not met; empty when ready."""
        with self._lock:
            return {name: reason for name, reason in self._missing.items() if reason}

    def _set(self, condition: str, reason: str) -> None:
        with self._lock:
            self._missing[condition] = reason
            ready = not any(self._missing.values())
        self.metrics.ready.labels(self.service).set(ready)


def serve(health: Health, host: str, port: int, ready_file: Path | None = None) -> str:
    """Start the server; returns its address. OSError, with the address in it, where the port is taken."""

    def answer(target: str) -> tuple[int, str, bytes]:
        path, _, query = target.partition("?")
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(health.metrics.registry)
        if path == "/healthz":
            return 200, "application/json", b'{"status": "alive"}\n'
        if path == "/readyz":
            reasons = health.reasons()
            body = {"service": health.service, "ready": not reasons, "waiting_for": reasons}
            return (503 if reasons else 200), "application/json", json.dumps(body).encode() + b"\n"
        told = health.asked(path, query)
        if told is not None:
            return told[0], "application/json", json.dumps(told[1]).encode() + b"\n"
        return 404, "text/plain", b"/healthz, /readyz or /metrics\n"

    try:
        server = ThreadingHTTPServer((host, port), _handler(answer))
    except OSError as error:
        raise OSError(
            f"cannot listen on {host}:{port}: {error.strerror}; set NEWSWATCH_PORT to a free port"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    address = f"http://{host}:{server.server_address[1]}"
    announce(ready_file, address)
    return address


def announce(ready_file: Path | None, address: str) -> None:
    """Tell whoever started the service where it listens."""
    if ready_file is not None:
        unfinished = ready_file.with_suffix(".new")
        unfinished.write_text(json.dumps({"url": address}), encoding="utf-8")
        unfinished.replace(ready_file)


def _handler(answer: Callable[[str], tuple[int, str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes are not worth a line."""

    return Handler
