"""Subscriptions at work, with a hub that is played and a clock that is set; and the server for hubs."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.cli.place import free_port
from services.crawler.core import Response
from services.crawler.discovery import Feed
from services.crawler.fetch import FetchFailed
from services.crawler.memory import Memory
from services.crawler.patience import Patience
from services.crawler.state import State
from services.crawler.websub.server import application, listening
from services.crawler.websub.subscriber import Subscriber
from services.kit.metrics import Metrics
from tests.unit.crawler.crawling import NOW

WAY, HUB = "https://news.example/feed", "https://hub.example/"
BASE = "https://our.example/hub"
Scenario = Callable[["Played"], Awaitable[None]]


class Played:
    """A subscriber whose hub and clock are the test's. `answers`: statuses or failures, the last for ever."""

    def __init__(self, memory: Memory, base: str = BASE, ways: tuple[str, ...] = (WAY,)) -> None:
        self.now = NOW.timestamp()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: list[int | Exception] = [202]
        self.metrics = Metrics("crawler")
        self.memory = memory
        self.subscriber = Subscriber(
            base=base,
            ways=ways,
            memory=memory,
            post=self.post,
            metrics=self.metrics,
            patience=Patience(),
            clock=lambda: datetime.fromtimestamp(self.now, UTC),
        )

    async def post(self, url: str, form: Mapping[str, str]) -> Response:
        self.asked.append((url, dict(form)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        headers = (("Retry-After", "900"),) if answer == 503 else ()
        return Response(url, answer, "", headers, b"", b"", NOW)

    @property
    def form(self) -> dict[str, str]:
        return self.asked[-1][1]

    @property
    def token(self) -> str:
        return self.form["hub.callback"].rpartition("/")[2]

    def announce(self, *hubs: str, way: str = WAY) -> None:
        response = Response(way, 200, "OK", (), b"", b"", NOW)
        self.subscriber.announced(way, response, Feed("atom", hubs=hubs, topic=way))

    def verify(self, lease: int = 864_000) -> tuple[int, str]:
        query = {
            "hub.mode": self.form["hub.mode"],
            "hub.topic": self.form["hub.topic"],
            "hub.challenge": "challenge",
            "hub.lease_seconds": str(lease),
        }
        return self.subscriber.verify(self.token, query)

    def signed(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(self.form["hub.secret"].encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature": f"sha256={digest}"}

    async def until(self, condition: Callable[[], object]) -> None:
        """Within two seconds; whatever sleeps is woken."""
        for _ in range(200):
            self.subscriber._change.set()
            await asyncio.sleep(0.01)
            if condition():
                return
        raise AssertionError("not within 2 s")

    async def subscribed(self) -> None:
        self.announce(HUB)
        await self.until(lambda: self.asked)
        assert self.verify() == (200, "challenge")

    def count(self, outcome: str) -> float:
        labels = {"outcome": outcome}
        return self.metrics.registry.get_sample_value("newswatch_hub_deliveries_total", labels) or 0.0

    def state(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value("newswatch_hub_subscriptions", {"state": name})


def play(folder: Path, scenario: Scenario, **more: object) -> None:
    """A run of the subscriber, from begin to cancellation."""

    async def run() -> None:
        state = State(folder)
        try:
            played = Played(Memory(state.database), **more)  # type: ignore[arg-type]
            await played.subscriber.begin()
            running = asyncio.create_task(played.subscriber.run())
            try:
                await scenario(played)
                assert not running.done()
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
        finally:
            state.close()

    asyncio.run(run())


# Subscriptions


def test_a_hub_that_never_verifies_is_asked_again(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        played.announce(HUB)
        await played.until(lambda: len(played.asked) == 1)
        played.now += 3599
        await played.until(lambda: played.state("asked") == 1)
        assert len(played.asked) == 1
        played.now += 2
        await played.until(lambda: played.state("failing") == 1)
        played.now += 60
        await played.until(lambda: len(played.asked) == 2)
        assert played.asked[0] == played.asked[1]

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [(500, 60), (404, 60), (503, 900), (FetchFailed("timeout", "no answer"), 60),
     (FetchFailed("resting", "is left alone", 600), 600), (ZeroDivisionError("a bug"), 60)],
)  # fmt: skip
def test_a_hub_that_fails_is_asked_later(tmp_path: Path, answer: int | Exception, wait: int) -> None:
    async def scenario(played: Played) -> None:
        played.answers = [answer, 202]
        played.announce(HUB)
        await played.until(lambda: played.state("failing") == 1)
        played.now += wait - 1
        await asyncio.sleep(0.1)
        assert len(played.asked) == 1
        played.now += 2
        await played.until(lambda: len(played.asked) == 2)
        assert played.verify() == (200, "challenge")
        await played.until(lambda: played.state("active") == 1)

    play(tmp_path, scenario)


def test_it_is_renewed_under_the_same_address_and_secret(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        await played.subscribed()
        played.now += 0.74 * 864_000
        await asyncio.sleep(0.1)
        assert len(played.asked) == 1
        played.now += 0.07 * 864_000
        await played.until(lambda: len(played.asked) == 2)
        assert played.asked[0] == played.asked[1]
        assert played.state("active") == 1

    play(tmp_path, scenario)


def test_a_restart_remembers_and_asks_nothing(tmp_path: Path) -> None:
    forms: list[dict[str, str]] = []

    async def first(played: Played) -> None:
        await played.subscribed()
        forms.append(played.form)
        await played.until(lambda: '"asked": false' in json.dumps(played.memory.all("hub")).replace("\\", ""))
        await asyncio.sleep(0.1)

    async def second(played: Played) -> None:
        played.announce(HUB)
        await played.until(lambda: played.state("active") == 1)
        assert played.asked == []
        played.asked = [(HUB, forms[0])]
        assert played.subscriber.deliver(played.token, played.signed(b"news"), b"news") == 202
        assert played.subscriber.deliveries.get_nowait().way == WAY

    play(tmp_path, first)
    play(tmp_path, second)


def test_where_hubs_cannot_reach_us_any_more_nothing_is_kept(tmp_path: Path) -> None:
    async def first(played: Played) -> None:
        await played.subscribed()
        await asyncio.sleep(0.1)

    async def second(played: Played) -> None:
        assert played.memory.all("hub") == {}
        await played.subscribed()
        assert played.form["hub.callback"].startswith("https://new.example/")

    play(tmp_path, first)
    play(tmp_path, second, base="https://new.example/")


def test_what_cannot_be_read_is_asked_for_anew(tmp_path: Path) -> None:
    state = State(tmp_path)
    memory = Memory(state.database)
    memory.put("hub", "token", "nonsense")
    memory.flush()
    state.close()

    async def scenario(played: Played) -> None:
        await played.subscribed()
        assert list(played.memory.all("hub")) == [played.token]

    play(tmp_path, scenario)


def test_a_source_that_is_gone_is_unsubscribed_and_forgotten(tmp_path: Path) -> None:
    async def first(played: Played) -> None:
        await played.subscribed()
        await asyncio.sleep(0.1)

    async def second(played: Played) -> None:
        await played.until(lambda: played.asked)
        assert played.form["hub.mode"] == "unsubscribe"
        assert played.verify() == (200, "challenge")
        assert played.memory.all("hub") == {}
        await asyncio.sleep(0.1)

    async def third(played: Played) -> None:
        await asyncio.sleep(0.05)
        assert (played.asked, played.memory.all("hub")) == ([], {})

    play(tmp_path, first)
    play(tmp_path, second, ways=())
    play(tmp_path, third, ways=())


def test_a_feed_that_names_no_hub_any_more_is_left(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        await played.subscribed()
        played.announce()
        await asyncio.sleep(0.05)
        assert len(played.asked) == 1, "it may be a slip"
        played.now += 7 * 3600
        played.announce()
        await played.until(lambda: len(played.asked) == 2)
        assert played.form["hub.mode"] == "unsubscribe"
        assert played.subscriber.closed(played.token) == 410

    play(tmp_path, scenario)


def test_ways_that_are_not_watched_are_not_subscribed(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        played.announce(HUB, way="https://other.example/feed")
        await asyncio.sleep(0.05)
        assert played.asked == []

    play(tmp_path, scenario)


def test_whoever_polls_is_told_when_to_go_on_without_the_hub(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        await played.subscribed()
        silent = played.subscriber.unreliable
        assert not played.subscriber.reliable(WAY)
        played.subscriber.delivered(WAY, "broken")
        assert not played.subscriber.reliable(WAY)
        played.subscriber.delivered(WAY, "ok")
        assert played.subscriber.reliable(WAY)
        await asyncio.sleep(0.05)
        assert silent.empty()
        played.subscriber.missed(WAY)
        await played.until(lambda: not silent.empty())
        assert (silent.get_nowait(), played.subscriber.reliable(WAY)) == (WAY, False)
        played.subscriber.delivered(WAY, "ok")
        played.now += 864_000
        await played.until(lambda: not silent.empty())
        assert (silent.get_nowait(), played.subscriber.reliable(WAY)) == (WAY, False)

    play(tmp_path, scenario)


def test_a_flood_is_turned_away_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crawler.websub.subscriber.MOST_WAITING", 3)

    async def scenario(played: Played) -> None:
        played.subscriber.deliveries = asyncio.Queue(3)
        await played.subscribed()
        given = [played.subscriber.deliver(played.token, played.signed(b"x"), b"x") for _ in range(5)]
        assert given == [202, 202, 202, 503, 503]
        assert played.subscriber.closed(played.token) == 503
        played.subscriber.deliveries.get_nowait()
        assert played.subscriber.closed(played.token) is None
        assert played.count("busy") == 3

    play(tmp_path, scenario)


# The server


@asynccontextmanager
async def served(played: Played, most_bytes: int = 1000) -> AsyncIterator[int]:
    port = free_port()
    async with listening(application(played.subscriber, most_bytes), "127.0.0.1", port):
        yield port


async def say(port: int, head: str, body: bytes = b"", hang_up: bool = True) -> str:
    """What comes back for raw HTTP; empty where the connection is closed without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        if hang_up:
            await writer.drain()
        return (await asyncio.wait_for(reader.read(4000), 3)).decode()
    except ConnectionError:
        return ""
    finally:
        writer.close()


async def post(port: int, path: str, body: bytes, headers: Mapping[str, str]) -> str:
    lines = "".join(f"\n{name}: {value}" for name, value in headers.items())
    return await say(
        port, f"POST {path} HTTP/1.1\nHost: x\nConnection: close\nContent-Length: {len(body)}{lines}", body
    )


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1]) if answer else 0


def test_the_server_answers_hubs_whatever_a_proxy_makes_of_the_path(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        played.announce(HUB)
        await played.until(lambda: played.asked)
        async with served(played) as port:
            query = f"hub.mode=subscribe&hub.topic={WAY}&hub.challenge=%3Cb%3E&hub.lease_seconds=999"
            for path in ("/", "/hub/", "/a/b/"):
                answer = await say(
                    port, f"GET {path}{played.token}?{query} HTTP/1.1\nHost: x\nConnection: close"
                )
                assert status(answer) == 200
                assert answer.endswith("\r\n\r\n<b>")
                assert "text/plain" in answer
                assert "nosniff" in answer
                assert status(await post(port, path + played.token, b"news", played.signed(b"news"))) == 202
            assert status(await say(port, "GET / HTTP/1.1\nHost: x\nConnection: close")) == 404
            assert status(await say(port, f"PUT /{played.token} HTTP/1.1\nHost: x\nConnection: close")) == 405
        assert played.subscriber.deliveries.qsize() == 3

    play(tmp_path, scenario)


def test_what_is_too_large_encoded_or_for_nobody_is_not_read(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        await played.subscribed()
        async with served(played) as port:
            path = f"/{played.token}"
            assert status(await post(port, path, b"x" * 1000, played.signed(b"x" * 1000))) == 202
            large = b"x" * 1001
            assert status(await post(port, path, large, played.signed(large))) == 413
            chunked = f"POST {path} HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked"
            assert status(await say(port, chunked, b"3e9\r\n" + large + b"\r\n0\r\n\r\n")) == 413
            encoded = {**played.signed(b"x"), "Content-Encoding": "gzip"}
            assert status(await post(port, path, b"x", encoded)) == 415
            assert status(await post(port, "/nobody", b"x", played.signed(b"x"))) == 404
        assert [played.count(each) for each in ("too-large", "encoded", "unknown")] == [2, 1, 1]
        assert played.subscriber.deliveries.qsize() == 1

    play(tmp_path, scenario)


def test_who_sends_slowly_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crawler.websub.server.READ_WITHIN", 0.5)
    monkeypatch.setattr("services.crawler.websub.server.AT_ONCE", 2)

    async def scenario(played: Played) -> None:
        await played.subscribed()
        async with served(played) as port:
            path, body = f"/{played.token}", b"news"
            slow = f"POST {path} HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 100"
            first = asyncio.create_task(say(port, slow, b"x"))
            await asyncio.sleep(0.1)
            assert status(await post(port, path, body, played.signed(body))) == 202
            second = asyncio.create_task(say(port, slow, b"x"))
            await asyncio.sleep(0.1)
            busy = await post(port, path, body, played.signed(body))
            assert (status(busy), "Retry-After: 30" in busy) == (503, True)
            assert [status(await first), status(await second)] == [408, 408]
            assert status(await post(port, path, body, played.signed(body))) == 202
        assert [played.count(each) for each in ("slow", "busy")] == [2, 1]

    play(tmp_path, scenario)


def test_there_are_only_so_many_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crawler.websub.server.MOST_CONNECTIONS", 2)

    async def scenario(played: Played) -> None:
        async with served(played) as port:
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            await asyncio.sleep(0.05)
            asked = "GET /x HTTP/1.1\nHost: x\nConnection: close"
            assert status(await say(port, asked)) == 0
            for _, writer in idle:
                writer.close()
            await asyncio.sleep(0.05)
            assert status(await say(port, asked)) == 404

    play(tmp_path, scenario)


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path) -> None:
    async def scenario(played: Played) -> None:
        async with served(played) as port:
            with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port}.*NEWSWATCH_WEBSUB_PORT"):
                async with listening(application(played.subscriber, 1000), "127.0.0.1", port):
                    pass

    play(tmp_path, scenario)


def test_who_hangs_up_or_talks_nonsense_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(played: Played) -> None:
        await played.subscribed()
        async with served(played) as port:
            head = f"POST /{played.token} HTTP/1.1\nHost: x\n"
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write((head + "Content-Length: 100\n\nx").replace("\n", "\r\n").encode())
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
            await say(port, head + "Transfer-Encoding: chunked", b"nonsense\r\n\r\n")
            await say(port, "\x16\x03\x01 nonsense")
            await asyncio.sleep(0.1)
            assert status(await post(port, f"/{played.token}", b"news", played.signed(b"news"))) == 202
        assert played.count("broken-off") == 1  # the rest is no request

    with caplog.at_level("INFO", "aiohttp"):
        play(tmp_path, scenario)
    assert caplog.messages == []
