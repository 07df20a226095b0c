"""What a page says of its article in its head: a description, and the text where it is given whole. Pure.

Sources: JSON-LD (schema.org articleBody), meta tags.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from services.cleaner.extract.features import Said

_TAGS = re.compile(r"<[^<>]{0,2000}>")
DESCRIPTIONS = frozenset(("og:description", "description"))
LEAST_TEXT = 200  # characters of an articleBody that is more than a description
MOST_OBJECTS = 2_000


def said(tree: Any) -> Said:
    """Of an lxml tree."""
    description = ""
    for tag in tree.iter("meta"):
        if (tag.get("property") or tag.get("name")) in DESCRIPTIONS:
            description = tag.get("content") or ""
            if description:
                break
    text = max(_bodies(tree), key=len, default="")
    return Said(description, text if len(text) >= LEAST_TEXT else "")


def _bodies(tree: Any) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        raw = script.text or ""
        if "articleBody" not in raw:
            continue
        try:
            data = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            continue
        pending = [data]
        for _ in range(MOST_OBJECTS):
            if not pending:
                break
            item = pending.pop()
            if isinstance(item, list):
                pending.extend(item)
            elif isinstance(item, dict):
                body = item.get("articleBody")
                if isinstance(body, str):
                    yield plain(body)
                pending.extend(value for value in item.values() if isinstance(value, dict | list))


def plain(text: str) -> str:
    """Text that may carry markup or escapes of it, without them; lines kept."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(r"<(?:br|/p|/div|/li|/h\d)[^>]{0,200}>", "\n", text)
        text = _TAGS.sub(" ", text)
    return text
