"""Whether a text repeats another: how much of the one stands in the other. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from services.kit.text import words
from services.threader.sketch import SIZE, U32, Sketch, hashes, new_in_old, old_in_new

SHARE = 0.5  # of the one text that must stand in the other
SHARE_AT_HOME = 0.85  # of texts of one site, which share its phrases
SHARE_UNQUOTED = 0.4  # of what is not between quotation marks
LEAST = 25  # shingles that both must have; fewer make a copy only where the texts are the same
ALIKE = 0.9  # from then on texts are the same
LEAST_ALIKE = 8
PART = 0.2  # of the longer text that both must have: a digest of many texts is a copy of none
_ALL = 0xFFFFFFFF

_QUOTED = regex.compile(r"“[^”]{20,1500}”|„[^“”]{20,1500}[“”]|«[^»]{20,1500}»|\"[^\"]{20,1500}\"|「[^」]{8,800}」")


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the shorter text stands in the longer one, 0 to 1; `shorter`: the new one is the shorter."""

    share: float
    shorter: bool


class NewText:
    """A text as it comes, to be compared with sketches of earlier ones."""

    def __init__(self, text: str, tokens: Sequence[str]) -> None:
        self._text = text
        self.hashes = hashes(tokens)
        self._unquoted: U32 | None = None

    def unquoted(self) -> U32:
        """The hashes of what is not between quotation marks."""
        if self._unquoted is None:
            bare, quotes = _QUOTED.subn(" ", self._text)
            self._unquoted = hashes(words(bare)) if quotes else self.hashes
        return self._unquoted

    def share(self, old: Sketch, same_site: bool) -> Share | None:
        """None where neither repeats the other."""
        new = self.hashes
        if len(new) < LEAST_ALIKE or len(old.tags) < LEAST_ALIKE:
            return None
        old_length = len(old.tags) if old.limit == _ALL else round(SIZE * _ALL / max(1, old.limit))
        found = _shares(new, old)
        best = max(found)
        amount = min(len(new), old_length * 1.2) * best
        enough = amount >= LEAST or min(found) >= ALIKE
        if (
            best < (SHARE_AT_HOME if same_site else SHARE)
            or not enough
            or amount < PART * max(len(new), old_length)
        ):
            return None
        if best < ALIKE and not self._beyond_quotes(old):
            return None
        return Share(min(1.0, best), found[0] >= found[1])

    def _beyond_quotes(self, old: Sketch) -> bool:
        bare = self.unquoted()
        if len(bare) == len(self.hashes):
            return True
        if len(bare) < LEAST_ALIKE:
            return False
        in_old = new_in_old(bare, old)
        quoted = old_in_new(old, self.hashes)[1] - old_in_new(old, bare)[1]
        known, in_new = old_in_new(old, bare)
        return max(_ratio(*in_old), _ratio(known - quoted, in_new)) >= SHARE_UNQUOTED


def _shares(new: U32, old: Sketch) -> tuple[float, float]:
    """Of the new text in the old one, of the old text in the new one."""
    return _ratio(*new_in_old(new, old)), _ratio(*old_in_new(old, new))


def _ratio(known: int, found: int) -> float:
    return found / known if known >= LEAST_ALIKE else 0.0
