"""JSON-LD as publishers write it: found in their scripts, repaired where it is nearly JSON, and searched for
what describes the article. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

Item = dict[str, Any]

ARTICLE = re.compile(r"(article|posting|report|review|analysis|opinion|liveblog)\w*$", re.IGNORECASE)
PAGE = re.compile(r"(webpage|videoobject|recipe|itempage|podcastepisode|howto|course)$", re.IGNORECASE)
# Of a page's items so many are looked at, and of its scripts so many characters.
MOST_ITEMS = 2_000
MOST_CHARACTERS = 2_000_000
BRANCHES = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart")

# What wraps scripts in older pages: comments of HTML, and CDATA, within comments of JavaScript or without.
_OPENINGS = (
    "<!--",
    "//<![CDATA[",
    "/*<![CDATA[*/",
    "/* <![CDATA[ */",
    "// <![CDATA[",
    "<![CDATA[",
    "//",
    "/*",
    "*/",
)
_ENDINGS = ("-->", "//]]>", "/*]]>*/", "/* ]]> */", "// ]]>", "]]>", "//", "*/", "/*", ";")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//|/\*|,(?=\s*[}\],])', re.DOTALL)
_COMMENT_ENDS = {"//": "\n", "/*": "*/"}
_FIELD = re.compile(
    r'"(@type|headline|datePublished|dateModified|dateCreated|inLanguage)"\s*:\s*"([^"\\\n]{1,300})"'
)


def items(scripts: Iterable[str]) -> list[Item]:
    """Every object that a page's JSON-LD describes, the outer before the inner."""
    found: list[Item] = []
    left = MOST_CHARACTERS
    for script in scripts:
        if not script or len(script) > left:
            continue
        left -= len(script)
        found.extend(_objects(_load(script), MOST_ITEMS - len(found)))
        if len(found) >= MOST_ITEMS:
            break
    return found


def articles(found: list[Item]) -> list[Item]:
    """Those that are articles; failing that, those that are pages."""
    return [item for item in found if _is(item, ARTICLE)] or [item for item in found if _is(item, PAGE)]


def texts(value: Any, key: str = "name") -> Iterator[str]:
    """The texts in a value: itself, or its `key`, or those of its members; unescaped and squeezed."""
    for each in value if isinstance(value, list) else [value]:
        inner = each.get(key) if isinstance(each, dict) else each
        for text in inner if isinstance(inner, list) else [inner]:
            if isinstance(text, str) and (clean := " ".join(unescape(text).split())):
                yield clean


def kinds(item: Item) -> list[str]:
    """The names of its types."""
    given = item.get("@type")
    return [str(kind) for kind in (given if isinstance(given, list) else [given]) if kind]


def _is(item: Item, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(kind) for kind in kinds(item))


def _objects(data: Any, most: int) -> Iterator[Item]:
    pending = [data]
    for _ in range(2 * most):
        if not pending:
            return
        value = pending.pop(0)
        if isinstance(value, list):
            pending[:0] = value[:most]
        elif isinstance(value, dict):
            yield value
            pending.extend(value[key] for key in BRANCHES if isinstance(value.get(key), dict | list))


def _load(script: str) -> Any:
    """The JSON, repaired if need be: wrapped in comments or CDATA, with comments, with commas too many, with
    raw line ends in texts, escaped as HTML, or several values after one another. What is broken beyond that
    still gives its simple fields.
    """
    text = _unwrapped(script)
    for repair in (_as_is, _without_comments, unescape):
        try:
            return _values(repair(text))
        except (ValueError, RecursionError):
            continue
    return _salvage(text)


def _unwrapped(script: str) -> str:
    text = script.strip()
    for _ in range(4):
        for opening in _OPENINGS:
            text = text.removeprefix(opening).lstrip()
        for ending in _ENDINGS:
            text = text.removesuffix(ending).rstrip()
    return text


def _as_is(text: str) -> str:
    return text


def _without_comments(text: str) -> str:
    """Without comments and commas too many; in time linear in the text, whatever it holds."""
    kept = []
    at = 0
    while token := _TOKEN.search(text, at):
        kept.append(text[at : token.start()])
        at = token.end()
        if end := _COMMENT_ENDS.get(token[0]):
            found = text.find(end, at)
            at = len(text) if found < 0 else found + len(end)
        elif token[0] != ",":
            kept.append(token[0])
    kept.append(text[at:])
    return "".join(kept)


def _values(text: str) -> list[Any]:
    """All the values in the text, of which there should be one."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    at = 0
    while at < len(text) and len(found) < MOST_ITEMS:
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            if found:
                break
            raise
        found.append(value)
        while at < len(text) and (text[at].isspace() or text[at] in ",;"):
            at += 1
    return found


def _salvage(text: str) -> Item:
    """The fields that stand in a text which is no JSON, as those of an article if it says that it is one."""
    found: Item = {}
    for field in _FIELD.finditer(text):
        found.setdefault(field[1], field[2])
    return found
