"""Charts of Vega-Lite, for what Lens cannot ask: events are nested, and only a nested aggregation knows which
actor belongs to which target. A chart holds its own request to Elasticsearch. Pure.
"""

from deploy.kibana.objects import DataView, Json, Panel, compact

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_MOST = 40  # states on one side of a chart
_MOST_STORIES = 1000

_IN_STORIES: Json = {"stories": {"cardinality": {"field": "story"}}}
_STORIES: Json = {"articles": {"reverse_nested": {}, "aggs": _IN_STORIES}}


def events(aggregations: Json, **wanted: list[str]) -> Json:
    """A body that aggregates over the events that have one of the wanted values in each field."""
    return {"size": 0, "aggs": {"events": _matching(aggregations, wanted)}}


def _matching(aggregations: Json, wanted: dict[str, list[str]]) -> Json:
    terms = [{"terms": {f"events.{name}": values}} for name, values in wanted.items()]
    matching = {"filter": {"bool": {"filter": terms}}, "aggs": aggregations}
    return {"nested": {"path": "events"}, "aggs": {"matching": matching}}


def directions() -> Json:
    """Who did it to whom, with articles and stories of each pair."""
    targets = {"terms": {"field": "events.target", "size": _MOST}, "aggs": _STORIES}
    actors = {"terms": {"field": "events.actor", "size": _MOST}, "aggs": {"targets": targets}}
    return {"actors": actors}


def values(name: str, size: int = 20) -> Json:
    """The most frequent values of a field of events."""
    return {"values": {"terms": {"field": f"events.{name}", "size": size}, "aggs": _STORIES}}


def largest_counts(**wanted: list[str]) -> Json:
    """A body: of each story when it was first seen, and the largest count of the wanted events in it."""
    of_story = {
        "first": {"min": {"field": "first_seen"}},
        "events": _matching({"largest": {"max": {"field": "events.count"}}}, wanted),
    }
    return {
        "size": 0,
        "aggs": {"stories": {"terms": {"field": "story", "size": _MOST_STORIES}, "aggs": of_story}},
    }


def panel(id_: str, title: str, view: DataView, body: Json, rows: str, drawing: Json) -> Panel:
    """`rows`: where in the answer the rows are. The request heeds the dashboard's time, query and filters."""
    url = {"%context%": True, "%timefield%": view.time, "index": view.index, "body": body}
    spec = {"$schema": SCHEMA, "data": {"url": url, "format": {"property": rows}}, **drawing}
    saved = {
        "id": "",
        "title": title,
        "description": "",
        "type": "vega",
        "params": {"spec": compact(spec)},
        "uiState": {},
        "data": {"aggs": [], "searchSource": {"filter": [], "query": {"language": "kuery", "query": ""}}},
    }
    config = {"enhancements": {}, "hidePanelTitles": False, "savedVis": saved}
    return Panel(id_, "visualization", title, config, {})


_EACH_DIRECTION: list[Json] = [
    {"flatten": ["targets.buckets"], "as": ["target"]},
    {"calculate": "datum.key", "as": "from"},
    {"calculate": "datum.target.key", "as": "to"},
    {"calculate": "datum.target.articles.stories.value", "as": "stories"},
    {"calculate": "datum.target.articles.doc_count", "as": "articles"},
]
_WHOLE_NUMBERS: Json = {"tickMinStep": 1, "format": "d"}
_STORIES_ALONG: Json = {
    "field": "stories",
    "type": "quantitative",
    "title": "stories",
    "axis": _WHOLE_NUMBERS,
}
_TOLD: list[Json] = [
    {"field": "stories", "type": "quantitative", "title": "stories"},
    {"field": "articles", "type": "quantitative", "title": "articles"},
]


