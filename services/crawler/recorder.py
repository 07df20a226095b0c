"""From a fetched page to the outbox, in the order that loses nothing: archived, then noted, both on disk.

Pages that wait together share one flush to disk and one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.crawler.archive import Archived, Item
from services.crawler.core import (
    Capture,
    Lead,
    Response,
    Revisit,
    Seen,
    capture,
    decoded,
    first_revisit,
    gone,
    next_revisit,
    outgoing,
    read,
)
from services.crawler.sources import Source
from services.crawler.state import Noted, State

GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Page:
    """A page as fetched, or the answer that it is gone, and for whom."""

    response: Response
    lead: Lead
    source: Source


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch that is archived; `unchanged` had the bytes of their last capture, and are looked at again."""

    captures: tuple[Noted, ...]
    unchanged: tuple[tuple[Page, Revisit | None], ...]


class Archiving(Protocol):
    """What is needed of the archive."""

    def append_all(self, items: Sequence[Item]) -> list[str]: ...

    def read(self, reference: str) -> Archived: ...


class Recorder:
    """One writer: nobody else notes captures while it works."""

    def __init__(self, state: State, archive: Archiving, new_id: Callable[[], str]) -> None:
        self._state = state
        self._archive = archive
        self._new_id = new_id

    def archive(self, batch: Sequence[Page]) -> Recorded:
        """First half. OSError: nothing was kept, try again."""
        there = [page for page in batch if page.response.status not in GONE]
        absent = [page for page in batch if page.response.status in GONE]
        captures, unchanged = self._archive_pages(there)
        noted, known = self._archive_gone(absent)
        return Recorded((*captures, *noted), (*unchanged, *known))

    def _archive_pages(self, batch: Sequence[Page]) -> tuple[list[Noted], list[tuple[Page, Revisit | None]]]:
        readings = [read(page.response) for page in batch]
        seen = self._state.seen([reading.canonical for reading in readings])
        changed, unchanged = [], []
        for page, reading in zip(batch, readings, strict=True):
            found = capture(reading, self._new_id(), page.response.fetched_at, seen.get(reading.canonical))
            if found.same:
                unchanged.append((page, _again(found, page)))
                continue
            seen[found.canonical] = Seen(found.first_seen, found.revision, found.digest)
            changed.append((page, found))
        references = self._archive.append_all([_item(page, found) for page, found in changed])
        captures = [
            Noted(
                found,
                page.lead,
                outgoing(found, page.response, page.lead, page.source, reference),
                _again(found, page),
            )
            for (page, found), reference in zip(changed, references, strict=True)
        ]
        return captures, unchanged

    def _archive_gone(self, batch: Sequence[Page]) -> tuple[list[Noted], list[tuple[Page, Revisit | None]]]:
        """What was captured is published once more, as gone; the archive has it already."""
        seen = self._state.seen([page.lead.url for page in batch])
        noted: list[Noted] = []
        known: list[tuple[Page, Revisit | None]] = []
        for page in batch:
            last = seen.get(page.lead.url)
            archived = self._last(last)
            if last is None or archived is None:
                known.append((page, None))
                continue
            then = archived.response()
            found = gone(self._new_id(), page.lead.url, decoded(then), page.response.fetched_at, last)
            noted.append(Noted(found, page.lead, outgoing(found, then, page.lead, page.source, last.archive)))
        return noted, known

    def _last(self, last: Seen | None) -> Archived | None:
        """The last capture, if there is one and the page was still there then."""
        if last is None or last.gone or not last.archive:
            return None
        try:
            return self._archive.read(last.archive)
        except LookupError:
            return None  # its file was moved away: nothing is left to be marked

    def note(self, recorded: Recorded) -> None:
        """Second half. OSError: nothing was noted, try this half again."""
        self._state.note(
            recorded.captures,
            [(page.lead, page.response.fetched_at, again) for page, again in recorded.unchanged],
        )


def _again(found: Capture, page: Page) -> Revisit | None:
    if page.lead.step:
        return next_revisit(page.lead, page.response.fetched_at, page.response)
    return first_revisit(found, page.response, page.lead, page.source)


def _item(page: Page, found: Capture) -> Item:
    fields = {
        "Newswatch-Source": page.source.id,
        "Newswatch-First-Seen": found.first_seen.isoformat(),
        "Newswatch-Revision": str(found.revision),
    }
    return Item(found.id, page.response, fields)
