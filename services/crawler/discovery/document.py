"""Whatever a source publishes about itself, read: which kind it is, and what it names. Pure."""

import re
from collections.abc import Callable

from lxml import etree

from services.crawler.discovery.jsonfeed import json_feed
from services.crawler.discovery.markup import inflated, text_of
from services.crawler.discovery.model import Feed, Unreadable
from services.crawler.discovery.section import section_page
from services.crawler.discovery.sitemap import address_list, is_address_list, sitemap, sitemap_index
from services.crawler.discovery.syndication import atom, rss

ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
PROLOG = re.compile(
    r"<\?.{0,5000}?\?>|<!--.{0,20000}?-->|<!DOCTYPE[^>\[]{0,2000}(?:\[.{0,20000}?\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
READERS: dict[str, Callable[[str, str], Feed]] = {
    "rss": rss,
    "atom": atom,
    "json-feed": json_feed,
    "sitemap": sitemap,
    "sitemap-index": sitemap_index,
    "address-list": address_list,
    "section-page": section_page,
}
ROOTS = {
    "rss": "rss",
    "rdf": "rss",
    "feed": "atom",
    "entry": "atom",
    "urlset": "sitemap",
    "sitemapindex": "sitemap-index",
    "html": "section-page",
    "body": "section-page",
    "head": "section-page",
}


def parse_feed(body: bytes, content_type: str = "", url: str = "") -> Feed:
    """Whatever the document is, in its own order. Never raises: what cannot be read is in `error`."""
    kind = ""
    try:
        text = text_of(inflated(body), content_type)
        kind = _kind(text, content_type)
        return READERS[kind](text, url)
    except Unreadable as error:
        return Feed(_named(kind), error=str(error))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, etree.LxmlError) as error:
        return Feed(_named(kind), error=f"cannot be read: {type(error).__name__}: {str(error)[:200]}")


def _named(kind: str) -> str:
    return "sitemap" if kind == "address-list" else kind


def _kind(text: str, content_type: str) -> str:
    start = text[:100_000].lstrip()
    if not start:
        raise Unreadable("is empty")
    if start.startswith("{"):
        return "json-feed"
    if is_address_list(start):
        return "address-list"
    root = ROOT.search(PROLOG.sub("", start))
    name = root.group(1).lower() if root else ""
    if name in ROOTS:
        return ROOTS[name]
    if "<html" in start[:2000].lower() or (name and "html" in content_type.lower()):
        return "section-page"
    raise Unreadable(f"is neither a feed nor a page: it starts with {start[:60]!r}")
