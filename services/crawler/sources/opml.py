"""Lists of feeds as other readers keep them: OPML 2.0, in and out. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from services.crawler.sources.catalogue import Source, SourcesError
from services.kit.urls import site

LONGEST_ID = 60


def from_opml(text: bytes, name: str = "OPML") -> list[Source]:
    """A source for each site, with all its feeds; SourcesError where it is no OPML, or names no feeds."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourcesError(f"{name}: not XML: {error}") from error
    if root is None or not isinstance(root.tag, str) or root.tag.lower() != "opml":
        raise SourcesError(f"{name}: no OPML: its first element is not <opml>")
    found: dict[str, dict[str, Any]] = {}
    for outline in root.iter("outline"):
        feed = (outline.get("xmlUrl") or "").strip()
        if not feed.startswith(("http://", "https://")):
            continue
        home = (outline.get("htmlUrl") or "").strip()
        key = site(home) or site(feed)
        title = outline.get("title") or outline.get("text") or key
        entry = found.setdefault(key, {"name": title.strip() or key, "feeds": [], "home": None})
        if feed not in entry["feeds"]:
            entry["feeds"].append(feed)
        if home.startswith(("http://", "https://")):
            entry["home"] = entry["home"] or home
    if not found:
        raise SourcesError(f"{name}: names no feeds: no outline has an xmlUrl")
    ids = _ids(entry["name"] for entry in found.values())
    return [Source.model_validate({"id": id, **entry}) for id, entry in zip(ids, found.values(), strict=True)]


def to_opml(sources: Iterable[Source]) -> bytes:
    """All feeds, one outline each within that of their source."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "newswatch sources"
    body = etree.SubElement(root, "body")
    for source in sources:
        group = etree.SubElement(body, "outline", text=source.name, title=source.name)
        for feed in source.feeds:
            path = urlsplit(feed).path.strip("/")
            outline = etree.SubElement(group, "outline", type="rss", text=f"{source.name} {path}".strip())
            outline.set("title", source.name)
            outline.set("xmlUrl", feed)
            if source.home:
                outline.set("htmlUrl", source.home)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def id_for(name: str) -> str:
    """An id made of a name: lower case, hyphens."""
    bare = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:LONGEST_ID].strip("-") or "source"


def _ids(names: Iterable[str]) -> list[str]:
    taken: set[str] = set()
    ids = []
    for name in names:
        id = base = id_for(name)
        number = 2
        while id in taken:
            id = f"{base}-{number}"
            number += 1
        taken.add(id)
        ids.append(id)
    return ids
