"""How what a query finds is spread: by source, state, topic, language and day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.events import ThreadedArticle

Spread = tuple[tuple[str, int], ...]  # values and how many articles have them


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values first; days (of publication, where unknown of fetching, in UTC) in order."""

    source: Spread
    country: Spread
    topic: Spread
    language: Spread
    day: Spread


def facets(articles: Iterable[ThreadedArticle], limit: int = 10) -> Facets:
    """Counted over all the articles; at most so many values each, but every day."""
    source, country, topic, language, day = (Counter[str]() for _ in range(5))
    for article in articles:
        source[article.source or article.site or "unknown"] += 1
        country.update(article.countries)
        topic.update({each.code for each in article.topics})
        if article.language:
            language[article.language] += 1
        day[(article.published_at or article.fetched_at).date().isoformat()] += 1
    return Facets(
        source=_most_frequent(source, limit),
        country=_most_frequent(country, limit),
        topic=_most_frequent(topic, limit),
        language=_most_frequent(language, limit),
        day=tuple(sorted(day.items())),
    )


def _most_frequent(counts: Counter[str], limit: int) -> Spread:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])
