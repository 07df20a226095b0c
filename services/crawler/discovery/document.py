"""Reading what a source publishes about itself: RSS, Atom, JSON Feed, sitemaps, section pages. Pure.

The bytes come from strangers. They are brought to UTF-8 first, entity declarations that could expand
are refused, and nothing in them is ever fetched or opened.
"""

import io
import json
import re
import zlib
from calendar import timegm
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree, html

from services.crawler.charsets import byte_order, charset_named, codec

MOST_ENTRIES = 2000
INFLATED_BYTES = 64 * 1024 * 1024
NEWS = "http://www.google.com/schemas/sitemap-news/"
ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?[^\s>]+\s+(?:\"([^\"]*)\"|'([^']*)'|[^>]*)", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""", re.IGNORECASE)
XML_DECLARATION = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
LONGEST_ENTITY = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a feed names. Times are aware, in UTC; None where the feed says nothing."""

    url: str
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document names. `kind` is empty and `error` says why where it is no feed at all. `child_dates`:
    when each of the children changed, where an index says so.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()
    child_dates: tuple[datetime | None, ...] = ()
    error: str | None = None


class _Unreadable(Exception):
    """Says in words why a document cannot be read."""


def parse_feed(body: bytes, content_type: str = "", url: str = "") -> Feed:
    """Whatever the document is, in its own order. Never raises: what cannot be read is in `error`."""
    kind = ""
    try:
        text = _text(_inflated(body), content_type)
        kind = _kind(text)
        return READERS[kind](text, url)
    except _Unreadable as error:
        return Feed(kind, error=str(error))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, etree.LxmlError) as error:
        return Feed(kind, error=f"cannot be read: {type(error).__name__}: {str(error)[:200]}")


def _inflated(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = zlib.decompressobj(31)
    try:
        out = inflater.decompress(body, INFLATED_BYTES)
    except zlib.error as error:
        raise _Unreadable(f"starts like gzip but is not: {error}") from error
    if inflater.unconsumed_tail:
        raise _Unreadable(f"inflates to more than {INFLATED_BYTES} bytes")
    return out


def _text(body: bytes, content_type: str) -> str:
    declared = XML_ENCODING.match(body[:400])
    named = (
        byte_order(body),
        charset_named(content_type),
        declared.group(1).decode("ascii") if declared else "",
    )
    for name in (*named, "utf-8"):
        known = codec(name)
        if known is None:
            continue
        try:
            text = body.decode(known)
        except UnicodeError:
            continue
        return XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1).replace("\x00", "")
    return XML_DECLARATION.sub("", body.decode("cp1252", "replace"), count=1).replace("\x00", "")


def _kind(text: str) -> str:
    start = text[:100_000].lstrip()
    if not start:
        raise _Unreadable("is empty")
    if start.startswith("{"):
        return "json-feed"
    root = ROOT.search(PROLOG.sub("", start))
    name = root.group(1).lower() if root else ""
    if name in {"rss", "rdf", "feed"}:
        return "atom" if name == "feed" else "rss"
    if name == "urlset":
        return "news-sitemap" if NEWS in text else "sitemap"
    if name == "sitemapindex":
        return "sitemap-index"
    if name in {"html", "body", "head"} or "<html" in start[:2000].lower():
        return "section-page"
    raise _Unreadable(f"is neither a feed nor a page: it starts with {start[:60]!r}")


def _syndication(text: str, url: str) -> Feed:
    _refuse_bombs(text)
    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    rss = not str(parsed.get("version", "")).startswith("atom")
    entries = _entries(
        (
            (
                item.get("feedburner_origlink") or item.get("link"),
                item.get("title"),
                # RSS 1.0 has one date only (dc:date), which feedparser calls updated.
                _moment(item.get("published_parsed") or (dict.get(item, "updated_parsed") if rss else None)),
                _moment(dict.get(item, "updated_parsed")),
            )
            for item in parsed.entries
        ),
        url,
    )
    if parsed.bozo and not entries:
        cause = parsed.get("bozo_exception")
        raise _Unreadable(f"is broken: {cause or 'nothing in it could be read'}")
    links = parsed.feed.get("links", [])
    children = _addresses([link.get("href") for link in links if link.get("rel") == "next"], url)
    return Feed("rss" if rss else "atom", entries, children)


