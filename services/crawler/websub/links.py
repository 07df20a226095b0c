"""The Link headers of an answer (RFC 8288), and with them what hubs tell of a document. Pure."""

import re
from collections.abc import Iterable

from services.crawler.core import Response
from services.crawler.discovery import Feed
from services.crawler.discovery.markup import address

PARAMETER = r""";\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]+))?\s*"""
LINK = re.compile(rf"<([^<>]*)>\s*((?:{PARAMETER})*)")
PARAMETERS = re.compile(PARAMETER)


def links(headers: Iterable[tuple[str, str]], base: str) -> dict[str, list[str]]:
    """Relation in lower case → http(s) addresses, each in its order."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() != "link":
            continue
        for link in LINK.finditer(value):
            said: dict[str, str] = {}
            for key, text in PARAMETERS.findall(link[2]):
                said.setdefault(key.lower(), text.strip('"'))
            target = address(link[1], base)
            if target is None or "anchor" in said:  # an anchor: it is a link of something else
                continue
            for relation in said.get("rel", "").lower().split():
                found.setdefault(relation, []).append(target)
    return found


def announced(response: Response, feed: Feed) -> tuple[str, tuple[str, ...]]:
    """The topic and its hubs: what the headers say goes before what the document says."""
    said = links(response.headers, response.url)
    topic = next(iter(said.get("self", [])), feed.topic or response.url)
    return topic, tuple(dict.fromkeys([*said.get("hub", []), *feed.hubs]))
