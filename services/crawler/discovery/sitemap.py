"""Sitemaps, as sitemaps.org and Google News describe them, and plain lists of addresses. Pure."""

import re
from datetime import datetime
from typing import Any

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import TAG, address, content, local, namespace, plain
from services.crawler.discovery.model import MOST, Entry, Feed

ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def sitemap(root: Any, url: str) -> Feed:
    """Pages, with the time of their publication where it is news, and sitemaps where it names such."""
    entries: list[Entry] = []
    children: dict[str, datetime | None] = {}
    news = False
    for node in root.iter("{*}*"):
        name = local(node).lower()
        if name not in {"url", "sitemap"} or node is root or len(entries) >= MOST:
            continue
        loc = address(_said(node, "loc"), url)
        changed = moment(_said(node, "lastmod"))
        if loc is not None and name == "sitemap":
            children.setdefault(loc, changed)
        elif loc is not None:
            about = next((child for child in node if local(child).lower() == "news"), None)
            news = news or about is not None
            title = "" if about is None else plain(_said(about, "title"), TAG)
            published = None if about is None else moment(_said(about, "publication_date"))
            entries.append(Entry(loc, title, published, changed))
    kind = "news-sitemap" if news else "sitemap"
    return Feed(kind, tuple(entries), tuple(children), tuple(children.values()))


def sitemap_index(root: Any, url: str) -> Feed:
    """Likewise, but an index by its name."""
    found = sitemap(root, url)
    return Feed("sitemap-index", found.entries, found.children, found.child_dates)


def _said(node: Any, name: str) -> str:
    """What the first element of that name says, of those that belong to the same vocabulary."""
    for child in node:
        if local(child).lower() == name and namespace(child) in {namespace(node), ""} and len(content(child)):
            return content(child)
    return ""


def address_list(text: str, url: str) -> Feed:
    """A text file with an address in each line."""
    rows = (row.strip() for row in text.splitlines())
    found = (address(row, url) for row in rows if ADDRESS.fullmatch(row))
    return Feed("sitemap", tuple(Entry(each) for each in found if each)[:MOST])


def is_address_list(text: str) -> bool:
    rows = (row.strip() for row in text.splitlines())
    return ADDRESS.fullmatch(next((row for row in rows if row and not row.startswith("#")), "")) is not None
