"""Reads the packaged word lists (data/*.yaml), checks them and makes the tagger's `Knowledge`."""

from collections.abc import Iterable
from importlib.resources import files
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.tagger.model import Entry, Guard, Kind, Knowledge, TopicRule
from services.tagger.words import tokens


class KnowledgeError(ValueError):
    """A packaged word list is not as it should be; the message names the file and the place."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _State(_Part):
    code: str = Field(pattern=r"^[A-Z]{2}$")
    name: str
    adjectives: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class _Territory(_Part):
    code: str = Field(pattern=r"^[A-Z]{2}$")
    name: str
    aliases: tuple[str, ...] = ()


class _Guard(_Part):
    given_name: bool = False
    not_with: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()


class _States(_Part):
    states: tuple[_State, ...]
    territories: tuple[_Territory, ...]
    phrases: tuple[str, ...]
    guards: dict[str, _Guard]


class _Organisation(_Part):
    code: str
    name: str
    names: tuple[str, ...]
    anaphors: tuple[str, ...] = ()


class _Organisations(_Part):
    organisations: tuple[_Organisation, ...]


class _Person(_Part):
    name: str
    code: str
    names: tuple[str, ...]


class _People(_Part):
    people: tuple[_Person, ...]


class _Topic(_Part):
    code: str = Field(pattern=r"^\d{8}$")
    label: str
    words: tuple[str, ...]


class _Topics(_Part):
    threshold: int = Field(ge=1)
    topics: tuple[_Topic, ...]


_File = TypeVar("_File", bound=BaseModel)


def load_knowledge() -> Knowledge:
    """Everything in data/*.yaml. Raises KnowledgeError, naming file and field, if a list is malformed."""
    states = parse("states.yaml", _States, _read("states.yaml"))
    organisations = parse("organisations.yaml", _Organisations, _read("organisations.yaml"))
    people = parse("people.yaml", _People, _read("people.yaml"))
    topics = parse("topics.yaml", _Topics, _read("topics.yaml"))
    known = {state.code for state in states.states} | {each.code for each in organisations.organisations}
    for person in people.people:
        if person.code not in known:
            raise KnowledgeError(
                f"people.yaml: {person.name}: {person.code!r} is no state and no organisation"
            )
    keywords: dict[str, set[int]] = {}
    for index, topic in enumerate(topics.topics):
        for phrase in topic.words:
            keywords.setdefault(phrase, set()).add(index)
    key_phrases: dict[str, list[tuple[tuple[str, ...], tuple[int, ...]]]] = {}
    for phrase, indices in keywords.items():
        first, *rest = phrase.split()
        if rest:
            key_phrases.setdefault(first, []).append((tuple(rest), tuple(sorted(indices))))
    return Knowledge(
        phrases=_phrases(states, organisations, people),
        guards={
            name: Guard(given_name=guard.given_name, not_with=guard.not_with, unless=guard.unless)
            for name, guard in states.guards.items()
        },
        organisations={each.code: each.name for each in organisations.organisations},
        topics=tuple(TopicRule(code=topic.code, label=topic.label) for topic in topics.topics),
        keywords={word: tuple(sorted(indices)) for word, indices in keywords.items()},
        key_phrases={first: tuple(rest) for first, rest in key_phrases.items()},
        threshold=topics.threshold,
    )


def parse(name: str, model: type[_File], content: str) -> _File:
    """`content`, the text of the file `name`, as a `model`; raises KnowledgeError."""
    try:
        return model.model_validate(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise KnowledgeError(f"services/tagger/data/{name} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise KnowledgeError(f"services/tagger/data/{name}: {place}: {first['msg']}") from error


def _read(name: str) -> str:
    return files("services.tagger").joinpath("data", name).read_text(encoding="utf-8")


Phrases = dict[str, tuple[tuple[tuple[str, ...], tuple[Entry, ...]], ...]]


def _phrases(states: _States, organisations: _Organisations, people: _People) -> Phrases:
    meanings: dict[tuple[str, ...], dict[Entry, None]] = {}

    def add(phrase: str, name: str, code: str, kind: Kind) -> None:
        key = tuple(token.text for token in tokens(phrase))
        meanings.setdefault(key, {})[Entry(name=name, code=code, kind=kind)] = None

    def add_all(phrases: Iterable[str], name: str, code: str, kind: Kind) -> None:
        for phrase in phrases:
            add(phrase, name, code, kind)

    add_all(states.phrases, "", "", "phrase")
    for state in states.states:
        names = (state.name, *state.aliases)
        add_all(names, state.name, state.code, "name")
        add_all(state.seats, state.name, state.code, "seat")
        add_all((each for each in state.adjectives if each not in names), state.name, state.code, "adjective")
    for place in states.territories:
        add_all((place.name, *place.aliases), place.name, place.code, "place")
    for body in organisations.organisations:
        add_all(body.names, body.name, body.code, "organisation")
        capitals = (each[0].upper() + each[1:] for each in body.anaphors)
        add_all((*body.anaphors, *capitals), body.name, body.code, "anaphor")
    for person in people.people:
        add_all(person.names, person.name, person.code, "person")
    index: dict[str, list[tuple[tuple[str, ...], tuple[Entry, ...]]]] = {}
    for key, entries in meanings.items():
        index.setdefault(key[0], []).append((key, tuple(entries)))
    return {first: tuple(sorted(keys, key=lambda key: -len(key[0]))) for first, keys in index.items()}
