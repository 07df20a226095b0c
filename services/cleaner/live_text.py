"""The text of a live blog: what stands above its reports, then the reports in the page's order, each under
its heading; and the reports as that text has them. Pure.

A page shows its last reports and may list hundreds more for machines. In the text are those that it shows;
where they are short of ENOUGH characters, the newest of the others, too. `entries` has all.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate

from schemas.events import Entry
from services.cleaner.boilerplate import is_boilerplate

ENOUGH = 20_000  # characters of reports
LEAST_TEXT = 40  # characters of a paragraph that is known by itself, and of one that belongs to no report
COVERED = 0.9  # of a report's text, where the page's paragraphs stand for it
MOST_WORK = 100_000_000  # characters compared; beyond, only whole paragraphs are
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def live_text(text: str, entries: Sequence[Entry]) -> tuple[str, tuple[Entry, ...]]:
    """`text`: what was found on the page, in paragraphs. Every paragraph of a report that is in the new text
    is in its entry, in the same order.
    """
    plain = [_plain(entry) for entry in entries]
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph]
    owners = _owners(paragraphs, plain)
    owned = [place for place, owner in enumerate(owners) if owner is not None]
    first, last = (owned[0], owned[-1]) if owned else (len(paragraphs), len(paragraphs))
    places = _places(owners[: last + 1])
    shown = [
        _as_shown(entry, [paragraphs[place] for place in places.get(number, ())])
        for number, entry in enumerate(plain)
    ]
    kept = _with_newest({owner for owner in owners if owner is not None}, shown)
    joined = [
        *paragraphs[:first],
        *(line for number, entry in enumerate(shown) if number in kept for line in _lines(entry)),
        *(paragraph for paragraph in paragraphs[last + 1 :] if len(paragraph) >= LEAST_TEXT),
    ]
    return "\n\n".join(joined), tuple(shown)


def _lines(entry: Entry) -> list[str]:
    return [line for line in (entry.title, *entry.text.split("\n\n")) if line]


def _plain(entry: Entry) -> Entry:
    """Without the lines that are no report."""
    lines = [line for line in entry.text.split("\n\n") if not is_boilerplate(line)]
    return entry.model_copy(update={"text": "\n\n".join(lines)})


def _owners(paragraphs: Sequence[str], entries: Sequence[Entry]) -> list[int | None]:
    """The report to which each paragraph belongs; one of two that have it in the order of the page."""
    lines: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        for line in _lines(entry):
            lines.setdefault(line, []).append(number)
    whole = [" ".join(entry.text.split()) for entry in entries]
    compared = len(paragraphs) * sum(map(len, whole)) <= MOST_WORK
    found: list[int | None] = []
    last = 0
    for paragraph in paragraphs:
        numbers = lines.get(paragraph, [])
        if not numbers and compared and len(paragraph) >= LEAST_TEXT:
            numbers = [number for number, text in enumerate(whole) if paragraph in text]
        owner = next((number for number in numbers if number >= last), numbers[0] if numbers else None)
        last = last if owner is None else owner
        found.append(owner)
    return found


def _places(owners: Sequence[int | None]) -> dict[int, list[int]]:
    """Where each report's paragraphs are; what stands between them and the next report's is among them, as
    quoted posts are.
    """
    places: dict[int, list[int]] = {}
    at: int | None = None
    for place, owner in enumerate(owners):
        at = at if owner is None else owner
        if at is not None:
            places.setdefault(at, []).append(place)
    return places


def _as_shown(entry: Entry, paragraphs: Sequence[str]) -> Entry:
    """With the page's paragraphs, where they are all of it, for machines are told them in one; else with what
    the page has besides.
    """
    whole = " ".join(entry.text.split())
    text = [each for each in paragraphs if each != entry.title and (len(each) >= LEAST_TEXT or each in whole)]
    if sum(len(each) for each in text if each in whole) < COVERED * len(whole):
        text = [*entry.text.split("\n\n"), *(each for each in text if each not in whole)]
    return entry.model_copy(update={"text": "\n\n".join(text)})


def _with_newest(kept: set[int], entries: Sequence[Entry]) -> set[int]:
    """These reports, and the newest of the others as far as there is room for them."""
    room = ENOUGH - sum(len(entries[number].text) for number in kept)
    others = sorted(
        set(range(len(entries))) - kept,
        key=lambda each: entries[each].published_at or _LONG_AGO,
        reverse=True,
    )
    sizes = accumulate(len(entries[number].text) + len(entries[number].title) for number in others)
    return kept | {number for number, size in zip(others, sizes, strict=True) if size <= room}
