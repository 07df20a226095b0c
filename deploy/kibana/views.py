"""What newswatch keeps, as Kibana sees it: data views and saved searches. Pure."""

from dataclasses import dataclass

from deploy.kibana.objects import DataView, Filter, Json, Search

# What is only threatened, denied, or recalled from history is none.
REAL: dict[str, list[str]] = {"type": ["expulsion"], "status": ["done", "announced"]}
EXPULSIONS = Filter(
    "Expulsions, done or announced",
    {
        "nested": {
            "path": "events",
            "query": {
                "bool": {"filter": [{"terms": {f"events.{name}": values}} for name, values in REAL.items()]}
            },
        }
    },
)
ANSWERS = Filter("Answers to another story", {"exists": {"field": "answers"}})
OPEN = Filter("Open", {"term": {"state": "open"}})
UNWELL = Filter("Not well", {"term": {"well": False}})
UNDELIVERED = Filter("Failed or dropped", {"terms": {"state": ["failed", "dropped"]}})

_LINK: Json = {"id": "url", "params": {"labelTemplate": "{{value}}", "type": "a"}}
_READ = ("published_at", "source_name", "title", "url")


@dataclass(frozen=True, slots=True)
class Views:
    """`prefix`: of the indices, and of the ids. Articles are placed in time by when they were first seen:
    every article has that, it never changes, and no publisher can write it wrongly.
    """

    prefix: str

    @property
    def articles(self) -> DataView:
        return self._view("articles", "articles", "first_seen", {"url": _LINK})

    @property
    def alerts(self) -> DataView:
        return self._view("alerts", "alerts", "created_at", {"url": _LINK})

    @property
    def deliveries(self) -> DataView:
        return self._view("deliveries", "deliveries", "created_at")

    @property
    def dead(self) -> DataView:
        return self._view("dead", "dead letters", "letter.at")

    @property
    def stories(self) -> DataView:
        """Of each story the article that opened it."""
        return self._view("stories", "stories", "first_seen", {"url": _LINK})

    @property
    def sources(self) -> DataView:
        """How each source was: one document for each source, day and state."""
        return self._view("sources", "health of sources", "at")

    @property
    def newest_articles(self) -> Search:
        columns = (*_READ, "language", "relation", "topics.label")
        return self._search("newest-articles", "newest articles", self.articles, columns)

    @property
    def newest_expulsions(self) -> Search:
        columns = (*_READ, "countries", "relation", "reason")
        return self._search("newest-expulsions", "articles on expulsions", self.articles, columns, EXPULSIONS)

    @property
    def answers(self) -> Search:
        columns = (*_READ, "answers", "story")
        title = "expulsions that answer another story"
        return self._search("answers", title, self.articles, columns, EXPULSIONS, ANSWERS)

    @property
    def newest_alerts(self) -> Search:
        columns = ("subscription_name", "summary", "source_name", "priority", "news", "url")
        return self._search("newest-alerts", "newest alerts", self.alerts, columns)

    @property
    def undelivered(self) -> Search:
        columns = ("subscription", "state", "reason", "error", "channel.kind", "channel.name", "attempts")
        title = "deliveries that failed or were dropped"
        return self._search("undelivered", title, self.deliveries, columns, UNDELIVERED)

    @property
    def dead_letters(self) -> Search:
        columns = ("letter.service", "letter.reason", "letter.code", "letter.source", "letter.error", "id")
        return self._search("open-dead-letters", "open dead letters", self.dead, columns, OPEN)

    @property
    def unwell(self) -> Search:
        columns = ("name", "state", "reason", "country", "language", "day")
        return self._search("unwell-sources", "sources that are not well", self.sources, columns, UNWELL)

    def data_views(self) -> tuple[DataView, ...]:
        return self.articles, self.stories, self.alerts, self.deliveries, self.dead, self.sources

    def searches(self) -> tuple[Search, ...]:
        return (
            self.newest_articles,
            self.newest_expulsions,
            self.answers,
            self.newest_alerts,
            self.undelivered,
            self.dead_letters,
            self.unwell,
        )

    def _view(self, kind: str, name: str, time: str, formats: dict[str, Json] | None = None) -> DataView:
        index = f"{self.prefix}-{kind}"
        return DataView(index, f"newswatch: {name}", index, time, formats or {})

    def _search(
        self, name: str, title: str, view: DataView, columns: tuple[str, ...], *filters: Filter
    ) -> Search:
        return Search(f"{self.prefix}-{name}", f"newswatch: {title}", "", view, columns, view.time, filters)
