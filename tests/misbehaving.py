"""A web server that does everything wrong that servers do, path by path, and remembers what it was asked."""

import asyncio
import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache

import brotli
import zstandard

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PAGE = b"<!doctype html><title>A page</title><p>Text of a page that came after all.</p>"
MEGABYTES = 64
PORT = b"@port@"  # in what is sent: the server's own port


class Misbehaving:
    """Runs in a thread, on 127.0.0.1. `asked` holds each request's path and headers, names in lower case."""

    def __init__(self, routes: Mapping[str, Behaviour], tls: ssl.SSLContext | None = None) -> None:
        self.routes = dict(routes)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Misbehaving":
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if self._tls else 'http'}://{self.host}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def paths(self, but: str = "robots.txt") -> list[str]:
        return [path for path, _ in self.asked if path != but]

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1].removeprefix("/")
            lines = [line.partition(":") for line in head[1:] if line]
            self.asked.append((path, {name.lower(): value.strip() for name, _, value in lines}))
            behaviour = self.routes.get(path.partition("?")[0], says(404))
            await behaviour(reader, _Port(writer, self.port))  # type: ignore[arg-type]
        writer.close()
        self._tasks.discard(task)


class _Port:
    """A writer that puts in the server's port where that is asked for."""

    def __init__(self, writer: asyncio.StreamWriter, port: int) -> None:
        self._writer = writer
        self._port = str(port).encode()

    def write(self, data: bytes) -> None:
        self._writer.write(data.replace(PORT, self._port))

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)


