"""JSON Feed, versions 1 and 1.1. Pure."""

import json
from typing import Any

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import address, addresses, plain
from services.crawler.discovery.model import Entry, Feed, Unreadable

MOST = 5000


def json_feed(text: str, url: str) -> Feed:
    document = json.loads(text)
    if not isinstance(document, dict) or "jsonfeed.org/version" not in str(document.get("version")):
        raise Unreadable("is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    items = document.get("items")
    if not isinstance(items, list):
        items = []
    found: dict[str, Entry] = {}
    for item in items[:MOST]:
        entry = _entry(item, url)
        if entry is not None:
            found.setdefault(entry.url, entry)
    hubs = document.get("hubs")
    named = [_hub(hub) for hub in hubs] if isinstance(hubs, list) else []
    return Feed(
        "json-feed",
        tuple(found.values()),
        addresses([document.get("next_url")], url),
        hubs=addresses(named, url),
        topic=address(document.get("feed_url"), url) or url,
    )


def _hub(hub: Any) -> Any:
    """The address of one that speaks WebSub, as most do."""
    speaks = isinstance(hub, dict) and str(hub.get("type") or "WebSub").lower() in {"websub", "pubsubhubbub"}
    return hub.get("url") if speaks else None


def _entry(item: Any, base: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    id = item.get("id")
    # An id is often the address itself; anything else must not be resolved as if it were a path.
    own = id if isinstance(id, str) and id.startswith(("http://", "https://")) else None
    for link in (item.get("url"), item.get("external_url"), own):
        url = address(link, base)
        if url is not None:
            title = item.get("title")
            return Entry(
                url,
                plain(title) if isinstance(title, str) else "",
                moment(item.get("date_published")),
                moment(item.get("date_modified")),
            )
    return None
