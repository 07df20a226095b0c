"""From a fetched page to the outbox, in the order that loses nothing: archived, then noted, both on disk.

Pages that wait together share one flush to disk and one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.crawler.archive import Item
from services.crawler.core import Lead, Response, Seen, capture, outgoing, read
from services.crawler.sources import Source
from services.crawler.state import Noted, State


@dataclass(frozen=True, slots=True)
class Page:
    """A page as fetched, and for whom."""

    response: Response
    lead: Lead
    source: Source


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch that is archived; `unchanged` had the bytes of their last capture."""

    captures: tuple[Noted, ...]
    unchanged: tuple[Page, ...]


class Archiving(Protocol):
    """What is needed of the archive."""

    def append_all(self, items: Sequence[Item]) -> list[str]: ...


class Recorder:
    """One writer: nobody else notes captures while it works."""

    def __init__(self, state: State, archive: Archiving, new_id: Callable[[], str]) -> None:
        self._state = state
        self._archive = archive
        self._new_id = new_id

    def archive(self, batch: Sequence[Page]) -> Recorded:
        """First half. OSError: nothing was kept, try again."""
        readings = [read(page.response) for page in batch]
        seen = self._state.seen([reading.canonical for reading in readings])
        changed, unchanged = [], []
        for page, reading in zip(batch, readings, strict=True):
            found = capture(reading, self._new_id(), page.response.fetched_at, seen.get(reading.canonical))
            if found.same:
                unchanged.append(page)
                continue
            seen[found.canonical] = Seen(found.first_seen, found.revision, found.digest)
            changed.append((page, found))
        references = self._archive.append_all(
            [
                Item(
                    found.id,
                    page.response,
                    {
                        "Newswatch-Source": page.source.id,
                        "Newswatch-First-Seen": found.first_seen.isoformat(),
                        "Newswatch-Revision": str(found.revision),
                    },
                )
                for page, found in changed
            ]
        )
        captures = [
            Noted(found, page.lead, outgoing(found, page.response, page.lead, page.source, reference))
            for (page, found), reference in zip(changed, references, strict=True)
        ]
        return Recorded(tuple(captures), tuple(unchanged))

    def note(self, recorded: Recorded) -> None:
        """Second half. OSError: nothing was noted, try this half again."""
        self._state.note(
            recorded.captures, [(page.lead, page.response.fetched_at) for page in recorded.unchanged]
        )
