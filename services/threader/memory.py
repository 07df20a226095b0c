"""The articles that are remembered, as columns of numbers: about 170 bytes each, their sketch among them.
Pure.

Articles are numbered as they come; numbers are never used twice. Rows are dropped by BLOCK, when the last one
of them is forgotten.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.threader.columns import behead, empty, lengthen
from services.threader.ids import Ids
from services.threader.sketch import SIZE, Sketch

Rows = NDArray[Any]

BLOCK = 65_536
ID = 32  # bytes of a digest
MARK = 4  # of them, by which a row is looked up
_SPREAD = 0x9E3779B1  # times this, marks that follow each other lie apart

_NUMBERS = {
    "revision": np.uint64,
    "at": np.uint32,  # seconds since 1970: when it was published, as far as that can be believed
    "fetched": np.uint32,
    "story": np.uint32,  # the number of the story's first article
    "copied": np.uint32,  # number of the article that it repeats; its own where it repeats none
    "original": np.uint32,
    "site": np.uint32,  # hash
    "outlet": np.uint32,  # hash of the name
    "limit": np.uint32,  # of the sketch
    "kept": np.uint8,  # how much of the sketch there is
    "relation": np.uint8,
    "cause": np.uint8,
    "score": np.uint8,
    "language": np.uint8,
    "agency": np.uint8,  # that is credited
    "subject": np.uint8,
    "state": np.uint8,
    # Of a story, at the number of its first article:
    "size": np.uint32,
    "latest": np.uint32,  # number of its last article
}
_FIRST_ROWS = 1024
LIVE, REPLACED, GHOST = 0, 1, 2  # states: GHOST stands for a story's first article that is not known any more


@dataclass(slots=True)
class Row:
    """An article, as it is remembered."""

    id: str
    revision: int
    at: int
    fetched: int
    story: int
    copied: int
    original: int
    site: int = 0
    outlet: int = 0
    sketch: Sketch | None = None
    relation: int = 0
    cause: int = 0
    score: int = 100
    language: int = 0
    agency: int = 0
    subject: int = 0
    state: int = LIVE


@dataclass(slots=True)
class _Elder:
    """A story whose first article is forgotten while the story goes on."""

    id: str
    at: int
    size: int
    latest: int


class Memory:
    """Rows by number, from `first` (the oldest that counts) to `next`, exclusive."""

    def __init__(self) -> None:
        self.first = 0
        self.next = 0
        self.base = 0  # number of the first row that there is
        self._columns: dict[str, Rows] = {name: empty(kind) for name, kind in _NUMBERS.items()}
        self._digests = empty(np.uint8, ID)
        self._sketches = empty(np.uint16, SIZE)
        self._ids = Ids()
        self._odd_ids: dict[int, str] = {}  # those that are no SHA-256 in hexadecimal digits
        self._ghosts: dict[str, int] = {}
        self._elders: dict[int, _Elder] = {}

    def __len__(self) -> int:
        return self.next - self.first

    def add(self, row: Row) -> int:
        """The row's number. `story`, `copied` and `original` of -1 mean the row itself."""
        number = self.next
        at = number - self.base
        if at == len(self._digests):
            self._lengthen()
        digest, odd = _digest(row.id)
        if odd:
            self._odd_ids[number] = row.id
        self._digests[at] = np.frombuffer(digest, np.uint8)
        sketch = row.sketch
        kept = 0 if sketch is None else len(sketch.tags)
        if sketch is not None:
            self._sketches[at, :kept] = sketch.tags
        columns = self._columns
        columns["revision"][at] = row.revision
        columns["at"][at] = row.at
        columns["fetched"][at] = row.fetched
        columns["story"][at] = number if row.story < 0 else row.story
        columns["copied"][at] = number if row.copied < 0 else row.copied
        columns["original"][at] = number if row.original < 0 else row.original
        columns["site"][at] = row.site
        columns["outlet"][at] = row.outlet
        columns["limit"][at] = 0 if sketch is None else sketch.limit
        columns["kept"][at] = kept
        columns["relation"][at] = row.relation
        columns["cause"][at] = row.cause
        columns["score"][at] = row.score
        columns["language"][at] = row.language
        columns["agency"][at] = row.agency
        columns["subject"][at] = row.subject
        columns["state"][at] = row.state
        columns["size"][at] = 0
        columns["latest"][at] = number
        self.next += 1
        if row.state == GHOST:
            self._ghosts[row.id] = number
            return number
        if self._ids.full:
            rows = np.flatnonzero(columns["state"][:at] != GHOST)
            self._ids.rebuild(rows + self.base, self._marks(rows))
        self._ids.put(_mark(digest), number, self.base, self._has(row.id, digest))
        return number

    def get(self, number: int, column: str) -> int:
        value: int = self._columns[column].item(number - self.base)
        return value

    def set(self, number: int, column: str, value: int) -> None:
        self._columns[column][number - self.base] = value

    def column(self, numbers: Rows, column: str) -> Rows:
        """That column of rows that are there."""
        found: Rows = self._columns[column][numbers - self.base]
        return found

    def there(self, number: int) -> bool:
        return self.base <= number < self.next

    def find(self, id: str) -> int | None:
        """The newest row of an article of that id, though it may be older than `first`."""
        digest, _ = _digest(id)
        return self._ids.find(_mark(digest), self.base, self._has(id, digest))

    def ghost(self, id: str) -> int | None:
        """The row that stands for a story's first article, which was not known."""
        number = self._ghosts.get(id)
        return number if number is not None and self.there(number) else None

    def id(self, number: int) -> str | None:
        """None where it is forgotten."""
        elder = self._elders.get(number)
        if elder is not None:
            return elder.id
        if not self.there(number):
            return None
        odd = self._odd_ids.get(number)
        if odd is not None:
            return odd
        digest: bytes = self._digests[number - self.base].tobytes()
        return digest.hex()

    def sketch(self, number: int) -> Sketch:
        kept = self.get(number, "kept")
        return Sketch(self._sketches[number - self.base, :kept].copy(), self.get(number, "limit"))

    def size(self, story: int) -> int:
        """How many articles the story has had."""
        elder = self._elders.get(story)
        return elder.size if elder else self.get(story, "size")

    def latest(self, story: int) -> int:
        elder = self._elders.get(story)
        return elder.latest if elder else self.get(story, "latest")

    def began(self, story: int) -> int:
        elder = self._elders.get(story)
        return elder.at if elder else self.get(story, "at")

    def join(self, story: int, number: int, *, distinct: bool) -> None:
        """Note a further article of a story; `distinct`: with a text of its own."""
        elder = self._elders.get(story)
        if elder:
            elder.size, elder.latest = elder.size + distinct, number
        else:
            self.set(story, "size", self.get(story, "size") + distinct)
            self.set(story, "latest", number)

    def absorb(self, story: int, other: int) -> None:
        """Count the other story's articles as this one's."""
        size, latest = self.size(story) + self.size(other), max(self.latest(story), self.latest(other))
        elder = self._elders.get(story)
        if elder:
            elder.size, elder.latest = size, latest
        else:
            self.set(story, "size", size)
            self.set(story, "latest", latest)

    def alive(self, story: int) -> bool:
        """Whether any article of it is remembered."""
        return (story in self._elders or self.there(story)) and self.latest(story) >= self.first

    def forget(self, fetched_before: int, most: int) -> list[int]:
        """Forget what was fetched before that second, oldest arrivals first, and more while there are more
        than `most`. Returns the numbers of stories that have no article left, as far as their rows go now.
        """
        self.first = max(self.first, self.next - most)
        while self.first < self.next and self.get(self.first, "fetched") < fetched_before:
            self.first += 1
        if self.base + BLOCK > self.first:
            return []
        gone: list[int] = []
        while self.base + BLOCK <= self.first:
            gone += list(self._drop())
        for story in [each for each, elder in self._elders.items() if elder.latest < self.first]:
            del self._elders[story]
            gone.append(story)
        return gone

    def _drop(self) -> Iterator[int]:
        own = self.base + np.arange(BLOCK, dtype=np.uint32)
        for at in np.flatnonzero(self._columns["story"][:BLOCK] == own).tolist():
            number = self.base + at
            if self.latest(number) >= self.first:
                id = self.id(number)
                assert id is not None
                self._elders[number] = _Elder(id, self.began(number), self.size(number), self.latest(number))
            else:
                yield number
        for column in (*self._columns.values(), self._digests, self._sketches):
            behead(column, BLOCK)
        self.base += BLOCK
        self._odd_ids = {number: id for number, id in self._odd_ids.items() if number >= self.base}
        self._ghosts = {id: number for id, number in self._ghosts.items() if number >= self.base}

    def _marks(self, rows: Rows) -> Rows:
        """As `_mark` has them."""
        return self._digests[rows, -MARK:].view(">u4").ravel().astype(np.uint32) * np.uint32(_SPREAD)

    def _lengthen(self) -> None:
        rows = min(BLOCK, max(_FIRST_ROWS, len(self._digests)))
        for column in (*self._columns.values(), self._digests, self._sketches):
            lengthen(column, rows)

    def _has(self, id: str, digest: bytes) -> Callable[[int], bool]:
        """Whether a row has that id."""
        digests, base, odd = self._digests, self.base, self._odd_ids

        def has(number: int) -> bool:
            return digests[number - base].tobytes() == digest and odd.get(number, id) == id

        return has


def _digest(id: str) -> tuple[bytes, bool]:
    """The SHA-256 that the id is in hexadecimal digits; else that of the id, and True."""
    if len(id) == 2 * ID and id.isalnum() and id == id.lower():
        try:
            return bytes.fromhex(id), False
        except ValueError:
            pass
    return sha256(id.encode()).digest(), True


def _mark(digest: bytes) -> int:
    return int.from_bytes(digest[-MARK:]) * _SPREAD & 0xFFFFFFFF