def _refuse_bombs(text: str) -> None:
    for parameter, double, single in ENTITY.findall(text):
        value = double or single
        if parameter or len(value) > LONGEST_ENTITY or ("&" in value and not value.startswith("&#")):
            raise _Unreadable("declares entities that expand: refused")


def _json_feed(text: str, url: str) -> Feed:
    document = json.loads(text)
    if not isinstance(document, dict) or "jsonfeed.org/version" not in str(document.get("version")):
        raise _Unreadable("is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    items = [item for item in document.get("items") or [] if isinstance(item, dict)]
    entries = _entries(
        (
            (
                item.get("url") or item.get("external_url"),
                item.get("title"),
                _iso(item.get("date_published")),
                _iso(item.get("date_modified")),
            )
            for item in items
        ),
        url,
    )
    return Feed("json-feed", entries, _addresses([document.get("next_url")], url))


def _sitemap(text: str, url: str) -> Feed:
    root = _xml(text)
    rows = []
    for node in _named(root, "url"):
        news = next(_named(node, "news"), None)
        title = _child(news, "title") if news is not None else ""
        published = _child(news, "publication_date") if news is not None else ""
        rows.append((_child(node, "loc"), title, _iso(published), _iso(_child(node, "lastmod"))))
    kind = "news-sitemap" if any(next(_named(node, "news"), None) is not None for node in root) else "sitemap"
    return Feed(kind, _entries(rows, url))


def _sitemap_index(text: str, url: str) -> Feed:
    found: dict[str, datetime | None] = {}
    for node in _named(_xml(text), "sitemap"):
        for address in _addresses([_child(node, "loc")], url):
            found.setdefault(address, _iso(_child(node, "lastmod")))
    return Feed("sitemap-index", children=tuple(found), child_dates=tuple(found.values()))


def _section_page(text: str, url: str) -> Feed:
    """Links that read like headlines and lead to pages deeper than a section of the same site."""
    page = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    base = next((node.get("href") for node in page.iter("base") if node.get("href")), "")
    base = urljoin(url, base)
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    rows = []
    for link in page.iter("a"):
        target = urljoin(base, link.get("href") or "")
        title = " ".join(link.text_content().split())
        parts = urlsplit(target)
        same = (parts.hostname or "").removeprefix("www.") == host
        slug = parts.path.rstrip("/").rpartition("/")[2]
        if same and len(title) >= 20 and (slug.count("-") >= 2 or re.search(r"\d{4,}", parts.path)):
            rows.append((target, title, None, None))
    following = [
        link.get("href") for link in page.iter("a", "link") if "next" in (link.get("rel") or "").split()
    ]
    return Feed("section-page", _entries(rows, base), _addresses(following, base))


READERS = {
    "rss": _syndication,
    "atom": _syndication,
    "json-feed": _json_feed,
    "sitemap": _sitemap,
    "news-sitemap": _sitemap,
    "sitemap-index": _sitemap_index,
    "section-page": _section_page,
}

Row = tuple[Any, Any, datetime | None, datetime | None]


def _entries(rows: Iterator[Row] | Sequence[Row], base: str) -> tuple[Entry, ...]:
    """Entries with an http(s) address, each address once."""
    found: dict[str, Entry] = {}
    for link, title, published, updated in rows:
        for address in _addresses([link], base):
            text = " ".join(str(title or "").split())
            found.setdefault(address, Entry(address, text[:1000], published, updated))
        if len(found) >= MOST_ENTRIES:
            break
    return tuple(found.values())


def _addresses(links: Sequence[Any], base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for link in links:
        if not isinstance(link, str) or not link.strip():
            continue
        try:
            address = urljoin(base, link.strip())
            parts = urlsplit(address)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            continue
        if sound and len(address) <= 2000:
            found[address] = None
    return tuple(found)


def _xml(text: str) -> Any:
    _refuse_bombs(text)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True
    )
    root = etree.fromstring(text.lstrip().encode("utf-8", "replace"), parser)
    if root is None:
        raise _Unreadable("is broken: nothing in it could be read")
    return root


def _named(node: Any, name: str) -> Iterator[Any]:
    return (child for child in node if isinstance(child.tag, str) and etree.QName(child).localname == name)


def _child(node: Any, name: str) -> str:
    found = next(_named(node, name), None)
    return "".join(found.itertext()).strip() if found is not None else ""


def _moment(parsed: Any) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: Any) -> datetime | None:
    """An ISO 8601 date; one without a zone is taken for UTC. None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
