"""A query as Elasticsearch's JSON. All of it is exact, so totals are Elasticsearch's own."""

from typing import Any

from services.kit.query.evaluate import same_case
from services.kit.query.tree import (
    And,
    EventMatch,
    Everything,
    Keyword,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    Word,
)
from services.store.terms import micros

Json = dict[str, Any]

_NOTHING: Json = {"match_none": {}}


def translate(node: Node) -> Json:
    match node:
        case And(parts):
            return {"bool": {"filter": [translate(part) for part in parts]}}
        case Or(parts):
            return _any_of([translate(part) for part in parts])
        case Not(part):
            return {"bool": {"must_not": [translate(part)]}}
        case Word(token, field):
            return _any_of([{"term": {name: token}} for name in _fields(field)])
        case Prefix(start, field):
            return _any_of([{"prefix": {name: start}} for name in _fields(field)])
        case Phrase(tokens, field, within):
            return _any_of([_phrase(name, tokens, within) for name in _fields(field)])
        case Keyword(field, value):
            return {"term": {f"search.{field}": same_case(value)}}
        case Published(after, before):
            bounds = {"gte": after, "lte": before}
            return {
                "range": {
                    "search.published": {name: micros(at) for name, at in bounds.items() if at is not None}
                }
            }
        case EventMatch():
            return _event(node)
        case Everything():
            return {"match_all": {}}


def _phrase(field: str, tokens: tuple[str, ...], within: int | None) -> Json:
    if within is None:
        return {"match_phrase": {field: " ".join(tokens)}}
    different = list(dict.fromkeys(tokens))
    if len(different) == 1:
        return {"term": {field: different[0]}}
    # Elasticsearch counts the positions in the window that none of the tokens takes.
    gaps = within + 1 - len(different)
    if gaps < 0:
        return _NOTHING
    return {
        "intervals": {field: {"match": {"query": " ".join(different), "ordered": False, "max_gaps": gaps}}}
    }


def _event(node: EventMatch) -> Json:
    # Messages hold codes as the tagger wrote them; queries hold them in one case.
    codes = {"type": node.type, "actor": node.actor, "target": node.target, "status": node.status}
    parts: list[Json] = [
        {"term": {f"events.{name}": {"value": code, "case_insensitive": True}}}
        for name, code in codes.items()
        if code is not None
    ]
    bounds = {"gte": node.count_min, "lte": node.count_max}
    if counts := {name: value for name, value in bounds.items() if value is not None}:
        parts.append({"range": {"events.count": counts}})
    return {
        "nested": {"path": "events", "query": {"bool": {"filter": parts}} if parts else {"match_all": {}}}
    }


def _fields(field: str | None) -> tuple[str, ...]:
    return ("search.title", "search.text") if field is None else (f"search.{field}",)


def _any_of(queries: list[Json]) -> Json:
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": queries, "minimum_should_match": 1}}
