"""Finds the states, organisations and people that a text names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.tagger.english import words
from services.tagger.model import Entry, Guard, Kind, Knowledge
from services.tagger.words import Token


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
_NO_NAMES: Final = words(
    """
    A An The In On At Of For From To By With As And But Or If While When Where After Before Since Until
    During Both Between Against About Over Under Its It Mr Mrs President Prime Minister King Queen Embassy
    Foreign Ministry Government Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February
    March April May June July August September October November December
    """
)


def find_mentions(
    tokens: Sequence[Token], knowledge: Knowledge, named: list[str], vocabulary: frozenset[str]
) -> list[Mention]:
    """The mentions in `tokens`, longest first, in order and without overlap.

    `named` holds the codes of the organisations that the article has named so far, the last one last; it is
    extended. `vocabulary`: every word of the article, for the guards.
    """
    phrases = knowledge.phrases
    mentions: list[Mention] = []
    position, size = 0, len(tokens)
    for index, token in enumerate(tokens):
        if index < position or token.text not in phrases:
            continue
        for key, entries in phrases[token.text]:
            last = index + len(key)
            if len(key) > 1 and (
                last > size or key[1] != tokens[index + 1].text or not _matches(key, tokens, index)
            ):
                continue
            entry = _choose(entries, named)
            if entry is None:
                continue
            guard = knowledge.guards.get(token.text)
            if entry.kind != "phrase" and not (
                guard and _barred(guard, (tokens, index, last), vocabulary, knowledge)
            ):
                mentions.append(Mention(index, last, entry))
                if entry.kind == "organisation":
                    named.append(entry.code)
            position = last
            break
    return mentions


def _matches(key: tuple[str, ...], tokens: Sequence[Token], index: int) -> bool:
    return all(tokens[index + place].text == key[place] for place in range(1, len(key)))


def _choose(entries: tuple[Entry, ...], named: list[str]) -> Entry | None:
    if entries[0].kind != "anaphor":
        return entries[0]
    by_code = {entry.code: entry for entry in entries}
    return next((by_code[code] for code in reversed(named) if code in by_code), None)


def _barred(
    guard: Guard, place: tuple[Sequence[Token], int, int], vocabulary: frozenset[str], knowledge: Knowledge
) -> bool:
    tokens, first, last = place
    if guard.unless & vocabulary:
        return False
    if guard.not_with & vocabulary:
        return True
    return guard.given_name and (_is_name(tokens, first - 1, knowledge) or _is_name(tokens, last, knowledge))


def _is_name(tokens: Sequence[Token], index: int, knowledge: Knowledge) -> bool:
    if not 0 <= index < len(tokens):
        return False
    text = tokens[index].text
    if not text[0].isupper() or text in _NO_NAMES or text in knowledge.phrases:
        return False
    return len(text) > 1 and not text.isupper()
