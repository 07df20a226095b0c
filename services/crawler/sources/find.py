"""The ways of a publisher, found from its home page: what it announces itself, then what is usual."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from services.crawler import robots_txt
from services.crawler.core import Response, decoded
from services.crawler.discovery import Feed, parse_feed
from services.crawler.discovery.markup import address

Get = Callable[[str], Awaitable[Response]]
"""Fetches an address; raises OSError or services.crawler.fetch.FetchFailed."""

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
LOOKS_LIKE_FEED = re.compile(r"(?:/|\b)(?:rss|feeds?|atom)(?:[/.?]|$)|\.rss$", re.IGNORECASE)
COMMENTS = re.compile(r"comment|kommentar", re.IGNORECASE)
USUAL = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default")
USUAL_SITEMAPS = (
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
)
MOST_FEEDS = 12
MOST_SITEMAPS = 6


@dataclass(frozen=True, slots=True)
class Tried:
    """An address that was looked at, and what it is."""

    url: str
    feed: Feed

    @property
    def summary(self) -> str:
        if self.feed.error is not None:
            return f"{self.url}: {self.feed.error}"
        named = len(self.feed.entries) or len(self.feed.children)
        return f"{self.url}: {self.feed.kind}, {named} {'sitemaps' if self.feed.children else 'pages'}"


@dataclass(frozen=True, slots=True)
class Ways:
    """What was found; `title` is the home page's."""

    title: str
    feeds: tuple[str, ...]
    news_sitemaps: tuple[str, ...]
    sitemaps: tuple[str, ...]
    section: bool
    tried: tuple[Tried, ...]


async def find(home: str, get: Get) -> Ways:
    """Look at the home page, its robots.txt and the usual places. Raises what `get` raises for the home."""
    page = await get(home)
    tree = _tree(decoded(page))
    here = page.url
    tried: dict[str, Tried] = {}
    feeds = await _try([*announced(tree, here), *linked(tree, here)][:MOST_FEEDS], get, tried)
    if not feeds:
        feeds = await _try([urljoin(here, path) for path in USUAL], get, tried, enough=1)
    named = await _named_in_robots(here, get)
    sitemaps = await _try(named[:MOST_SITEMAPS], get, tried)
    if not sitemaps:
        sitemaps = await _try([urljoin(here, path) for path in USUAL_SITEMAPS], get, tried, enough=1)
    listed = parse_feed(page.content, page.header("content-type"), here)
    return Ways(
        title=" ".join("".join(tree.xpath("//title[1]//text()")).split())[:200] if tree is not None else "",
        feeds=_of_kind(feeds, "rss", "atom", "json-feed"),
        news_sitemaps=_of_kind(sitemaps, "news-sitemap"),
        sitemaps=_of_kind(sitemaps, "sitemap", "sitemap-index"),
        section=listed.kind == "section-page" and len(listed.entries) >= 5,
        tried=tuple(tried.values()),
    )


def announced(tree: html.HtmlElement | None, base: str) -> list[str]:
    """Feeds that a page names in its head; those of comments are none of news."""
    found = []
    for link in tree.iter("link") if tree is not None else ():
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        url = address(link.get("href"), base)
        about = f"{url} {link.get('title') or ''}"
        if (
            url
            and kind in FEED_TYPES
            and "alternate" in (link.get("rel") or "").lower()
            and not COMMENTS.search(about)
        ):
            found.append(url)
    return list(dict.fromkeys(found))


def linked(tree: html.HtmlElement | None, base: str) -> list[str]:
    """Links that look like feeds of the same site."""
    site = (urlsplit(base).hostname or "").removeprefix("www.")
    found = []
    for link in tree.iter("a") if tree is not None else ():
        url = address(link.get("href"), base)
        if url is None or COMMENTS.search(url):
            continue
        parts = urlsplit(url)
        if LOOKS_LIKE_FEED.search(parts.path) and (parts.hostname or "").endswith(site):
            found.append(url)
    return list(dict.fromkeys(found))


async def _try(urls: list[str], get: Get, tried: dict[str, Tried], enough: int = 99) -> list[Tried]:
    good = []
    for url in urls:
        if url in tried:
            continue
        try:
            response = await get(url)
        except Exception as error:  # noqa: BLE001 - whatever it is, this address is no way
            tried[url] = Tried(url, Feed("", error=str(error) or type(error).__name__))
            continue
        if response.status != 200:
            tried[url] = Tried(url, Feed("", error=f"HTTP {response.status}"))
            continue
        found = tried[url] = Tried(
            url, parse_feed(response.content, response.header("content-type"), response.url)
        )
        if found.feed.error is None and found.feed.kind != "section-page":
            good.append(found)
        if len(good) >= enough:
            break
    return good


async def _named_in_robots(home: str, get: Get) -> list[str]:
    try:
        response = await get(urljoin(home, "/robots.txt"))
    except Exception:  # noqa: BLE001 - without a robots.txt there is nothing named in it
        return []
    if response.status != 200:
        return []
    named = robots_txt.parse(decoded(response)).sitemaps
    return [url for each in named if (url := address(each, home))]


def _of_kind(found: list[Tried], *kinds: str) -> tuple[str, ...]:
    return tuple(each.url for each in found if each.feed.kind in kinds)


def _tree(text: str) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(
            text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
        )
    except (etree.LxmlError, ValueError):
        return None
