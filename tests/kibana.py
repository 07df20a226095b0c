"""Kibana's objects, read as Kibana reads them: which requests each panel makes of Elasticsearch."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.kibana.build import FILE
from services.store.elastic.schema import STORIES, Abilities, Options, wanted

Json = dict[str, Any]

NUMBERS = {"long", "integer", "short", "double", "float", "half_float", "scaled_float"}
DATES = {"date", "date_nanos"}
FINE = "1h"  # the interval that stands for Kibana's automatic one


@dataclass(frozen=True)
class Mapped:
    """A field of a mapping; `nested`: the path of the nested documents in which it is."""

    spec: Json
    nested: str = ""

    @property
    def type(self) -> str:
        return str(self.spec.get("type", "object"))

    @property
    def aggregatable(self) -> bool:
        known = self.type in {"keyword", "boolean"} | NUMBERS | DATES
        return known and bool(self.spec.get("doc_values", True))


@dataclass(frozen=True)
class Asked:
    """What a panel asks: `body` without the dashboard's time and filters, which are `context`."""

    dashboard: str
    panel: str
    index: str
    time: str
    body: Json
    context: list[Json] = field(default_factory=list)
    spec: Json | None = None  # of Vega
    columns: Mapping[str, Json] = field(default_factory=dict)  # of Lens

    @property
    def name(self) -> str:
        return f"{self.dashboard}/{self.panel}"


def objects() -> list[Json]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def of_type(type_: str) -> dict[str, Json]:
    return {each["id"]: each for each in objects() if each["type"] == type_}


def mapping(index: str) -> dict[str, Mapped]:
    """All fields of the template of an index `newswatch-KIND`, by their whole name."""
    kind = index.removeprefix("newswatch-")
    schema = wanted("newswatch", Options(), Abilities())
    return dict(_fields(schema.mappings("articles" if kind == STORIES else kind)["properties"]))


def _fields(properties: Json, path: str = "", nested: str = "") -> Iterator[tuple[str, Mapped]]:
    for name, spec in properties.items():
        if spec.get("enabled", True):
            whole = f"{path}{name}"
            inside = whole if spec.get("type") == "nested" else nested
            yield whole, Mapped(spec, inside)
            yield from _fields(spec.get("properties", {}), f"{whole}.", inside)


def source_of(saved: Json) -> Json:
    source: Json = json.loads(saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    return source


def panels_of(dashboard: Json) -> list[Json]:
    panels: list[Json] = json.loads(dashboard["attributes"]["panelsJSON"])
    return panels


def asked() -> list[Asked]:
    """What every panel of every dashboard asks, its filters included."""
    views, searches = of_type("index-pattern"), of_type("search")
    found = []
    for dashboard in of_type("dashboard").values():
        context = [each["query"] for each in source_of(dashboard)["filter"]]
        references = {each["name"]: each["id"] for each in dashboard["references"]}
        for panel in panels_of(dashboard):
            config, id_ = panel["embeddableConfig"], panel["panelIndex"]
            place = dashboard["attributes"]["title"], id_
            if panel["type"] == "lens":
                view = views[references[f"{id_}:indexpattern-datasource-layer-layer"]]
                state = config["attributes"]["state"]
                columns = state["datasourceStates"]["formBased"]["layers"]["layer"]["columns"]
                where = [_lucene(state["query"]["query"])] if state["query"]["query"] else []
                found.append(
                    Asked(*place, *_index(view), _of_lens(columns), [*context, *where], columns=columns)
                )
            elif panel["type"] == "search":
                search = searches[references[f"{id_}:panel_{id_}"]]
                view = views[search["references"][0]["id"]]
                filters = [each["query"] for each in source_of(search)["filter"]]
                found.append(Asked(*place, *_index(view), {"size": 5}, [*context, *filters]))
            else:
                spec = json.loads(config["savedVis"]["params"]["spec"])
                url = spec["data"]["url"]
                assert url["%context%"] is True
                found.append(Asked(*place, url["index"], url["%timefield%"], url["body"], context, spec=spec))
    return found


def _index(view: Json) -> tuple[str, str]:
    return view["attributes"]["title"], view["attributes"]["timeFieldName"]


def _lucene(text: str) -> Json:
    return {"query_string": {"query": text, "analyze_wildcard": True}}


def fields_of_lucene(text: str) -> set[str]:
    return set(re.findall(r"([\w.]+):", text))


def fields_of_query(query: Any) -> set[str]:
    """The fields that a query of Elasticsearch's names."""
    if isinstance(query, list):
        return {name for each in query for name in fields_of_query(each)}
    found: set[str] = set()
    for kind, inner in query.items() if isinstance(query, dict) else ():
        if kind in {"term", "terms", "range"}:
            found |= set(inner)
        elif kind == "exists":
            found.add(inner["field"])
        else:
            found |= fields_of_query(inner)
    return found


def _of_lens(columns: Mapping[str, Json]) -> Json:
    """Buckets within each other, the numbers in the innermost, as Lens asks for them."""
    numbers = {name: each for name, each in columns.items() if not each["isBucketed"]}
    inner = {name: _number(each) for name, each in numbers.items() if each["operationType"] != "count"}
    inner |= {
        name: {"filter": _lucene(each["filter"]["query"])}
        for name, each in numbers.items()
        if each["operationType"] == "count" and "filter" in each
    }
    for name, each in reversed([item for item in columns.items() if item[1]["isBucketed"]]):
        inner = {name: _bucket(each, numbers, inner)}
    return {"size": 0, "track_total_hits": True, **({"aggs": inner} if inner else {})}


def _bucket(column: Json, numbers: Mapping[str, Json], inner: Json) -> Json:
    source = column["sourceField"]
    if column["operationType"] == "date_histogram":
        assert column["params"]["interval"] == "auto"
        bucket = {"date_histogram": {"field": source, "fixed_interval": FINE, "min_doc_count": 1}}
    else:
        assert column["operationType"] == "terms"
        params = column["params"]
        first = params["orderBy"]["columnId"]
        # In an outer bucket the number is asked for once more, to order by it.
        order = "_count" if numbers[first]["operationType"] == "count" else first
        inner = inner if order == "_count" else {first: _number(numbers[first])} | inner
        terms = {"field": source, "size": params["size"], "order": {order: params["orderDirection"]}}
        bucket = {"terms": terms}
    return {**bucket, "aggs": inner} if inner else bucket


def _number(column: Json) -> Json:
    source, operation = column["sourceField"], column["operationType"]
    number: Json
    match operation:
        case "unique_count":
            number = {"cardinality": {"field": source}}
        case "median":
            number = {"percentiles": {"field": source, "percents": [50]}}
        case "percentile":
            number = {"percentiles": {"field": source, "percents": [column["params"]["percentile"]]}}
        case _:
            raise AssertionError(f"an operation that no test knows: {operation}")
    if "filter" in column:
        return {"filter": _lucene(column["filter"]["query"]), "aggs": {"number": number}}
    return number
