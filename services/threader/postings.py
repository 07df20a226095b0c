"""Which articles have a key: an inverted index for a window that moves. Pure.

New postings are in a dictionary; OPEN articles later they become sorted arrays, and neighbouring arrays of
like size are merged, so that there are few. A posting then takes six bytes, seven with its weight. Whole
arrays are dropped when their articles are too old.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

OPEN = 2048  # articles
FULL = 65_536  # articles of an array at most: their places in it take 16 bits
_LOW = 0xFF  # of a posting in one number: key, place and weight
_KEY = 24


def _packed() -> "array[int]":
    return array("Q")


@dataclass(frozen=True, slots=True)
class _Sealed:
    """Postings sorted by key, then by article: numbers `first` to `last`."""

    first: int
    last: int
    keys: U32
    places: U16
    weights: U8  # empty where postings have none

    @property
    def span(self) -> int:
        return self.last - self.first + 1


@dataclass(slots=True)
class Hits:
    """Postings that were found: the article's number, which of the keys asked for it was, and its weight."""

    numbers: I64
    asked: I64
    weights: U8


@dataclass(slots=True)
class Postings:
    """Articles are added by number, never a lower one than before. Of the articles that have one key, `most`
    are found in each array: the newest, so that what everyone writes about costs no more than other things.
    """

    most: int
    weighted: bool = False
    _first: int = -1
    _open: dict[int, list[int]] = field(default_factory=dict)  # key → place and weight
    _added: "array[int]" = field(default_factory=_packed)  # the same, with their keys
    _sealed: list[_Sealed] = field(default_factory=list)

    def add(self, number: int, keys: Sequence[int], weights: Sequence[int]) -> None:
        if self._first < 0:
            self._first = number
        elif number - self._first >= OPEN:
            self._seal(number)
        place = (number - self._first) << 8
        opened, added = self._open, self._added
        for key, weight in zip(keys, weights, strict=True):
            posting = place | weight
            added.append(key << _KEY | posting)
            held = opened.get(key)
            if held is None:
                opened[key] = [posting]
            else:
                held.append(posting)

    def find(self, keys: U32) -> Hits:
        """Postings under distinct keys."""
        numbers, asked, weights = [], [], []
        opened: list[tuple[int, int]] = []
        for at, key in enumerate(keys.tolist()):
            opened.extend((at, each) for each in self._open.get(key, ())[-self.most :])
        if opened:
            table = np.array(opened, np.int64)
            numbers.append(self._first + (table[:, 1] >> 8))
            asked.append(table[:, 0])
            weights.append((table[:, 1] & _LOW).astype(np.uint8))
        for part in self._sealed:
            start = part.keys.searchsorted(keys)
            there = (start < len(part.keys)).nonzero()[0]
            hit = there[part.keys[start[there]] == keys[there]]
            if not len(hit):
                continue
            end = part.keys.searchsorted(keys[hit], "right")
            begin = np.maximum(start[hit], end - self.most)
            counts = end - begin
            total = int(counts.sum())
            at_part = (
                np.arange(total) - np.repeat(counts.cumsum() - counts, counts) + np.repeat(begin, counts)
            )
            numbers.append(part.first + part.places[at_part].astype(np.int64))
            asked.append(np.repeat(hit, counts))
            weights.append(part.weights[at_part] if self.weighted else np.ones(total, np.uint8))
        if not numbers:
            nothing = np.empty(0, np.int64)
            return Hits(nothing, nothing, np.empty(0, np.uint8))
        return Hits(np.concatenate(numbers), np.concatenate(asked), np.concatenate(weights))

    def forget_before(self, number: int) -> None:
        """Drop arrays of which every article is older."""
        while self._sealed and self._sealed[0].last < number:
            del self._sealed[0]

    def _seal(self, number: int) -> None:
        if self._added:
            packed = np.frombuffer(self._added, np.uint64)
            self._sealed.append(self._sorted(self._first, number - 1, packed))
            self._merge()
        self._open, self._added, self._first = {}, _packed(), number

    def _merge(self) -> None:
        while len(self._sealed) > 1:
            one, other = self._sealed[-2:]
            if other.last - one.first >= FULL or one.span > 1.5 * other.span:
                return
            moved = self._repacked(other, other.first - one.first)
            both = np.concatenate((self._repacked(one, 0), moved))
            self._sealed[-2:] = [self._sorted(one.first, other.last, both)]

    def _repacked(self, part: _Sealed, further: int) -> U64:
        packed = part.keys.astype(np.uint64) << np.uint64(_KEY)
        packed |= (part.places.astype(np.uint64) + np.uint64(further)) << np.uint64(8)
        if self.weighted:
            packed |= part.weights
        return packed

    def _sorted(self, first: int, last: int, packed: U64) -> _Sealed:
        packed = np.sort(packed)
        weights = (packed & np.uint64(_LOW)).astype(np.uint8) if self.weighted else np.empty(0, np.uint8)
        keys = (packed >> np.uint64(_KEY)).astype(np.uint32)
        return _Sealed(first, last, keys, (packed >> np.uint64(8)).astype(np.uint16), weights)
