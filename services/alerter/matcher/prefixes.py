"""Which prefixes of queries does a word begin with? Answered once for each word of the language."""

from collections import Counter
from collections.abc import Set as AbstractSet

MAX_KNOWN = 500_000  # words; beyond it they are learned anew


class Prefixes:
    """The prefixes that queries ask for, as keys (`begin*`)."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        self._lengths: list[int] = []
        self._known: set[str] = set()
        self._keys_of: dict[str, tuple[str, ...]] = {}

    def add(self, key: str) -> None:
        self._asked[key] += 1
        if self._asked[key] == 1:
            self._forget()

    def remove(self, key: str) -> None:
        self._asked[key] -= 1
        if not self._asked[key]:
            del self._asked[key]
            self._forget()

    def of(self, words: AbstractSet[str]) -> set[str]:
        """The keys of all prefixes with which one of the words begins."""
        if not self._asked:
            return set()
        unknown = words - self._known
        if unknown:
            self._learn(unknown)
        found: set[str] = set()
        for word in words & self._keys_of.keys():
            found.update(self._keys_of[word])
        return found

    def _learn(self, words: AbstractSet[str]) -> None:
        if len(self._known) > MAX_KNOWN:
            self._forget()
        if not self._lengths:
            self._lengths = sorted({len(key) - 1 for key in self._asked})
        for word in words:
            keys = tuple(key for length in self._lengths if (key := f"{word[:length]}*") in self._asked)
            if keys:
                self._keys_of[word] = keys
        self._known.update(words)

    def _forget(self) -> None:
        self._known.clear()
        self._keys_of.clear()
        self._lengths = []
