"""The article's text where a page gives it whole beside its body: schema.org articleBody in JSON-LD. Pure."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from services.cleaner.extract.blocks import MOST_CHARS

_TAGS = re.compile(r"<[^<>]{0,2000}>")
LEAST_TEXT = 200  # characters of an articleBody that is more than a description
MOST_OBJECTS = 2_000
LONGEST_SCRIPT = 2_000_000  # characters; JSON becomes twenty times as large in memory


def article_body(tree: Any) -> str:
    """Of an lxml tree; empty where the page gives none, or one no longer than a description."""
    text = max(_bodies(tree), key=len, default="")
    return text if len(text) >= LEAST_TEXT else ""


def _bodies(tree: Any) -> Iterator[str]:
    for script in tree.iter("script"):
        raw = script.text or ""
        if (
            len(raw) > LONGEST_SCRIPT
            or "articleBody" not in raw
            or script.get("type") != "application/ld+json"
        ):
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
                    yield plain(body[:MOST_CHARS])
                pending.extend(value for value in item.values() if isinstance(value, dict | list))


def plain(text: str) -> str:
    """Text that may carry markup or escapes of it, without them; lines kept."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(r"<(?:br|/p|/div|/li|/h\d)[^>]{0,200}>", "\n", text)
        text = _TAGS.sub(" ", text)
    return text
