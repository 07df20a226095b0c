"""The objects that users import into Kibana: sound in themselves, and true to what the indices hold."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import vl_convert

from deploy.kibana.build import FILE, rendered, saved_objects
from tests.kibana import (
    DATES,
    NUMBERS,
    Asked,
    Json,
    Mapped,
    asked,
    fields_of_lucene,
    fields_of_query,
    mapping,
    objects,
    of_type,
    panels_of,
    source_of,
)

PANELS = asked()
LENS = [each for each in PANELS if each.columns]
VEGA = [each for each in PANELS if each.spec]


def named(panel: Asked) -> str:
    return panel.name


def test_the_file_is_what_build_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == rendered(), "run make dashboards"


def test_there_are_the_dashboards_that_people_look_for() -> None:
    titles = {each["attributes"]["title"] for each in of_type("dashboard").values()}
    assert titles == {"Newsroom", "Diplomatic expulsions", "Alerts", "Pipeline health"}


def test_ids_are_one_of_a_kind_and_made_of_the_prefix_alone() -> None:
    ids = [(each["type"], each["id"]) for each in objects()]
    assert max(Counter(ids).values()) == 1
    others = [(each["type"], each["id"].replace("desk", "newswatch", 1)) for each in saved_objects("desk")]
    assert others == ids
    assert all("desk" in each["id"] for each in saved_objects("desk"))


def test_references_lead_to_objects_that_stand_before_them() -> None:
    known: set[tuple[str, str]] = set()
    for each in objects():
        for reference in each["references"]:
            assert (reference["type"], reference["id"]) in known, f"{each['id']}: {reference}"
        assert len({reference["name"] for reference in each["references"]}) == len(each["references"])
        known.add((each["type"], each["id"]))


def test_names_of_references_are_asked_for_and_found() -> None:
    """Kibana refuses an object that names a reference that it has not."""
    for each in [*of_type("search").values(), *of_type("dashboard").values()]:
        given = {reference["name"] for reference in each["references"]}
        wanted = {inner["meta"]["indexRefName"] for inner in source_of(each)["filter"]}
        wanted |= {source_of(each)["indexRefName"]} if each["type"] == "search" else set()
        if each["type"] == "dashboard":
            for panel in panels_of(each):
                id_ = panel["panelIndex"]
                wanted |= {f"{id_}:{panel['panelRefName']}"} if "panelRefName" in panel else set()
                inner = panel["embeddableConfig"].get("attributes", {}).get("references", ())
                wanted |= {f"{id_}:{reference['name']}" for reference in inner}
            controls = each["attributes"].get("controlGroupInput", {}).get("panelsJSON", "{}")
            wanted |= {f"controlGroup_{id_}:optionsListDataView" for id_ in json.loads(controls)}
        assert wanted == given, each["id"]


def test_versions_are_those_that_kibana_8_9_knows() -> None:
    known = {"index-pattern": "8.0.0", "search": "8.0.0", "dashboard": "8.9.0"}
    for each in objects():
        assert each["coreMigrationVersion"] == "8.8.0"
        assert each["typeMigrationVersion"] == known[each["type"]]


def test_panels_fill_the_grid_and_do_not_overlap() -> None:
    for dashboard in of_type("dashboard").values():
        panels = panels_of(dashboard)
        assert len({panel["panelIndex"] for panel in panels}) == len(panels)
        taken: Counter[tuple[int, int]] = Counter()
        for panel in panels:
            grid = panel["gridData"]
            assert grid["i"] == panel["panelIndex"]
            for x in range(grid["x"], grid["x"] + grid["w"]):
                taken.update((x, y) for y in range(grid["y"], grid["y"] + grid["h"]))
        assert max(taken.values()) == 1
        assert {x for x, _ in taken} == set(range(48))


def test_each_data_view_has_a_mapped_time() -> None:
    for view in of_type("index-pattern").values():
        fields = mapping(view["attributes"]["title"])
        assert fields[view["attributes"]["timeFieldName"]].type in DATES
        assert set(json.loads(view["attributes"]["fieldFormatMap"])) <= set(fields)


def test_each_saved_search_shows_and_sorts_fields_that_there_are() -> None:
    views = of_type("index-pattern")
    for search in of_type("search").values():
        fields = mapping(views[search["references"][0]["id"]]["attributes"]["title"])
        assert set(search["attributes"]["columns"]) <= set(fields), search["id"]
        (sort,) = search["attributes"]["sort"]
        assert fields[sort[0]].type in DATES
        for pill in source_of(search)["filter"]:
            assert_searchable(fields_of_query(pill["query"]), fields, search["id"])


@pytest.mark.parametrize("panel", LENS, ids=named)
def test_each_column_of_lens_can_be_made_of_its_field(panel: Asked) -> None:
    fields = mapping(panel.index)
    for column in panel.columns.values():
        source, operation = column["sourceField"], column["operationType"]
        if operation == "count":
            assert source == "___records___"
        else:
            found = fields[source]
            assert found.aggregatable, f"{source} cannot be aggregated"
            assert not found.nested, f"{source} is nested: Lens does not see it"
            wanted = {"date_histogram": DATES, "terms": {"keyword", "boolean"}}
            wanted |= dict.fromkeys(("median", "percentile"), NUMBERS)
            assert found.type in wanted.get(operation, {found.type})
        assert_searchable(fields_of_lucene(column.get("filter", {}).get("query", "")), fields, panel.name)


@pytest.mark.parametrize("panel", PANELS, ids=named)
def test_each_filter_asks_for_fields_that_there_are(panel: Asked) -> None:
    fields = mapping(panel.index)
    for query in panel.context:
        text = query.get("query_string", {}).get("query", "")
        assert_searchable(fields_of_lucene(text) | fields_of_query(query), fields, panel.name)


@pytest.mark.parametrize("panel", VEGA, ids=named)
def test_each_aggregation_of_vega_stands_in_the_document_of_its_field(panel: Asked) -> None:
    fields = mapping(panel.index)
    assert fields[panel.time].type in DATES
    found = list(aggregations(panel.body["aggs"]))
    assert found
    for name, operation, nested in found:
        assert fields[name].aggregatable
        assert fields[name].nested == nested, f"{name} is not of {nested or 'the article itself'}"
        assert operation != "max" or fields[name].type in NUMBERS
        assert operation != "min" or fields[name].type in NUMBERS | DATES


def test_each_list_of_choices_is_of_whole_values() -> None:
    views = of_type("index-pattern")
    for dashboard in of_type("dashboard").values():
        controls = dashboard["attributes"].get("controlGroupInput", {"panelsJSON": "{}"})
        references = {each["name"]: each["id"] for each in dashboard["references"]}
        for id_, control in json.loads(controls["panelsJSON"]).items():
            view = views[references[f"controlGroup_{id_}:optionsListDataView"]]
            found = mapping(view["attributes"]["title"])[control["explicitInput"]["fieldName"]]
            assert found.type == "keyword"


def assert_searchable(names: set[str], fields: dict[str, Mapped], where: str) -> None:
    for name in names:
        assert name in fields, f"{where}: there is no {name}"
        assert fields[name].spec.get("index", True), f"{where}: {name} cannot be searched"


def aggregations(aggs: Json, nested: str = "") -> Iterator[tuple[str, str, str]]:
    """The field of each aggregation, what it does, and the nested path in which it stands."""
    for each in aggs.values():
        inner = nested
        for operation, said in each.items():
            match operation:
                case "aggs":
                    continue
                case "nested":
                    inner = said["path"]
                case "reverse_nested":
                    inner = ""
                case "filter":
                    yield from ((name, "filter", nested) for name in fields_of_query(said))
                case _:
                    yield said["field"], operation, nested
        yield from aggregations(each.get("aggs", {}), inner)


# Vega draws what it is given: the answers below have the form of Elasticsearch's own, which the tests on a
# real cluster compare.


def told(key: str, articles: int, stories: int) -> Json:
    return {"key": key, "articles": {"doc_count": articles, "stories": {"value": stories}}}


def expelled(people: int | None) -> Json:
    return {"first": {"value": 1_772_000_000_000}, "events": {"matching": {"largest": {"value": people}}}}


ANSWER: Json = {
    "aggregations": {
        "events": {
            "matching": {
                "actors": {
                    "buckets": [
                        {"key": "CZ", "targets": {"buckets": [told("RU", 9, 2)]}},
                        {"key": "RU", "targets": {"buckets": [told("CZ", 5, 1), told("US", 2, 1)]}},
                    ]
                },
                "values": {"buckets": [told("done", 9, 3), told("threatened", 1, 1)]},
            }
        },
        "stories": {"buckets": [expelled(18), expelled(None)]},
    }
}


def drawn(panel: Asked, version: str) -> str:
    """As SVG, by that version of Vega-Lite."""
    assert panel.spec is not None
    data: Any = {"values": ANSWER, "format": panel.spec["data"]["format"]}
    return vl_convert.vegalite_to_svg(panel.spec | {"data": data, "width": 300, "height": 200}, version)


@pytest.mark.parametrize("version", ["5.8", "6.1"])
def test_vega_draws_who_expels_whom_and_who_answers(version: str) -> None:
    panels = {panel.panel: drawn(panel, version) for panel in VEGA}
    assert set(panels) == {"events", "who-whom", "tit-for-tat", "people", "acts"}
    for cell in ("whom: RU; who: CZ; stories: 2; articles: 9", "whom: US; who: RU; stories: 1; articles: 2"):
        assert cell in panels["who-whom"]
    for bar in (
        "stories: 2; pair: CZ and RU; direction: CZ → RU",
        "stories: 1; pair: CZ and RU; direction: RU",
    ):
        assert bar in panels["tit-for-tat"]
    assert "US" not in panels["tit-for-tat"], "nobody answered for it"
    assert "people: 18" in panels["people"]
    assert "stories: 1; key: threatened; value: threatened; articles: 1" in panels["acts"]
