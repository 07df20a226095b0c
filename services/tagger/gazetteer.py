"""Finds the states, organisations and people that a text names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.tagger.lexicon import Match
from services.tagger.model import Entry, Guard, Kind, Knowledge
from services.tagger.words import Tokens


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens `first` to `last` (exclusive) name `entry`."""

    first: int
    last: int
    entry: Entry

    @property
    def code(self) -> str:
        return self.entry.code

    @property
    def kind(self) -> Kind:
        return self.entry.kind


# Capitalised words that stand beside a state's name without being part of a person's name.
_NO_NAMES: Final = frozenset(
    """
    A An The In On At Of For From To By With As And But Or If While When Where After Before Since Until
    During Both Between Against About Over Under Its It Mr Mrs President Prime Minister King Queen Embassy
    Foreign Ministry Government Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February
    March April May June July August September October November December
    La Le Les El Los Il Lo O A Os As Die Der Das Den Dem Des De Het En Et E Y Und Och
    """.split()  # noqa: SIM905 (a list of quoted words would be three times as long)
)


def find_mentions(
    tokens: Tokens,
    matches: Sequence[Match],
    named: list[str],
    vocabulary: frozenset[str],
    knowledge: Knowledge,
) -> list[Mention]:
    """The mentions among `matches`, longest first, in order and without overlap.

    `named` holds the codes of the organisations that the article has named so far, the last one last; it is
    extended. `vocabulary`: every word of the article, for the guards.
    """
    meanings: dict[int, dict[int, list[Entry]]] = {}
    for match in matches:
        if isinstance(match.meaning, Entry) and _is_written(match.meaning, tokens, match.first):
            meanings.setdefault(match.first, {}).setdefault(match.last, []).append(match.meaning)
    mentions: list[Mention] = []
    position = 0
    for first, by_end in sorted(meanings.items()):
        if first < position:
            continue
        for last in sorted(by_end, reverse=True):
            entry = _choose(by_end[last], named)
            if entry is None:
                continue
            guard = knowledge.guards.get(tokens[first].text)
            barred = (
                guard is not None
                and last == first + 1
                and _barred(guard, (tokens, first, last), vocabulary, frozenset(meanings))
            )
            if entry.kind != "phrase" and not barred:
                mentions.append(Mention(first, last, entry))
                if entry.kind == "organisation":
                    named.append(entry.code)
            position = last
            break
    return mentions


def _is_written(entry: Entry, tokens: Tokens, index: int) -> bool:
    text = tokens[index].text
    if entry.followers:
        if index and tokens[index - 1].text[0].isdigit():
            return False  # 18日, the day
        return index + 1 < len(tokens) and tokens[index + 1].text in entry.followers
    if entry.spelling:
        return text == entry.spelling
    return not entry.capital or not text[0].islower()


_RANK: Final = {"phrase": 0, "organisation": 1, "name": 2, "person": 3}


def _choose(entries: list[Entry], named: list[str]) -> Entry | None:
    sure = [entry for entry in entries if entry.kind != "anaphor"]
    if sure:
        return min(sure, key=lambda entry: (not entry.spelling, _RANK.get(entry.kind, 4)))
    by_code = {entry.code: entry for entry in entries}
    return next((by_code[code] for code in reversed(named) if code in by_code), None)


def _barred(
    guard: Guard,
    place: tuple[Tokens, int, int],
    vocabulary: frozenset[str],
    named: frozenset[int],
) -> bool:
    tokens, first, last = place
    if guard.unless & vocabulary:
        return False
    if guard.not_with & vocabulary:
        return True
    return guard.given_name and (_is_name(tokens, first - 1, named) or _is_name(tokens, last, named))


def _is_name(tokens: Tokens, index: int, named: frozenset[int]) -> bool:
    if not 0 <= index < len(tokens) or index in named:
        return False
    text = tokens[index].text
    return text[0].isupper() and text not in _NO_NAMES and len(text) > 1 and not text.isupper()
