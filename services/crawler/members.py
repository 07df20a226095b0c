"""The members of a gzip file, one after another; where one is broken, on with the next that is whole."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 16
MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Member:
    """What begins at `offset`, in bytes from the beginning of the stream. `cause`: why it has no content;
    `whole`: it is sound all the same, but longer than is read.
    """

    offset: int
    content: bytes = b""
    cause: str = ""
    whole: bool = False


def members(stream: BinaryIO, most: int, start: bytes) -> Iterator[Member]:
    """All of them. One whose content is longer than `most` bytes is passed over and told; after a broken one
    comes the next whose content begins with `start`. No stream need be sought.
    """
    window = _Window(stream)
    while window.fill(1):
        member = _member(window, most)
        yield member
        if member.cause and not window.taken and not _found(window, start):
            return
        window.drop()


class _Window:
    """The part of the stream that is being looked at. `taken`: how much of it is done with."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.offset = 0
        self.held = bytearray()
        self.taken = 0

    def fill(self, size: int) -> bool:
        """Hold at least so many bytes, if there are."""
        while len(self.held) < size:
            more = self._stream.read(CHUNK)
            if not more:
                return False
            self.held += more
        return True

    def drop(self) -> None:
        self.offset += self.taken
        del self.held[: self.taken]
        self.taken = 0


def _member(window: _Window, most: int) -> Member:
    """The one at the beginning of the window. Taken from it unless it is broken."""
    offset = window.offset
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = bytearray()
    at, size = 0, 0
    try:
        while not inflater.eof:
            if not window.fill(at + 1):
                return Member(offset, cause="it breaks off")
            piece = inflater.decompress(window.held[at : at + CHUNK])
            at = min(at + CHUNK, len(window.held))
            size += len(piece)
            if size <= most:
                content += piece
            elif not inflater.eof:
                window.taken, at = at, 0  # not to be held, whatever its length
                window.drop()
    except zlib.error as error:
        return Member(offset, cause=f"it does not inflate: {error}")
    window.taken = at - len(inflater.unused_data)
    if size > most:
        return Member(offset, cause=f"{size} bytes in one piece; at most {most} are read", whole=True)
    return Member(offset, bytes(content))


def _found(window: _Window, start: bytes) -> bool:
    """Take everything up to the next member that begins so; False where none comes."""
    at = 1
    while True:
        at = window.held.find(MAGIC, at)
        if at < 0:
            # The last bytes may be the beginning of the mark.
            window.taken = max(1, len(window.held) - len(MAGIC))
            window.drop()
            if not window.fill(len(window.held) + 1):
                return False
            at = 0
            continue
        window.fill(at + CHUNK)
        try:
            begin = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(
                window.held[at : at + CHUNK], len(start)
            )
        except zlib.error:
            begin = b""
        if begin == start:
            window.taken = at
            return True
        at += 1
