"""The syntax tree of a query: what a parsed query is, for every reader of it.

The parser makes it; the evaluator and each store's translator read it. `str(tree)` is a query that
parses to the same tree. Words, phrases and prefixes hold tokens (services/kit/text), never raw text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

TextField = Literal["title", "text"]
KeywordField = Literal["author", "site", "source", "language", "country", "topic", "entity"]

OPERATORS = frozenset({"and", "or", "not"})  # as words they need quotes


@dataclass(frozen=True, slots=True)
class Word:
    """The token stands in the field; without a field, in the title or in the text."""

    token: str
    field: TextField | None = None

    def __str__(self) -> str:
        token = f'"{self.token}"' if self.token in OPERATORS else self.token
        return f"{_prefix(self.field)}{token}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A token that begins so stands in the field."""

    start: str
    field: TextField | None = None

    def __str__(self) -> str:
        return f"{_prefix(self.field)}{self.start}*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """The tokens stand in the field one after another. With `within`: all of them, in any order, the
    last at most `within` positions after the first (neighbours are one position apart).
    """

    tokens: tuple[str, ...]
    field: TextField | None = None
    within: int | None = None

    def __str__(self) -> str:
        near = "" if self.within is None else f"~{self.within}"
        return f'{_prefix(self.field)}"{" ".join(self.tokens)}"{near}'


@dataclass(frozen=True, slots=True)
class Keyword:
    """The field holds the value: case is ignored, otherwise it is the whole value."""

    field: KeywordField
    value: str

    def __str__(self) -> str:
        return f"{self.field}:{_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Published:
    """Published (where unknown: fetched) from `after` to `before`, both included; None is open."""

    after: datetime | None
    before: datetime | None

    def __str__(self) -> str:
        return f"published:[{_stamp(self.after)} TO {_stamp(self.before)}]"


@dataclass(frozen=True, slots=True)
class EventMatch:
    """One and the same event has all that is asked; None asks nothing. Codes (actor, target) are upper
    case, type and status lower case. The match that asks nothing is written `event:*`: any event at all.
    """

    type: str | None = None
    actor: str | None = None
    target: str | None = None
    status: str | None = None
    count_min: int | None = None
    count_max: int | None = None

    def __str__(self) -> str:
        named = (("type", self.type), ("actor", self.actor), ("target", self.target), ("status", self.status))
        parts = [f"{name}:{_bare_or_quoted(value)}" for name, value in named if value is not None]
        parts += [f"count:>={self.count_min}"] if self.count_min is not None else []
        parts += [f"count:<={self.count_max}"] if self.count_max is not None else []
        return f"event:({' '.join(parts)})" if parts else "event:*"


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        return " AND ".join(_inner(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        return " OR ".join(_inner(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"

    def __str__(self) -> str:
        return f"NOT {_inner(self.part)}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every article."""

    def __str__(self) -> str:
        return "*"


Node = Word | Prefix | Phrase | Keyword | Published | EventMatch | And | Or | Not | Everything


def _prefix(field: str | None) -> str:
    return "" if field is None else f"{field}:"


def _stamp(moment: datetime | None) -> str:
    return "*" if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bare_or_quoted(value: str) -> str:
    return value if re.fullmatch(r"\w[\w.-]*", value) else _quoted(value)


def _inner(part: Node) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)
