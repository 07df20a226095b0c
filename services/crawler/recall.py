"""What share of a source's articles do we catch? Estimated from who found what, as biologists count fish:
mark those of one catch, and see how many of the next are marked (capture–recapture).

Ways are not quite independent: what one finds easily the other finds easily as well. So the share is rather
too high than too low: read it as an upper bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

LEAST = 20  # articles, below which nothing is said

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Recall:
    """Numbers of articles; `share` is caught / published, from 0 to 1."""

    published: float
    caught: int
    share: float


def estimate(found: Mapping[frozenset[W], int]) -> Recall | None:
    """From the numbers of articles found by just these ways. None where too few were found, or by one way
    alone. Chapman's estimator (1951) for two ways; of several pairs the one that shows the most counts.
    """
    caught = sum(count for ways, count in found.items() if ways)
    names = {way for ways, count in found.items() if count for way in ways}
    if caught < LEAST or len(names) < 2:
        return None
    published = 0.0
    for one, other in combinations(sorted(names, key=str), 2):
        by_one = sum(count for ways, count in found.items() if one in ways)
        by_other = sum(count for ways, count in found.items() if other in ways)
        by_both = sum(count for ways, count in found.items() if one in ways and other in ways)
        published = max(published, (by_one + 1) * (by_other + 1) / (by_both + 1) - 1)
    published = max(published, float(caught))
    return Recall(published, caught, caught / published)
