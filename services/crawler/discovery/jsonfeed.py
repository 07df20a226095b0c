"""JSON Feed, versions 1 and 1.1. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import HTML_TAG, address, addresses, plain
from services.crawler.discovery.model import MOST, Entry, Feed, Unreadable

# What may stand before the object: a call (JSONP), what keeps it from being run as a script, comments.
JSON_START = re.compile(
    r"\s*+(?:\)\]\}',?|(?:/\*[^*]*+\*/\s*+)?[\w.$]++\s*+\(|(?://[^\n]*+\s*+)++|/\*[^*]*+\*/)?\s*+(?=\{)"
)
# Comments, and commas that nothing follows; texts are matched so as to be left alone.
NOT_JSON = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*[}\]])', re.DOTALL)
ITEMS = re.compile(r'"items"\s*:\s*\[')
GAP = re.compile(r"[\s,]*")


def json_feed(text: str, url: str) -> Feed:
    document = _document(text)
    items = document.get("items")
    entries = [] if not isinstance(items, list) else [_entry(item, url) for item in items[:MOST]]
    found = tuple(entry for entry in entries if entry is not None)
    if "jsonfeed.org/version" not in str(document.get("version")) and not found:
        raise Unreadable("is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    hubs = document.get("hubs")
    named = [_hub(hub) for hub in hubs] if isinstance(hubs, list) else []
    return Feed(
        "json-feed",
        found,
        addresses([document.get("next_url")], url),
        hubs=addresses(named, url),
        topic=address(document.get("feed_url"), url) or url,
    )


def _hub(hub: Any) -> Any:
    """The address of one that speaks WebSub, as most do."""
    speaks = isinstance(hub, dict) and str(hub.get("type") or "WebSub").lower() in {"websub", "pubsubhubbub"}
    return hub.get("url") if speaks else None


def _document(text: str) -> dict[str, Any]:
    start = JSON_START.match(text)
    text = text[start.end() :] if start else text
    reader = json.JSONDecoder(strict=False)
    try:
        found, _ = reader.raw_decode(text)
    except ValueError:
        mended = NOT_JSON.sub(lambda found: found[1] or "", text)
        try:
            found, _ = reader.raw_decode(mended)
        except ValueError:
            found = {"items": list(_items(mended, reader))}
            if not found["items"]:
                raise
    return found if isinstance(found, dict) else {}


def _items(text: str, reader: json.JSONDecoder) -> Iterator[Any]:
    """Those that can be read, up to the first that cannot."""
    start = ITEMS.search(text)
    place = start.end() if start else len(text)
    while gap := GAP.match(text, place):
        try:
            item, place = reader.raw_decode(text, gap.end())
        except ValueError:
            return
        yield item


def _entry(item: Any, base: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    id = item.get("id")
    # An id is often the address itself; anything else must not be resolved as if it were a path.
    own = id if isinstance(id, str) and id.strip().lower().startswith(("http://", "https://")) else None
    url = next(
        (
            found
            for link in (item.get("url"), item.get("external_url"), own)
            if (found := address(link, base))
        ),
        None,
    )
    if url is None:
        return None
    title = item.get("title")
    published, updated = (_moment(item.get(name)) for name in ("date_published", "date_modified"))
    return Entry(url, plain(title, HTML_TAG) if isinstance(title, str) else "", published, updated)


def _moment(value: Any) -> Any:
    return moment(str(value) if isinstance(value, int) else value)
