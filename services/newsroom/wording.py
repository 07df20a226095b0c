"""Fills the templates of the stories: pure, and the same edition always says the same words.

Three notations, in running text:

    {actor.name}         a variable of the story, or one of its attributes
    {^actor.name}        the same with a capital, for the start of a sentence
    <one|two|three>      one of several wordings
    <12..48> <0.4..2.9>  a number, with as many decimals as its bounds
    <@town>              a name from a table

Wordings and names are dealt like cards: every option comes up once before any comes up again, so two
consecutive editions rarely share one.
"""

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$")
_SLOT = re.compile(r"<([^<>]*)>|\{([^{}]*)\}")
T = TypeVar("T")

_DECIMAL_POINT = {"en", "ar"}


@lru_cache(maxsize=20_000)
def _order(size: int, key: str) -> tuple[int, ...]:
    return tuple(random.Random(key).sample(range(size), size))


def deal(options: Sequence[T], turn: int, key: str) -> T:
    """The option for this turn (0, 1, 2 ...); each block of len(options) turns deals every option once."""
    block, place = divmod(turn, len(options))
    return options[_order(len(options), f"{key}/{block}")[place]]


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


class Wording:
    """Draws for one story of one edition."""

    def __init__(
        self,
        turn: int,
        key: str,
        language: str,
        words: Mapping[str, Sequence[str]],
        variables: dict[str, object],
    ) -> None:
        self._turn = turn
        self._key = key
        self._language = language
        self._words = words
        self.variables = variables

    def draw(self, slot: str, place: str) -> object:
        """What stands in a slot. Raises KeyError for an unknown table or variable."""
        key = f"{self._key}/{place}"
        if slot.startswith("@"):
            return self._name(slot[1:], key)
        if number := _NUMBER.match(slot):
            return self._number(number[1], number[2], key)
        return self.fill(deal(slot.split("|"), self._turn, key), f"{place}/chosen")

    def fill(self, text: str, place: str) -> str:
        """The text with every slot filled; `place` tells equal slots of different texts apart."""

        def one(match: re.Match[str]) -> str:
            if match[2] is not None:
                return self._variable(match[2])
            return str(self.draw(match[1], f"{place}/{match.start()}"))

        return _SLOT.sub(one, text)

    def _variable(self, dotted: str) -> str:
        name, *attributes = dotted.removeprefix("^").split(".")
        value = self.variables[name]
        for attribute in attributes:
            value = getattr(value, attribute)
        return capital(str(value)) if dotted.startswith("^") else str(value)

    def _name(self, table: str, key: str) -> object:
        if table == "state":
            states = self.variables["states"]
            assert isinstance(states, Sequence)
            return deal(states, self._turn, key)
        if table == "person":
            first = deal(self._words["first"], self._turn, f"{key}/first")
            return f"{first} {deal(self._words['last'], self._turn, f'{key}/last')}"
        return deal(self._words[table], self._turn, key)

    def _number(self, low: str, high: str, key: str) -> str:
        decimals = len(low.partition(".")[2])
        number = random.Random(f"{key}/{self._turn}").uniform(float(low), float(high))
        text = f"{number:.{decimals}f}" if decimals else str(round(number))
        return text if self._language in _DECIMAL_POINT else text.replace(".", ",")
