"""What is kept of a text to know its copies: the lowest hashes of its shingles (MinHash, bottom-k). Pure.

Of a text that is seen now, all shingles are at hand; of one that was seen, SIZE of them. As hashes are spread
evenly, those few are a fair sample, and how much of one text stands in the other is counted on them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.threader.columns import firsts

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

SIZE = 40  # shingles that are remembered of a text
POSTED = 10  # of them, under which a text is looked up
ASKED = 48  # lowest ones of a new text that are looked up: a text found in it may be a quarter of its length
WORDS = 4  # in a shingle
CHARACTERS = 8  # in a shingle of a script without spaces
LONGEST = 6000  # tokens of a text that count
_SOME = 200  # of them, that tell its script

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
_TAG = np.uint32(0xFFFF)


@dataclass(frozen=True, slots=True)
class Sketch:
    """Of a text that was seen: the low halves of its lowest hashes, and how high the highest of them is
    (2**32 - 1 where all are kept, as the text is short).
    """

    tags: U16
    limit: int


def hashes(tokens: U64, width: int) -> U32:
    """The hashes of a text's shingles of so many tokens, each once, lowest first."""
    count = len(tokens) - width + 1
    if count < 1:
        return np.empty(0, np.uint32)
    mixed = np.zeros(count, np.uint64)
    for at in range(width):
        mixed = mixed * _FACTOR + tokens[at : at + count]
    mixed ^= mixed >> _HALF
    mixed *= _MIX
    found = (mixed >> _HALF).astype(np.uint32)
    found.sort()
    return found[firsts(found)]


def width(tokens: str) -> int:
    """How many of these tokens make a shingle: whether most are single characters of a script that is
    written without spaces.
    """
    if tokens.isascii():
        return WORDS
    some = tokens.split(" ", _SOME)[:_SOME]
    return CHARACTERS if sum(len(each) <= 2 and each >= "\u0e00" for each in some) * 2 > len(some) else WORDS


def sketch(found: U32) -> Sketch:
    """What is kept of `hashes`."""
    limit = 0xFFFFFFFF if len(found) <= SIZE else int(found[SIZE - 1])
    return Sketch(tags(found[:SIZE]), limit)


def tags(found: U32) -> U16:
    return (found & _TAG).astype(np.uint16)


class Sample:
    """A new text's hashes, to be counted in sketches of earlier ones."""

    def __init__(self, found: U32) -> None:
        self.hashes = found
        self._tags: list[int] = tags(found).tolist()
        self._all = frozenset(self._tags)

    def holds(self, old: Sketch) -> tuple[int, int]:
        """Of how many of the old text's shingles it is known whether they stand in this one; how many do."""
        return len(old.tags), sum(map(self._all.__contains__, old.tags.tolist()))

    def stands_in(self, old: Sketch) -> tuple[int, int]:
        """Likewise of this text's shingles in the old one: those below the old sketch's limit are known."""
        known = int(self.hashes.searchsorted(np.uint32(old.limit), "right"))
        there = frozenset(old.tags.tolist())
        return known, sum(map(there.__contains__, self._tags[:known]))


def same(one: Sketch, other: Sketch) -> bool:
    """Whether both are of the same shingles, as far as they tell; texts too short for any are never the
    same.
    """
    return one.limit == other.limit and len(one.tags) > 0 and np.array_equal(one.tags, other.tags)
