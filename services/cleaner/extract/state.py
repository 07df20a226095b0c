"""The article's text where a page has it in the state of its scripts alone: __NEXT_DATA__, __NUXT__, the
stores of Apollo and Redux, what React streams. Pure.

No framework is known by its name. Any JSON in a script is looked at: the article is an object in it that has
the page's title, its text the longest string of prose in that object, or the longest list of such strings.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from services.cleaner.extract.features import bare

LEAST_SCRIPT = 600  # characters of a script that may hold a text
LEAST_TEXT = 200  # of a text that is more than a summary
LEAST_TITLE = 12  # letters of a title that names one article alone
LONGEST_STATE = 3_000_000  # characters of scripts that are looked at
MOST_VALUES = 60_000  # objects, lists and strings of them
DEEPEST = 60
_SCRIPT = re.compile(r"<script\b([^<>]{0,500})>")
_DATA = re.compile(r"[{\[]|JSON\.parse\(")
_STARTS = 40  # places in one script where data may begin
_PROSE = re.compile(r"\w[\w,;:'’\"”»)-]*\s|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_TITLES = frozenset(("title", "headline", "headlines", "name"))
_ADDRESSES = frozenset(("url", "href", "link", "slug", "canonical_url", "path", "uri"))
# Keys of strings that are parts of a text, however short.
_TEXTS = frozenset(("text", "content", "value", "html", "body", "data", "children", "paragraph"))
_ROW = re.compile(r"^[0-9a-f]{1,6}:(?:T[0-9a-f]{1,6},)?", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\$\$\w{1,40}\$\$|\{\{[^{}]{0,80}\}\}|\[\[[^\[\]]{0,80}\]\]")
_DECODER = json.JSONDecoder(strict=False)


def state_markup(html: str, title: str) -> str:
    """The text of the article of that title, as markup of its paragraphs; empty where there is none."""
    wanted = bare(title)
    if len(wanted) < LEAST_TITLE:
        return ""
    left = [MOST_VALUES]
    best = ""
    for data in _states(html):
        for owner in _owners(data, wanted, left):
            found = _text(owner, left)
            if len(found) > len(best):
                best = found
    return _PLACEHOLDER.sub(" ", best) if len(best) >= LEAST_TEXT else ""


def _states(html: str) -> Iterator[Any]:
    """The JSON in the scripts, and at last in what React has streamed in pieces."""
    budget = LONGEST_STATE
    streamed: list[str] = []
    for found in _SCRIPT.finditer(html):
        end = html.find("</script", found.end())
        if end < 0:
            break
        size = end - found.end()
        if "ld+json" in found[1] or (size < LEAST_SCRIPT and "__next_f" not in html[found.end() : end]):
            continue
        if size > budget:
            continue
        budget -= size
        for data in _decoded(html[found.end() : end]):
            if isinstance(data, list) and data[:1] == [1] and isinstance(data[-1], str):
                streamed.append(data[-1])
            else:
                yield data
    if streamed:
        for row in _ROW.split("".join(streamed)):
            if len(row) >= LEAST_TEXT:
                yield from _decoded(row)


def _decoded(script: str) -> Iterator[Any]:
    at = wasted = 0
    for _ in range(_STARTS):
        found = _DATA.search(script, at)
        if found is None or wasted > len(script):
            return
        at = found.end() if len(found[0]) > 1 else found.start()
        try:
            data, end = _DECODER.raw_decode(script, at)
            if isinstance(data, str):
                data = json.loads(data, strict=False)
        except (ValueError, RecursionError) as error:
            wasted += getattr(error, "pos", at) - at
            at = found.end()
            continue
        at = end
        if isinstance(data, dict | list):
            yield data


def _owners(data: Any, wanted: str, left: list[int]) -> Iterator[dict[str, Any]]:
    """The objects that have the title as their own."""
    pending: list[tuple[Any, int, tuple[dict[str, Any], ...]]] = [(data, 0, ())]
    while pending and left[0] > 0:
        left[0] -= 1
        item, depth, above = pending.pop()
        if isinstance(item, dict):
            own = (*above, item)
            for key, value in item.items():
                if isinstance(value, str):
                    if len(value) >= LEAST_TITLE and _is_title(value, wanted):
                        yield from own
                elif isinstance(value, dict | list) and depth < DEEPEST:
                    # {"headlines": {"basic": "…"}}
                    pending.append((value, depth + 1, own[-1:] if key in _TITLES else ()))
        elif isinstance(item, list) and depth < DEEPEST:
            pending += [(each, depth + 1, ()) for each in item[: left[0]] if isinstance(each, dict | list)]


def _is_title(value: str, wanted: str) -> bool:
    """Whether it is the page's title, with or without the site's name."""
    if len(value) > len(wanted) * 2 + 40:
        return False
    plain = bare(value)
    return len(plain) >= LEAST_TITLE and (wanted.startswith(plain) or plain.startswith(wanted))


def _text(owner: dict[str, Any], left: list[int]) -> str:
    """The longest prose in the object: of one string, or of the items of one list."""
    best = ""
    pending: list[tuple[Any, int]] = [(owner, 0)]
    while pending and left[0] > 0:
        left[0] -= 1
        item, depth = pending.pop()
        if isinstance(item, str):
            if len(item) > len(best) and _is_prose(item):
                best = item
        elif isinstance(item, dict):
            if depth < DEEPEST and not (depth and _is_other(item)):
                pending += [(value, depth + 1) for value in item.values()]
        elif isinstance(item, list) and depth < DEEPEST:
            joined = "".join(f"<p>{part}</p>" for each in item[: left[0]] if (part := _part(each, left)))
            if len(joined) > len(best) and _is_prose(joined):
                best = joined
            pending += [(each, depth + 1) for each in item[: left[0]]]
    return best


def _part(item: Any, left: list[int]) -> str:
    """The text of an item of a list, whatever it is nested in; empty for an article of its own."""
    texts: list[str] = []
    pending: list[tuple[Any, str, int]] = [(item, "text", 0)]
    while pending and left[0] > 0:
        left[0] -= 1
        each, key, depth = pending.pop()
        if isinstance(each, str):
            if key in _TEXTS and (" " in each or _is_prose(each) or depth > 1):
                texts.append(each if "<" in each else escape(each, quote=False))
        elif depth >= DEEPEST:
            continue
        elif isinstance(each, dict):
            if not _is_other(each):
                pending += [(value, name, depth + 1) for name, value in reversed(each.items())]
        elif isinstance(each, list):
            pending += [(value, key, depth + 1) for value in reversed(each[: left[0]])]
    joined = "".join(texts)
    return joined if _PROSE.search(joined) else ""


def _is_prose(text: str) -> bool:
    """Whether a string is written for readers: words and spaces, no code, no address."""
    if len(text) < LEAST_TEXT:
        return False
    start = text[:4000]
    words = sum(map(len, _PROSE.findall(start)))
    return words > len(start) / 4 and start.count("{") < len(start) / 200


def _is_other(item: dict[str, Any]) -> bool:
    """Whether it is another article, that this one leads to."""
    return not _TITLES.isdisjoint(item) and not _ADDRESSES.isdisjoint(item)
