"""Deliveries from the store to a real receiver that misbehaves, on a clock of our own."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from schemas.events import Alert, Channel, Subscription
from services.alerter.channels.registry import Registry
from services.alerter.dispatch import Dispatcher
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.telling import thread_id
from services.store.embedded.store import EmbeddedStore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FLOOD = 100_000_000  # bytes of an answer


class Hook:
    """Answers as it is told to; keeps what it took, and how much of its answers was taken from it."""

    def __init__(self) -> None:
        self.status = 204
        self.body = 0
        self.location = ""
        self.took: list[str] = []
        self.asked: Counter[str] = Counter()
        self.sent = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                key = self.headers["Idempotency-Key"]
                hook.asked[key] += 1
                if hook.status < 300:
                    hook.took.append(key)
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                if hook.body:
                    self.send_header("Content-Length", str(hook.body))
                self.end_headers()
                try:
                    for _ in range(hook.body // 100_000):
                        self.wfile.write(b"x" * 100_000)
                        hook.sent += 100_000
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    opened = Hook()
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path, hook: Hook) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path)
    opened.setup()
    channel = Channel(kind="webhook", url=hook.url)
    opened.put_subscription(Subscription(id="desk", name="Desk", query="x", deliver=(channel,)))
    opened.record_matches([alert(f"m{number}", channel) for number in range(3)], [])
    yield opened
    opened.close()


def alert(name: str, channel: Channel) -> Alert:
    return Alert(
        id=name,
        subscription="desk",
        subscription_name="Desk",
        query="x",
        story=name,
        thread=thread_id("desk", name),
        article_id=name,
        capture_id="c",
        title="Title",
        url=f"https://{name}.example/",
        fetched_at=NOON,
        created_at=NOON,
        deliver=(channel,),
    )


def deliver(store: EmbeddedStore, folder: Path, moments: list[tuple[datetime, int]], hook: Hook) -> None:
    """What is due at each moment goes out, to a receiver that answers with that status then."""
    settings = Settings(data=folder, webhook_private_hosts="*", webhook_timeout=5)
    now = NOON

    async def go() -> None:
        nonlocal now
        async with Registry(settings) as senders:
            dispatcher = Dispatcher(store, senders, settings, Metrics("alerter"), lambda: now)
            for moment, status in moments:
                now, hook.status = moment, status
                while await dispatcher.round():
                    await dispatcher.drain()

    asyncio.run(go())


def fates(store: EmbeddedStore) -> list[tuple[str, str]]:
    return [(each.state, each.error) for name in ("m0", "m1", "m2") for each in store.deliveries(name)]


def test_500_for_an_hour_loses_nothing_and_tells_nothing_twice(
    store: EmbeddedStore, hook: Hook, tmp_path: Path
) -> None:
    hour = [(NOON + minute * MINUTE, 500) for minute in range(60)]
    deliver(store, tmp_path, hour, hook)
    for state, why in fates(store):
        assert state == "pending"
        assert why.startswith(("it answered 500", "the channel failed time after time; tried again at"))
    assert 3 <= sum(hook.asked.values()) < 60, "it is left alone between looks"
    after = [(NOON + minute * MINUTE, 204) for minute in range(60, 200, 5)]
    deliver(store, tmp_path, after, hook)
    assert [state for state, _ in fates(store)] == ["delivered"] * 3
    assert len(hook.took) == len(set(hook.took)) == 3
    assert set(hook.took) == set(hook.asked), "each try has the key of the delivery"


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_of_100_mb_is_not_taken(
    store: EmbeddedStore, hook: Hook, tmp_path: Path, status: int
) -> None:
    hook.body = FLOOD
    deliver(store, tmp_path, [(NOON, status)], hook)
    assert sum(hook.asked.values()) == 3
    assert hook.sent < FLOOD, "of all three answers together"
    assert [state for state, _ in fates(store)] == ["delivered" if status == 200 else "pending"] * 3
    hook.body = 0
    deliver(store, tmp_path, [(NOON + minute * MINUTE, 204) for minute in range(1, 30)], hook)
    assert [state for state, _ in fates(store)] == ["delivered"] * 3


def test_a_redirect_inward_is_not_followed_and_told(store: EmbeddedStore, hook: Hook, tmp_path: Path) -> None:
    hook.location = "http://169.254.169.254/latest"
    deliver(store, tmp_path, [(NOON, 307)], hook)
    told = "it answered 307 and names 'http://169.254.169.254/latest': subscribe with that address"
    assert fates(store) == [("failed", told)] * 3
