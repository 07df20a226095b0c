"""A sentence as the rules ask about it, and what they find in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from services.tagger.model import EventType, Language, Status
from services.tagger.nouns import Object, objects
from services.tagger.phrases import Items, Party, parties

Part = Literal["trigger", "object", "actor", "target"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One event as one sentence tells it. `parts`: where its words stand: (what, start, end); `own`:
    its object is the actor's own; `unsure`: only meant if the rest of the article bears it out;
    `guessed`: nobody is named who does it, so its owner may."""

    type: EventType
    rule: str
    actor: tuple[str, ...]
    target: tuple[str, ...]
    count: int | None
    status: Status
    parts: tuple[tuple[Part, int, int], ...] = ()
    response: bool = False
    own: bool = False
    unsure: bool = False
    guessed: bool = False


@dataclass(frozen=True)
class Clause:
    """A sentence with what the rules ask of it; `previous`: the subject of the sentence before, for "it"."""

    items: Items
    language: Language
    previous: Callable[[], tuple[str, ...]]
    year: int | None
    _objects: dict[frozenset[str], list[Object]] = field(default_factory=dict)

    @cached_property
    def parties(self) -> list[Party]:
        return parties(self.items, self.language.order)

    def objects(self, wanted: frozenset[str]) -> list[Object]:
        """Every phrase whose head is of the `wanted` classes; several triggers ask for the same."""
        if wanted not in self._objects:
            self._objects[wanted] = objects(self.items, wanted, self.language.order)
        return self._objects[wanted]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trigger stands: items `first` to `last` (exclusive); `end`: behind its last part."""

    first: int
    last: int
    end: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Who does it; `members` is empty where the text names nobody. `first`, `last`: where it stands."""

    members: tuple[str, ...]
    first: int
    last: int
    ordered: bool = False
