"""A dictionary of phrases that finds all of them in one pass over the tokens.

The work grows with the length of the text, not with the number of phrases: each word is looked up once, and
what was found for it is remembered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from services.tagger.words import Tokens


class Pattern(NamedTuple):
    """A word, or with `stem` the beginning of one, or with `end` the end of one."""

    text: str
    stem: bool = False
    end: bool = False

    def fits(self, key: str) -> bool:
        if self.end:
            return key.endswith(self.text)
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


class _Begun(NamedTuple):
    """What begins with a word. `alone`: the meanings of the word itself; `pairs`: phrases by their second
    word, where it must be just that; `others`: all other phrases."""

    alone: tuple[object, ...]
    pairs: dict[str, list[Term]]
    others: tuple[Term, ...]


Variants = Callable[[str], Sequence[str]]
_REMEMBERED = 20_000  # words of each lexicon


class _Known(dict[str, _Begun | None]):
    """What begins with a word, looked up when first asked for."""

    def __init__(self, look_up: Callable[[str], _Begun | None]) -> None:
        self._look_up = look_up

    def __missing__(self, key: str) -> _Begun | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[key] = begun = self._look_up(key)
        return begun


def same(key: str) -> Sequence[str]:
    """The spellings under which a word is looked up, where it is never written together with another."""
    return (key,)


class Lexicon:
    """Phrases by their first word. `variants`: the spellings under which a word may be listed."""

    def __init__(self, terms: Iterable[Term], variants: Variants = same) -> None:
        self._exact: dict[str, list[Term]] = {}
        self._stems: dict[str, list[Term]] = {}
        self._ends: dict[str, list[Term]] = {}
        self._variants = variants
        self._known = _Known(self._look_up)
        for term in terms:
            first = term.patterns[0]
            where = self._ends if first.end else self._stems if first.stem else self._exact
            where.setdefault(first.text, []).append(term)
        self._longest = max(map(len, (*self._stems, *self._ends)), default=0)

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    def _all(self) -> Iterator[list[Term]]:
        return chain(self._exact.values(), self._stems.values(), self._ends.values())

    def meanings(self) -> Iterator[object]:
        """All that the phrases mean."""
        return (term.meaning for terms in self._all() for term in terms)

    def alone(self, key: str) -> tuple[object, ...]:
        """What a word means by itself."""
        begun = self._known[key]
        return begun.alone if begun is not None else ()

    def has(self, key: str, other_than: type) -> bool:
        """Is it written out as a word by itself, with a meaning that is not of this type?"""
        return any(
            len(term.patterns) == 1 and not isinstance(term.meaning, other_than)
            for variant in self._variants(key)
            for term in self._exact.get(variant, ())
        )

    def matches(self, tokens: Tokens, start: int = 0, end: int | None = None) -> list[Match]:
        """Every phrase between the tokens `start` and `end`, overlapping ones too, in order of start."""
        found: list[Match] = []
        keys = tokens.keys
        end = len(keys) if end is None else end
        for index, begun in enumerate(map(self._known.__getitem__, keys[start:end]), start):
            if begun is None:
                continue
            alone, pairs, phrases = begun
            if alone:
                found += [Match(index, index + 1, meaning) for meaning in alone]
            if index + 1 == end:
                continue
            if pairs:
                following = keys[index + 1]
                for variant in (following,) if self._variants is same else self._variants(following):
                    if variant in pairs:
                        phrases = (*pairs[variant], *phrases)
            for patterns, meaning in phrases:
                last = index + len(patterns)
                if last <= end and self._fit(patterns, keys, index):
                    found.append(Match(index, last, meaning))
        return found

    def _fit(self, patterns: Sequence[Pattern], keys: Sequence[str], index: int) -> bool:
        """Are the words from `index` on those of `patterns`? The first one is taken to fit."""
        variants = self._variants
        for place in range(1, len(patterns)):
            pattern, key = patterns[place], keys[index + place]
            if variants is same:
                if not pattern.fits(key):
                    return False
            elif not any(map(pattern.fits, variants(key))):
                return False
        return True

    def _look_up(self, key: str) -> _Begun | None:
        terms: list[Term] = []
        for variant in self._variants(key):
            terms += self._exact.get(variant, ())
            for size in range(min(len(variant), self._longest), 0, -1):
                terms += self._stems.get(variant[:size], ())
                terms += self._ends.get(variant[-size:], ())
        return self._begun(terms) if terms else None

    def _begun(self, terms: Iterable[Term]) -> _Begun:
        alone: list[object] = []
        pairs: dict[str, list[Term]] = {}
        others: list[Term] = []
        for term in terms:
            if len(term.patterns) == 1:
                alone.append(term.meaning)
            elif not (term.patterns[1].stem or term.patterns[1].end):
                pairs.setdefault(term.patterns[1].text, []).append(term)
            else:
                others.append(term)
        return _Begun(tuple(alone), pairs, tuple(others))
