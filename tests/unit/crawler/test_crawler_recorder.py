"""What becomes of a page that was captured before: an edit, nothing, or gone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.events import Hunk, Previous, RawPage
from services.crawler.archive import Archive
from services.crawler.core import Lead, Revisit
from services.crawler.recorder import Page, Recorded, Recorder
from services.crawler.state import State
from tests.unit.crawler.crawling import ids, page

ARTICLE = "<html><head><title>Head</title></head><body><p>The first paragraph of it.</p>{}</body>"


class Kept:
    """A recorder on real files, and what it published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = State(folder / "state")
        self.archive = Archive(folder / "archive", 1 << 30, "newswatch/test")
        self.recorder = Recorder(self.state, self.archive, ids())

    def record(self, *batch: Page) -> Recorded:
        recorded = self.recorder.archive(batch)
        self.recorder.note(recorded)
        return recorded

    def published(self) -> list[RawPage]:
        return [RawPage.model_validate_json(waiting.message.value) for waiting in self.state.waiting()]

    def close(self) -> None:
        self.archive.close()
        self.state.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    found = Kept(tmp_path)
    yield found
    found.close()


def shown(extra: str, minutes: float = 0) -> Page:
    return page("a", ARTICLE.format(extra).encode(), minutes)


def looked_again(found: Page, status: int = 200, etag: str = "") -> Page:
    """The same, as it comes when a page is looked at again."""
    headers = (*found.response.headers, ("ETag", etag)) if etag else found.response.headers
    lead: Lead = replace(found.lead, step=1, since=found.lead.discovered.timestamp())
    return replace(found, lead=lead, response=replace(found.response, status=status, headers=headers))


def test_an_edit_says_what_changed_and_since_when(kept: Kept) -> None:
    kept.record(shown("<p>Six have to leave.</p>"))
    kept.record(shown("<p>Eight have to leave.</p>", 60))
    kept.record(shown("<p>Eight have to leave.</p><p>None was named.</p>", 120))
    first, second, third = kept.published()
    assert (first.previous, first.difference) == (None, ())
    assert second.previous == Previous(
        revision=first.revision, fetched_at=first.fetched_at, archive=first.archive
    )
    before = "The first paragraph of it."
    assert second.difference == (
        Hunk(before=before, removed=("Six have to leave.",), added=("Eight have to leave.",)),
    )
    assert third.previous is not None
    assert third.previous.archive == second.archive
    assert third.difference == (Hunk(before="Eight have to leave.", added=("None was named.",)),)


def test_what_no_reader_sees_is_no_edit_but_its_validators_are_taken(kept: Kept) -> None:
    kept.record(shown("<script>a</script>"))
    again = looked_again(shown("<script>b</script>", 60), etag='"new"')
    recorded = kept.record(again)
    assert recorded.captures == ()
    (same,) = recorded.unchanged
    assert (same.outcome, same.again and same.again.etag) == ("same-text", '"new"')
    assert isinstance(same.again, Revisit)
    assert len(kept.published()) == 1
    assert kept.state.revisits(same.again.due, 9, 9) == [same.again]
    # Compared is with what was published: a change in two small steps is one all the same.
    kept.record(shown("<script>c</script><p>More.</p>", 120))
    assert [hunk.added for hunk in kept.published()[-1].difference] == [("More.",)]


def test_a_page_without_text_that_changes_is_published_without_a_difference(kept: Kept) -> None:
    kept.record(page("a", b"<script>one</script>"))
    kept.record(page("a", b"<script>two</script>", 60))
    first, second = kept.published()
    assert (second.previous and second.previous.revision, second.difference) == (first.revision, ())


def test_the_answer_that_a_page_is_gone_is_archived(kept: Kept) -> None:
    kept.record(shown("<p>Six.</p>"))
    kept.record(shown("<p>Eight.</p>", 60))
    answer = looked_again(page("a", b"nothing here", 120), status=410)
    recorded = kept.record(answer)
    (noted,) = recorded.captures
    _, edited, gone = kept.published()
    assert gone == edited.model_copy(
        update={
            "capture_id": noted.capture.id,
            "revision": edited.revision + 3_600_000,
            "gone_at": answer.response.fetched_at,
            "discovered_at": answer.lead.discovered,
        }
    )
    (file,) = kept.archive.folder.iterdir()
    text = file.read_bytes()
    assert len(text) > int(gone.archive.partition("#")[2])
    # It stays gone until it is there again; then its last edit is told once more.
    assert kept.record(looked_again(page("a", b"nothing", 180), status=404)).captures == ()
    kept.record(shown("<p>Eight.</p>", 240))
    back = kept.published()[-1]
    assert (back.gone_at, back.difference, back.previous) == (None, edited.difference, edited.previous)
    assert back.revision > gone.revision


def test_a_last_capture_that_was_moved_away_is_not_missed(kept: Kept) -> None:
    kept.record(shown("<p>Six.</p>"))
    for file in kept.archive.folder.iterdir():
        file.rename(kept.folder / file.name)
    kept.archive.close()
    kept.record(shown("<p>Eight.</p>", 60))
    assert (kept.published()[-1].previous, kept.published()[-1].difference) == (None, ())


def test_two_captures_in_one_batch_are_compared_with_each_other(kept: Kept) -> None:
    kept.record(shown("<p>Six.</p>"), page("b"), shown("<p>Eight.</p>", 1), shown("<p>Eight.</p><hr>", 2))
    by_revision = sorted(
        (each for each in kept.published() if each.url.endswith("/a")),
        key=lambda each: each.revision,
    )
    first, second = by_revision
    assert second.previous is not None
    assert second.previous.archive == first.archive
    assert second.difference[0].removed == ("Six.",)
