"""The dashboard "Diplomatic expulsions": who expels whom, when, and who answers. Pure.

One filter on top bounds it to real expulsions. Stories are counted, so that forty copies of a report are one.
"""

from deploy.kibana import vega
from deploy.kibana.lens import Table, by_time, count, distinct, metric, xy
from deploy.kibana.objects import Dashboard, Row, search_panel
from deploy.kibana.views import EXPULSIONS, REAL, Views


def expulsions(views: Views) -> Dashboard:
    view = views.articles
    articles, stories = count("Articles"), distinct("Stories", "story")
    directions = vega.events(vega.directions(), **REAL)
    numbers = Row(
        6,
        (
            metric("stories", view, stories),
            metric("articles", view, articles),
            metric("sources", view, distinct("Sources", "source")),
            metric("answering", view, distinct("Stories that answer another", "story", "answers:*")),
        ),
    )
    pairs = Row(
        18,
        (
            vega.heat_map("who-whom", "Who expels whom", view, directions),
            vega.mutual("tit-for-tat", "Tit for tat: both expel the other's", view, directions),
        ),
    )
    course = Row(
        12,
        (
            xy(
                "over-time",
                "Stories and articles",
                "line",
                Table(view, (by_time("First seen", view.time),), (stories, articles)),
            ),
            vega.people_by_day(
                "people", "People expelled, by day of the first report", view, vega.largest_counts(**REAL)
            ),
            vega.bars("acts", "All that these articles tell of", view, vega.events(vega.values("type"))),
        ),
    )
    return Dashboard(
        f"{views.prefix}-expulsions",
        "Diplomatic expulsions",
        "newswatch: who expels whose diplomats, when, how many, and who answers",
        (
            numbers,
            pairs,
            course,
            Row(18, (search_panel("newest", views.newest_expulsions),)),
            Row(14, (search_panel("answers", views.answers),)),
        ),
        since="now-30d",
        filters=((EXPULSIONS, view),),
    )
