"""Pages, leads and parts that fail on demand, for the crawler's tests."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.crawler.archive import Archived, Item
from services.crawler.core import Lead, Response
from services.crawler.recorder import Page
from services.crawler.sources import Source
from services.kit.errors import Unavailable

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
SOURCE = Source(id="one", name="One", feeds=("https://one.example/feed",))


def lead(path: str = "a", minutes: float = 0) -> Lead:
    url = f"https://one.example/{path}"
    return Lead(url, url, SOURCE.feeds[0], SOURCE.id, path, None, NOW + timedelta(minutes=minutes))


def response(path: str = "a", body: bytes = b"<p>text", minutes: float = 0) -> Response:
    headers = (("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"))
    at = NOW + timedelta(minutes=minutes)
    return Response(f"https://one.example/{path}", 200, "OK", headers, body, body, at)


def page(path: str = "a", body: bytes = b"<p>text", minutes: float = 0) -> Page:
    return Page(response(path, body, minutes), lead(path, minutes), SOURCE)


def ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


class FakeArchive:
    """Keeps items in memory; fails as often as it is told to."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.failures = 0

    def append_all(self, items: Sequence[Item]) -> list[str]:
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device", "archive")
        first = len(self.items)
        self.items += items
        return [f"x.warc.gz#{number}" for number in range(first, len(self.items))]

    def read(self, reference: str) -> Archived:
        try:
            item = self.items[int(reference.partition("#")[2])]
        except IndexError as error:
            raise LookupError(reference) from error
        response = item.response
        return Archived(
            id=item.capture_id,
            url=response.url,
            date=response.fetched_at.isoformat(),
            status=response.status,
            headers=response.headers,
            fields=item.fields,
            body=response.body,
            content=response.content,
            told=item.told,
        )


class FakeBroker:
    """Takes messages; can be down, or fail what it is sent. Keeps what it acknowledged."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str, bytes]] = []
        self.connections = 0
        self.down = False
        self.failing: dict[str, BaseException] = {}
        self.silent = False

    def connect(self) -> "FakeSender":
        if self.down:
            raise Unavailable("broker fake: is down")
        self.connections += 1
        return FakeSender(self)

    @property
    def captures(self) -> list[str]:
        return [capture for _, _, capture, _ in self.taken]


class FakeSender:
    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker

    def send(self, topic: Any, key: str, value: bytes, headers: Mapping[str, str]) -> "SentFuture":
        if self._broker.down:
            raise Unavailable("broker fake: is down")
        return SentFuture(self._broker, (topic.name, key, headers["capture"], value))

    def close(self) -> None:
        pass


class SentFuture:
    """Answers as soon as somebody listens."""

    def __init__(self, broker: FakeBroker, message: tuple[str, str, str, bytes]) -> None:
        self._broker = broker
        self._message = message

    def add_callback(self, callback: Callable[[Any], None]) -> None:
        if self._broker.silent or self._message[2] in self._broker.failing:
            return
        self._broker.taken.append(self._message)
        callback(None)

    def add_errback(self, callback: Callable[[BaseException], None]) -> None:
        error = self._broker.failing.get(self._message[2])
        if error is not None:
            callback(error)


class FakeStore:
    """Settles what it is told to."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.forgotten: list[str] = []
        self.down = False

    def settled(self, captures: Sequence[str]) -> set[str]:
        if self.down:
            raise Unavailable("store fake: is down")
        return self.known & set(captures)

    def forget_captures(self, captures: Sequence[str]) -> None:
        self.forgotten += captures
