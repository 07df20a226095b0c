"""What a page says that it is, by Open Graph and schema.org: an article, or a list of them. Pure."""

import re
from collections.abc import Iterable

Pattern = re.Pattern[str]
BEFORE, AFTER = 120, 200  # characters round a mark in which its pattern stands


def _pattern(text: str) -> Pattern:
    return re.compile(text, re.IGNORECASE)


# Each by a mark in lower case, which is quick to find, and what must stand round it.
ARTICLE = (
    ("og:type", _pattern(r"""property\s*=\s*["']?og:type["']?\s[^<>]{0,80}content\s*=\s*["']?article""")),
    ("og:type", _pattern(r"""content\s*=\s*["']?article["']?\s[^<>]{0,80}property\s*=\s*["']?og:type""")),
    (
        '"@type"',
        _pattern(
            r""""@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?:\w{0,30}NewsArticle|Article|BlogPosting|LiveBlogPosting|Report)\""""
        ),
    ),
    ("article:published_time", _pattern(r"""property\s*=\s*["']?article:published_time""")),
    ('"articlebody"', _pattern(r""""articleBody"\s{0,9}:\s{0,9}"[^"]""")),
)
LIST = (
    ("og:type", _pattern(r"""property\s*=\s*["']?og:type["']?\s[^<>]{0,80}content\s*=\s*["']?website""")),
    ('"@type"', _pattern(r""""@type"\s{0,9}:\s{0,9}"(?:CollectionPage|ItemList)\"""")),
)


def is_article(html: str) -> bool:
    return _has(html, ARTICLE)


def is_list(html: str) -> bool:
    return _has(html, LIST)


def _has(html: str, marks: Iterable[tuple[str, Pattern]]) -> bool:
    folded = html.lower()
    if len(folded) != len(html):
        folded = (
            html  # lower case that is longer would shift every place; few such pages write marks in capitals
        )
    return any(_near(html, folded, mark, pattern) for mark, pattern in marks)


def _near(html: str, folded: str, mark: str, pattern: Pattern) -> bool:
    at = folded.find(mark)
    while at >= 0:
        if pattern.search(html, max(0, at - BEFORE), at + AFTER):
            return True
        at = folded.find(mark, at + len(mark))
    return False
