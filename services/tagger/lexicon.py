"""A dictionary of phrases that finds all of them in one pass over the tokens.

The work grows with the length of the text, not with the number of phrases: each word is looked up once, and
what was found for it is remembered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from services.tagger.words import Token


class Pattern(NamedTuple):
    """A word, or with `stem` the beginning of one."""

    text: str
    stem: bool = False

    def fits(self, key: str) -> bool:
        return key.startswith(self.text) if self.stem else key == self.text


class Term(NamedTuple):
    """A phrase and what it means."""

    patterns: tuple[Pattern, ...]
    meaning: object


class Match(NamedTuple):
    """Tokens `first` to `last` (exclusive) are a phrase with this meaning."""

    first: int
    last: int
    meaning: object


# A phrase that begins with a word: how many words, all of them, the meaning.
_Candidate = tuple[int, tuple[Pattern, ...], object]
# Those whose second word may be one of several, and the others by their second word.
_Candidates = tuple[tuple[_Candidate, ...], dict[str, list[_Candidate]]]
_NO_CANDIDATES: tuple[_Candidate, ...] = ()
Variants = Callable[[str], Sequence[str]]
_REMEMBERED = 50_000


def same(key: str) -> Sequence[str]:
    """The spellings under which a word is looked up, where it is never written together with another."""
    return (key,)


class Lexicon:
    """Phrases by their first word. `variants`: the spellings under which a word may be listed."""

    def __init__(self, terms: Iterable[Term], variants: Variants = same) -> None:
        self._exact: dict[str, list[Term]] = {}
        self._stems: dict[str, list[Term]] = {}
        self._variants = variants
        self._known: dict[str, _Candidates] = {}
        for term in terms:
            first = term.patterns[0]
            (self._stems if first.stem else self._exact).setdefault(first.text, []).append(term)
        self._longest = max(map(len, self._stems), default=0)

    def __len__(self) -> int:
        return sum(map(len, (*self._exact.values(), *self._stems.values())))

    def meanings(self) -> Iterator[object]:
        """All that the phrases mean."""
        return (term.meaning for terms in chain(self._exact.values(), self._stems.values()) for term in terms)

    def matches(self, tokens: Sequence[Token], start: int = 0, end: int | None = None) -> list[Match]:
        """Every phrase between the tokens `start` and `end`, overlapping ones too, in order of start."""
        found: list[Match] = []
        known = self._known
        end = len(tokens) if end is None else end
        for index in range(start, end):
            key = tokens[index].key
            terms = known.get(key)
            if terms is None:
                terms = self._look_up(key)
            for size, patterns, meaning in terms[0]:
                last = index + size
                if size == 1 or (last <= end and self.fit(patterns, tokens, index)):
                    found.append(Match(index, last, meaning))
            if terms[1] and index + 1 < end:
                for size, patterns, meaning in terms[1].get(tokens[index + 1].key, _NO_CANDIDATES):
                    last = index + size
                    if size == 2 or (last <= end and self.fit(patterns, tokens, index)):
                        found.append(Match(index, last, meaning))
        return found

    def fit(self, patterns: Sequence[Pattern], tokens: Sequence[Token], index: int) -> bool:
        """Are the tokens from `index` on those of `patterns`? The first one is taken to fit."""
        if index + len(patterns) > len(tokens):
            return False
        variants = self._variants
        for place in range(1, len(patterns)):
            pattern, key = patterns[place], tokens[index + place].key
            if variants is same:
                if not pattern.fits(key):
                    return False
            elif not any(map(pattern.fits, variants(key))):
                return False
        return True

    def _look_up(self, key: str) -> _Candidates:
        terms: list[Term] = []
        plain = self._variants is same
        for variant in self._variants(key):
            terms += self._exact.get(variant, ())
            for size in range(min(len(variant), self._longest), 0, -1):
                terms += self._stems.get(variant[:size], ())
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        some: list[_Candidate] = []
        by_second: dict[str, list[_Candidate]] = {}
        for patterns, meaning in terms:
            candidate = (len(patterns), patterns, meaning)
            if plain and len(patterns) > 1 and not patterns[1].stem:
                by_second.setdefault(patterns[1].text, []).append(candidate)
            else:
                some.append(candidate)
        self._known[key] = found = (tuple(some), by_second)
        return found
