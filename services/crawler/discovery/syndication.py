"""RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0. Well-formed documents are read here, all others by feedparser, which
has seen everything and takes its time over it. Pure.
"""

import io
from calendar import timegm
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import (
    address,
    addresses,
    content,
    line,
    local,
    namespace,
    plain,
    refuse_bombs,
    xml,
)
from services.crawler.discovery.model import Entry, Feed, Unreadable

MOST = 5000
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EXTENSIONS = ("dc/elements/1.1", "dc/terms", "2005/Atom", "atom/ns#")  # Dublin Core, Atom in RSS
ENDS = ("</rss>", "</feed>", "</rdf:rdf>")
PUBLISHED = ("pubdate", "published", "issued", "created", "date")
UPDATED = ("updated", "modified")


def rss(text: str, url: str) -> Feed:
    return _read("rss", text, url)


def atom(text: str, url: str) -> Feed:
    return _read("atom", text, url)


def _read(kind: str, text: str, url: str) -> Feed:
    try:
        root = xml(text, url, recover=False)
    except etree.XMLSyntaxError:
        return _broken(kind, text, url)
    feed = _well_formed(kind, root, url)
    return feed if feed.entries else _broken(kind, text, url)


# Well-formed


@dataclass(slots=True)
class _Found:
    """What an item says, by the names of its elements in lower case; links by their relation."""

    texts: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)


def _well_formed(kind: str, root: Any, url: str) -> Feed:
    entries: dict[str, Entry] = {}
    for node in _items(root):
        entry = _entry(node, kind, url)
        if entry is not None:
            entries.setdefault(entry.url, entry)
        if len(entries) >= MOST:
            break
    head = _gather(_head(root), url)
    return Feed(
        kind,
        tuple(entries.values()),
        addresses(head.links.get("next", []), url),
        fresh_for=_fresh_for(head),
        skip_hours=frozenset(_skipped_hours(root)),
        skip_days=frozenset(_skipped_days(root)),
        hubs=addresses(head.links.get("hub", []), url),
        topic=next(iter(addresses(head.links.get("self", []), url)), url),
    )


def _items(root: Any) -> Iterator[Any]:
    if local(root).lower() == "entry":
        yield root
    for node in root.iter():
        if local(node).lower() in {"item", "entry"} and node is not root:
            yield node


def _head(root: Any) -> list[Any]:
    """What stands before and beside the items: the feed's own elements."""
    holders = [root, *(node for node in root if local(node).lower() == "channel")]
    return [node for holder in holders for node in holder if local(node).lower() not in {"item", "entry"}]


def _gather(nodes: Iterable[Any], url: str, core: str | None = None) -> _Found:
    """`core`: the namespace of the item, whose elements go before those of others."""
    found = _Found()
    extensions: dict[str, str] = {}
    for node in nodes:
        name, space = local(node).lower(), namespace(node)
        if name == "link" and node.get("href") is not None:
            relation = (node.get("rel") or "alternate").rpartition("/")[2].lower()
            found.links.setdefault(relation, []).append(address(node.get("href"), node.base or url) or "")
        elif name == "origlink":
            found.texts.setdefault(name, content(node))
        elif core is None or space == core:
            if name == "guid" and (node.get("isPermaLink") or "true").strip().lower() == "false":
                continue
            text = _title(node) if name == "title" else content(node)
            if text:
                found.texts.setdefault(name, text)
        elif (
            space.rstrip("/").endswith(("dc/elements/1.1", "dc/terms", "2005/Atom", "atom/ns#")) or not space
        ):
            extensions.setdefault(name, _title(node) if name == "title" else content(node))
    for name, text in extensions.items():
        found.texts.setdefault(name, text)
    return found


def _entry(node: Any, kind: str, url: str) -> Entry | None:
    found = _gather(node, url, namespace(node))
    base = node.base or url
    own = found.texts.get("guid") or found.texts.get("id") or node.get(RDF_ABOUT) or ""
    candidates = [
        found.texts.get("origlink"),
        *(found.links.get("alternate", []) if kind == "atom" else []),
        found.texts.get("link"),
        *found.links.get("alternate", []),
        own if own.strip().startswith(("http://", "https://")) else None,
    ]
    where = next((good for link in candidates if (good := address(link, base))), None)
    if where is None:
        return None
    published, updated = _first(found, PUBLISHED), _first(found, UPDATED)
    return Entry(where, found.texts.get("title", ""), published or updated, updated)


def _first(found: _Found, names: Sequence[str]) -> datetime | None:
    return next((date for name in names if (date := moment(found.texts.get(name)))), None)


def _title(node: Any) -> str:
    type = (node.get("type") or "").lower()
    if type in {"xhtml", "application/xhtml+xml"} or len(node):
        return line(content(node))
    # Atom's text is text; RSS does not say, and most who write markup there mean markup.
    if type == "text" or (not type and namespace(node).endswith("2005/Atom")):
        return line(content(node))
    return plain(content(node))


def _fresh_for(head: _Found) -> float:
    ttl = head.texts.get("ttl", "")
    if ttl.isdecimal() and len(ttl) < 6:
        return float(ttl) * 60
    period = PERIODS.get(head.texts.get("updateperiod", "").lower())
    often = head.texts.get("updatefrequency", "1")
    if period is None or not often.isdecimal() or not int(often[:6]) > 0:
        return 0.0
    return period / int(often[:6])


def _skipped_hours(root: Any) -> Iterator[int]:
    for node in root.iter("hour"):
        text = content(node)
        if text.isdecimal() and len(text) < 3:
            yield int(text) % 24


def _skipped_days(root: Any) -> Iterator[int]:
    for node in root.iter("day"):
        if content(node).lower() in DAYS:
            yield DAYS.index(content(node).lower())


# Broken


def _broken(kind: str, text: str, url: str) -> Feed:
    refuse_bombs(text)
    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    entries: dict[str, Entry] = {}
    for item in parsed.entries[:MOST]:
        where = address(item.get("feedburner_origlink") or item.get("link"), url)
        if where is not None:
            published, updated = _date(item, "published"), _date(item, "updated")
            entries.setdefault(where, Entry(where, _text(item), published or updated, updated))
    if parsed.bozo and not entries and not text.rstrip().lower().endswith(ENDS):
        cause = parsed.get("bozo_exception")
        raise Unreadable(f"is broken: {cause or 'nothing in it could be read'}")
    links = parsed.feed.get("links", [])
    following, hubs, topics = (
        addresses([link.get("href") for link in links if link.get("rel") == relation], url)
        for relation in ("next", "hub", "self")
    )
    topic = next(iter(topics), url)
    return Feed(kind, tuple(entries.values()), following, hubs=hubs, topic=topic)


def _text(item: Any) -> str:
    said = item.get("title_detail") or {}
    title = str(item.get("title") or "")
    return line(title) if said.get("type") == "text/plain" and "<" not in title else plain(title)


def _date(item: Any, name: str) -> datetime | None:
    found = moment(dict.get(item, name))
    if found is not None:
        return found
    parsed = dict.get(item, f"{name}_parsed")
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
