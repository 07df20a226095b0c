"""Undoing the content coding of an answer, within bounds. Pure.

However much a body would inflate to, no more than `limit` bytes of it are made, layer by layer.
"""

import io
import re
import zlib
from collections.abc import Callable, Mapping

import brotli
import zstandard

OFFERED = "gzip, deflate, br, zstd"
MOST_CODINGS = 4
# What inflates to so many times its size and still does not fit is no text that was compressed well.
BOMB = 200
BOMB_LEAST = 1024 * 1024
READ_BACK = 64 * 1024 * 1024  # bytes that an archived body may inflate to
STEP = 4096
PIECE = 256 * 1024
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: more memory a sender must not ask for
GZIP = b"\x1f\x8b\x08"
MARKUP = re.compile(rb"\s*[<{\[][\t\n\f\r\x20-\xff]*")
PAGES = frozenset({"text/html", "application/xhtml+xml"})


class Unreadable(ValueError):
    """The body is not in the coding that its header names."""


class Bomb(Unreadable):
    """The body inflates to hundreds of times its size, and to more than is allowed."""


def inflate(body: bytes, coding: str, limit: int, media_type: str = "") -> tuple[bytes, bool]:
    """The body without its content coding, and whether it is longer than `limit` (then: its beginning).

    A body that ends too early gives what there is. Markup that is only said to be compressed is taken as
    it is, and a page that is compressed without saying so is read, as browsers do. Unreadable for a coding
    that was not offered.
    """
    names = [name for part in coding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if len(names) > MOST_CODINGS:
        raise Unreadable(f"{len(names)} content codings, one around the other")
    if not names and media_type in PAGES and body.startswith(GZIP):
        names = ["gzip"]
    for name in reversed(names):
        undo = CODINGS.get(name)
        if undo is None:
            raise Unreadable(f"content coding {name!r} was not asked for")
        if body:
            body = _layer(undo, name, body, limit)
    return body[:limit], len(body) > limit


def _layer(undo: "Undo", name: str, body: bytes, limit: int) -> bytes:
    # What was compressed has control characters among its first bytes; brotli has no mark of its own.
    if MARKUP.fullmatch(body[:256].removeprefix(b"\xef\xbb\xbf")):
        return body
    try:
        out, used = undo(body, limit + 1)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise Unreadable(f"the body does not inflate as {name}: {error}") from error
    if len(out) > max(limit, BOMB_LEAST, BOMB * used):
        raise Bomb(f"{used} bytes of {name} inflate to more than {limit}")
    return out


Undo = Callable[[bytes, int], tuple[bytes, int]]
"""At most so many bytes of what the body inflates to, and how many bytes of the body that took."""


def _gzip(body: bytes, most: int) -> tuple[bytes, int]:
    out = bytearray()
    rest = body
    while rest and len(out) < most:
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            out += inflater.decompress(rest, most - len(out))
        except zlib.error:
            if out:  # some servers pad a gzip body
                break
            raise
        rest = inflater.unused_data or inflater.unconsumed_tail
    return bytes(out), len(body) - len(rest)


def _deflate(body: bytes, most: int) -> tuple[bytes, int]:
    """With the header of zlib, as the standard says, or without it, as some servers understand it."""
    headed = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS) if headed else (-zlib.MAX_WBITS,):
        inflater = zlib.decompressobj(window)
        try:
            out = inflater.decompress(body, most)
        except zlib.error:
            if window < 0:
                raise
            continue
        return out, len(body) - len(inflater.unconsumed_tail)
    raise AssertionError("the last window has either returned or raised")


def _brotli(body: bytes, most: int) -> tuple[bytes, int]:
    inflater = brotli.Decompressor()
    out = bytearray()
    used = 0
    while used < len(body) and not inflater.is_finished():
        given = body[used : used + STEP]
        used += len(given)
        out += inflater.process(given, output_buffer_limit=most - len(out))
        while len(out) < most and not inflater.can_accept_more_data():
            out += inflater.process(b"", output_buffer_limit=most - len(out))
        if len(out) >= most:
            break
    return bytes(out[:most]), used


def _zstd(body: bytes, most: int) -> tuple[bytes, int]:
    source = io.BytesIO(body)
    inflater = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    out = bytearray()
    with inflater.stream_reader(source, read_size=STEP, read_across_frames=True, closefd=False) as reader:
        while len(out) < most:
            piece = reader.read(min(PIECE, most - len(out)))
            if not piece:
                break
            out += piece
    return bytes(out), source.tell()


CODINGS: Mapping[str, Undo] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
