"""Sitemaps, as sitemaps.org and Google News describe them, and plain lists of addresses. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import address, content, line, local, named, xml
from services.crawler.discovery.model import Entry, Feed

MOST = 50_000  # entries of a sitemap, by its protocol


def sitemap(text: str, url: str) -> Feed:
    root = xml(text, url, recover=True)
    found: dict[str, Entry] = {}
    news = False
    for node in _items(root, "url"):
        entry, is_news = _entry(node, url)
        if entry is not None:
            found.setdefault(entry.url, entry)
            news = news or is_news
        if len(found) >= MOST:
            break
    return Feed("news-sitemap" if news else "sitemap", tuple(found.values()))


def sitemap_index(text: str, url: str) -> Feed:
    found: dict[str, datetime | None] = {}
    for node in _items(xml(text, url, recover=True), "sitemap"):
        child = address(content(next(named(node, "loc"), None)), url)
        if child is not None:
            found.setdefault(child, moment(content(next(named(node, "lastmod"), None))))
    return Feed("sitemap-index", children=tuple(found), child_dates=tuple(found.values()))


def address_list(text: str, url: str) -> Feed:
    """A text file with an address in each line."""
    found = (address(row, url) for row in text.split("\n")[: 2 * MOST] if "://" in row)
    return Feed("sitemap", tuple(Entry(each) for each in dict.fromkeys(filter(None, found))))


def is_address_list(text: str) -> bool:
    rows = text.split("\n", 3)[:3]
    return rows[0].strip().lower().startswith(("http://", "https://")) and " " not in rows[0].strip()


def _items(root: Any, name: str) -> Iterator[Any]:
    return (node for node in root.iter() if local(node).lower() == name and node is not root)


def _entry(node: Any, base: str) -> tuple[Entry | None, bool]:
    loc, updated, title, published, news = None, None, "", None, False
    for child in node:
        match local(child).lower():
            case "loc" if loc is None:
                loc = address(content(child), base)
            case "lastmod":
                updated = moment(content(child))
            case "news":
                news = True
                title = line(content(next(named(child, "title"), None)))
                published = moment(content(next(named(child, "publication_date"), None)))
    return (None if loc is None else Entry(loc, title, published, updated)), news
