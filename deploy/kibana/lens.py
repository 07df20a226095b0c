"""Charts of Lens, Kibana's editor: each is a table of columns and a way to show it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from deploy.kibana.objects import DataView, Json, Panel

_LAYER = "layer"

# What kind of values an operation gives, and on which scale.
_SCALES = {"date_histogram": ("date", "interval"), "terms": ("string", "ordinal")}

Series = Literal["bar_stacked", "bar_horizontal", "bar_horizontal_stacked", "line", "area_stacked"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart's table: a bucket of documents, or a number of each bucket.

    `where` bounds the number to what matches, in Lucene's syntax. `decimals` of the number, if not whole.
    """

    label: str
    operation: str
    source: str
    bucketed: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""
    decimals: int = 0

    def saved(self) -> Json:
        kind, scale = _SCALES.get(self.operation, ("number", "ratio"))
        params = dict(self.params)
        if self.decimals:
            params["format"] = {"id": "number", "params": {"decimals": self.decimals}}
        column: Json = {
            "customLabel": True,
            "dataType": kind,
            "isBucketed": self.bucketed,
            "label": self.label,
            "operationType": self.operation,
            "params": params,
            "scale": scale,
            "sourceField": self.source,
        }
        if self.where:
            column["filter"] = {"language": "lucene", "query": self.where}
        return column


def count(label: str, where: str = "") -> Column:
    return Column(label, "count", "___records___", params={"emptyAsNull": False}, where=where)


def distinct(label: str, source: str, where: str = "") -> Column:
    return Column(label, "unique_count", source, params={"emptyAsNull": False}, where=where)


def median(label: str, source: str) -> Column:
    return Column(label, "median", source, params={"emptyAsNull": True}, decimals=1)


def percentile(label: str, source: str, percent: int) -> Column:
    return Column(label, "percentile", source, params={"percentile": percent}, decimals=1)


def maximum(label: str, source: str) -> Column:
    return Column(label, "max", source, params={"emptyAsNull": True}, decimals=1)


def by_time(label: str, source: str) -> Column:
    params = {"dropPartials": False, "includeEmptyRows": True, "interval": "auto"}
    return Column(label, "date_histogram", source, bucketed=True, params=params)


def top(label: str, source: str, size: int = 10, *, others: bool = False) -> Column:
    """The values that have most of the first number; `others`: and all the rest as one."""
    return Column(label, "terms", source, bucketed=True, params={"size": size, "otherBucket": others})


@dataclass(frozen=True, slots=True)
class Table:
    """What a chart shows: buckets from the outside in, and the numbers of each; only of the documents that
    match `where` (Lucene's syntax).
    """

    view: DataView
    buckets: Sequence[Column]
    numbers: Sequence[Column]
    where: str = ""

    def columns(self) -> dict[str, Json]:
        columns = {name: each.saved() for name, each in zip(self.bucket_names(), self.buckets, strict=True)}
        for column in columns.values():
            if column["operationType"] == "terms":
                column["params"] |= _BY_FIRST_NUMBER
        numbers = zip(self.number_names(), self.numbers, strict=True)
        return columns | {name: each.saved() for name, each in numbers}

    def bucket_names(self) -> list[str]:
        return [f"bucket{place}" for place in range(len(self.buckets))]

    def number_names(self) -> list[str]:
        return [f"number{place}" for place in range(len(self.numbers))]


_BY_FIRST_NUMBER: Json = {
    "orderBy": {"columnId": "number0", "type": "column"},
    "orderDirection": "desc",
    "missingBucket": False,
    "parentFormat": {"id": "terms"},
    "include": [],
    "exclude": [],
    "includeIsRegex": False,
    "excludeIsRegex": False,
}


def xy(id_: str, title: str, series: Series, shown: Table) -> Panel:
    """Bars, lines or areas: along the first bucket, split by the second if there is one."""
    everywhere = {"x": True, "yLeft": True, "yRight": True}
    layer: Json = {
        "layerId": _LAYER,
        "layerType": "data",
        "seriesType": series,
        "xAccessor": "bucket0",
        "accessors": shown.number_names(),
        "position": "top",
        "showGridlines": False,
    }
    if len(shown.buckets) > 1:
        layer["splitAccessor"] = "bucket1"
    visualization = {
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "fittingFunction": "None",
        "gridlinesVisibilitySettings": everywhere,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "layers": [layer],
        "legend": {
            "isVisible": len(shown.buckets) > 1 or len(shown.numbers) > 1,
            "position": "right",
        },
        "preferredSeriesType": series,
        "tickLabelsVisibilitySettings": everywhere,
        "valueLabels": "hide",
    }
    return _panel(id_, title, "lnsXY", shown, visualization)


def metric(id_: str, view: DataView, number: Column, where: str = "") -> Panel:
    """One number, large, under its label."""
    visualization = {"layerId": _LAYER, "layerType": "data", "metricAccessor": "number0"}
    panel = _panel(id_, number.label, "lnsMetric", Table(view, (), (number,), where), visualization)
    return replace(panel, config=panel.config | {"hidePanelTitles": True})


def table(id_: str, title: str, shown: Table) -> Panel:
    """A row for each bucket, those with most first."""
    visualization = {
        "columns": [{"columnId": name} for name in shown.columns()],
        "layerId": _LAYER,
        "layerType": "data",
        "paging": {"enabled": True, "size": 10},
        "sorting": {"columnId": "number0", "direction": "desc"},
    }
    return _panel(id_, title, "lnsDatatable", shown, visualization)


def heat_map(id_: str, title: str, shown: Table) -> Panel:
    """The first bucket along the side, the second along the bottom."""
    visualization = {
        "shape": "heatmap",
        "layerId": _LAYER,
        "layerType": "data",
        "xAccessor": "bucket1",
        "yAccessor": "bucket0",
        "valueAccessor": "number0",
        "gridConfig": {
            "type": "heatmap_grid",
            "isCellLabelVisible": True,
            "isXAxisLabelVisible": True,
            "isXAxisTitleVisible": False,
            "isYAxisLabelVisible": True,
            "isYAxisTitleVisible": False,
        },
        "legend": {"type": "heatmap_legend", "isVisible": True, "position": "right"},
    }
    return _panel(id_, title, "lnsHeatmap", shown, visualization)


def _panel(id_: str, title: str, kind: str, shown: Table, visualization: Json) -> Panel:
    columns = shown.columns()
    layer = {
        "columns": columns,
        "columnOrder": list(columns),
        "incompleteColumns": {},
        "sampling": 1,
    }
    name = f"indexpattern-datasource-layer-{_LAYER}"
    attributes = {
        "title": title,
        "description": "",
        "type": "lens",
        "visualizationType": kind,
        "references": [{"name": name, "type": "index-pattern", "id": shown.view.id}],
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": {_LAYER: layer}}, "textBased": {"layers": {}}},
            "filters": [],
            "internalReferences": [],
            "query": {"language": "lucene" if shown.where else "kuery", "query": shown.where},
            "visualization": visualization,
        },
    }
    config = {"attributes": attributes, "enhancements": {}, "hidePanelTitles": False}
    return Panel(id_, "lens", title, config, {name: ("index-pattern", shown.view.id)})
