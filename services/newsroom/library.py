"""Reads the newsroom's data files and checks them; what is wrong is named with its file."""

import csv
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.newsroom.core import Edit, Kind, Library, Outlet, Reason, State, Story

T = TypeVar("T")


class DataError(Exception):
    """A data file of the newsroom is not as it should be."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Replace(_Record):
    find: str
    with_: str = Field(alias="with")


class _EditRecord(_Record):
    at: float
    add: str = ""
    replace: _Replace | None = None

    def edit(self) -> Edit:
        found, replacement = (self.replace.find, self.replace.with_) if self.replace else ("", "")
        return Edit(at=self.at, add=self.add.strip(), find=found, replacement=replacement)


class _StoryRecord(_Record):
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    kind: Kind
    outlet: str
    section: str
    title: str
    summary: str
    body: str = ""
    vars: dict[str, str] = {}
    at: float | None = Field(default=None, ge=0)
    thread: str = ""
    stream: bool = False
    private: bool = False
    events: tuple[str, ...] = ()
    copy_of: str = ""
    credit: str = ""
    edit: _EditRecord | None = None

    def story(self) -> Story:
        fields = self.model_dump(exclude={"body", "vars", "edit"})
        paragraphs = tuple(" ".join(text.split()) for text in self.body.split("\n\n") if text.strip())
        edit = self.edit.edit() if self.edit else None
        return Story(**fields, body=paragraphs, variables=tuple(self.vars.items()), edit=edit)


class _StoryFile(_Record):
    stories: tuple[_StoryRecord, ...]


class _OutletFile(_Record):
    outlets: tuple[Outlet, ...]


class _Tables(_Record):
    numbers: dict[str, list[str]]
    months: dict[str, list[str]]
    words: dict[str, dict[str, list[str]]]
    reasons: tuple[Reason, ...]
    closings: dict[str, list[str]]


class _StateRow(_Record):
    code: str = Field(pattern=r"^[A-Z]{2}$")
    en: str = Field(min_length=1)
    the: str = Field(pattern=r"^(yes)?$")
    adj: str = Field(min_length=1)
    capital: str = Field(min_length=1)
    de: str = Field(min_length=1)
    de_adj: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    fr_adj: str = Field(min_length=1)
    es: str = Field(min_length=1)
    es_adj: str = Field(min_length=1)
    minister: str = Field(min_length=1)
    official: str = Field(min_length=1)

    def state(self) -> State:
        fields = self.model_dump(exclude={"en", "the"})
        return State(bare=self.en, name=f"the {self.en}" if self.the else self.en, **fields)


@cache
def load() -> Library:
    """The library in this package. Raises DataError, naming the file and the field."""
    return read(files("services.newsroom"))


def read(folder: Traversable) -> Library:
    """A library from a folder with outlets.yaml, tables.yaml, states.csv and stories/*.yaml."""
    outlets = _check(_OutletFile, folder / "outlets.yaml", _yaml(folder / "outlets.yaml")).outlets
    tables = _check(_Tables, folder / "tables.yaml", _yaml(folder / "tables.yaml"))
    states_file = folder / "states.csv"
    rows = list(csv.DictReader(states_file.read_text("utf-8").splitlines()))
    states = tuple(row.state() for row in _check(tuple[_StateRow, ...], states_file, rows))
    stories: dict[str, Story] = {}
    known = {outlet.id for outlet in outlets}
    for file in sorted((folder / "stories").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yaml"):
            continue
        for record in _check(_StoryFile, file, _yaml(file)).stories:
            story = record.story()
            _refuse_if(story.id in stories, file, f"story {story.id} is there twice: give one another id")
            _refuse_if(story.outlet not in known, file, f"story {story.id}: no outlet {story.outlet}")
            _refuse_if(
                bool(story.copy_of) and story.copy_of not in stories,
                file,
                f"story {story.id}: its original {story.copy_of} must stand before it",
            )
            _refuse_if(not story.body and not story.copy_of, file, f"story {story.id} has no body")
            stories[story.id] = story
    return Library(
        stories=tuple(stories.values()),
        outlets=outlets,
        states=states,
        reasons=tables.reasons,
        numbers=tables.numbers,
        words=tables.words,
        months=tables.months,
        closings=tables.closings,
    )


def _yaml(file: Traversable) -> Any:
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise DataError(f"{file.name}: not YAML: {error}") from error


def _check(kind: type[T], file: Traversable, data: object) -> T:
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{file.name}: {where}: {first['msg']}") from error


def _refuse_if(wrong: bool, file: Traversable, message: str) -> None:
    if wrong:
        raise DataError(f"{file.name}: {message}")
