"""The shape of the tagger's files: what a language, an event type, a topic and the lists of names must hold.

Lists of words are written as one string: white space parts the entries, an underscore stands for a space
within one, `*` at the end of a word for any ending, and `_~_` for words that may stand between.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.tagger.model import Form, Side, Status

# The classes of words that a language's file may fill; docs/add-a-language.md says what each is for.
CLASSES: Final = frozenset(
    """
    diplomat staff functionary one envoy mission mission_weak office mission_word cover relations visas
    sanctions treaty truce voters workers others people forces killed hackers soldiers
    entry assets
    kin former body fiction government government_of credentials benign expelled
    including head embassy
    by from in of genitive to with against on between preposition post_by post_from post_in post_to post_with
    post_against possessive subject_mark object_mark located stationed
    article determiner own and relative pronoun each every no quantity dozen counter adjective adverb time out
    be have auxiliary future would must can if infinitive negation deny threaten warn plan announce decide
    decision decided order force declare allow return say call begin reverse carry_out because after before
    retaliation long_ago past_year year month between mutual subject_form them while work narrate
    reflexive stay among consultations home fronting when
    idiom sport market fashion weather lorries menace blacklist networks militants vehicle office_of_state
    called_off weapons bombs crowd arts drill memory harm yesterday today tomorrow town
    """.split()  # noqa: SIM905 (a list of quoted words would be three times as long)
)


class TaxonomyError(ValueError):
    """One of the tagger's files is not as it should be; the message names file, line and cause."""


def _split(value: object) -> object:
    return value.split() if isinstance(value, str) else value


def _no_catch_all(phrases: tuple[str, ...]) -> tuple[str, ...]:
    for phrase in phrases:
        for word in phrase.replace("_", " ").split():
            if word == "*" or (word.endswith("*") and len(word) < 3 and word.isascii()):
                raise ValueError(f"{phrase!r} would match nearly every word: write out its beginning")
            if word.startswith("*") and (len(word) < 5 or word.endswith("*")):
                raise ValueError(f"{phrase!r} would match too many words: write out four letters of its end")
    return phrases


Phrases = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_no_catch_all)]


def _written_once(by_weight: Mapping[int, tuple[str, ...]]) -> Mapping[int, tuple[str, ...]]:
    times = Counter(phrase for phrases in by_weight.values() for phrase in phrases)
    if twice := sorted(phrase for phrase, number in times.items() if number > 1):
        raise ValueError(f"{twice[0]!r} is written twice: keep it where its weight is right")
    return by_weight


