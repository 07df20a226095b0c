"""What is new, told to every open page by server-sent events.

One look at the store serves all the pages; nobody looks while none is open. Whoever connects (or
connects again) is first told everything that is on show: a page leaves out what it has.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.kit import logs
from services.kit.errors import Unavailable

Kind = Literal["article", "alert", "counts", "services", "trouble"]


@dataclass(frozen=True, slots=True)
class News:
    """One thing on show. Things of the same kind and key are the same; `data` is made when it is sent."""

    kind: Kind
    key: str
    data: Callable[[], Mapping[str, Any]]

    def encoded(self) -> bytes:
        body = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        return f"event: {self.kind}\nid: {self.key}\ndata: {body}\n\n".encode()


class Client:
    """One open page: what it has yet to be sent."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending: list[bytes] = []
        self._wake = asyncio.Event()
        self.closed = False

    def offer(self, message: bytes) -> None:
        """Send it soon. A client that has too much waiting is given up: it will connect again."""
        if sum(map(len, self._pending)) + len(message) > self._limit:
            self.close()
            return
        self._pending.append(message)
        self._wake.set()

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def next(self, heartbeat: float) -> bytes | None:
        """What is waiting, a comment after `heartbeat` seconds of silence, None at the end."""
        try:
            async with asyncio.timeout(heartbeat):
                await self._wake.wait()
        except TimeoutError:
            return b": still here\n\n"
        if self.closed:
            return None
        self._wake.clear()
        waiting = b"".join(self._pending)
        self._pending.clear()
        return waiting


class Hub:
    """Looks for news while somebody listens, and tells all who do. Belongs to one event loop."""

    def __init__(
        self,
        look: Callable[[], Sequence[News]],
        *,
        interval: float = 0.5,
        heartbeat: float = 15.0,
        patience: float = 10.0,
        limit: int = 2_000_000,
        most: int = 500,
    ) -> None:
        """`look` is called in a thread, every `interval` seconds; it may raise Unavailable. `patience`
        seconds without reading, or `limit` bytes waiting, and a client is dropped; `most` at a time.
        """
        self._look = look
        self._interval = interval
        self.heartbeat = heartbeat
        self.patience = patience
        self._limit = limit
        self._most = most
        self._clients: set[Client] = set()
        self._shown: Sequence[News] = ()
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def clients(self) -> int:
        return len(self._clients)

    @property
    def full(self) -> bool:
        return self.clients >= self._most

    def join(self) -> Client:
        client = Client(self._limit)
        if self._closed:
            client.close()
            return client
        client.offer(b"retry: 2000\n\n")
        for news in self._shown:
            client.offer(news.encoded())
        self._clients.add(client)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        if not self._clients and self._watching is not None:
            self._watching.cancel()
            self._watching = None
            self._shown = ()

    def close(self) -> None:
        """Every stream ends; nobody joins any more."""
        self._closed = True
        for client in tuple(self._clients):
            client.close()

    async def _watch(self) -> None:
        while True:
            await self._tell(await asyncio.to_thread(self._seen))
            await asyncio.sleep(self._interval)

    async def _tell(self, shown: Sequence[News]) -> None:
        known = {(news.kind, news.key) for news in self._shown}
        self._shown = shown
        for news in shown:
            if (news.kind, news.key) not in known:
                message = news.encoded()
                for client in tuple(self._clients):
                    client.offer(message)

    def _seen(self) -> Sequence[News]:
        kept = [news for news in self._shown if news.kind != "trouble"]
        try:
            return [*self._look(), trouble("")]
        except Unavailable as error:
            return [*kept, trouble(str(error))]
        except Exception as error:  # noqa: BLE001 - a bug in one look must not silence every page for good
            logs.get(__name__).exception("cannot look for news")
            return [*kept, trouble(f"the console failed: {type(error).__name__}")]


def trouble(error: str) -> News:
    """The store's error, or that there is none."""
    return News("trouble", error.replace("\n", " "), lambda: {"error": error})


class EventStream(StreamingResponse):
    """One client's stream, until either side ends it."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(
            iter(()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub = self._hub
        client = hub.join()
        leaving = asyncio.create_task(_until_gone(receive, client))
        try:
            async with asyncio.timeout(hub.patience):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while (chunk := await client.next(hub.heartbeat)) is not None:
                async with asyncio.timeout(hub.patience):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            async with asyncio.timeout(hub.patience):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            logs.get(__name__).info("dropped a page that does not read what it is sent")
        finally:
            leaving.cancel()
            hub.leave(client)


async def _until_gone(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.close()
