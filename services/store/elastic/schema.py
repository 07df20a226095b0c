"""What newswatch wants of its indices on Elasticsearch, and what of it an index lacks. Pure.

The files in templates are the one home of settings and mappings: they are part of the package, since
every service must be able to make its indices. Here they are fitted to options and to what the server has.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

Json = dict[str, Any]

# Grows with every change of the files that an older newswatch must not undo.
SCHEMA = 2
KINDS = ("articles", "alerts", "deliveries", "dead", "subscriptions", "silences", "captures", "sources")
STORIES = "stories"  # an alias of articles: the one that opened each story
_STANDARD = "standard"
_MARK = "newswatch"
_DAYS_OF_A_MONTH = 31


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator may choose. `analyzer`: how `title` and `text` are read for people. `keep_days`: after
    how long indices of articles go, where the server manages their lives; None: never.
    """

    replicas: int = 1
    shards: int = 1
    refresh: str = "1s"
    analyzer: str = _STANDARD
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What not every server has: analyzers of languages, and the management of indices' lives (ILM)."""

    languages: bool = True
    lifecycles: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """What is put on the server, by name; `fingerprint` is equal for equal ones."""

    component: Json
    templates: dict[str, Json]
    lifecycle: Json | None
    fingerprint: str

    def mappings(self, kind: str) -> Json:
        found: Json = self.templates[kind]["template"]["mappings"]
        return found

    def settings(self, kind: str) -> Json:
        """Those of an index that is made without the templates."""
        own: Json = self.templates[kind]["template"].get("settings", {})
        return _merged(self.component["template"]["settings"], own)


def languages() -> dict[str, str]:
    """Elasticsearch's analyzer for each language that it knows."""
    return {name: str(analyzer) for name, analyzer in _file("languages").items()}


def wanted(prefix: str, options: Options, abilities: Abilities) -> Schema:
    """All that is put on a server with those abilities."""
    component = _component(options)
    templates = {kind: _template(prefix, kind, options, abilities) for kind in KINDS}
    lifecycle = _lifecycle(options) if abilities.lifecycles else None
    fingerprint = hashlib.sha256(
        json.dumps([SCHEMA, component, templates, lifecycle], sort_keys=True).encode()
    ).hexdigest()[:16]
    for template in templates.values():
        template["template"]["mappings"]["_meta"] = {_MARK: {"schema": SCHEMA, "fingerprint": fingerprint}}
    return Schema(component, templates, lifecycle, fingerprint)


def mark_of(mappings: Mapping[str, Any]) -> tuple[int, str]:
    """By which schema an index was made or taught last, and its fingerprint; 1 where none is told."""
    mark = mappings.get("_meta", {}).get(_MARK, {})
    return int(mark.get("schema", 1)), str(mark.get("fingerprint", ""))


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that an index has otherwise than wanted; one that lacks it (`there` is empty) can learn it."""

    field: str
    wanted: str
    there: str = ""


def differences(want: Mapping[str, Any], there: Mapping[str, Any]) -> list[Difference]:
    """Between two mappings, field by field. What only the index has is no difference."""
    found = list(_differences(want.get("properties", {}), there.get("properties", {}), ""))
    return found + [
        Difference(name, _told(want[name]), _told(there.get(name)) or "nothing")
        for name in ("dynamic", "_source")
        if name in want and _told(want[name]) != _told(there.get(name))
    ]


def _differences(want: Mapping[str, Any], there: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for name, field in want.items():
        kept = there.get(name)
        parameters = {key: value for key, value in field.items() if key != "properties"}
        parameters.setdefault("type", "object")
        if kept is None:
            yield Difference(path + name, _told(parameters))
            continue
        same = {key: kept.get(key, "object" if key == "type" else None) for key in parameters}
        if _told(same) != _told(parameters):
            yield Difference(path + name, _told(parameters), _told(same))
        yield from _differences(field.get("properties", {}), kept.get("properties", {}), f"{path}{name}.")


def _told(value: object) -> str:
    """Elasticsearch tells numbers and truth as words at times, a single target as a list."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        parts = sorted(value.items(), key=lambda part: (part[0] != "type", part[0]))
        return ", ".join(f"{key} {told}" for key, each in parts if (told := _told(each)))
    if isinstance(value, list | tuple):
        return " ".join(_told(each) for each in value)
    return str(value).lower()


def _component(options: Options) -> Json:
    component = _file("settings")
    settings = component["template"]["settings"]
    settings["index"]["number_of_replicas"] = options.replicas
    settings["index"]["refresh_interval"] = options.refresh
    settings["analysis"]["analyzer"]["newswatch_text"]["type"] = options.analyzer
    component["_meta"][_MARK] = {"schema": SCHEMA}
    return component


def _template(prefix: str, kind: str, options: Options, abilities: Abilities) -> Json:
    template = _file(kind)
    name = f"{prefix}-{kind}"
    inner = template["template"]
    template["index_patterns"] = [name]
    template["composed_of"] = [f"{prefix}-settings"]
    template["priority"] = 200
    if kind == "articles":
        template["index_patterns"] = [f"{name}-*"]
        inner["aliases"] = aliases(prefix)
        inner["settings"]["index"]["number_of_shards"] = options.shards
        if abilities.lifecycles:
            inner["settings"]["index"]["lifecycle"] = {"name": name}
        inner["mappings"]["properties"]["stemmed"] = {
            "properties": {
                language: _stemmed(analyzer if abilities.languages else _STANDARD)
                for language, analyzer in languages().items()
            }
        }
    return template


def aliases(prefix: str) -> Json:
    """Of each index of articles: all of them, and those that open a story."""
    return {
        f"{prefix}-articles": {},
        f"{prefix}-{STORIES}": {"filter": {"term": {"search.opens_story": True}}},
    }


def _stemmed(analyzer: str) -> Json:
    # Built in, so that an index that is there already can learn it.
    text = {"type": "text", "analyzer": analyzer}
    return {"properties": {"title": text, "text": text}}


def _lifecycle(options: Options) -> Json:
    phases: Json = {
        "hot": {"actions": {"set_priority": {"priority": 100}}},
        # Its month is over and its articles are hardly edited any more.
        "warm": {
            "min_age": "45d",
            "actions": {"forcemerge": {"max_num_segments": 1}, "set_priority": {"priority": 50}},
        },
    }
    if options.keep_days is not None:
        # The age counts from the index's first day; what came on its last one has its whole term, too.
        phases["delete"] = {
            "min_age": f"{options.keep_days + _DAYS_OF_A_MONTH}d",
            "actions": {"delete": {}},
        }
    return {"phases": phases}


def _merged(first: Json, second: Json) -> Json:
    merged = dict(first)
    for key, value in second.items():
        merged[key] = _merged(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def _file(name: str) -> Json:
    text = (resources.files("services.store.elastic") / "templates" / f"{name}.json").read_text("utf-8")
    found: Json = json.loads(text)
    return found
