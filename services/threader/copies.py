"""Whether a text repeats another: how much of the one stands in the other. Pure."""

from dataclasses import dataclass
from functools import cached_property

import regex

from services.kit.text import fold_tokens
from services.threader.sketch import LONGEST, SIZE, Sample, Sketch, hashes, width
from services.threader.tokens import numbered

SHARE = 0.5  # of the one text that must stand in the other
SHARE_AT_HOME = 0.85  # of texts of one site, which share its phrases
SHARE_UNQUOTED = 0.4  # of what is not between quotation marks
LEAST = 25  # shingles that both must have; fewer make a copy only where the texts are the same
ALIKE = 0.9  # from then on texts are the same
LEAST_ALIKE = 8
PART = 0.2  # of the longer text that both must have: a digest of many texts is a copy of none
_ALL = 0xFFFFFFFF

_QUOTED = regex.compile(
    r"“[^”]{20,1500}”|„[^“”]{20,1500}[“”]|«[^»]{20,1500}»|\"[^\"]{20,1500}\"|「[^」]{8,800}」"
)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the shorter text stands in the longer one, 0 to 1; `shorter`: the new one is it."""

    share: float
    shorter: bool


class NewText:
    """A text as it comes, to be compared with sketches of earlier ones."""

    def __init__(self, text: str, tokens: str) -> None:
        """`tokens`: the text's, joined by single spaces."""
        self._text = text
        self.tokens = numbered(tokens, LONGEST)
        self.hashes = hashes(self.tokens.hashes, width(tokens))

    @cached_property
    def whole(self) -> Sample:
        return Sample(self.hashes)

    @cached_property
    def unquoted(self) -> Sample | None:
        """What is not between quotation marks; None where nothing is."""
        bare, quotes = _QUOTED.subn(" ", self._text)
        if not quotes:
            return None
        tokens = fold_tokens(bare)
        return Sample(hashes(numbered(tokens, LONGEST).hashes, width(tokens)))

    def share(self, old: Sketch, same_site: bool) -> Share | None:
        """None where neither repeats the other."""
        new = self.hashes
        if len(new) < LEAST_ALIKE or len(old.tags) < LEAST_ALIKE:
            return None
        old_length = len(old.tags) if old.limit == _ALL else round(SIZE * _ALL / max(1, old.limit))
        found = _ratio(*self.whole.stands_in(old)), _ratio(*self.whole.holds(old))
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
        bare = self.unquoted
        if bare is None:
            return True
        if len(bare.hashes) < LEAST_ALIKE:
            return False
        known, found = bare.holds(old)
        quoted = self.whole.holds(old)[1] - found
        return max(_ratio(*bare.stands_in(old)), _ratio(known - quoted, found)) >= SHARE_UNQUOTED


def _ratio(known: int, found: int) -> float:
    return found / known if known >= LEAST_ALIKE else 0.0
