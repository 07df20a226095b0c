"""RSS 0.9x, 1.0, 1.1, 2.0 and Atom 0.3, 1.0, from the tree of a document. Pure."""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import (
    HTML_TAG,
    TAG,
    address,
    addresses,
    base_of,
    content,
    line,
    local,
    marked_up,
    namespace,
    plain,
)
from services.crawler.discovery.model import MOST, Entry, Feed

RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The namespaces of RSS and Atom, in all versions and as they are often misspelt.
ATOM = re.compile(r"w3\.org/2005/atom|purl\.org/atom/", re.IGNORECASE)
RSS = re.compile(r"$|.*/(?:rss\d?|rss[/-]?\d\.\d+|rdf/simple/\d\.\d+|tech/rss)[#/]*$", re.IGNORECASE)
EXTENSIONS = re.compile(
    r"purl\.org/dc/|itunes\.com|search\.yahoo\.com|prismstandard|purl\.org/rss/1\.0/modules/syndication"
)
IANA = re.compile(r"https?://www\.iana\.org/assignments/(?:link-)?relations?(?:/|\.html?#)", re.IGNORECASE)
PAGE_TYPES = ("text/html", "application/xhtml+xml")
HTML_TYPES = frozenset({"html", "xhtml", *PAGE_TYPES})
TEXT_TYPES = frozenset({"text", "text/plain", "plain"})
PUBLISHED = ("pubdate", "published", "issued", "created", "date", "available", "publicationdate")
UPDATED = ("updated", "modified")
LINKS = frozenset({"link", "guid", "id", "content"})
TEXTS = frozenset({*PUBLISHED, *UPDATED, "ttl", "updateperiod", "updatefrequency"})


@dataclass(slots=True)
class _Found:
    """What an item says, by the names of its elements in lower case; links by their relation, absolute, with
    their type.
    """

    texts: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def linked(self, relation: str) -> list[str]:
        return [link for link, _ in self.links.get(relation, ())]


def rss(root: Any, url: str) -> Feed:
    return _feed("rss", root, url)


def atom(root: Any, url: str) -> Feed:
    return _feed("atom", root, url)


def _feed(kind: str, root: Any, url: str) -> Feed:
    entries: list[Entry] = []
    channel = next(root.iter("{*}channel", "{*}CHANNEL"), root)
    for node, base in _items(root, {namespace(root), namespace(channel)}, url):
        entry = _entry(node, kind, base)
        if entry is not None:
            entries.append(entry)
        if len(entries) >= MOST:
            break
    base = base_of(root, url)
    head = _gather((*root, *(channel if channel is not root else ())), kind, base_of(channel, base))
    return Feed(
        kind,
        tuple(entries),
        addresses(head.linked("next"), url),
        fresh_for=_fresh_for(head),
        skip_hours=frozenset(_skipped_hours(root)),
        skip_days=frozenset(_skipped_days(root)),
        hubs=addresses(head.linked("hub"), url),
        topic=next(iter(addresses(head.linked("self"), url)), url),
    )


def _items(root: Any, spaces: Collection[str], url: str) -> Iterator[tuple[Any, str]]:
    """Items and entries wherever they stand, each with what its addresses are relative to."""
    waiting = [(root, url)]
    while waiting:
        node, base = waiting.pop()
        base = base_of(node, base)
        if local(node).lower() in {"item", "entry"} and (
            namespace(node) in spaces or _is_core(namespace(node))
        ):
            if len(node) or node.attrib:
                yield node, base
        else:
            waiting.extend((child, base) for child in reversed(node))


def _is_core(space: str) -> bool:
    return RSS.match(space) is not None or ATOM.search(space) is not None


def _gather(nodes: Iterable[Any], kind: str, base: str, own: str = "") -> _Found:
    """`own`: the namespace of the item, whose elements go before those of others."""
    found = _Found()
    others: dict[str, str] = {}
    for node in nodes:
        name, space = local(node).lower(), namespace(node)
        if name == "origlink":
            found.texts.setdefault(name, content(node))
            continue
        core = space == own or _is_core(space)
        if not core and EXTENSIONS.search(space) is None:
            continue
        if name in LINKS and core:
            _note_link(node, name, base_of(node, base), found)
        elif name == "title":
            (found.texts if space == own else others).setdefault(name, _title(node, kind))
        elif name in TEXTS and (text := content(node)):
            (found.texts if space == own else others).setdefault(name, text)
    for name, text in others.items():
        if not found.texts.get(name):
            found.texts[name] = text
    return found


def _note_link(node: Any, name: str, base: str, found: _Found) -> None:
    said = {key.lower(): value for key, value in node.items()}
    text = content(node)
    if name == "content":
        link, relation = said.get("src", ""), "content"
    elif name != "link":
        permanent = said.get("ispermalink", "").strip().lower()
        absolute = text.lower().startswith(("http://", "https://"))
        link = text if permanent != "false" and (absolute or (name == "guid" and permanent == "true")) else ""
        relation = "id"
    elif "href" in said:
        link, relation = said["href"], IANA.sub("", said.get("rel", "").strip()).lower() or "alternate"
    else:
        link, relation = text or _beside(node), "text"
    where = address(link, base)
    if where is not None:
        found.links.setdefault(relation, []).append((where, said.get("type", "").strip().lower()))


def _beside(node: Any) -> str:
    """The address after an element that was closed before it, as in HTML."""
    tail = (node.tail or "").strip()
    return tail if tail.lower().startswith(("http://", "https://")) else ""


def _entry(node: Any, kind: str, base: str) -> Entry | None:
    found = _gather(node, kind, base, namespace(node))
    text, alternate = found.linked("text"), _pages_first(found.links.get("alternate", []))
    links = alternate + text if kind == "atom" else text + alternate
    for relation in ("content", "id", "self"):
        links += found.linked(relation)
    original, about = found.texts.get("origlink"), node.get(RDF_ABOUT)
    where = address(original, base) or next(iter(links), None) or address(about, base)
    if where is None:
        return None
    published, updated = _first(found, PUBLISHED), _first(found, UPDATED)
    return Entry(where, found.texts.get("title", ""), published or updated, updated)


def _pages_first(links: Sequence[tuple[str, str]]) -> list[str]:
    order = {**dict.fromkeys(PAGE_TYPES, 0), "": 1}
    return [link for link, _ in sorted(links, key=lambda each: order.get(each[1].partition(";")[0], 2))]


def _first(found: _Found, names: Sequence[str]) -> datetime | None:
    return next((date for name in names if (date := moment(found.texts.get(name)))), None)


def _title(node: Any, kind: str) -> str:
    """Atom says what its text is. RSS does not, and most who write markup there mean markup."""
    type = (node.get("type") or "").strip().lower()
    if len(node):
        return line(marked_up(node))
    text = node.text or ""
    if (node.get("mode") or "").strip().lower() == "base64":
        try:
            text = base64.b64decode("".join(text.split())).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return line(text)
    if type in HTML_TYPES:
        return plain(text, TAG)
    if type in TEXT_TYPES or (not type and kind == "atom"):
        return line(text)
    return plain(text, HTML_TAG)


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
    for node in root.iter("{*}hour"):
        text = content(node)
        if text.isdecimal() and len(text) < 3:
            yield int(text) % 24


def _skipped_days(root: Any) -> Iterator[int]:
    for node in root.iter("{*}day"):
        if content(node).lower() in DAYS:
            yield DAYS.index(content(node).lower())
