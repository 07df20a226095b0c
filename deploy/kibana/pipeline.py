"""The dashboard "Pipeline health": what was refused, and how the sources are. Pure."""

from deploy.kibana.lens import Table, by_time, count, distinct, heat_map, metric, table, top, xy
from deploy.kibana.objects import Dashboard, Row, search_panel
from deploy.kibana.views import Views

UNWELL = "well:false"
_STAGE = top("Stage", "letter.service", 10)


def pipeline(views: Views) -> Dashboard:
    dead = views.dead
    letters = count("Dead letters")
    numbers = Row(
        6,
        (
            metric("open", dead, count("Open dead letters"), "state:open"),
            metric("bugs", dead, count("Of them bugs"), "state:open AND letter.reason:bug"),
            metric("sources", views.sources, distinct("Sources looked at", "source")),
            metric("unwell", views.sources, distinct("Of them not well for a time", "source"), UNWELL),
        ),
    )
    refusals = Row(
        12,
        (
            heat_map(
                "stage-reason",
                "Dead letters by stage and reason",
                Table(dead, (_STAGE, top("Reason", "letter.reason", 5)), (letters,)),
            ),
            xy(
                "over-time",
                "Dead letters by time and stage",
                "bar_stacked",
                Table(dead, (by_time("Refused", dead.time), _STAGE), (letters,)),
            ),
        ),
    )
    causes = Row(
        14,
        (
            xy(
                "codes",
                "Pages that are no articles, by code",
                "bar_horizontal",
                Table(dead, (top("Code", "letter.code", 15),), (letters,), "letter.reason:rejected"),
            ),
            table(
                "by-source",
                "Dead letters by source and reason",
                Table(
                    dead, (top("Source", "letter.source", 50), top("Reason", "letter.reason", 5)), (letters,)
                ),
            ),
        ),
    )
    health = views.sources
    sources = distinct("Sources", "source")
    condition = Row(
        14,
        (
            xy(
                "source-states",
                "Sources by state",
                "bar_stacked",
                Table(health, (by_time("Day", health.time), top("State", "state", 10)), (sources,)),
            ),
            table(
                "unwell-sources",
                "Sources that are not well: days in each state",
                Table(
                    health, (top("Source", "name", 50), top("State", "state", 5)), (count("Days"),), UNWELL
                ),
            ),
            xy(
                "unwell-countries",
                "Sources that are not well, by country",
                "bar_horizontal",
                Table(health, (top("Country", "country", 15),), (sources,), UNWELL),
            ),
        ),
    )
    return Dashboard(
        f"{views.prefix}-pipeline",
        "Pipeline health",
        "newswatch: what was refused, by whom and why, and how the sources are",
        (
            numbers,
            refusals,
            causes,
            Row(16, (search_panel("newest", views.dead_letters),)),
            condition,
            Row(16, (search_panel("newest-unwell", views.unwell),)),
        ),
    )