# Weight: words. Of weight 0 are false friends: phrases in which a word speaks for nothing.
Weighted = Annotated[Mapping[Annotated[int, Field(ge=0, le=3)], Phrases], AfterValidator(_written_once)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


def _classes(words: Mapping[str, Phrases]) -> Mapping[str, Phrases]:
    if unknown := sorted(set(words) - CLASSES):
        raise ValueError(
            f"no such class of words: {', '.join(unknown)} (services/tagger/files.py lists them)"
        )
    return words


class Part(BaseModel):
    """A part of a file: frozen, and a field that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderFile(Part):
    """How the language builds its sentences.

    object_of_verb, object_of_infinitive: on which side of a verb its object stands; inversion: the subject
    may stand behind the verb; final: verbs end the sentence, what follows them says whether it is done;
    compounds: a state's name may stand right before a noun ("Russia envoy"); seats_are_hosts: a capital
    before "ambassador" is where he serves; adjectives_before, adjectives_after: how many unknown words may
    stand inside a phrase; capital_nouns: a capital marks nouns; gap: how many unknown words may part verb
    and object; no_adjective: endings that adjectives never have; adjective_endings: those that they must
    have; bare_infinitive: the infinitive is written like the present, a word of the class `infinitive` tells
    them apart; bare_agent: who does it may stand in a case of its own behind a passive verb; negative_prefix:
    what is written together with a verb to deny it (nevyhostí); relatives: articles that open a relative
    clause if they follow a comma; drops_subject: a verb that opens the sentence may speak of whom the
    sentence before is about.
    """

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
    no_adjective: Phrases = ()
    bare_agent: bool = False
    negative_prefix: str = ""
    adjective_endings: Phrases = ()
    bare_infinitive: bool = False
    relatives: Phrases = ()
    drops_subject: bool = False
    home: str = ""


class NamesFile(Part):
    """What states and organisations are called, beside the names that CLDR has, which need not be written.

    followers: where one character is the short name of a state (俄), the characters that may follow it.
    """

    states: Mapping[Code, Phrases] = {}
    adjectives: Mapping[Code, Phrases] = {}
    people: Mapping[Code, Phrases] = {}
    seats: Mapping[Code, Phrases] = {}
    organisations: Mapping[str, Phrases] = {}
    anaphors: Mapping[str, Phrases] = {}
    persons: Mapping[str, Phrases] = {}
    not_names: Phrases = ()
    followers: str = ""


Forms = Mapping[Form, Phrases]


class LanguageFile(Part):
    """languages/<code>.yaml.

    frequent: words by which the language is known; endings: how names end in other cases, {ending: other
    endings}; owner_ending: the genitive of names; events: triggers by type of event, rule and form.
    """

    code: LanguageCode
    frequent: Phrases
    order: OrderFile = OrderFile()
    capital_adjectives: bool = False
    owner_ending: str = ""
    endings: Mapping[str, Phrases] = {}
    numbers: Mapping[int, Phrases]
    words: Annotated[Mapping[str, Phrases], AfterValidator(_classes)]
    names: NamesFile = NamesFile()
    events: Mapping[str, Mapping[str, Forms]] = {}


Where = Literal[
    "owner",
    "host",
    "object",
    "agent",
    "subject",
    "from",
    "in",
    "with",
    "to",
    "against",
    "on",
    "of",
    "anywhere",
    "named",
    "before",
    "both",
]


class RuleFile(Part):
    """Options of one rule: `needs` a word of a class near by; `foreign`: both sides must be known and differ;
    `own`: the object must be the actor's own ("its ambassador"); `status`: always this one;
    `anywhere`: where nobody else does it, it is the one state that the sentence names,
    and with `foreign` to the other one that it names; `alone`: tells the event without the noun that the
    other rules of the type are about ("sanctioned five generals"); `struck`: where nobody else is named to
    whom it is done, it is the first state that the sentence names and that does nothing; `itself`: the object
    does it, so that its owner acts ("the British embassy in Khartoum ceased its work"); `asked`: who asks
    the other to do it is the one who acts ("Oslo asked Minsk to withdraw its attaché")."""

    needs: str | None = None
    foreign: bool = False
    own: bool = False
    status: Status | None = None
    anywhere: bool = False
    alone: bool = False
    struck: bool = False
    itself: bool = False
    asked: bool = False


class EventFile(Part):
    """taxonomy/events/<code>.yaml: a type of event.

    meaning, sides, example: for docs/events.md: what happens, who is actor and target, a sentence;
    objects: the classes of what it is done to, empty where it is done to the state itself; actor, target:
    where each is looked for, in this order; own: it may happen to what is the actor's own; counted: whether
    `count` is given always, where a number is written, as the number of the people whom it strikes
    ("people"), of those who take part ("crowd") or of those killed ("killed"), or never; cancel:
    classes of words that make it something else; official: the subject must hold an office of a state;
    fallback: only where the sentence tells nothing else; act: while it is only threatened,
    the threat is the event; called: a call for it announces it; union: "Brussels" that does it is the
    European Union; unforeseen: nobody announces it, so that what lies ahead is none; reach: how many more
    unknown words may part a verb and its object; happens: whose country it happens in,
    where the text names no other place.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    label: str
    meaning: str = ""
    sides: str = ""
    example: str = ""
    cameo: Annotated[str, Field(pattern=r"^\d{2,4}$")] | None = None
    plover: Annotated[str, Field(pattern=r"^[A-Z]+$")] | None = None
    objects: Phrases = ()
    actor: tuple[Where, ...] = ("agent", "subject", "from")
    target: tuple[Where, ...] = ()
    own: bool = False
    counted: Literal["all", "stated", "people", "crowd", "killed", "never"] = "stated"
    cancel: Phrases = ()
    official: bool = False
    fallback: bool = False
    act: bool = False
    called: bool = False
    union: bool = False
    unforeseen: bool = False
    reach: float = Field(default=0, ge=0, le=5)
    happens: Literal["actor", "target", ""] = ""
    rules: Mapping[str, RuleFile]
    languages: Mapping[LanguageCode, Mapping[str, Forms]] = {}


TopicCode = Annotated[str, Field(pattern=r"^(\d{8}|newswatch:[a-z-]+)$")]


def _in_english(label: Mapping[str, str]) -> Mapping[str, str]:
    if "en" not in label:
        raise ValueError("a label in English (en) is missing")
    return label


class TopicFile(Part):
    """A topic. `broader`: the subject at the top to which it belongs; without one it is such a subject."""

    code: TopicCode
    broader: TopicCode | None = None
    label: Annotated[Mapping[LanguageCode, str], AfterValidator(_in_english)]
    events: Phrases = ()
    threshold: int = Field(default=4, ge=1)
    words: Mapping[LanguageCode, Weighted] = {}


class TopicsFile(Part):
    """taxonomy/topics/*.yaml: one topic or several."""

    topics: tuple[TopicFile, ...]


class _Twice(yaml.MarkedYAMLError):
    """A key that stands twice in one mapping; YAML would silently keep the last."""


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Every scalar as a string (to YAML, Norway's code is a boolean); no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, object]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if key.value in lines:
                problem = f"{key.value!r} stands in line {lines[key.value]} already: join the two"
                raise _Twice(problem=problem, problem_mark=key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        mapping: dict[str, object] = super().construct_mapping(node, deep=deep)
        return mapping


class VocabularyFile(Part):
    """taxonomy/words/<language>.yaml: the words of topics in one language."""

    language: LanguageCode
    topics: Mapping[TopicCode, Weighted]


class SectionsFile(Part):
    """taxonomy/sections.yaml: what the parts of newspapers are called, by subject, in any language."""

    sections: Mapping[TopicCode, Phrases]


_File = TypeVar("_File", bound=BaseModel)


def parse(name: str, model: type[_File], content: str) -> _File:
    """`content`, the text of the file `name`, as a `model`; raises TaxonomyError."""
    try:
        return model.model_validate(yaml.load(content, Loader=_Loader))  # noqa: S506
    except _Twice as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise TaxonomyError(f"services/tagger/{name}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise TaxonomyError(f"services/tagger/{name} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        line = _line(content, first["loc"])
        raise TaxonomyError(f"services/tagger/{name}:{line}: {place}: {first['msg']}") from error


class Source(NamedTuple):
    """A file that was read; errors that are found later name it and the line."""

    name: str
    content: str

    def error(self, location: tuple[int | str, ...], cause: str) -> TaxonomyError:
        place = ".".join(map(str, location))
        return TaxonomyError(f"services/tagger/{self.name}:{_line(self.content, location)}: {place}: {cause}")


def _line(content: str, location: tuple[int | str, ...]) -> int:
    """The line, from 1, of the node at `location`, or of the last of its parents that is there."""
    node = yaml.compose(content, Loader=_Loader)
    line = 1
    for step in location:
        children: dict[object, yaml.Node] = {}
        lines: dict[object, int] = {}
        if isinstance(node, yaml.MappingNode):
            children = {key.value: value for key, value in node.value}
            lines = {key.value: key.start_mark.line for key, _ in node.value}
        elif isinstance(node, yaml.SequenceNode):
            children = dict(enumerate(node.value))
            lines = {index: child.start_mark.line for index, child in enumerate(node.value)}
        if str(step) not in map(str, children):
            break
        step_key = next(key for key in children if str(key) == str(step))
        line, node = lines[step_key] + 1, children[step_key]
    return line
