"""Which articles have a key: an inverted index for a window that moves. Pure.

New postings lie in a heap; OPEN articles later they become a part: postings sorted by key, and a directory
that tells where keys with a given upper half begin, so that of a key the lower half alone is kept: four bytes
a posting, five with its weight. Neighbouring parts of like size are merged, so that there are few. All parts
lie in one array, oldest first, and are searched at once, for those keys that a filter of one bit each does
not exclude: of a new text's, hardly any.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.threader.columns import behead, empty, lengthen, replace_tail, shorten

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

OPEN = 512  # articles
FULL = 65_536  # articles of a part at most: their places in it take 16 bits
_HALVES = 1 << 16  # upper halves of keys
_CROWD = 400  # postings with one upper half: so many are not looked through, but searched
_LOWER = np.uint32(0xFFFF)
_UPPER = np.uint32(16)
_KEY = np.uint64(24)  # where a packed posting has its key
_CELLS = 1 << 24  # of eight bits, of the filter
_CELL = np.uint32(8)
_BIT = np.uint32(7)
# Keys of texts are the lowest of many hashes: times this, they are spread evenly, and differ as before.
_SPREAD = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class _Part:
    """Articles `first` to `last`; its postings stand from `begin` to `end`, exclusive."""

    first: int
    last: int
    begin: int
    end: int

    @property
    def span(self) -> int:
        return self.last - self.first + 1


@dataclass(slots=True)
class Hits:
    """Postings that were found: the article's number, which of the keys asked for it was, and its weight."""

    numbers: I64
    asked: I64
    weights: U8


_NONE = Hits(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))


