"""A live blog's reports, each with its time: from JSON-LD (schema.org LiveBlogPosting), else from the page
itself, where elements of one kind follow each other, each with a <time>. Pure.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from schemas.events import Entry
from services.cleaner.extract.blocks import read
from services.cleaner.extract.features import HEADINGS
from services.cleaner.extract.linked import plain
from services.cleaner.mend import mend
from services.cleaner.metadata import linked_data
from services.cleaner.metadata.moments import moment

TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"LiveBlogPosting"')
# In names of elements, or as a whole step or the beginning or end of one in a path.
NAMES = re.compile(
    r"live-?_?(?:blog|ticker|feed|update|report|post|entry|coverage|stream)|ticker-?_?(?:entry|item|post|event)|"
    r"minute-?by-?minute|(?:en|le|in)-?_?(?:direct|directo|vivo|diretta)\b|direct-?_?(?:item|post|entry)",
    re.IGNORECASE,
)
PATH = re.compile(
    r"/live(?:blog|ticker|-updates?)?(?:[/_-]|$)|[-_/](?:live-?blog|live-?ticker|live-updates?|minute-by-minute|"
    r"en-direct|en-vivo|in-diretta|ao-vivo)(?:[-_/.]|$)|-live(?:[/.]|-?\d+|$)",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"comment|kommentar|comentario|reply|respon[ds]", re.IGNORECASE)
LEAST = 4  # reports that the page itself must show
LEAST_TEXT = 40  # characters of most of them
MOST = 500
HIGH = 6  # steps from a time up to its report


def entries(tree: Any, scripts: Sequence[str], url: str) -> tuple[Entry, ...] | None:
    """In the order of the page, at most MOST; None where the page is no live blog, empty where it does not
    tell its reports apart. `scripts`: the texts of its JSON-LD.
    """
    for item in linked_data.items(script for script in scripts if TYPE.search(script)):
        if "LiveBlogPosting" in linked_data.kinds(item):
            told = item.get("liveBlogUpdate") or []
            return _told(told if isinstance(told, list) else [told]) or _shown(tree, False)
    return _shown(tree, PATH.search(urlsplit(url).path) is None) or None


def _told(updates: Sequence[Any]) -> tuple[Entry, ...]:
    found = []
    for update in updates[:MOST]:
        if not isinstance(update, dict):
            continue
        title, text = update.get("headline"), update.get("articleBody")
        entry = Entry(
            published_at=_moment(update.get("datePublished")),
            title=" ".join(mend(plain(title)).split()) if isinstance(title, str) else "",
            text=_paragraphs(plain(text).splitlines()) if isinstance(text, str) else "",
        )
        if entry.title or entry.text:
            found.append(entry)
    return tuple(found)


def _shown(tree: Any, must_be_named: bool) -> tuple[Entry, ...]:
    """The largest group of neighbours with a time each; `must_be_named`: live, by the name of an element."""
    groups: dict[tuple[Any, str], dict[Any, str]] = {}
    for time in tree.iter("time"):
        stamp = time.get("datetime")
        if not stamp:
            continue
        element = time
        for _ in range(HIGH):
            parent = element.getparent()
            if parent is None:
                break
            groups.setdefault((parent, str(element.tag)), {}).setdefault(element, stamp)
            element = parent
    best: tuple[Entry, ...] = ()
    for (parent, _), elements in groups.items():
        if len(elements) < max(LEAST, len(best) + 1):
            continue
        names = _names(parent, next(iter(elements)))
        if COMMENTS.search(names) or (must_be_named and not NAMES.search(names)):
            continue
        found = tuple(_entry(element, stamp) for element, stamp in list(elements.items())[:MOST])
        if sum(len(entry.text) >= LEAST_TEXT for entry in found) * 2 >= len(found):
            best = found
    return best


def _names(parent: Any, element: Any) -> str:
    """Of the report, and of what holds the reports."""
    around = [element, parent, *list(parent.iterancestors())[:3]]
    return " ".join(f"{each.get('class') or ''} {each.get('id') or ''}" for each in around)


def _entry(element: Any, stamp: str) -> Entry:
    title = ""
    lines: list[str] = []
    for block in read(element):
        if not title and block.element.tag in HEADINGS and sum(map(len, lines)) < LEAST_TEXT:
            title = block.text
        elif block.link_chars * 2 < len(block.text):
            lines.append(block.text)
    if len(lines) > 1 and len(lines[0]) < LEAST_TEXT // 2 and re.search(r"\d", lines[0]):
        del lines[0]  # the time, as readers see it
    return Entry(published_at=_moment(stamp), title=mend(title), text=_paragraphs(lines))


def _paragraphs(lines: Sequence[str]) -> str:
    return "\n\n".join(folded for line in lines if (folded := " ".join(mend(line).split())))


def _moment(text: Any) -> datetime | None:
    """Aware, in UTC; without a zone it is taken as UTC. Midnight is a time here, and no whole day."""
    try:
        found = datetime.fromisoformat(str(text).strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return moment(str(text))
