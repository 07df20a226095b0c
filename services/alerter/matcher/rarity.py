"""How many of the recent articles have a key. What is news becomes common, and is forgotten again."""

from collections import Counter
from collections.abc import Iterable

from services.alerter.matcher.keys import Key

COMPANY = 20.0  # times as often as by chance: words that somebody put into one phrase
GENERATION = 2048  # articles; the frequencies are those of the last one to two generations


class Rarity:
    """Document frequencies of two generations of articles: the older one is let go of as a whole, so that
    forgetting takes no time.
    """

    def __init__(self) -> None:
        self._now: Counter[Key] = Counter()
        self._before: Counter[Key] = Counter()
        self._articles_now = 0
        self._articles_before = 0

    def observe(self, keys: Iterable[Key]) -> None:
        """Count the keys of one article."""
        if self._articles_now == GENERATION:
            self._before, self._articles_before = self._now, self._articles_now
            self._now, self._articles_now = Counter(), 0
        self._now.update(keys)
        self._articles_now += 1

    def of(self, key: Key) -> float:
        """The share of articles that have the key, more than 0 and less than 1; unknown keys are rare.

        Pairs are too many to be counted: theirs is made from those of the two words, which like company.
        """
        if isinstance(key, tuple):
            one, other = self.of(key[0]), self.of(key[1])
            return min(one, other, COMPANY * one * other)
        seen = self._now[key] + self._before[key]
        return (seen + 0.5) / (self._articles_now + self._articles_before + 1)