class Postings:
    """Articles are added by number, never a lower one than before. Of the articles that have one key, `most`
    are found in each part: the newest, so that what everyone writes about costs no more than other things.
    """

    def __init__(self, most: int, *, weighted: bool = False) -> None:
        self.most = most
        self.weighted = weighted
        self._parts: list[_Part] = []
        self._starts = empty(np.uint32, _HALVES + 1)  # a part's directory: places within it
        self._lower = empty(np.uint16)
        self._places = empty(np.uint16)
        self._weights = empty(np.uint8)
        self._first = -1
        self._used = 0  # of the heap
        self._open_keys = np.empty(1024, np.uint32)
        self._open_places = np.empty(1024, np.uint16)
        self._open_weights = np.empty(1024, np.uint8)
        self._open: defaultdict[int, list[int]] = defaultdict(list)  # where in the heap a key stands
        self._listed = 0  # of the heap: a threader that starts again asks for nothing
        self._filter = np.zeros(_CELLS, np.uint8)
        self._filtered = 0  # postings

    def add(self, number: int, keys: U32, weights: NDArray[Any] | None = None) -> None:
        if self._first < 0:
            self._first = number
        elif number - self._first >= OPEN:
            self._seal(number)
        start, end = self._used, self._used + len(keys)
        while end > len(self._open_keys):
            for column in (self._open_keys, self._open_places, self._open_weights):
                lengthen(column, len(column))
        self._open_keys[start:end] = keys * _SPREAD
        self._open_places[start:end] = number - self._first
        if weights is not None:
            self._open_weights[start:end] = weights
        self._used = end

    def find(self, keys: U32) -> Hits:
        """Postings under distinct keys."""
        self._list_open()
        spread = keys * _SPREAD
        known = (self._filter[spread >> _CELL] >> (spread & _BIT) & 1).nonzero()[0]
        spread = spread[known]
        one, other = self._find_open(spread), self._find_sealed(spread)
        return Hits(
            np.concatenate((one.numbers, other.numbers)),
            known[np.concatenate((one.asked, other.asked))],
            np.concatenate((one.weights, other.weights)),
        )

    def forget_before(self, number: int) -> None:
        """Drop parts of which every article is older."""
        old = 0
        while old < len(self._parts) and self._parts[old].last < number:
            old += 1
        if not old:
            return
        cut = self._parts[old - 1].end
        for column in self._columns():
            behead(column, cut)
        behead(self._starts, old)
        self._parts = [
            _Part(each.first, each.last, each.begin - cut, each.end - cut) for each in self._parts[old:]
        ]
        if self._filtered > 2 * len(self._lower):
            self._filter[:] = 0
            self._filtered = 0
            self._let_through(self._open_keys[: self._listed])
            for part in range(len(self._parts)):
                self._let_through((self._packed(part, 0) >> _KEY).astype(np.uint32))

    def _columns(self) -> list[NDArray[Any]]:
        return [self._lower, self._places, *([self._weights] if self.weighted else [])]

    def _list_open(self) -> None:
        if self._listed == self._used:
            return
        new = self._open_keys[self._listed : self._used]
        self._let_through(new)
        for at, key in enumerate(new.tolist(), self._listed):
            self._open[key].append(at)
        self._listed = self._used

    def _find_open(self, keys: U32) -> Hits:
        near: list[int] = []
        asked: list[int] = []
        for which, key in enumerate(keys.tolist()):
            held = self._open.get(key)
            if held:
                newest = held[-self.most :]
                near += newest
                asked += [which] * len(newest)
        found = np.array(near, np.int64)
        return Hits(
            self._open_places[found].astype(np.int64) + self._first,
            np.array(asked, np.int64),
            self._open_weights[found] if self.weighted else np.ones(len(found), np.uint8),
        )

    def _find_sealed(self, keys: U32) -> Hits:
        parts, asked = len(self._parts), len(keys)
        if not parts or not asked:
            return _NONE
        upper, lower = (keys >> _UPPER).astype(np.int64), (keys & _LOWER).astype(np.uint16)
        begins = self._starts.take(upper, axis=1).astype(np.int64)
        counts = (self._starts.take(upper + 1, axis=1) - begins).ravel()
        offsets = np.array([each.begin for each in self._parts])
        starts = (begins + offsets[:, None]).ravel()
        for crowd in (counts > _CROWD).nonzero()[0].tolist():
            start, count, key = int(starts[crowd]), int(counts[crowd]), lower[crowd % asked]
            held = self._lower[start : start + count]
            end = int(held.searchsorted(key, "right"))
            first = max(int(held.searchsorted(key)), end - self.most)
            starts[crowd], counts[crowd] = start + first, end - first
        total = counts.cumsum()
        at = np.arange(total[-1]) + np.repeat(starts - total + counts, counts)
        wanted = np.concatenate([lower] * parts)
        hit = (self._lower[at] == np.repeat(wanted, counts)).nonzero()[0]
        group = total.searchsorted(hit, "right")
        at = at[hit]
        if (group[self.most :] == group[: -self.most]).any():
            newest = self._newest(group, parts * asked)
            at, group = at[newest], group[newest]
        firsts = np.array([each.first for each in self._parts])
        return Hits(
            firsts[group // asked] + self._places[at],
            group % asked,
            self._weights[at] if self.weighted else np.ones(len(at), np.uint8),
        )

    def _newest(self, groups: I64, count: int) -> NDArray[np.bool_]:
        """Of each group, the last `most`; groups in order, `count` of them."""
        ends = np.bincount(groups, minlength=count).cumsum()
        newest: NDArray[np.bool_] = ends[groups] - np.arange(len(groups)) <= self.most
        return newest

    def _seal(self, number: int) -> None:
        if self._used:
            packed = self._open_keys[: self._used].astype(np.uint64) << _KEY
            packed |= self._open_places[: self._used].astype(np.uint64) << np.uint64(8)
            if self.weighted:
                packed |= self._open_weights[: self._used]
            self._append(self._first, number - 1, packed)
            self._merge()
            self._let_through(self._open_keys[self._listed : self._used])
            self._open.clear()
        self._first, self._used, self._listed = number, 0, 0

    def _let_through(self, keys: U32) -> None:
        np.bitwise_or.at(self._filter, keys >> _CELL, np.uint8(1) << (keys & _BIT).astype(np.uint8))
        self._filtered += len(keys)

    def _append(self, first: int, last: int, packed: U64) -> None:
        packed.sort()
        begin = len(self._lower)
        replace_tail(self._lower, begin, (packed >> _KEY).astype(np.uint16))
        replace_tail(self._places, begin, (packed >> np.uint64(8)).astype(np.uint16))
        if self.weighted:
            replace_tail(self._weights, begin, packed.astype(np.uint8))
        upper = (packed >> np.uint64(40)).astype(np.int64)
        lengthen(self._starts, 1)
        np.bincount(upper, minlength=_HALVES).cumsum(out=self._starts[-1, 1:], dtype=np.uint32)
        self._parts.append(_Part(first, last, begin, len(self._lower)))

    def _merge(self) -> None:
        while len(self._parts) > 1:
            one, other = self._parts[-2:]
            if other.last - one.first >= FULL or one.span > 1.5 * other.span:
                return
            both = np.concatenate((self._packed(-2, 0), self._packed(-1, other.first - one.first)))
            for column in self._columns():
                shorten(column, len(column) - one.begin)
            shorten(self._starts, 2)
            del self._parts[-2:]
            self._append(one.first, other.last, both)

    def _packed(self, part: int, further: int) -> U64:
        begin, end = self._parts[part].begin, self._parts[part].end
        upper = np.repeat(np.arange(_HALVES, dtype=np.uint64), np.diff(self._starts[part]).astype(np.int64))
        packed: U64 = (upper << np.uint64(16) | self._lower[begin:end]) << _KEY
        packed |= (self._places[begin:end] + np.uint64(further)) << np.uint64(8)
        if self.weighted:
            packed |= self._weights[begin:end]
        return packed
