"""The dashboard "Pipeline health": what was refused, and how the sources are. Pure."""

from deploy.kibana.lens import Table, by_time, count, distinct, heat_map, metric, table, top, xy
from deploy.kibana.objects import Dashboard, Row, search_panel
from deploy.kibana.views import Views

_STAGE = top("Stage", "letter.service", 10)


def pipeline(views: Views) -> Dashboard:
    dead = views.dead
    letters = count("Dead letters")
    numbers = Row(
        6,
        (
            metric("open", dead, count("Open dead letters"), "state:open"),
            metric("bugs", dead, count("Of them bugs"), "state:open AND letter.reason:bug"),
            metric("refusing", dead, distinct("Stages that refused", "letter.service")),
            metric("refused", dead, distinct("Sources of what was refused", "letter.source")),
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
    return Dashboard(
        f"{views.prefix}-pipeline",
        "Pipeline health",
        "newswatch: what was refused, by whom and why, and how the sources are",
        (numbers, refusals, causes, Row(16, (search_panel("newest", views.dead_letters),))),
    )
