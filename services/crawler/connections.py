"""Connections that are ended when a server floods them."""

import asyncio
import functools

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

MOST_WAITING = 32  # answers that nobody has looked at


class Connection(ResponseHandler):
    """To one request belongs one answer, and a few interim ones (1xx) before it. Without a bound a flood of
    those would keep the event loop from all other work until the fetch's deadline.
    """

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if len(self._buffer) > MOST_WAITING:
            self._buffer.clear()
            self.set_exception(HttpProcessingError(message="a flood of interim answers"))
            if self.transport is not None:
                self.transport.abort()


class Connector(aiohttp.TCPConnector):
    """Connects to addresses that the resolver lets pass."""

    def __init__(self, resolver: AbstractResolver, limit: int) -> None:
        super().__init__(resolver=resolver, limit=limit, ttl_dns_cache=60, keepalive_timeout=10)
        self._factory = functools.partial(_connection, loop=self._loop)


def _connection(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return Connection(loop)
