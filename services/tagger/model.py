"""What the tagger knows, as frozen values: names, the words of each language, event types and topics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.tagger.lexicon import Lexicon, Pattern

Kind = Literal[
    "name", "adjective", "people", "seat", "owner", "organisation", "anaphor", "person", "place", "phrase"
]
Form = Literal["active", "participle", "infinitive", "future", "passive", "noun", "label"]
Side = Literal["before", "after", "both"]
Status = Literal["done", "announced", "threatened", "denied", "reversed", "historical"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of a phrase. `code`: for whom it acts (ISO 3166-1 alpha-2, or a short name).

    `spelling`: the name is meant only if written like this, as with US; empty: any capitalised spelling.
    `followers`: the characters of which one must follow; empty: any. `agency`: an authority that is named
    without the state or organisation that it acts for.
    """

    name: str
    code: str
    kind: Kind
    spelling: str = ""
    capital: bool = True
    followers: str = ""
    agency: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """When a name of a state is something else: a person's given name, a bird, a state of the USA."""

    given_name: bool
    not_with: frozenset[str]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of telling an event. See docs/add-a-topic.md for what each option means."""

    id: str
    needs: str | None = None
    foreign: bool = False
    own: bool = False
    status: Status | None = None
    anywhere: bool = False
    alone: bool = False
    struck: bool = False
    itself: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event, its codes, and where its actor and target are looked for."""

    code: str
    cameo: str | None
    plover: str | None
    objects: frozenset[str]
    actor: tuple[str, ...]
    target: tuple[str, ...]
    own: bool
    counted: Literal["all", "stated", "people", "crowd", "killed", "never"]
    cancel: frozenset[str]
    official: bool
    fallback: bool
    act: bool
    called: bool
    union: bool
    unforeseen: bool
    reach: float
    happens: Literal["actor", "target", ""]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word or phrase that may tell an event. `tail`: what must follow it further on ("weist … aus").

    `spelling`: the only one that is meant, where another form is folded to the same word (wydala, wydalą)."""

    event: EventType
    rule: Rule
    form: Form
    tail: tuple[Pattern, ...] = ()
    spelling: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """The classes of a word or phrase. `spelling`: the only one meant, where another word is folded to it."""

    classes: frozenset[str]
    spelling: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Keyword:
    """A word that speaks for topics: (index into `Knowledge.topics`, weight). None: a false friend."""

    topics: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """How a language builds its sentences; see services/tagger/language_file.py for each."""

    object_of_verb: Side = "after"
    object_of_infinitive: Side = "after"
    inversion: bool = False
    final: bool = False
    compounds: bool = False
    seats_are_hosts: bool = False
    adjectives_before: int = 2
    adjectives_after: int = 1
    capital_nouns: bool = False
    gap: float = 3
    no_adjective: tuple[str, ...] = ()
    bare_agent: bool = False
    negative_prefix: str = ""
    adjective_endings: tuple[str, ...] = ()
    bare_infinitive: bool = False
    relatives: tuple[str, ...] = ()
    drops_subject: bool = False
    home: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """All that is known of one language. `keys` are looked up in every article (names, triggers, what events
    are about), `grammar` only in the sentences that may tell an event; `vocabulary`: the key words of topics.
    """

    code: str
    keys: Lexicon
    grammar: Lexicon
    vocabulary: Lexicon
    numbers: Mapping[str, int]
    order: Order
    frequent: frozenset[str]
    calendar: Lexicon


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A topic; `events`: the types that make an article be about it whatever its words; `broader`: the
    subject at the top to which it belongs, None of a subject itself."""

    code: str
    label: str
    threshold: int
    labels: Mapping[str, str] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    broader: str | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that `core` needs; made once by `knowledge.load_knowledge`.

    `sections`: what the parts of newspapers are called, in all languages; `subjects_of`: for which subjects
    at the top a type of event speaks.
    """

    languages: Mapping[str, Language]
    other: Language
    guards: Mapping[str, Guard]
    topics: tuple[TopicRule, ...]
    sections: Lexicon
    subjects_of: Mapping[str, tuple[int, ...]]
    events: Mapping[str, EventType]
