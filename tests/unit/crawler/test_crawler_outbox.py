"""Nothing that was archived into the outbox is lost, whatever stops between two steps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.events import DeadLetter
from schemas.topics import RAW
from services.crawler.outbox import Outbox
from services.crawler.recorder import Page, Recorder
from services.crawler.state import State, StateError
from services.kit.health import Health
from services.kit.metrics import Metrics
from tests.unit.crawler.crawling import NOW, FakeArchive, FakeBroker, FakeStore, ids, lead, page

PAGES = [page(name) for name in "abc"]


class MessageSizeTooLargeError(Exception):
    """Named as kafka-python names it."""


@contextmanager
def crawling(
    folder: Path, broker: FakeBroker, store: FakeStore | None
) -> Iterator[tuple[State, Outbox, Health]]:
    """State and outbox, begun and stopped as the shell does it."""
    metrics = Metrics("crawler")
    health = Health("crawler", metrics, "broker")
    state = State(folder)
    outbox = Outbox(
        state=state, connect=broker.connect, store=store, metrics=metrics, health=health, clock=lambda: NOW
    )
    outbox.start()
    try:
        yield state, outbox, health
    finally:
        outbox.stop()
        assert not outbox.crashed.is_set()
        state.close()


def soon(condition: Callable[[], bool], what: str = "") -> None:
    deadline = time.monotonic() + 8
    while not condition():
        assert time.monotonic() < deadline, f"not within 8 s: {what}"
        time.sleep(0.01)


def record(state: State, pages: list[Page] = PAGES, new_id: Callable[[], str] | None = None) -> None:
    recorder = Recorder(state, FakeArchive(), new_id or ids())
    recorder.note(recorder.archive(pages))


def test_a_durable_broker_settles_by_acknowledging(tmp_path: Path) -> None:
    broker = FakeBroker()
    with crawling(tmp_path, broker, None) as (state, outbox, health):
        record(state)
        outbox.wake()
        soon(lambda: state.unsettled == 0, "settled")
        assert health.reasons() == {}
    assert broker.captures == [f"00000000-0000-4000-8000-{n:012}" for n in (1, 2, 3)]
    assert {topic for topic, _, _, _ in broker.taken} == {RAW.name}


def test_a_forgetful_broker_gets_again_what_is_not_settled(tmp_path: Path) -> None:
    broker, store = FakeBroker(), FakeStore()
    with crawling(tmp_path, broker, store) as (state, outbox, _):
        record(state)
        outbox.wake()
        soon(lambda: state.unacknowledged() == 0, "acknowledged")
        assert state.unsettled == 3
    first, second, third = broker.captures
    store.known = {second}
    again = FakeBroker()
    with crawling(tmp_path, again, store) as (state, _, _):
        soon(lambda: len(again.taken) == 2, "published again")
        assert again.captures == [first, third]
        assert store.forgotten == [second]
        store.known = {first, third}
        soon(lambda: state.unsettled == 0, "settled")
    assert sorted(store.forgotten) == sorted([first, second, third])


def test_a_broker_that_is_down_is_waited_for(tmp_path: Path) -> None:
    broker = FakeBroker()
    broker.down = True
    with crawling(tmp_path, broker, None) as (state, outbox, health):
        record(state)
        outbox.wake()
        soon(lambda: "is down" in health.reasons().get("broker", ""), "said so")
        assert state.unsettled == 3
        broker.down = False
        soon(lambda: state.unsettled == 0, "published")
        assert health.reasons() == {}
    assert broker.captures == sorted(broker.captures)


def test_a_failed_message_is_published_again_in_its_order(tmp_path: Path) -> None:
    broker, new_id = FakeBroker(), ids()
    with crawling(tmp_path, broker, None) as (state, outbox, _):
        second = "00000000-0000-4000-8000-000000000002"
        broker.failing[second] = ConnectionError("gone")
        record(state, new_id=new_id)
        outbox.wake()
        soon(lambda: broker.connections > 1, "connected anew")
        broker.failing.clear()
        soon(lambda: state.unsettled == 0, "published")
    assert set(broker.captures) == {f"00000000-0000-4000-8000-{n:012}" for n in (1, 2, 3)}


def test_a_message_that_the_broker_finds_too_large_becomes_a_dead_letter(tmp_path: Path) -> None:
    broker = FakeBroker()
    broker.failing["00000000-0000-4000-8000-000000000002"] = MessageSizeTooLargeError("1048576")
    with crawling(tmp_path, broker, None) as (state, outbox, _):
        record(state)
        outbox.wake()
        soon(lambda: broker.connections > 1, "connected anew")
        broker.failing.clear()
        soon(lambda: state.unsettled == 0, "published")
    (letter,) = [
        DeadLetter.model_validate_json(value) for topic, _, _, value in broker.taken if topic == RAW.dead.name
    ]
    assert (letter.reason, letter.archive) == ("too-large", "x.warc.gz#1")


def test_a_silent_broker_does_not_keep_the_process(tmp_path: Path) -> None:
    broker = FakeBroker()
    broker.silent = True
    started = time.monotonic()
    with crawling(tmp_path, broker, None) as (state, outbox, _):
        record(state)
        outbox.wake()
        time.sleep(0.5)
    assert time.monotonic() - started < 5
    with crawling(tmp_path, FakeBroker(), None) as (state, _, _):
        soon(lambda: state.unsettled == 0, "published after the restart")


class Stop(Exception):
    """The process ends here."""


STEPS = ("discovered", "fetched", "archived", "noted", "published", "acknowledged", "settled", "forgotten")


@pytest.mark.parametrize("step", STEPS)
def test_the_process_may_end_after_any_step(tmp_path: Path, step: str) -> None:
    """The steps by hand, cut off after each; then a fresh process does what is left to do."""
    archive, store, new_id = FakeArchive(), FakeStore(), ids()
    published: list[str] = []

    def go(stop_after: str = "") -> None:
        def passed(name: str) -> None:
            if name == stop_after:
                raise Stop

        state = State(tmp_path)
        try:
            if not state.feed("f")[2]:
                state.discovered("f", "etag", "", [], [lead(name) for name in "abc"])
            passed("discovered")
            batch = [page(each.title) for each in state.leads()]
            passed("fetched")
            recorder = Recorder(state, archive, new_id)
            recorded = recorder.archive(batch)
            passed("archived")
            recorder.note(recorded)
            passed("noted")
            state.publish_again()
            waiting = state.waiting()
            published.extend(each.message.capture for each in waiting)
            passed("published")
            state.acknowledged([each.number for each in waiting], settled=False)
            passed("acknowledged")
            store.known |= {each.message.capture for each in waiting}
            settled = sorted(store.settled([capture for _, capture in state.captures()]))
            state.settled(settled)
            passed("settled")
            store.forget_captures(settled)
            passed("forgotten")
        finally:
            state.close()

    with pytest.raises(Stop):
        go(step)
    go()
    state = State(tmp_path)
    assert (state.leads(), state.unsettled) == ([], 0)
    assert len(state.seen([lead(name).url for name in "abc"])) == 3
    state.close()
    # The same capture twice is harmless; two captures of one page would be two fetches.
    assert len(set(published)) == 3
    assert len(archive.items) == (6 if step == "archived" else 3)


def test_a_full_disk_between_the_steps_loses_nothing(tmp_path: Path) -> None:
    state, archive = State(tmp_path), FakeArchive()
    recorder = Recorder(state, archive, ids())
    archive.failures = 1
    with pytest.raises(OSError, match="No space"):
        recorder.archive(PAGES)
    recorded = recorder.archive(PAGES)
    state.database.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StateError):
        recorder.note(recorded)
    state.database.connection.execute("PRAGMA query_only = 0")
    recorder.note(recorded)
    assert (len(archive.items), state.unsettled) == (3, 3)
    state.close()


def test_a_page_that_did_not_change_is_not_published_again(tmp_path: Path) -> None:
    state, archive = State(tmp_path), FakeArchive()
    recorder = Recorder(state, archive, ids())
    same, edited = page("a", minutes=1), page("a", b"<p>edited", minutes=2)
    for batch in ([page("a")], [same], [edited], [edited]):
        recorder.note(recorder.archive(batch))
    assert (len(archive.items), state.unsettled) == (2, 2)
    assert state.fetched([lead("a").url]) == {lead("a").url: edited.response.fetched_at}
    state.close()


def test_two_captures_of_one_page_in_one_batch_share_first_seen_and_grow(tmp_path: Path) -> None:
    state = State(tmp_path)
    recorder = Recorder(state, FakeArchive(), ids())
    recorded = recorder.archive([page("a"), page("a", b"<p>edited"), page("a", b"<p>edited")])
    first, second = (noted.capture for noted in recorded.captures)
    assert first.first_seen == second.first_seen == NOW
    assert second.revision == first.revision + 1
    assert len(recorded.unchanged) == 1
    recorder.note(recorded)
    state.close()
