"""Undoing the content coding of an answer, within bounds. Pure.

However much a body would inflate to, no more than `limit` bytes of each of its layers are made.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping

import brotli
import zstandard

OFFERED = "gzip, deflate, br, zstd"
MOST_CODINGS = 4
# What inflates to so many times its size, and to so much, is no text that was compressed well.
BOMB = 200
BOMB_LEAST = 1024 * 1024
READ_BACK = 64 * 1024 * 1024  # bytes that an archived body may inflate to
STEP = 4096
PIECE = 64 * 1024
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: more memory a sender must not ask for
GZIP = b"\x1f\x8b\x08"
MARKUP = re.compile(rb"\s*[<{\[][\t\n\f\r\x20-\xff]*")
PAGES = frozenset({"text/html", "application/xhtml+xml"})


class Unreadable(ValueError):
    """The body is not in the coding that its header names."""


class Bomb(Unreadable):
    """The body inflates to hundreds of times its size."""


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
    out = bytearray()
    try:
        for piece, used in undo(body):
            out += piece
            if len(out) > max(BOMB_LEAST, BOMB * used):
                raise Bomb(f"the first {used} bytes inflate as {name} to more than {BOMB} times as many")
            if len(out) > limit:
                break
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise Unreadable(f"the body does not inflate as {name}: {error}") from error
    return bytes(out)


Undo = Callable[[bytes], Iterator[tuple[bytes, int]]]
"""What a body inflates to, piece by piece, each with the bytes of the body that it took until then."""


def _gzip(body: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at < len(body):
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        begun = at
        try:
            for piece, used in _zlib(inflater, body[begun:]):
                at = begun + used
                yield piece, at
        except zlib.error:
            if begun:  # some servers pad a gzip body
                return
            raise


def _deflate(body: bytes) -> Iterator[tuple[bytes, int]]:
    """With the header of zlib, as the standard says, or without it, as some servers understand it."""
    headed = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    try:
        zlib.decompressobj().decompress(body[:STEP], 1)
    except zlib.error:
        headed = False
    return _zlib(zlib.decompressobj(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS), body)


def _zlib(inflater: "zlib._Decompress", body: bytes) -> Iterator[tuple[bytes, int]]:
    for at in range(0, len(body), STEP):
        given = body[at : at + STEP]
        end = at + len(given)
        while given:
            piece = inflater.decompress(given, PIECE)
            if inflater.eof:
                yield piece, end - len(inflater.unused_data)
                return
            given = inflater.unconsumed_tail
            yield piece, end - len(given)
    yield inflater.flush(), len(body)


def _brotli(body: bytes) -> Iterator[tuple[bytes, int]]:
    inflater = brotli.Decompressor()
    for at in range(0, len(body), STEP):
        given = body[at : at + STEP]
        used = at + len(given)
        piece = inflater.process(given, output_buffer_limit=PIECE)
        while piece or not inflater.can_accept_more_data():
            yield piece, used
            piece = inflater.process(b"", output_buffer_limit=PIECE)
        if inflater.is_finished():
            return


def _zstd(body: bytes) -> Iterator[tuple[bytes, int]]:
    source = io.BytesIO(body)
    inflater = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    with inflater.stream_reader(source, read_size=STEP, read_across_frames=True, closefd=False) as reader:
        while piece := reader.read(PIECE):
            yield piece, source.tell()


CODINGS: Mapping[str, Undo] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