def heat_map(id_: str, title: str, view: DataView, body: Json) -> Panel:
    """Of `directions`: who along the side, whom along the bottom."""
    drawing = {
        "transform": _EACH_DIRECTION,
        "encoding": {
            "y": {"field": "from", "type": "nominal", "title": "who"},
            "x": {"field": "to", "type": "nominal", "title": "whom", "axis": {"labelAngle": 0}},
            "tooltip": [
                {"field": "from", "type": "nominal", "title": "who"},
                {"field": "to", "type": "nominal", "title": "whom"},
                *_TOLD,
            ],
        },
        "layer": [
            {
                "mark": "rect",
                "encoding": {
                    "color": {
                        "field": "stories",
                        "type": "quantitative",
                        "title": "stories",
                        # Light enough for the number that stands on it.
                        "scale": {"scheme": {"name": "blues", "extent": [0.1, 0.6]}, "domainMin": 0},
                    }
                },
            },
            {"mark": "text", "encoding": {"text": {"field": "stories", "type": "quantitative"}}},
        ],
    }
    return panel(id_, title, view, body, "aggregations.events.matching.actors.buckets", drawing)


def mutual(id_: str, title: str, view: DataView, body: Json) -> Panel:
    """Of `directions`: the pairs in which both did it to each other, a bar for each direction."""
    drawing = {
        "transform": [
            *_EACH_DIRECTION,
            {"filter": "datum.from != datum.to"},
            {
                "calculate": "datum.from < datum.to ? datum.from + ' and ' + datum.to"
                " : datum.to + ' and ' + datum.from",
                "as": "pair",
            },
            {"calculate": "datum.from + ' → ' + datum.to", "as": "direction"},
            {
                "joinaggregate": [
                    {"op": "distinct", "field": "direction", "as": "directions"},
                    {"op": "sum", "field": "stories", "as": "told"},
                ],
                "groupby": ["pair"],
            },
            {"filter": "datum.directions == 2"},
        ],
        "mark": "bar",
        "encoding": {
            "y": {
                "field": "pair",
                "type": "nominal",
                "title": None,
                "sort": {"field": "told", "order": "descending"},
            },
            "x": {**_STORIES_ALONG, "stack": "zero"},
            "color": {"field": "direction", "type": "nominal", "title": "direction"},
            "tooltip": [{"field": "direction", "type": "nominal", "title": "direction"}, *_TOLD],
        },
    }
    return panel(id_, title, view, body, "aggregations.events.matching.actors.buckets", drawing)


def bars(id_: str, title: str, view: DataView, body: Json) -> Panel:
    """Of `values`: a bar of stories for each value."""
    drawing = {
        "transform": [
            {"calculate": "datum.articles.stories.value", "as": "stories"},
            {"calculate": "datum.articles.doc_count", "as": "told"},
        ],
        "mark": "bar",
        "encoding": {
            "y": {"field": "key", "type": "nominal", "title": None, "sort": "-x"},
            "x": _STORIES_ALONG,
            "tooltip": [
                {"field": "key", "type": "nominal", "title": "value"},
                {"field": "stories", "type": "quantitative", "title": "stories"},
                {"field": "told", "type": "quantitative", "title": "articles"},
            ],
        },
    }
    return panel(id_, title, view, body, "aggregations.events.matching.values.buckets", drawing)


def people_by_day(id_: str, title: str, view: DataView, body: Json) -> Panel:
    """Of `largest_counts`: how many people, on the day on which each story was seen first."""
    drawing = {
        "transform": [
            {"calculate": "datum.events.matching.largest.value", "as": "people"},
            {"calculate": "datum.first.value", "as": "first"},
            {"filter": "isValid(datum.people)"},
        ],
        "mark": "bar",
        "encoding": {
            "x": {"field": "first", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None},
            "y": {"field": "people", "type": "quantitative", "aggregate": "sum", "title": "people"},
            "tooltip": [
                {"field": "first", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": "day"},
                {"field": "people", "type": "quantitative", "aggregate": "sum", "title": "people"},
                {"aggregate": "count", "type": "quantitative", "title": "stories"},
            ],
        },
    }
    return panel(id_, title, view, body, "aggregations.stories.buckets", drawing)
