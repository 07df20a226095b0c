"""The webhook against a receiver that misbehaves on purpose."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from schemas.events import Channel, Notification
from services.alerter.channels.registry import Registry
from services.alerter.channels.sender import Answer
from services.alerter.channels.webhook import Webhook, signature
from services.kit.settings import Settings

TOLD = Notification(id="n1", kind="test", subscription="desk", subscription_name="Desk")


@dataclass
class Receiver:
    """Answers each path in its own way; keeps what it got."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((self.path, dict(self.headers.items()), body))
            getattr(self, self.path.strip("/"))()

        def fine(self) -> None:
            self.send_response(204)
            self.end_headers()

        def broken(self) -> None:
            self._say(500, b"out of\r\n <b>order</b>" + b"!" * 100_000)

        def busy(self) -> None:
            self.send_response(429)
            self.send_header("Retry-After", "120")
            self.end_headers()

        def gone(self) -> None:
            self._say(410, b"")

        def inward(self) -> None:
            self.send_response(307)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()

        def hangs(self) -> None:
            kept.stop.wait(20)

        def endless(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(100_000_000))
            self.end_headers()
            try:
                while not kept.stop.is_set():
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def nonsense(self) -> None:
            self.wfile.write(b"SSH-2.0-OpenSSH\r\n")
            self.close_connection = True

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield kept
    kept.stop.set()
    server.shutdown()
    server.server_close()


def send(url: str, timeout: float = 5.0, private: str = "*") -> Answer:
    async def go() -> Answer:
        settings = Settings(webhook_timeout=timeout, webhook_private_hosts=private)
        async with Registry(settings) as registry:
            return await registry.sender(Channel(kind="webhook", url=url)).send(TOLD)

    return asyncio.run(go())


def test_it_is_posted_with_its_key(receiver: Receiver) -> None:
    assert send(f"{receiver.url}/fine") == Answer()
    ((path, headers, body),) = receiver.got
    assert (path, headers["Idempotency-Key"], headers["Content-Type"]) == ("/fine", "n1", "application/json")
    assert Notification.model_validate_json(body) == TOLD


def test_it_is_signed_so_that_the_receiver_can_check(receiver: Receiver) -> None:
    async def go() -> Answer:
        async with Registry(Settings(webhook_private_hosts="*")) as registry:
            hook = Webhook(
                registry._session,
                registry._resolver,
                f"{receiver.url}/fine",
                "geheim",
                lambda: 1_772_000_000.5,
            )
            return await hook.send(TOLD)

    assert asyncio.run(go()) == Answer()
    ((_, headers, body),) = receiver.got
    moment, _, mac = headers["Newswatch-Signature"].removeprefix("t=").partition(",v1=")
    assert hmac.compare_digest(
        mac, hmac.new(b"geheim", moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    )
    assert moment == "1772000000"
    assert json.loads(body)["id"] == "n1"
    assert signature("geheim", 1, b"x") != signature("geheim", 2, b"x")


@pytest.mark.parametrize(
    ("path", "told", "final", "retry_after"),
    [
        ("broken", "it answered 500: out of <b>order</b>!!!", False, None),
        ("busy", "it answered 429", False, 120.0),
        ("gone", "it answered 410", True, None),
        ("inward", "it answered 307 and names 'http://169.254.169.254/", True, None),
        ("nonsense", "ClientResponseError", False, None),
    ],
)
def test_what_is_no_yes_is_told_in_one_line(
    receiver: Receiver, path: str, told: str, final: bool, retry_after: float | None
) -> None:
    answer = send(f"{receiver.url}/{path}")
    assert told in answer.error or (path == "nonsense" and answer.error)
    assert (answer.final, answer.retry_after) == (final, retry_after)
    assert len(answer.error) < 400
    assert "\n" not in answer.error


def test_one_that_hangs_is_given_up_in_time(receiver: Receiver) -> None:
    began = time.monotonic()
    assert send(f"{receiver.url}/hangs", timeout=0.5).error == "TimeoutError"
    assert time.monotonic() - began < 5


def test_a_yes_is_a_yes_however_much_comes_after_it(receiver: Receiver) -> None:
    began = time.monotonic()
    assert send(f"{receiver.url}/endless") == Answer()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://2130706433/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/x"],
)
def test_our_own_machines_are_not_posted_to(url: str) -> None:
    answer = send(url, private="")
    assert "NEWSWATCH_WEBHOOK_PRIVATE_HOSTS" in answer.error
    assert answer.final


def test_a_name_that_leads_inward_is_refused_too(receiver: Receiver) -> None:
    answer = send(receiver.url.replace("127.0.0.1", "localhost") + "/fine", private="")
    assert "none of the public internet" in answer.error
    assert receiver.got == []
    named = receiver.url.replace("http://127.0.0.1", "localhost")
    assert send(f"http://{named}/fine", private=named) == Answer()


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://", "javascript:alert(1)"])
def test_what_is_no_address_is_told(url: str) -> None:
    answer = send(url)
    assert "no http(s) address" in answer.error
    assert answer.final
