"""Whatever a source publishes about itself, read: which kind it is, and what it names. Pure."""

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from services.crawler.discovery.jsonfeed import JSON_START, json_feed
from services.crawler.discovery.markup import entities, inflated, text_of, tree
from services.crawler.discovery.model import Feed, Unreadable
from services.crawler.discovery.section import section_page
from services.crawler.discovery.sitemap import address_list, is_address_list, sitemap, sitemap_index
from services.crawler.discovery.syndication import atom, rss

ROOTS = {
    "rss": "rss",
    "rdf": "rss",
    "channel": "rss",
    "feed": "atom",
    "entry": "atom",
    "urlset": "sitemap",
    "sitemapindex": "sitemap-index",
    "html": "section-page",
}
ROOT = re.compile(rf"<(?:[\w.-]+:)?({'|'.join(ROOTS)})(?=[\s/>])|<!doctype\s+(html)", re.IGNORECASE)
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
PROLOG = 50_000  # characters in which a document must have begun
FEED_IN_PAGE = re.compile(r"<(rss)\s[^<>]*version[^<>]*>\s*<channel|<(feed)\s[^<>]*xmlns", re.IGNORECASE)
TREES: dict[str, Callable[[Any, str], Feed]] = {
    "rss": rss,
    "atom": atom,
    "sitemap": sitemap,
    "sitemap-index": sitemap_index,
}
TEXTS: dict[str, Callable[[str, str], Feed]] = {
    "json-feed": json_feed,
    "address-list": address_list,
    "section-page": section_page,
}


def parse_feed(body: bytes, content_type: str = "", url: str = "") -> Feed:
    """Whatever the document is, in its own order. Never raises: what cannot be read is in `error`."""
    kind = ""
    try:
        text = text_of(inflated(body), content_type)
        kind, start = _kind(text, content_type)
        if kind in TEXTS:
            return TEXTS[kind](text, url)
        root, whole = tree(text[start:], entities(text[:start]))
        feed = TREES[kind](root, url)
        if not whole and not feed.entries and not feed.children:
            raise Unreadable("is broken: it ends before anything in it could be read")
    except Unreadable as error:
        return Feed(_named(kind), error=str(error))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, etree.LxmlError) as error:
        return Feed(_named(kind), error=f"cannot be read: {type(error).__name__}: {str(error)[:200]}")
    return feed


def _named(kind: str) -> str:
    return "sitemap" if kind == "address-list" else kind


def _kind(text: str, content_type: str) -> tuple[str, int]:
    """And where the root begins."""
    start = text[:1000].lstrip()
    if not start:
        raise Unreadable("is empty")
    if JSON_START.match(start):
        return "json-feed", 0
    if is_address_list(text[:10_000]):
        return "address-list", 0
    # Blanked, not cut out, so that the places stay what they are.
    visible = HIDDEN.sub(lambda found: " " * len(found[0]), text[:PROLOG])
    root = ROOT.search(visible) or ROOT.search(text, 0, PROLOG)
    kind = ROOTS[(root[1] or root[2]).lower()] if root else ""
    if kind == "section-page" and (feed := FEED_IN_PAGE.search(visible)):
        return ROOTS[(feed[1] or feed[2]).lower()], feed.start()
    if root is not None:
        return kind, root.start()
    tag = re.search(r"<([a-z]+)", visible, re.IGNORECASE)
    if tag is not None and ("html" in content_type.lower() or tag[1].lower() in {"head", "body"}):
        return "section-page", 0
    raise Unreadable(f"is neither a feed nor a page: it starts with {start[:60]!r}")
