"""What the archive tells of a capture beside the answer: how it was found, what was published. Pure.

The fields of a metadata record, as WARC's application/warc-fields: `name: value`, a line each. With them and
the response a capture's message is made again, field by field.
"""

import json
from collections.abc import Mapping
from typing import Any

from schemas.events import Hunk, Previous, RawPage
from services.crawler.core import Edit

# Fields of the message by their names in a record; `via` is what other crawlers call it.
NAMES = {
    "via": "discovered_via",
    "discovered": "discovered_at",
    "feed-title": "feed_title",
    "feed-published": "feed_published_at",
    "source": "source",
    "source-name": "source_name",
    "country": "country",
    "language": "language",
    "first-seen": "first_seen",
    "revision": "revision",
    "gone": "gone_at",
    "previous": "previous",
    "difference": "difference",
}
STRUCTURED = frozenset({"previous", "difference"})
LAST_CAPTURE = "last-capture"
"""Of an answer that a page is gone: where its last capture lies."""


def told(page: RawPage, charset: str = "", took: float = 0.0) -> dict[str, str]:
    """Of a message that is to be published. `charset`: as which it was decoded; `took`: seconds."""
    given = page.model_dump(mode="json", include=set(NAMES.values()), exclude_defaults=True)
    fields = {
        name: json.dumps(given[of], ensure_ascii=False) if name in STRUCTURED else one_line(str(given[of]))
        for name, of in NAMES.items()
        if of in given
    }
    more = {
        LAST_CAPTURE: page.archive if page.gone_at else "",
        "charset": charset,
        "fetchTimeMs": f"{took * 1000:.0f}" if took else "",
    }
    return fields | {name: value for name, value in more.items() if value}


def restored(fields: Mapping[str, str]) -> dict[str, Any]:
    """The message's fields, as it takes them. ValueError where one cannot be read."""
    return {
        of: json.loads(fields[name]) if name in STRUCTURED else fields[name]
        for name, of in NAMES.items()
        if name in fields
    }


def edit(fields: Mapping[str, str]) -> Edit:
    """What the capture changed."""
    try:
        given = restored(fields)
        previous, hunks = given.get("previous"), given.get("difference", ())
        return Edit(
            Previous.model_validate(previous) if previous else None, tuple(map(Hunk.model_validate, hunks))
        )
    except ValueError:  # not written by us, or damaged
        return Edit()


def dumps(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()


def loads(block: bytes) -> dict[str, str]:
    """The fields of a block; lines that are none are passed over."""
    pairs = (line.partition(": ") for line in block.decode("utf-8", "replace").split("\r\n"))
    return {name: value for name, mark, value in pairs if mark}


def one_line(text: str) -> str:
    return " ".join(text.splitlines())
