"""Names of people and organisations beside those of the gazetteer. Pure: who finds them is handed in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from schemas.events import Entity
from services.tagger.words import tokens


class Name(NamedTuple):
    """A name as it stands in the text, and what it names."""

    text: str
    type: Literal["person", "organisation"]


class NameFinder(Protocol):
    """Finds names in texts; spaCy does (services/tagger/spacy_names.py), and a fake in tests."""

    @property
    def source(self) -> str:
        """What it is called in what it found."""

    def find(self, text: str, language: str | None) -> Sequence[Name]:
        """The names in a text of any length; none in a language (ISO 639-1) that it does not know."""


def add_names(known: Sequence[Entity], names: Iterable[Name], source: str) -> tuple[Entity, ...]:
    """`known` and those of `names` that are not among them, each once, with their source."""
    seen = {_key(entity.name) for entity in known}
    return (*known, *_new(names, seen, source))


def _new(names: Iterable[Name], seen: set[tuple[str, ...]], source: str) -> Iterator[Entity]:
    for name in names:
        text = " ".join(name.text.split())
        key = _key(text)
        if key and key not in seen:
            seen.add(key)
            yield Entity(name=text, type=name.type, source=source)


def _key(name: str) -> tuple[str, ...]:
    return tuple(token.key for token in tokens(name) if token.text[0].isalnum())
