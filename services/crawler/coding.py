"""Undoing the content coding of an answer, within bounds. Pure."""

import zlib

OFFERED = "gzip, deflate"


class Unreadable(ValueError):
    """The body is not in the coding that its header names."""


def inflate(body: bytes, coding: str, limit: int) -> tuple[bytes, bool]:
    """The body without its content coding, and whether it is longer than `limit` (then: its beginning).

    A body that ends too early gives what there is. Unreadable for a coding that was not offered.
    """
    names = [name.strip().lower() for name in coding.split(",") if name.strip() not in ("", "identity")]
    for name in reversed(names):
        if name in {"gzip", "x-gzip"}:
            body = _inflate(body, zlib.MAX_WBITS | 16, limit)
        elif name == "deflate":
            body = _inflate(body, zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS, limit)
        else:
            raise Unreadable(f"content coding {name!r} was not asked for")
    return body[:limit], len(body) > limit


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    out = bytearray()
    rest = body
    while rest and len(out) <= limit:
        inflater = zlib.decompressobj(window)
        try:
            out += inflater.decompress(rest, limit + 1 - len(out))
        except zlib.error as error:
            if out:  # some servers pad a gzip body
                break
            raise Unreadable(f"the body does not inflate: {error}") from error
        rest = inflater.unused_data
    return bytes(out)
