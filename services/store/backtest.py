"""What a subscription would have done: how many alerts, when, from whom, and what it just missed."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.events import ThreadedArticle
from services.kit.query.relax import near_misses
from services.kit.query.tree import And, Node, Published
from services.kit.telling import Every, told
from services.store.protocol import Store

SHOWN = 10
SHOWN_OF_NEAR_MISS = 3
CONSIDERED = 500  # the newest so many are compared for what is typical
EVERY: tuple[Every, ...] = ("story", "fact", "article")


@dataclass(frozen=True, slots=True)
class Missed:
    """Articles that fail by one clause: how many, and the newest of them."""

    clause: str
    total: int
    newest: tuple[ThreadedArticle, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`alerts`: how many for each way to be told. `by_day`: the days that have any, in UTC, in order.
    `by_source`: the most frequent first. `typical`: the nearest to the middle of all, one for each story.
    """

    since: datetime
    until: datetime
    articles: int
    stories: int
    copies: int
    alerts: dict[Every, int]
    by_day: tuple[tuple[date, int], ...]
    by_source: tuple[tuple[str, int], ...]
    newest: tuple[ThreadedArticle, ...]
    typical: tuple[ThreadedArticle, ...]
    near_misses: tuple[Missed, ...]


def backtest(store: Store, query: Node, since: datetime, until: datetime) -> Report:
    """One pass over all that matches in that time; besides counters only the newest are kept."""
    articles = copies = 0
    stories: set[str] = set()
    alerts: dict[Every, set[tuple[str, str]]] = {every: set() for every in EVERY}
    days: Counter[date] = Counter()
    sources: Counter[str] = Counter()
    newest: list[ThreadedArticle] = []
    for article in store.scan(within(query, since, until)):
        articles += 1
        copies += article.relation == "copy"
        stories.add(article.story)
        for every in EVERY:
            alerts[every].update((article.story, fact) for fact in told(article, query, every))
        days[(article.published_at or article.fetched_at).date()] += 1
        sources[article.source or article.site] += 1
        if len(newest) < CONSIDERED:
            newest.append(article)
    return Report(
        since=since,
        until=until,
        articles=articles,
        stories=len(stories),
        copies=copies,
        alerts={every: len(found) for every, found in alerts.items()},
        by_day=tuple(sorted(days.items())),
        by_source=tuple(sorted(sources.items(), key=lambda item: (-item[1], item[0]))),
        newest=tuple(newest[:SHOWN]),
        typical=typical(newest),
        near_misses=_near_misses(store, query, since, until),
    )


def within(query: Node, since: datetime, until: datetime | None = None) -> Node:
    """The query, of articles published in that time; without `until`, also of those dated ahead of now."""
    return And((*(query.parts if isinstance(query, And) else (query,)), Published(since, until)))


def typical(articles: list[ThreadedArticle]) -> tuple[ThreadedArticle, ...]:
    """The nearest to the middle of all by their words (tf-idf, cosine); one for each story."""
    words = [Counter(f"{each.title_tokens} {each.text_tokens}".split()) for each in articles]
    having = Counter(word for counts in words for word in counts)
    vectors = [
        _unit({word: _weight(times, having[word], len(words)) for word, times in counts.items()})
        for counts in words
    ]
    middle: dict[str, float] = {}
    for vector in vectors:
        for word, weight in vector.items():
            middle[word] = middle.get(word, 0.0) + weight
    near = [sum(weight * middle[word] for word, weight in vector.items()) for vector in vectors]
    ranked = sorted(range(len(articles)), key=lambda at: (-near[at], articles[at].id))
    chosen: dict[str, ThreadedArticle] = {}
    for at in ranked:
        chosen.setdefault(articles[at].story, articles[at])
    return tuple(chosen.values())[:SHOWN]


def as_json(report: Report) -> dict[str, Any]:
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "articles": report.articles,
        "stories": report.stories,
        "copies": report.copies,
        "alerts": report.alerts,
        "by_day": [{"day": day.isoformat(), "articles": count} for day, count in report.by_day],
        "by_source": [{"source": source, "articles": count} for source, count in report.by_source],
        "newest": [_brief(article) for article in report.newest],
        "typical": [_brief(article) for article in report.typical],
        "near_misses": [
            {
                "clause": missed.clause,
                "articles": missed.total,
                "newest": [_brief(article) for article in missed.newest],
            }
            for missed in report.near_misses
        ],
    }


def _near_misses(store: Store, query: Node, since: datetime, until: datetime) -> tuple[Missed, ...]:
    found = []
    for miss in near_misses(query):
        page = store.search(within(miss.query, since, until), SHOWN_OF_NEAR_MISS)
        if page.total:
            found.append(Missed(miss.clause, page.total, page.articles))
    return tuple(found)


def _weight(times: int, having: int, articles: int) -> float:
    return (1 + math.log(times)) * math.log(1 + articles / having)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {word: weight / length for word, weight in vector.items()}


def _brief(article: ThreadedArticle) -> dict[str, Any]:
    return article.model_dump(mode="json", exclude={"text", "title_tokens", "text_tokens"})
