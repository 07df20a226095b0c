"""The ways of a publisher, found from its home page: what it announces itself, then what is usual."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from services.crawler import robots_txt
from services.crawler.core import Response, decoded, newest_children
from services.crawler.discovery import Feed, parse_feed
from services.crawler.discovery.learned import is_article
from services.crawler.discovery.links import of_address, same_publisher, shape
from services.crawler.discovery.markup import address
from services.crawler.sources.about import About, about

Get = Callable[[str], Awaitable[Response]]
"""Fetches an address; raises OSError or services.crawler.fetch.FetchFailed."""

FEEDS = ("rss", "atom", "json-feed")
FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "text/xml",
    "application/xml",
)
CERTAIN_TYPES = FEED_TYPES[:4]
LOOKS_LIKE_FEED = re.compile(
    r"(?:/|\b)(?:rss|feeds?|atom)(?:[/.?_-]|\d|$)|\.(?:rss|rdf|atom)$", re.IGNORECASE
)
SAYS_FEED = re.compile(r"^(?:rss|atom|feeds?|rss[ -]feeds?|xml|rss 2\.0)$", re.IGNORECASE)
FEED_HOST = re.compile(r"(?:^|\.)(?:rss|feeds?|feedburner|feedproxy)\.", re.IGNORECASE)
# Feeds of one discussion, one author, one search, and what other programs ask for.
NARROW = re.compile(
    r"comment|kommentar|commentaire|comentario|/author/|/autor/|/user/|/tag/|/tags/|[?&]s=|/search[/?]|oembed|"
    r"wp-json|/podcast|[?&]attachment",
    re.IGNORECASE,
)
USUAL = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default")
USUAL_SITEMAPS = (
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
)
MOST_FEEDS = 24
MOST_HUBS = 2  # pages that list feeds
MOST_SITEMAPS = 6
MOST_CHILDREN = 3  # of an index of sitemaps that are looked at
MOST_SECTIONS = 8
SECTION_LINKS = 5  # links to articles that make a page worth watching
NEW_LINKS = 3  # that it must bring beside the pages before it
SAME = 0.9  # share of a feed's pages that others bring, too, with which it is dropped


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
        what = "sitemaps" if self.feed.kind == "sitemap-index" else "pages"
        return f"{self.url}: {self.feed.kind}, {named} {what}"


@dataclass(frozen=True, slots=True)
class Ways:
    """What was found. `sections` are pages that list articles; they are looked for only where there is
    neither a feed nor a news sitemap.
    """

    home: str
    about: About
    feeds: tuple[str, ...] = ()
    news_sitemaps: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()


@dataclass(slots=True)
class _Search:
    """What was looked at so far, and what it was."""

    get: Get
    tried: dict[str, Tried] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    async def look(self, url: str) -> Feed:
        if url not in self.tried:
            self.tried[url] = Tried(url, await self._look(url))
        return self.tried[url].feed

    async def _look(self, url: str) -> Feed:
        try:
            response = await self.get(url)
        except Exception as error:  # noqa: BLE001 - whatever it is, this address is no way
            return Feed("", error=str(error) or type(error).__name__)
        if response.status != 200:
            return Feed("", error=f"HTTP {response.status}")
        found = parse_feed(response.content, response.header("content-type"), response.url)
        if found.kind == "section-page":
            self.pages[url] = decoded(response)
        return found

    async def first(self, urls: Iterable[str], kinds: Iterable[str]) -> list[str]:
        for url in urls:
            if (await self.look(url)).kind in kinds:
                return [url]
        return []


async def find(given: str, get: Get) -> Ways:
    """Look at a home page, its robots.txt and the usual places. An article's address leads to the home page
    of its site, and so does a feed's. ValueError where the address answers with no page; raises what `get`
    raises for it.
    """
    if address(given, "") is None:
        raise ValueError("is no address of the web; write it as https://courier.example/")
    page = await _answer(given, get)
    first = parse_feed(page.content, page.header("content-type"), page.url)
    search = _Search(get)
    announcing = [page]
    home = page
    root = urljoin(page.url, "/")
    if page.url != root and (first.kind in FEEDS or is_article(decoded(page))):
        try:
            home = await _answer(root, get)
        except Exception as error:  # noqa: BLE001 - then what was given must do
            search.tried[root] = Tried(root, Feed("", error=str(error) or type(error).__name__))
        else:
            announcing = [home, page]
    tree = _tree(decoded(home))
    feeds = await _feeds(search, given if first.kind in FEEDS else None, announcing)
    news, sitemaps = await _sitemaps(search, home.url)
    sections: tuple[str, ...] = ()
    if not feeds and not news:
        sections = await _sections(search, home)
    return Ways(
        home=home.url,
        about=about(tree, home.url),
        feeds=tuple(feeds),
        news_sitemaps=tuple(news),
        sitemaps=tuple(sitemaps),
        sections=sections,
        tried=tuple(search.tried.values()),
    )


async def _answer(url: str, get: Get) -> Response:
    response = await get(url)
    if response.status != 200:
        raise ValueError(
            f"HTTP {response.status} {response.reason}".strip() + "; name its home page, or a feed"
        )
    return response


# Feeds


async def _feeds(search: _Search, given: str | None, pages: list[Response]) -> list[str]:
    """Those that bring pages which the ones before them do not bring."""
    urls = [given] if given else []
    for page in pages:
        tree = _tree(decoded(page))
        urls += [*announced(tree, page.url), *linked(tree, page.url)]
    found: list[str] = []
    hubs = 0
    queue = list(dict.fromkeys(urls))
    while queue and len(search.tried) < MOST_FEEDS:
        url = queue.pop(0)
        kind = (await search.look(url)).kind
        if kind in FEEDS:
            found.append(url)
        elif kind == "section-page" and hubs < MOST_HUBS:
            hubs += 1
            tree = _tree(search.pages[url])
            more = [*announced(tree, url), *linked(tree, url, listing=True)]
            queue += [
                other for other in dict.fromkeys(more) if other not in search.tried and other not in queue
            ]
    if not found:
        found = await search.first([urljoin(pages[0].url, path) for path in USUAL], FEEDS)
    return _complementary(search, found)


def _complementary(search: _Search, urls: list[str]) -> list[str]:
    kept: list[str] = []
    brought: set[str] = set()
    for url in urls:
        pages = {entry.url for entry in search.tried[url].feed.entries}
        if kept and len(pages & brought) >= SAME * len(pages):
            continue
        kept.append(url)
        brought |= pages
    return kept


def announced(tree: html.HtmlElement | None, base: str) -> list[str]:
    """Feeds that a page names in its head, without those of comments, authors and searches."""
    if tree is None:
        return []
    found, base = [], _base(tree, base)
    for link in tree.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        url = address(link.get("href"), base)
        if url is None or "alternate" not in (link.get("rel") or "").lower().split():
            continue
        certain = kind in CERTAIN_TYPES or (kind in FEED_TYPES and LOOKS_LIKE_FEED.search(url))
        if certain and not NARROW.search(f"{url} {link.get('title') or ''}"):
            found.append(url)
    return list(dict.fromkeys(found))


def linked(tree: html.HtmlElement | None, base: str, listing: bool = False) -> list[str]:
    """Links that look like feeds, of the same publisher or of a host for feeds. `listing`: on a page that
    lists feeds, documents of XML are.
    """
    if tree is None:
        return []
    found, base = [], _base(tree, base)
    for link in tree.iter("a"):
        url = address(link.get("href"), base)
        if url is None or NARROW.search(url):
            continue
        parts = urlsplit(url)
        if not (same_publisher(url, base) or FEED_HOST.search(parts.hostname or "")):
            continue
        says = SAYS_FEED.match(
            " ".join("".join(link.itertext()).split()) or (link.get("title") or "").strip()
        )
        looks = LOOKS_LIKE_FEED.search(parts.path) or FEED_HOST.search(parts.hostname or "")
        if looks or says or (listing and parts.path.lower().endswith((".xml", ".json"))):
            found.append(url)
    return list(dict.fromkeys(found))


# Sitemaps


async def _sitemaps(search: _Search, home: str) -> tuple[list[str], list[str]]:
    """Sitemaps of news, and others. An index of sitemaps may name one of news."""
    news: list[str] = []
    others: list[str] = []
    named = await _named_in_robots(home, search.get)
    for url in sorted(named, key=lambda url: "news" not in url.lower())[:MOST_SITEMAPS]:
        await _sort_in(search, url, news, others)
    for path in USUAL_SITEMAPS:
        if news or others:
            break
        await _sort_in(search, urljoin(home, path), news, others)
    return list(dict.fromkeys(news)), list(dict.fromkeys(others))


async def _sort_in(search: _Search, url: str, news: list[str], others: list[str]) -> None:
    feed = await search.look(url)
    if feed.kind == "news-sitemap":
        news.append(url)
    elif feed.kind == "sitemap":
        others.append(url)
    elif feed.kind == "sitemap-index":
        others.append(url)
        speaking = [child for child in feed.children if "news" in child.lower()]
        children = list(dict.fromkeys([*speaking, *newest_children(feed, MOST_CHILDREN)]))[:MOST_CHILDREN]
        news += [
            child for child in children if not news and (await search.look(child)).kind == "news-sitemap"
        ]


async def _named_in_robots(home: str, get: Get) -> list[str]:
    try:
        response = await get(urljoin(home, "/robots.txt"))
    except Exception:  # noqa: BLE001 - without a robots.txt there is nothing named in it
        return []
    if response.status != 200:
        return []
    named = robots_txt.parse(decoded(response)).sitemaps
    return [url for each in named if (url := address(each, home))]


# Sections


async def _sections(search: _Search, home: Response) -> tuple[str, ...]:
    """The home page, if it lists articles, and those of its sections that list others."""
    page = parse_feed(home.content, home.header("content-type"), home.url)
    brought = {entry.url for entry in page.entries}
    found = [home.url] if len(brought) >= SECTION_LINKS else []
    menu = [
        link.url
        for link in page.links
        if shape(link.url).general in {"/w", "/w/w"}
        and 0 < len(link.title) <= 30
        and of_address(link.url) >= -1
    ]
    for url in menu[:MOST_SECTIONS]:
        feed = await search.look(url)
        pages = {entry.url for entry in feed.entries}
        if feed.kind == "section-page" and len(pages) >= SECTION_LINKS and len(pages - brought) >= NEW_LINKS:
            found.append(url)
            brought |= pages
    return tuple(found)


def _base(tree: html.HtmlElement, base: str) -> str:
    named = next((node.get("href") for node in tree.iter("base") if node.get("href")), "")
    return urljoin(base, str(named))


def _tree(text: str) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(
            text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
        )
    except (etree.LxmlError, ValueError):
        return None
