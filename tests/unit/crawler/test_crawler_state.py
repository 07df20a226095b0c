"""What the crawler remembers, across restarts."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.recorder import Recorder
from services.crawler.state import State, StateError, _moment
from tests.unit.crawler.crawling import NOW, FakeArchive, ids, lead, page


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    found = State(tmp_path)
    yield found
    found.close()


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=20000)))
def test_moments_survive_to_the_microsecond(distance: timedelta) -> None:
    moment = NOW + distance
    assert _moment(moment.timestamp()) == moment


def test_a_feed_and_its_entries(state: State) -> None:
    assert state.feed("f") == ("", "", False)
    state.discovered("f", '"e"', "yesterday", [("u1", "m1"), ("u2", "m2")], [lead("a")])
    state.discovered("f", '"e2"', "today", [("u1", "m1b")], [])
    assert state.feed("f") == ('"e2"', "today", True)
    assert state.fingerprints("f", ["u1", "u2", "u3"]) == {"u1": "m1b", "u2": "m2"}
    assert state.fingerprints("other", ["u1"]) == {}
    assert state.leads() == [lead("a")]
    assert state.fetched([lead("a").url, "u2"]) == {lead("a").url: NOW}


def test_leads_stay_until_they_are_done(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.discovered("f", "", "", [], [lead("a"), lead("b")])
    state.postpone(lead("a").url, 2, 123.0)
    state.done(lead("b"), NOW)
    state.close()
    state = State(tmp_path)
    (left,) = state.leads()
    assert (left.url, left.attempts, left.due) == (lead("a").url, 2, 123.0)
    assert state.fetched([lead("b").url]) == {lead("b").url: NOW}
    state.close()


def test_an_edit_announced_during_the_fetch_is_not_lost(state: State) -> None:
    state.discovered("f", "", "", [], [lead("a")])
    state.discovered("f", "", "", [], [lead("a", minutes=1)])
    state.done(lead("a"), NOW)
    assert state.leads() == [lead("a", minutes=1)]


def test_a_second_crawler_is_refused(state: State, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="another crawler uses it"):
        State(tmp_path)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StateError, match=r"state\.sqlite: file is not a database; move that folder away"):
        State(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="crawler state"):
        State(tmp_path / "file" / "crawler")


def test_a_full_disk_is_named_and_nothing_is_half_done(state: State) -> None:
    recorder = Recorder(state, FakeArchive(), ids())
    recorded = recorder.archive([page("a", b"x" * 200), page("b", random.Random(0).randbytes(300_000))])
    pages = state.database.connection.execute("PRAGMA page_count").fetchone()[0]
    state.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StateError, match="full; free space"):
        recorder.note(recorded)
    assert (state.unsettled, state.waiting(), state.seen([lead("a").url])) == (0, [], {})
    state.database.connection.execute(f"PRAGMA max_page_count = {pages + 10000}")
    recorder.note(recorded)
    assert state.unsettled == 2


def test_the_outbox_gives_the_oldest_first_and_forgets_when_told(state: State) -> None:
    recorder = Recorder(state, FakeArchive(), ids())
    recorder.note(recorder.archive([page(name) for name in "abc"]))
    first, second, third = state.waiting()
    assert [waiting.message.fetched_at for waiting in (first, second, third)] == [NOW] * 3
    state.acknowledged([first.number], settled=False)
    assert state.waiting() == [second, third]
    assert (state.unsettled, state.unacknowledged()) == (3, 2)
    state.acknowledged([second.number], settled=True)
    assert [capture for _, capture in state.captures()] == [first.message.capture, third.message.capture]
    state.publish_again()
    assert state.waiting() == [first, third]
    state.settled([first.message.capture])
    assert state.waiting(after=first.number) == [third]
    assert state.unsettled == 1