def raw(*parts: bytes, pause: float = 0.0, stay: bool = False) -> Behaviour:
    """Sends the parts, with a pause (seconds) after each; then stays silent, or closes."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if stay:
            await asyncio.sleep(60)

    return behave


def endless(head: bytes, part: bytes, pause: float = 0.0) -> Behaviour:
    """Sends the head, then one part after the other."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def reset(before: bytes = b"") -> Behaviour:
    """Sends something, and ends the connection the hard way."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        await writer.drain()
        await asyncio.sleep(0.05)
        found = writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return behave


def head(status: int | str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", "Content-Type: text/html; charset=utf-8", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def says(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    """A whole answer."""
    return raw(head(status, f"Content-Length: {len(body)}", "Connection: close", *headers) + body)


def sends(body: bytes, *headers: str) -> Behaviour:
    """An answer with 200 whose body ends with the connection."""
    return raw(head(200, *headers), body)


def leads(location: bytes | str, status: int = 302) -> Behaviour:
    """A redirect."""
    target = location if isinstance(location, bytes) else location.encode()
    length = b"Content-Length: 0\r\nConnection: close\r\nLocation: "
    return raw(head(status).removesuffix(b"\r\n") + length + target + b"\r\n\r\n")


@cache
def bomb(coding: str) -> bytes:
    """Zeros, compressed as well as can be."""
    piece = bytes(1024 * 1024)
    if coding == "br":
        brotlier = brotli.Compressor(quality=5, lgwin=22)
        return b"".join(brotlier.process(piece) for _ in range(MEGABYTES)) + bytes(brotlier.finish())
    if coding == "zstd":
        zstandarder = zstandard.ZstdCompressor(level=3).compressobj()
        return b"".join(zstandarder.compress(piece) for _ in range(MEGABYTES)) + zstandarder.flush()
    zlibber = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    return b"".join(zlibber.compress(piece) for _ in range(MEGABYTES)) + zlibber.flush()


def coded(body: bytes, *codings: str) -> Behaviour:
    return sends(body, f"Content-Encoding: {', '.join(codings)}")


def late(behaviour: Behaviour, seconds: float) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await behaviour(reader, writer)

    return behave


OK = "ok"
BEHAVIOURS: dict[str, tuple[Behaviour, str]] = {
    # Slow, and without end
    "silent": (raw(stay=True), "timeout"),
    "slow-headers": (endless(b"HTTP/1.1 200 OK\r\n", b"x", 0.05), "timeout"),
    "slow-body": (endless(head(200, "Content-Length: 10000"), b"x", 0.05), "timeout"),
    **{f"slow-redirect-{n}": (late(leads(f"/slow-redirect-{n + 1}"), 1.1), "") for n in range(1, 6)},
    "slow-redirect-0": (leads("/slow-redirect-1"), "timeout"),
    "endless-body": (endless(head(200), b"<p>text " * 5000), "too-large"),
    "endless-headers": (
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"x" * 1000 + b"\r\n"),
        "invalid-http",
    ),
    "endless-chunks": (
        endless(head(200, "Transfer-Encoding: chunked"), b"2000\r\n" + b"x" * 0x2000 + b"\r\n"),
        "too-large",
    ),
    # Content codings
    "bomb-gzip": (coded(bomb("gzip"), "gzip"), "bomb"),
    "bomb-deflate": (coded(bomb("deflate"), "deflate"), "bomb"),
    "bomb-br": (coded(bomb("br"), "br"), "bomb"),
    "bomb-zstd": (coded(bomb("zstd"), "zstd"), "bomb"),
    "bomb-in-bomb": (coded(gzip.compress(bomb("gzip")), "gzip", "gzip"), "bomb"),
    "bomb-in-brotli": (coded(brotli.compress(gzip.compress(bomb("gzip"))), "gzip", "gzip", "br"), "bomb"),
    "many-codings": (coded(PAGE, *["gzip"] * 20), "coding"),
    "unknown-coding": (coded(PAGE, "exi"), "coding"),
    "no-gzip": (coded(b"\x00\x01\x02 nothing of the kind", "gzip"), "coding"),
    "no-brotli": (coded(b"\xff\x01\x02 nothing of the kind" * 9, "br"), "coding"),
    "no-zstd": (coded(b"\x00\x01\x02 nothing of the kind", "zstd"), "coding"),
    "plain-called-gzip": (coded(PAGE, "gzip"), OK),
    "plain-called-brotli": (coded(PAGE, "br"), OK),
    "gzip-not-called-so": (sends(gzip.compress(PAGE)), OK),
    "brotli": (coded(brotli.compress(PAGE), "br"), OK),
    "zstd": (coded(zstandard.compress(PAGE), "zstd"), OK),
    "raw-deflate": (coded(zlib.compress(PAGE)[2:-4], "deflate"), OK),
    "gzip-twice": (coded(gzip.compress(gzip.compress(PAGE)), "gzip", "gzip"), OK),
    "gzip-cut": (coded(gzip.compress(PAGE)[:-6], "gzip"), OK),
    # Redirects
    "loop": (leads("/loop"), "redirects"),
    "loop-of-two": (leads("/loop-two"), "redirects"),
    "loop-two": (leads("/loop-of-two"), ""),
    "chain": (leads("/chain-1"), "redirects"),
    **{f"chain-{n}": (leads(f"/chain-{n + 1}"), "") for n in range(1, 14)},
    "to-loopback": (leads("http://127.0.0.1:1/"), "private"),
    "to-loopback-name": (leads("http://localhost:1/"), "private"),
    "to-metadata": (leads("http://169.254.169.254/latest/meta-data/"), "private"),
    "to-ipv6": (leads("http://[::1]:1/"), "private"),
    "to-mapped": (leads("http://[::ffff:127.0.0.1]:1/"), "private"),
    "to-decimal": (leads(b"http://2130706433:" + PORT + b"/brotli"), "private"),
    "to-octal": (leads("http://0177.0.0.1:1/"), "private"),
    "to-hexadecimal": (leads("http://0x7f000001:1/"), "private"),
    "to-short": (leads("http://127.1:1/"), "private"),
    "to-zero": (leads("http://0:1/"), "private"),
    "to-wide-digits": (leads("http://１２７.0.0.1:1/"), "private"),
    "to-circled-digits": (leads("http://①②⑦.⓪.⓪.①:1/"), "private"),
    "to-user": (leads("http://good@127.0.0.1:1/"), "private"),
    "to-user-and-password": (leads("http://www.good.example:80@127.0.0.1:1/"), "private"),
    "to-backslash": (leads("http://127.0.0.1:1\\@good.example/"), "private"),
    "to-private-network": (leads("//10.0.0.1/"), "private"),
    "to-ftp": (leads("ftp://one.example/a"), "redirects"),
    "to-file": (leads("file:///etc/passwd"), "redirects"),
    "to-script": (leads("javascript:alert(1)"), "redirects"),
    "to-data": (leads("data:text/html,hello"), "redirects"),
    "to-no-host": (leads("http:///a"), "http-404"),
    "to-no-port": (leads("http://one.example:port/"), "redirects"),
    "to-a-megabyte": (leads("/" + "x" * 1_000_000), "invalid-http"),
    "to-long": (leads("/" + "x" * 20_000), "redirects"),
    "to-nowhere": (says(302), "http-3xx"),
    "to-nothing": (leads(""), "http-3xx"),
    "to-raw-bytes": (leads("/café?q=x y".encode("latin-1")), OK),
    "caf%E9": (says(200, PAGE), ""),
    "to-utf-8": (leads("/кафе"), OK),
    "%D0%BA%D0%B0%D1%84%D0%B5": (says(200, PAGE), ""),
    "to-relative": (leads("brotli?a=b#c"), OK),
    "to-blank": (leads("  /brotli  "), OK),
    # Lengths
    "too-short": (raw(head(200, "Content-Length: 10000") + PAGE), "closed"),
    "too-long": (raw(head(200, f"Content-Length: {len(PAGE) - 10}") + PAGE), "invalid-http"),
    "negative": (raw(head(200, "Content-Length: -1") + PAGE), "invalid-http"),
    "no-number": (raw(head(200, "Content-Length: many") + PAGE), "invalid-http"),
    "two-lengths": (raw(head(200, "Content-Length: 5", "Content-Length: 9") + PAGE), "invalid-http"),
    "length-and-chunks": (
        raw(head(200, "Content-Length: 5", "Transfer-Encoding: chunked") + b"5\r\n<p>he\r\n0\r\n\r\n"),
        "invalid-http",
    ),
    # What is no HTTP
    "no-status": (raw(b"Content-Type: text/html\r\n\r\n" + PAGE), "invalid-http"),
    "http-0.9": (raw(PAGE), "invalid-http"),
    "garbage": (raw(bytes(range(256)) * 4), "invalid-http"),
    "tls-alert": (raw(b"\x15\x03\x01\x00\x02\x02\x46"), "invalid-http"),
    "odd-status": (raw(b"HTTP/1.1 twohundred OK\r\n\r\n" + PAGE), "invalid-http"),
    "huge-status": (raw(b"HTTP/1.1 99999 OK\r\n\r\n" + PAGE), "invalid-http"),
    "huge-header": (raw(head(200, "X-Huge: " + "x" * 100_000) + PAGE), "invalid-http"),
    "many-headers": (raw(head(200, *(f"X-{n}: x" for n in range(10_000))) + PAGE), "invalid-http"),
    "no-colon": (raw(head(200, "this is no header") + PAGE), "invalid-http"),
    "nul-in-header": (raw(head(200, "X-Nul: a\x00b") + PAGE), "invalid-http"),
    "bare-newlines": (raw(head(200).replace(b"\r\n", b"\n") + PAGE), OK),
    # Connections that end
    "closed-at-once": (raw(), "closed"),
    "closed-in-status": (raw(b"HTTP/1.1 2"), "closed"),
    "closed-in-headers": (raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), "closed"),
    "closed-in-chunk": (raw(head(200, "Transfer-Encoding: chunked") + b"1000\r\n<p>text"), "closed"),
    "closed-between-chunks": (raw(head(200, "Transfer-Encoding: chunked") + b"3\r\n<p>\r\n"), "closed"),
    "reset-at-once": (reset(), "closed"),
    "reset-in-headers": (reset(b"HTTP/1.1 200 OK\r\nContent-Ty"), "closed"),
    "reset-in-body": (reset(head(200, "Content-Length: 10000") + PAGE), "closed"),
    # Chunks that are none
    "bad-chunk": (
        raw(head(200, "Transfer-Encoding: chunked") + b"xyz\r\n<p>text\r\n0\r\n\r\n"),
        "invalid-http",
    ),
    "huge-chunk": (raw(head(200, "Transfer-Encoding: chunked") + b"f" * 40 + b"\r\n<p>"), "invalid-http"),
    "negative-chunk": (
        raw(head(200, "Transfer-Encoding: chunked") + b"-5\r\n<p>te\r\n0\r\n\r\n"),
        "invalid-http",
    ),
    # Statuses
    "flood": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "invalid-http"),
    "slow-flood": (endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.05), "timeout"),
    "hints": (raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + head(200) + PAGE), OK),
    "switching": (raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + PAGE), "http-1xx"),
    "204-with-body": (raw(head(204, "Connection: close"), PAGE, pause=0.05), "http-2xx"),
    "205-with-body": (says(205, PAGE), "http-2xx"),
    "206-with-body": (says(206, PAGE), "http-2xx"),
    "304-with-body": (raw(head(304, "Connection: close"), PAGE, pause=0.05), "http-3xx"),
    "999": (says(999, PAGE), "http-9xx"),
    # Pages that are none
    "empty": (says(200), "empty"),
    "blank": (says(200, b" \n\t " * 100), "empty"),
    "only-scripts": (says(200, b"<html><body><div id=root></div><script>run()</script>"), "empty"),
    "picture": (raw(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PAGE), "not-html"),
    "just-a-moment": (
        says(403, b"<title>Just a moment...</title><script>window._cf_chl_opt={}</script>"),
        "challenge",
    ),
    "refused": (says(403, PAGE), "http-403"),
    "login-wanted": (says(401, PAGE), "http-401"),
    "to-consent": (leads("/consent?back=%2Farticle"), "consent"),
    "consent": (says(200, PAGE), ""),
    "to-home": (leads("/"), "home"),
    "": (says(200, PAGE), ""),
    "sets-cookies": (raw(head(200, "Set-Cookie: a=b; Path=/", "Set-Cookie: c=d") + PAGE), OK),
    "sets-cookies-on-the-way": (
        raw(head(302, "Set-Cookie: a=b", "Location: /brotli", "Content-Length: 0")),
        OK,
    ),
    "wants-a-cookie": (raw(head(302, "Set-Cookie: a=b", "Location: /wants-a-cookie")), "redirects"),
}
