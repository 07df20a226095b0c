"""The articles that are remembered, as columns of numbers: about a hundred bytes each, and their sketch.
Pure.

Articles are numbered as they come. A block holds the columns of BLOCK of them; the oldest block goes when
its last article is forgotten. Numbers are never used twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.threader.sketch import SIZE, Sketch

Rows = NDArray[Any]

BLOCK = 65_536
ID = 32  # bytes of a digest

_ROW = np.dtype(
    [
        ("id", "V32"),
        ("revision", "<u8"),
        ("at", "<u4"),  # seconds since 1970: when it was published, as far as that can be believed
        ("fetched", "<u4"),
        ("story", "<u4"),  # the number of the story's first article
        ("copied", "<u4"),  # number of the article that it repeats; its own where it repeats none
        ("original", "<u4"),
        ("site", "<u4"),  # hash
        ("outlet", "<u4"),  # hash of the name
        ("limit", "<u4"),  # of the sketch
        ("sketch", "<u2", (SIZE,)),
        ("kept", "u1"),  # how much of the sketch there is
        ("relation", "u1"),
        ("cause", "u1"),
        ("score", "u1"),
        ("language", "u1"),
        ("agency", "u1"),  # that is credited
        ("state", "u1"),
        # Of a story, at the number of its first article:
        ("size", "<u4"),
        ("latest", "<u4"),  # number of its last article
    ]
)
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
    state: int = LIVE


@dataclass(slots=True)
class _Elder:
    """A story whose first article is forgotten while the story goes on."""

    id: str
    at: int
    size: int
    latest: int


@dataclass(slots=True)
class Memory:
    """Rows by number, from `first` (the oldest that counts) to `next`, exclusive."""

    first: int = 0
    next: int = 0
    base: int = 0  # number of the first row of the first block
    _blocks: list[Rows] = field(default_factory=list)
    _odd_ids: dict[int, str] = field(default_factory=dict)  # those that are no SHA-256 in hexadecimal digits
    _elders: dict[int, _Elder] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.next - self.first

    def add(self, row: Row) -> int:
        """The row's number. `story`, `copied` and `original` of -1 mean the row itself."""
        number = self.next
        if number - self.base >= BLOCK * len(self._blocks):
            self._blocks.append(np.zeros(BLOCK, _ROW))
        digest = _digest(row.id)
        if digest is None:
            self._odd_ids[number] = row.id
        kept = 0 if row.sketch is None else len(row.sketch.tags)
        tags = np.zeros(SIZE, np.uint16)
        if row.sketch is not None:
            tags[:kept] = row.sketch.tags
        block, at = self._place(number)
        block[at] = (
            digest or bytes(ID),
            row.revision,
            row.at,
            row.fetched,
            *(number if each < 0 else each for each in (row.story, row.copied, row.original)),
            row.site,
            row.outlet,
            row.sketch.limit if row.sketch else 0,
            tags,
            kept,
            row.relation,
            row.cause,
            row.score,
            row.language,
            row.agency,
            row.state,
            0,
            number,
        )
        self.next += 1
        return number

    def get(self, number: int, column: str) -> int:
        block, at = self._place(number)
        return int(block[column][at])

    def set(self, number: int, column: str, value: int) -> None:
        block, at = self._place(number)
        block[column][at] = value

    def column(self, numbers: Rows, column: str) -> Rows:
        """That column of rows that are there."""
        blocks, at = np.divmod(numbers - self.base, BLOCK)
        out = np.empty(len(numbers), _ROW[column])
        for block in np.unique(blocks).tolist():
            here = blocks == block
            out[here] = self._blocks[block][column][at[here]]
        return out

    def there(self, number: int) -> bool:
        return self.base <= number < self.next

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
        block, at = self._place(number)
        return bytes(block["id"][at]).hex()

    def sketch(self, number: int) -> Sketch:
        block, at = self._place(number)
        row = block[at]
        return Sketch(row["sketch"][: row["kept"]], int(row["limit"]))

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
        gone: list[int] = []
        if len(self._blocks) < 2 or self.base + BLOCK > self.first:
            return gone
        while len(self._blocks) > 1 and self.base + BLOCK <= self.first:
            gone += list(self._drop())
        for story in [each for each, elder in self._elders.items() if elder.latest < self.first]:
            del self._elders[story]
            gone.append(story)
        return gone

    def _drop(self) -> Iterator[int]:
        block = self._blocks[0]
        own = self.base + np.arange(BLOCK, dtype=np.uint32)
        for at in np.flatnonzero(block["story"] == own).tolist():
            number = self.base + at
            if block["latest"][at] >= self.first:
                id = self.id(number)
                assert id is not None
                self._elders[number] = _Elder(
                    id, int(block["at"][at]), int(block["size"][at]), int(block["latest"][at])
                )
            else:
                yield number
        for number in [each for each in self._odd_ids if each < self.base + BLOCK]:
            del self._odd_ids[number]
        del self._blocks[0]
        self.base += BLOCK

    def _place(self, number: int) -> tuple[Rows, int]:
        block, at = divmod(number - self.base, BLOCK)
        return self._blocks[block], at


def _digest(id: str) -> bytes | None:
    if len(id) != 2 * ID or not id.isalnum() or id != id.lower():
        return None
    try:
        return bytes.fromhex(id)
    except ValueError:
        return None
