"""From a fetched page to the outbox, in the order that loses nothing: archived, then noted, both on disk.

Pages that wait together share one flush to disk and one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.events import Hunk, Previous, RawPage
from services.crawler import provenance
from services.crawler.archive import Archived, Item
from services.crawler.core import (
    Capture,
    Edit,
    Lead,
    Reading,
    Response,
    Revisit,
    Seen,
    capture,
    decode_as,
    decoded,
    first_revisit,
    gone,
    next_revisit,
    outgoing,
    raw_page,
    read,
)
from services.crawler.edits import bounded, difference
from services.crawler.sources import Source
from services.crawler.state import Noted, State
from services.crawler.visible import lines

GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Page:
    """A page as fetched, or the answer that it is gone, and for whom."""

    response: Response
    lead: Lead
    source: Source


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page of which nothing is published, because it has the bytes of its last capture (`unchanged`) or
    shows the same text (`same-text`), and when it is looked at again.
    """

    page: Page
    again: Revisit | None
    outcome: Literal["unchanged", "same-text"] = "unchanged"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch that is archived, as far as it brought something new."""

    captures: tuple[Noted, ...]
    unchanged: tuple[Unchanged, ...]


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
        there = [(page, read(page.response)) for page in batch if page.response.status not in GONE]
        absent = [page for page in batch if page.response.status in GONE]
        seen = self._state.seen([reading.canonical for _, reading in there])
        captures: list[Noted] = []
        unchanged: list[Unchanged] = []
        while there:
            # A page that is there twice is compared with itself, so its first capture is archived before.
            turn, there = _first_of_each(there)
            noted, same = self._archive_pages(turn, seen)
            captures += noted
            unchanged += same
        noted, known = self._archive_gone(absent)
        return Recorded((*captures, *noted), (*unchanged, *known))

    def _archive_pages(
        self, batch: Sequence[tuple[Page, Reading]], seen: dict[str, Seen]
    ) -> tuple[list[Noted], list[Unchanged]]:
        """Each page once. `seen` learns of the captures."""
        changed: list[tuple[Page, Capture, RawPage, str]] = []
        unchanged = []
        for page, reading in batch:
            last = seen.get(reading.canonical)
            found = capture(reading, self._new_id(), page.response.fetched_at, last)
            edit = None if found.same else self._edit(page, reading, last)
            if edit is None:
                unchanged.append(Unchanged(page, _again(found, page), _sameness(found)))
                continue
            message = raw_page(found, page.response, page.lead, page.source, edit)
            changed.append((page, found, message, reading.charset))
        references = self._archive.append_all(
            [_item(found.id, page, message, charset) for page, found, message, charset in changed]
        )
        captures = []
        for (page, found, message, _), reference in zip(changed, references, strict=True):
            seen[found.canonical] = Seen(found.first_seen, found.revision, found.digest, reference)
            archived = message.model_copy(update={"archive": reference})
            published = outgoing(found, page.response, archived)
            captures.append(Noted(found, page.lead, published, _again(found, page)))
        return captures, unchanged

    def _edit(self, page: Page, reading: Reading, last: Seen | None) -> Edit | None:
        """What a capture changes; None where a reader sees nothing of it."""
        archived = self._last(last)
        if last is None or archived is None:
            return Edit()
        then = archived.response()
        previous = Previous(revision=last.revision, fetched_at=then.fetched_at, archive=last.archive)
        hunks = _difference(then, page.response, reading)
        if hunks or hunks is None:
            return Edit(previous, hunks or ())
        # It is there again, as it was: so is its last edit.
        return provenance.edit(archived.told) if last.gone else None

    def _archive_gone(self, batch: Sequence[Page]) -> tuple[list[Noted], list[Unchanged]]:
        """The answer is archived; what was captured last is published once more, as gone."""
        seen = self._state.seen([page.lead.url for page in batch])
        marked: list[tuple[Page, Capture, Response, RawPage]] = []
        known = []
        for page in batch:
            last = seen.get(page.lead.url)
            archived = None if last is None or last.gone else self._last(last)
            if last is None or archived is None:
                known.append(Unchanged(page, None))
                continue
            then = archived.response()
            found = gone(self._new_id(), page.lead.url, decoded(then), page.response.fetched_at, last)
            message = raw_page(found, then, page.lead, page.source, provenance.edit(archived.told))
            marked.append((page, found, then, message.model_copy(update={"archive": last.archive})))
        self._archive.append_all(
            [_item(found.id, page, message, _charset(page.response)) for page, found, _, message in marked]
        )
        noted = [
            Noted(found, page.lead, outgoing(found, then, message)) for page, found, then, message in marked
        ]
        return noted, known

    def _last(self, last: Seen | None) -> Archived | None:
        """The last capture; None where there was none, or its file was moved away."""
        if last is None or not last.archive:
            return None
        try:
            return self._archive.read(last.archive)
        except LookupError:
            return None

    def note(self, recorded: Recorded) -> None:
        """Second half. OSError: nothing was noted, try this half again."""
        self._state.note(
            recorded.captures,
            [(each.page.lead, each.page.response.fetched_at, each.again) for each in recorded.unchanged],
        )


def _again(found: Capture, page: Page) -> Revisit | None:
    if page.lead.step:
        return next_revisit(page.lead, page.response.fetched_at, page.response)
    return first_revisit(found, page.response, page.lead, page.source)


def _first_of_each(
    pages: Sequence[tuple[Page, Reading]],
) -> tuple[list[tuple[Page, Reading]], list[tuple[Page, Reading]]]:
    """The first of each address, and the others."""
    first: dict[str, tuple[Page, Reading]] = {}
    others = [
        (page, reading)
        for page, reading in pages
        if first.setdefault(reading.canonical, (page, reading))[0] is not page
    ]
    return list(first.values()), others


def _sameness(found: Capture) -> Literal["unchanged", "same-text"]:
    return "unchanged" if found.same else "same-text"


def _difference(then: Response, now: Response, reading: Reading) -> tuple[Hunk, ...] | None:
    """None where there is nothing to compare."""
    if then.truncated or now.truncated:
        return None
    old, new = lines(decoded(then)), lines(reading.html)
    return bounded(difference(old, new)) if old and new else None


def _charset(response: Response) -> str:
    return decode_as(response.content, response.header("content-type"))[1]


def _item(id: str, page: Page, message: RawPage, charset: str) -> Item:
    fields = {
        "Newswatch-Source": page.source.id,
        "Newswatch-First-Seen": message.first_seen.isoformat(),
        "Newswatch-Revision": str(message.revision),
    }
    return Item(id, page.response, fields, provenance.told(message, charset, page.response.took))
