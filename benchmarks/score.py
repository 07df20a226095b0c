"""How near an extracted text is to the true one, as the public article extraction benchmark has it.

Runs of four words are compared as multisets. Precision and recall are means over the pages, F1 is of the two
means; a page without text has no precision and a recall of nought.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

SIZE = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Score:
    """All between 0 and 1."""

    f1: float
    precision: float
    recall: float


def words(text: str) -> list[str]:
    """As the comparison sees them."""
    return _WORD.findall(text)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words, and how often each is there; a shorter text is one run."""
    found = words(text)
    runs = range(max(1, len(found) - SIZE + 1)) if found else range(0)
    return Counter(tuple(found[i : i + SIZE]) for i in runs)


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """Of pairs of true and extracted text."""
    precisions, recalls = [], []
    for true, got in pairs:
        wanted, found = shingles(true), shingles(got)
        both = (wanted & found).total()
        if found:
            precisions.append(both / found.total())
        recalls.append(both / wanted.total())
    precision, recall = mean(precisions or [0.0]), mean(recalls or [0.0])
    total = precision + recall
    return Score(2 * precision * recall / total if total else 0.0, precision, recall)
