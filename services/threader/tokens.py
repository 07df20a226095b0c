"""A text's tokens as numbers, all at once: as Python objects they would cost several times as much. Pure.

What was worked out of a token is kept in a table, where its hash says; another token of the same place takes
it over.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from services.kit.text import MAX_TOKEN
from services.threader.stems import key_of

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

_SLOTS = 1 << 18  # 6 MB
_PLACE = np.uint64(64 - 18)
_LONGEST = 4 * MAX_TOKEN + 1  # bytes of a token and its space
_FACTORS = np.random.default_rng(1).integers(0, 1 << 64, _LONGEST, dtype=np.uint64) | np.uint64(1)
_SPACE = 0x20


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of each token in order: a hash of it, and the key of its feature (see `key_of`)."""

    hashes: U64
    keys: I64


class _Table:
    def __init__(self) -> None:
        self._rows = np.zeros((_SLOTS, 3), np.uint64)  # mark, hash, key: together in memory

    def look_up(self, text: bytes, starts: I64, ends: I64, marks: U64) -> Tokens:
        """Of the tokens that stand there; `marks`: what tells them apart."""
        slots = (marks >> _PLACE).astype(np.int64)
        rows = self._rows.take(slots, axis=0)
        known, hashes, keys = rows[:, 0], rows[:, 1], rows[:, 2].view(np.int64)
        new = (known != marks).nonzero()[0]
        if len(new):
            places = zip(starts[new].tolist(), ends[new].tolist(), strict=True)
            tokens = [text[start:end] for start, end in places]
            hashes[new] = list(map(crc32, tokens))
            keys[new] = [key_of(token.decode()) for token in tokens]
            known[new] = marks[new]
            self._rows[slots[new]] = rows[new]
        return Tokens(hashes, keys)


_table = _Table()


def numbered(tokens: str, most: int) -> Tokens:
    """Of tokens that are joined by single spaces, the first `most`."""
    if not tokens:
        return Tokens(np.empty(0, np.uint64), np.empty(0, np.int64))
    text = f"{tokens} ".encode()
    data = np.frombuffer(text, np.uint8)
    ends = (data == _SPACE).nonzero()[0][:most]
    starts = np.empty_like(ends)
    starts[0] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    places = np.arange(ends[-1] + 1) - np.repeat(starts, ends - starts + 1)
    np.minimum(places, _LONGEST - 1, out=places)
    marks = np.add.reduceat(_FACTORS[places] * data[: len(places)], starts)
    return _table.look_up(text, starts, ends, marks)
