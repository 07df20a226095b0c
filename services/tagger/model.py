"""What the tagger knows, as frozen values: the gazetteer and the words of the topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "adjective", "seat", "organisation", "anaphor", "person", "place", "phrase"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of a phrase. `code`: for whom it acts (ISO 3166-1 alpha-2, or a short name)."""

    name: str
    code: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Guard:
    """When a name of a state is something else: a person's given name, a bird, a state of the USA."""

    given_name: bool
    not_with: frozenset[str]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A subject of the IPTC Media Topics."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that `core` needs; made once by `knowledge.load_knowledge`.

    `phrases`: first token → (all tokens, meanings), longest first.
    `keywords`: lower-case word → indices into `topics`; `key_phrases`: first word of a
    phrase → its other words and the indices; `threshold`: how many a subject needs.
    """

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[Entry, ...]], ...]]
    guards: Mapping[str, Guard]
    organisations: Mapping[str, str]
    topics: tuple[TopicRule, ...]
    keywords: Mapping[str, tuple[int, ...]]
    key_phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]]
    threshold: int
