"""A WebSub hub for tests: it takes subscriptions, verifies them, and delivers, forges, denies or dies."""

import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlencode

Mood = Literal["well", "eager", "silent", "denying", "dead", "moved"]


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of a GET, or of a POST where there is a body; status 0 where nobody listens."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


@dataclass
class Hub:
    """`mood`: how it takes requests. `eager` verifies before it answers; `moved` is somewhere else by now.
    `asked` holds the requests, `verified` what the subscriber said to its questions.
    """

    mood: Mood = "well"
    lease: float | None = None
    pause: float = 0.0
    elsewhere: str = ""
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    verified: list[tuple[int, bool]] = field(default_factory=list)

    def take(self, form: dict[str, str]) -> tuple[int, dict[str, str]]:
        self.asked.append(form)
        self.times.append(time.monotonic())
        time.sleep(self.pause)
        if self.mood == "dead":
            return 500, {}
        if self.mood == "moved":
            # {} in it makes each request's answer another address.
            return 308, {"Location": self.elsewhere.format(len(self.asked))}
        if self.mood == "eager":
            self.verify(form)
        elif self.mood in {"well", "denying"}:
            then = self.verify if self.mood == "well" else self.deny
            threading.Timer(0.05, then, (form,)).start()
        return 202, {}

    def verify(self, form: dict[str, str]) -> None:
        lease = form.get("hub.lease_seconds", "") if self.lease is None else str(int(self.lease))
        challenge = f"challenge-{len(self.verified)}"
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": lease,
        }
        status, text = ask(f"{form['hub.callback']}?{urlencode(query)}")
        self.verified.append((status, text == challenge))

    def deny(self, form: dict[str, str]) -> None:
        query = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": "we do not like you"}
        ask(f"{form['hub.callback']}?{urlencode(query)}")

    def deliver(
        self, body: bytes, method: str = "sha256", secret: str | None = None, to: int = -1
    ) -> tuple[int, str]:
        """To the subscriber of the request number `to`; signed with its secret, or that one."""
        form = self.asked[to]
        key = form["hub.secret"] if secret is None else secret
        signature = hmac.new(key.encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {
            "Content-Type": "application/atom+xml",
            "Link": f'<{self.url}>; rel="hub", <{form["hub.topic"]}>; rel="self"',
            "X-Hub-Signature": f"{method}={signature}",
        }
        return ask(form["hub.callback"], body, headers)


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """The hub in threads of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            status, headers = hub.take(form)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def soon(condition: Callable[[], object], what: str, seconds: float = 8) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return time.monotonic() - started
