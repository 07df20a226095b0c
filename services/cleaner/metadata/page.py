"""A page's statements about itself, gathered once for all that is read from them. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from services.cleaner.metadata import address, linked_data
from services.cleaner.metadata.linked_data import Item
from services.cleaner.metadata.tree import elements, scripts, squeeze

LONGEST_VALUE = 2_000
MOST_VALUES = 50
_SPELLING = re.compile(r"[-_\s]+")
_NEWS = re.compile(r"news|reportage|liveblog", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:schema|rnews|s):(?=\w)")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a page besides itself: the feed's words for it, the source's name in the catalogue."""

    title: str | None = None
    published_at: datetime | None = None
    site_name: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`tree` as the parser made it; `items` all JSON-LD objects, `articles` the ones that describe an
    article; `metas` by normal name (see `normal`), in order; `headings` the texts of the h1 elements.
    """

    tree: Any
    html: str
    url: str
    fetched_at: datetime
    hints: Hints
    items: tuple[Item, ...]
    articles: tuple[Item, ...]
    metas: Mapping[str, tuple[str, ...]]
    headings: tuple[str, ...]
    title: str

    def meta(self, *names: str) -> list[str]:
        """The values of the meta elements of these names, in the order of the names."""
        return [value for name in names for value in self.metas.get(name, ())]

    @property
    def is_news(self) -> bool:
        """Whether it calls itself news, not just an article: in JSON-LD, or by keywords for news alone."""
        return bool(self.meta("newskeywords")) or any(
            _NEWS.search(kind) for item in self.articles for kind in linked_data.kinds(item)
        )

    @property
    def is_timeless(self) -> bool:
        """Whether it does not call itself (Open Graph) an article of a certain time, and its address has no
        day.
        """
        return not (self.meta("article.publishedtime") or address.day(self.url))

    @property
    def is_guide(self) -> bool:
        """Whether it is timeless and does not call itself news."""
        return self.is_timeless and not self.is_news

    def said(self, key: str, inner: str = "name") -> list[str]:
        """The texts under a key of the articles' JSON-LD."""
        return [text for item in self.articles for text in linked_data.texts(item.get(key), inner)]


def gather(tree: Any, html: str, url: str, fetched_at: datetime, hints: Hints) -> Page:
    """The page with its statements found and made plain."""
    metas: dict[str, list[str]] = {}
    for meta in elements(tree, "meta"):
        content = squeeze(unescape(meta.get("content")[:LONGEST_VALUE]))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in meta.get(attribute).split():
                values = metas.setdefault(normal(name), [])
                if content and len(values) < MOST_VALUES:
                    values.append(content)
    found = linked_data.items(scripts(tree, "application/ld+json"))
    return Page(
        tree=tree,
        html=html,
        url=url,
        fetched_at=fetched_at,
        hints=hints,
        items=tuple(found),
        articles=tuple(linked_data.articles(found)),
        metas={name: tuple(values) for name, values in metas.items()},
        headings=tuple(dict.fromkeys(_texts(tree, "h1")))[:MOST_VALUES],
        title=next(_texts(tree, "title"), ""),
    )


def _texts(tree: Any, tag: str) -> Iterator[str]:
    return (
        squeeze(unescape(element.text[:LONGEST_VALUE])) for element in elements(tree, tag) if element.text
    )


def normal(name: str) -> str:
    """A meta element's name in one spelling: DC_Date-Issued → dc.dateissued, schema:datePublished →
    datepublished.
    """
    return _SPELLING.sub("", _PREFIX.sub("", name.lower())).replace(":", ".")
