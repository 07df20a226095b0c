"""The catalogue of sources: a YAML file, checked when it is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.kit import plain_yaml
from services.kit.urls import canonical


class SourcesError(Exception):
    """The catalogue cannot be used. The message names file, line, entry, the cause and the way out."""


def _address(url: str) -> str:
    canonical(url)  # ValueError for what is no http(s) address
    return url.strip()


Address = Annotated[str, AfterValidator(_address)]


class Expected(BaseModel):
    """What a source is expected to bring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    articles_per_day: float = Field(ge=0, description="at least so many")


WayKind = Literal["feed", "news-sitemap", "sitemap", "section"]


@dataclass(frozen=True, slots=True)
class Way:
    """An address at which a source announces its pages."""

    kind: WayKind
    url: str


class Source(BaseModel):
    """A publisher and where it announces its pages. Delays and polling are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str = Field(min_length=1)
    feeds: tuple[Address, ...] = ()
    news_sitemaps: tuple[Address, ...] = ()
    sitemaps: tuple[Address, ...] = ()
    sections: tuple[Address, ...] = Field(default=(), description="pages that list articles")
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$", description="ISO 639-1")
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = Field(
        default=(), description="where there are several: then none is assumed of an article"
    )
    home: Address | None = None
    expect: Expected | None = None
    crawl_delay: float | None = Field(default=None, ge=0)
    poll_seconds: float | None = Field(default=None, gt=0)
    refetch: bool = Field(default=True, description="look at its pages again: they may be edited, or gone")
    sample: bool = Field(default=False, description="invented, for trying newswatch out")

    @model_validator(mode="after")
    def _says_where(self) -> "Source":
        if not self.ways:
            raise ValueError("names no feeds, news_sitemaps, sitemaps or sections: nothing could be found")
        return self

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every address to watch, each once."""
        named: tuple[tuple[WayKind, tuple[str, ...]], ...] = (
            ("feed", self.feeds),
            ("news-sitemap", self.news_sitemaps),
            ("sitemap", self.sitemaps),
            ("section", self.sections),
        )
        found = {url: Way(kind, url) for kind, urls in reversed(named) for url in urls}
        return tuple(found.values())


def load(path: Path | None) -> list[Source]:
    """The sources of a file, or of all YAML files in a folder; SourcesError where there is none or it is
    wrong.
    """
    if path is None:
        raise SourcesError("no sources to watch: set NEWSWATCH_SOURCES to a YAML file of sources")
    if not path.is_dir():
        return _load_file(path)
    files = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
    if not files:
        raise SourcesError(f"sources folder {path}: holds no YAML files; write one, or name another")
    found: dict[str, tuple[Source, Path]] = {}
    for file in files:
        for source in _load_file(file):
            if source.id in found:
                raise SourcesError(
                    f"{file}: source {source.id!r} is also in {found[source.id][1]}; give it another id"
                )
            found[source.id] = source, file
    return [source for source, _ in found.values()]


def _load_file(path: Path) -> list[Source]:
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise SourcesError(
            f"sources file {path}: {cause}; set NEWSWATCH_SOURCES to a file that can be read"
        ) from error


def parse(text: str, name: str = "sources") -> list[Source]:
    """The sources of a YAML document: a list, or a mapping with the list under `sources`."""
    try:
        read = plain_yaml.read(text)
    except plain_yaml.NotYaml as error:
        where = f"{name}:{error.line}" if error.line is not None else name
        raise SourcesError(f"{where}: not YAML: {error}") from error
    document, node = read.value, read.node
    if isinstance(document, dict) and isinstance(node, yaml.MappingNode):
        node = next((value for key, value in node.value if key.value == "sources"), None)
        document = document.get("sources")
    if not isinstance(document, list) or not document or not isinstance(node, yaml.SequenceNode):
        raise SourcesError(f"{name}: holds no sources; write a list of them under `sources:`")
    found: dict[str, Source] = {}
    for given, place in zip(document, node.value, strict=True):
        source = _source(given, place, name)
        if source.id in found:
            raise SourcesError(
                f"{name}:{place.start_mark.line + 1}: source {source.id!r} is there twice; give it another id"
            )
        found[source.id] = source
    return list(found.values())


def _source(given: Any, place: yaml.Node, name: str) -> Source:
    try:
        return Source.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        line = plain_yaml.line_of(place, field)
        called = given.get("id") if isinstance(given, dict) else None
        path = ".".join(str(part) for part in first["loc"])
        raise SourcesError(f"{name}:{line}: source {called!r}: {path or 'entry'}: {first['msg']}") from error
