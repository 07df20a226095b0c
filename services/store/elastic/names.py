"""How indices are named. Pure.

`newswatch-dead`, and for each month `newswatch-articles-2026.03`, are what is written to. Each is an index at
first; rebuilt, it is an alias of `newswatch-v2-dead`, then of `newswatch-v3-dead`, and so on.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from services.store.elastic.schema import KINDS


@dataclass(frozen=True, slots=True)
class Place:
    """What an index is for: a kind, of articles a month (2026.03), and in which generation."""

    prefix: str
    kind: str
    month: str = ""
    generation: int = 1

    @property
    def served(self) -> str:
        """The name that is written to."""
        return f"{self.prefix}-{self._rest}"

    @property
    def index(self) -> str:
        """The index's own name."""
        return self.served if self.generation == 1 else f"{self.prefix}-v{self.generation}-{self._rest}"

    @property
    def next(self) -> "Place":
        return Place(self.prefix, self.kind, self.month, self.generation + 1)

    @property
    def _rest(self) -> str:
        return f"{self.kind}-{self.month}" if self.month else self.kind


def place_of(prefix: str, index: str) -> Place | None:
    """None where the index is not of this newswatch's making."""
    kinds = "|".join(KINDS)
    found = re.fullmatch(
        rf"{re.escape(prefix)}-(?:v(\d+)-)?({kinds})(?:-(\d{{4}}\.\d\d))?",
        index,
    )
    if found is None or (found[2] == "articles") != bool(found[3]):
        return None
    return Place(prefix, found[2], found[3] or "", int(found[1] or 1))


def month_of(moment: datetime) -> str:
    return f"{moment.year:04d}.{moment.month:02d}"
