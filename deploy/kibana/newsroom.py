"""The dashboard "Newsroom": what is published. Pure."""

from deploy.kibana import vega
from deploy.kibana.lens import Table, by_time, count, distinct, metric, table, top, xy
from deploy.kibana.objects import Choice, Dashboard, Panel, Row, search_panel
from deploy.kibana.views import Views


def newsroom(views: Views) -> Dashboard:
    view = views.articles
    articles, stories = count("Articles"), distinct("Stories", "story")
    copies = count("Copies", "relation:copy")
    when = by_time("First seen", view.time)

    def ranking(id_: str, title: str, field: str) -> Panel:
        return xy(id_, title, "bar_horizontal", Table(view, (top(title, field, 15),), (articles,)))

    numbers = Row(
        6,
        (
            metric("articles", view, articles),
            metric("stories", view, stories),
            metric("copies", view, copies),
            metric("sources", view, distinct("Sources", "source")),
        ),
    )
    volume = Row(
        12,
        (
            xy(
                "volume",
                "Articles, by relation to what was told before",
                "bar_stacked",
                Table(view, (when, top("Relation", "relation", 4)), (articles,)),
            ),
            xy(
                "volume-by-language",
                "Articles, by language",
                "area_stacked",
                Table(view, (when, top("Language", "language", 12, others=True)), (articles,)),
            ),
        ),
    )
    subjects = Row(
        16,
        (
            ranking("topics", "Topics", "topics.label"),
            ranking("countries", "Countries told of", "countries"),
            vega.bars("events", "Events", view, vega.events(vega.values("type"))),
        ),
    )
    tellers = Row(
        16,
        (
            table(
                "by-source",
                "Sources",
                Table(view, (top("Source", "source_name", 100),), (articles, stories, copies)),
            ),
            ranking("languages", "Languages", "language"),
            ranking("names", "People, organisations, places", "entities.name"),
        ),
    )
    return Dashboard(
        f"{views.prefix}-newsroom",
        "Newsroom",
        "newswatch: what is published, by volume, topics, countries, languages and sources",
        (numbers, volume, subjects, tellers, Row(20, (search_panel("newest", views.newest_articles),))),
        choices=(
            Choice("language", "Language", "language", view),
            Choice("country", "Country of the source", "country", view),
            Choice("source", "Source", "source_name", view),
        ),
    )
