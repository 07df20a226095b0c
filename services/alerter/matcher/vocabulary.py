"""The words and other keys that queries are kept under, so that what none asks for is dropped first."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from services.alerter.matcher.keys import is_prefix

MAX_LEARNED = 500_000  # words of which it is known what they mean to queries; beyond it they are learned anew


class Vocabulary:
    """What queries use, and what each word of the language is to them: learned when it first comes."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._prefixes: set[str] = set()
        self._lengths: list[int] = []
        # Words that came: the keys in use that each gives, and those that mean nothing to any query.
        self._means: dict[str, tuple[str, ...]] = {}
        self._dull: set[str] = set()

    def add(self, key: str) -> None:
        """One more query is kept under the key."""
        self._uses[key] += 1
        if self._uses[key] == 1:
            self._changed(key)
            if is_prefix(key):
                self._prefixes.add(key)

    def remove(self, key: str) -> None:
        """One query fewer."""
        self._uses[key] -= 1
        if not self._uses[key]:
            del self._uses[key]
            self._changed(key)
            self._prefixes.discard(key)

    def of_words(self, words: set[str]) -> set[str]:
        """The keys in use that such words give: themselves, and prefixes with which they begin."""
        if len(self._dull) + len(self._means) > MAX_LEARNED:
            self._forget()
        interesting = words - self._dull
        unknown = interesting.difference(self._means)
        if unknown:
            self._learn(unknown)
            interesting -= unknown & self._dull
        return set(chain.from_iterable(map(self._means.__getitem__, interesting)))

    def among(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are in use."""
        return self._uses.keys() & keys

    def _changed(self, key: str) -> None:
        if is_prefix(key):
            self._forget()
        else:
            self._dull.discard(key)
            self._means.pop(key, None)

    def _learn(self, words: set[str]) -> None:
        if not self._lengths:
            self._lengths = sorted({len(key) - 1 for key in self._prefixes})
        for word in words:
            keys = [key for length in self._lengths if (key := f"{word[:length]}*") in self._prefixes]
            if word in self._uses:
                keys.append(word)
            if keys:
                self._means[word] = tuple(keys)
            else:
                self._dull.add(word)

    def _forget(self) -> None:
        self._means.clear()
        self._dull.clear()
        self._lengths = []
