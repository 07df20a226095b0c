"""Articles as a table for researchers: which columns it has, and what stands in a row. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from schemas.events import ThreadedArticle
from services.kit.query.tree import And, Everything, Keyword, Node, Or, Published
from services.store.terms import micros, moment_of

COLUMNS = (
    "id",
    "url",
    "canonical_url",
    "source",
    "source_name",
    "site",
    "site_name",
    "country",
    "language",
    "published_at",
    "modified_at",
    "fetched_at",
    "first_seen",
    "gone_at",
    "title",
    "text",
    "kind",
    "authors",
    "agencies",
    "dateline",
    "section",
    "keywords",
    "paywalled",
    "topics",
    "entities",
    "countries",
    "events",
    "story",
    "relation",
    "duplicate_of",
    "original",
    "answers",
    "new_facts",
    "archive",
    "revision",
    "backfill",
)

# What newswatch keeps for itself within a column.
_LEFT_OUT = {"topics": {"evidence"}, "events": {"marks"}}


def columns(wanted: str) -> tuple[str, ...]:
    """Those of a list with commas, in its order; all where it is empty. ValueError where one is unknown."""
    names = tuple(name.strip() for name in wanted.split(",")) if wanted else COLUMNS
    if unknown := [name for name in names if name not in COLUMNS]:
        raise ValueError(f"no column {', '.join(map(repr, unknown))}: there are {', '.join(COLUMNS)}")
    return tuple(dict.fromkeys(names))


def asked_for(query: Node, since: datetime | None, until: datetime | None, languages: Sequence[str]) -> Node:
    """The query, of articles published from `since` on and before `until`, in one of the languages.
    ValueError where no moment is between the two.
    """
    if since is not None and until is not None and until <= since:
        raise ValueError("no moment is both after --since and before --until")
    parts = [] if isinstance(query, Everything) else [query]
    if since is not None or until is not None:
        parts.append(Published(since, None if until is None else moment_of(micros(until) - 1)))
    if languages:
        chosen = tuple(Keyword("language", language) for language in languages)
        parts.append(chosen[0] if len(chosen) == 1 else Or(chosen))
    if not parts:
        return query
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def row(article: ThreadedArticle, names: Sequence[str], *, plain: bool) -> dict[str, Any]:
    """The columns in their order. `plain`: as JSON has it, so that moments are texts."""
    left_out = {name: {"__all__": fields} for name, fields in _LEFT_OUT.items() if name in names}
    dumped = article.model_dump(
        mode="json" if plain else "python", include=set(names), exclude=left_out or None
    )
    return {name: dumped[name] for name in names}


def cell(value: Any) -> str:
    """A value of a plain row as a cell of CSV: lists and objects are JSON, what is unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def annotation(name: str) -> Any:
    """The Python type of a column."""
    return ThreadedArticle.model_fields[name].annotation


def fields(model: type[BaseModel], column: str) -> dict[str, Any]:
    """The fields of a column's records, with their Python types."""
    left_out = _LEFT_OUT.get(column, set())
    return {name: field.annotation for name, field in model.model_fields.items() if name not in left_out}


def bare(of: Any) -> Any:
    """The type without None and without what pydantic notes of it."""
    kinds = [kind for kind in get_args(of) if kind is not NoneType]
    if (NoneType in get_args(of) and len(kinds) == 1) or get_origin(of) is Annotated:
        return bare(kinds[0])
    return datetime if of is AwareDatetime else of
