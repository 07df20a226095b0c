"""Kibana's saved objects: data views, saved searches and dashboards as Kibana 8.9 writes them. Pure.

Kibana brings older objects up to its own version when it imports them, and refuses newer ones. So the
versions below are those of 8.9, the oldest that is to take them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {"index-pattern": "8.0.0", "search": "8.0.0", "dashboard": "8.9.0"}
PANEL_VERSION = "8.9.0"
COLUMNS = 48  # that a dashboard's grid is wide

_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"


def compact(value: object) -> str:
    """JSON within JSON: equal values make equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class DataView:
    """`index`: an index or alias. `time`: the field that the time picker bounds. `formats`: of fields."""

    id: str
    name: str
    index: str
    time: str
    formats: Mapping[str, Json] = field(default_factory=dict)

    def saved(self) -> Json:
        attributes = {
            "title": self.index,
            "name": self.name,
            "timeFieldName": self.time,
            "allowNoIndex": True,  # imported before the first article, it waits for it
            "fieldFormatMap": compact(dict(self.formats)),
            "fieldAttrs": "{}",
            "fields": "[]",
            "runtimeFieldMap": "{}",
            "sourceFilters": "[]",
            "typeMeta": "{}",
        }
        return _saved("index-pattern", self.id, attributes, [])


@dataclass(frozen=True, slots=True)
class Filter:
    """A pill on top of a dashboard or search: `query` is Elasticsearch's own."""

    name: str
    query: Json

    def saved(self, place: int) -> Json:
        return {
            "$state": {"store": "appState"},
            "meta": {
                "alias": self.name,
                "disabled": False,
                "indexRefName": f"{_SOURCE}.filter[{place}].meta.index",
                "key": "query",
                "negate": False,
                "type": "custom",
                "value": compact(self.query),
            },
            "query": self.query,
        }


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search: rows of documents, newest first by `sort`."""

    id: str
    title: str
    description: str
    view: DataView
    columns: Sequence[str]
    sort: str
    filters: Sequence[Filter] = ()

    def saved(self) -> Json:
        source = {
            "filter": [each.saved(place) for place, each in enumerate(self.filters)],
            "highlightAll": True,
            "indexRefName": f"{_SOURCE}.index",
            "query": {"language": "kuery", "query": ""},
            "version": True,
        }
        attributes = {
            "title": self.title,
            "description": self.description,
            "columns": list(self.columns),
            "sort": [[self.sort, "desc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "timeRestore": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": compact(source)},
        }
        references = [_to_view(f"{_SOURCE}.index", self.view)]
        references += [
            _to_view(f"{_SOURCE}.filter[{place}].meta.index", self.view) for place in range(len(self.filters))
        ]
        return _saved("search", self.id, attributes, references)


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands in a dashboard: `config` is its own, `references` the objects that it names, by name."""

    id: str
    type: str
    title: str
    config: Json
    references: Mapping[str, tuple[str, str]]  # name → type and id of the object
    by_reference: bool = False


def search_panel(id: str, search: Search) -> Panel:
    return Panel(
        id,
        "search",
        search.title,
        {"enhancements": {}},
        {f"panel_{id}": ("search", search.id)},
        by_reference=True,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A list on top of a dashboard from which values of a field are chosen."""

    id: str
    title: str
    field: str
    view: DataView


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, of equal width; `height` in rows of the grid (about 20 pixels each)."""

    height: int
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`since`: where its time begins at first, as Kibana writes it."""

    id: str
    title: str
    description: str
    rows: Sequence[Row]
    since: str = "now-7d"
    filters: Sequence[tuple[Filter, DataView]] = ()
    choices: Sequence[Choice] = ()

    def panels(self) -> list[Panel]:
        return [panel for row in self.rows for panel in row.panels]

    def saved(self) -> Json:
        source = {
            "filter": [each.saved(place) for place, (each, _) in enumerate(self.filters)],
            "query": {"language": "kuery", "query": ""},
        }
        attributes = {
            "title": self.title,
            "description": self.description,
            "version": 1,
            "timeRestore": True,
            "timeFrom": self.since,
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": 60_000},
            "optionsJSON": compact(
                {
                    "hidePanelTitles": False,
                    "syncColors": True,
                    "syncCursor": True,
                    "syncTooltips": False,
                    "useMargins": True,
                }
            ),
            "panelsJSON": compact(self._placed()),
            "kibanaSavedObjectMeta": {"searchSourceJSON": compact(source)},
        }
        if self.choices:
            attributes["controlGroupInput"] = _controls(self.choices)
        references = [
            {"name": f"{panel.id}:{name}", "type": type_, "id": id_}
            for panel in self.panels()
            for name, (type_, id_) in sorted(panel.references.items())
        ]
        references += [
            _to_view(f"{_SOURCE}.filter[{place}].meta.index", view)
            for place, (_, view) in enumerate(self.filters)
        ]
        references += [
            _to_view(f"controlGroup_{each.id}:optionsListDataView", each.view) for each in self.choices
        ]
        return _saved("dashboard", self.id, attributes, references)

    def _placed(self) -> list[Json]:
        placed: list[Json] = []
        top = 0
        for row in self.rows:
            width = COLUMNS // len(row.panels)
            for place, panel in enumerate(row.panels):
                grid = {"x": place * width, "y": top, "w": width, "h": row.height, "i": panel.id}
                each = {
                    "version": PANEL_VERSION,
                    "type": panel.type,
                    "gridData": grid,
                    "panelIndex": panel.id,
                    "embeddableConfig": panel.config,
                    "title": panel.title,
                }
                if panel.by_reference:
                    each["panelRefName"] = f"panel_{panel.id}"
                placed.append(each)
            top += row.height
        return placed


def _controls(choices: Sequence[Choice]) -> Json:
    panels = {
        each.id: {
            "order": order,
            "width": "medium",
            "grow": True,
            "type": "optionsListControl",
            "explicitInput": {
                "id": each.id,
                "title": each.title,
                "fieldName": each.field,
                "selectedOptions": [],
                "enhancements": {},
            },
        }
        for order, each in enumerate(choices)
    }
    heeded = dict.fromkeys(("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False)
    return {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "ignoreParentSettingsJSON": compact(heeded),
        "panelsJSON": compact(panels),
    }


def _to_view(name: str, view: DataView) -> Json:
    return {"name": name, "type": "index-pattern", "id": view.id}


def _saved(type_: str, id_: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "id": id_,
        "type": type_,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[type_],
    }
