"""Where hubs reach us: a small HTTP server that believes nobody, and keeps nobody waiting."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from services.crawler.websub.subscriber import Subscriber
from services.kit import logs

READ_WITHIN = 20.0  # seconds for a delivery to come in whole
AT_ONCE = 16  # deliveries that come in at the same time
MOST_CONNECTIONS = 256
IDLE = 30.0  # seconds for which a connection is kept after an answer
AGAIN = {"Retry-After": "30"}
log = logs.get(__name__)


def application(subscriber: Subscriber, most_bytes: int) -> web.Application:
    """Answers at any path, by its last part: a proxy may map paths as it likes."""
    reading = asyncio.Semaphore(AT_ONCE)

    async def verify(request: web.Request) -> web.Response:
        status, text = subscriber.verify(request.match_info["token"], request.query)
        return web.Response(status=status, text=text, headers={"X-Content-Type-Options": "nosniff"})

    async def deliver(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        status = subscriber.closed(token)
        if status is None and reading.locked():
            status = subscriber.refuse(503, "busy")
        if status is None:
            async with reading:
                status = await _read(subscriber, token, request, most_bytes)
        return web.Response(status=status, headers=AGAIN if status == 503 else None)

    app = web.Application(middlewares=[_told])
    app.router.add_get("/{path:.*?}{token:[^/]*}", verify, allow_head=False)
    app.router.add_post("/{path:.*?}{token:[^/]*}", deliver)
    return app


@web.middleware
async def _told(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a hub's request failed by a bug", method=request.method)
        return web.Response(status=500)


async def _read(subscriber: Subscriber, token: str, request: web.Request, most_bytes: int) -> int:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return subscriber.refuse(415, "encoded")  # what was signed would be a matter of opinion
    if (request.content_length or 0) > most_bytes:
        return subscriber.refuse(413, "too-large")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most_bytes:
                    return subscriber.refuse(413, "too-large")
    except TimeoutError:
        return subscriber.refuse(408, "slow")
    except (ConnectionError, web.RequestPayloadError):
        return subscriber.refuse(400, "broken-off")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return subscriber.deliver(token, headers, bytes(body))


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """Answer there. OSError, with the address in it, where the port is taken."""
    # aiohttp would tell at length of everybody who sends what is no HTTP.
    quiet = logging.getLogger(f"{__name__}.http")
    quiet.setLevel(logging.CRITICAL)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=quiet,
        auto_decompress=False,
        keepalive_timeout=IDLE,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    server = runner.server
    assert server is not None
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.Protocol:
        return server() if len(server.connections) < MOST_CONNECTIONS else _Closed()

    try:
        listener = await loop.create_server(protocol, host, port)
    except OSError as error:
        await runner.cleanup()
        raise OSError(
            f"cannot listen for hubs on {host}:{port}: {error.strerror}; "
            "set NEWSWATCH_WEBSUB_PORT to a free port"
        ) from error
    try:
        yield
    finally:
        listener.close()
        await runner.cleanup()


class _Closed(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
