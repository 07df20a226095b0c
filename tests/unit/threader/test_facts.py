"""What of a report is news to its story."""

import pytest

from schemas.events import ThreadedArticle
from services.threader.core import Threader
from services.threader.facts import Told, news
from tests.unit.threader.test_threader import article, event


def said(
    count: int | None = None,
    status: str = "done",
    actor: tuple[str, ...] = ("NO",),
    target: tuple[str, ...] = ("RU",),
    type: str = "expulsion",
) -> Told:
    return Told(type, actor, target, count, status)


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (30, 28),
        (28, 30),
        (1183, 1200),
        (500, 512),
        (40_000, 41_500),
        (8, 8),
        (8, 3),
        (100, 12),
        (8, None),
    ],
)
def test_a_number_that_is_rounded_or_a_part_is_no_news(known: int, new: int | None) -> None:
    assert news(said(new), [said(known)]) is None


@pytest.mark.parametrize(
    ("known", "new"), [(8, 9), (8, 7), (12, 27), (30, 37), (10, 12), (None, 8), (95, 62), (60, 62_000)]
)
def test_another_number_is_news(known: int | None, new: int) -> None:
    assert news(said(new), [said(known)]) == "count"


def test_once_both_are_known_neither_is_news() -> None:
    known = [said(12), said(27)]
    assert news(said(12), known) is None
    assert news(said(28), known) == "count"
    assert news(said(30), known) is None
    assert news(said(35), known) == "count"


@pytest.mark.parametrize(
    ("known", "new", "kind"),
    [
        ("threatened", "announced", "status"),
        ("threatened", "done", "status"),
        ("announced", "done", "status"),
        ("done", "reversed", "status"),
        ("done", "denied", "status"),
        ("done", "announced", None),
        ("done", "threatened", None),
        ("denied", "denied", None),
        ("done", "historical", None),
    ],
)
def test_stages(known: str, new: str, kind: str | None) -> None:
    assert news(said(status=new), [said(status=known)]) == kind


def test_a_further_party_is_news_and_one_left_out_is_none() -> None:
    assert news(said(actor=("NO", "SE")), [said()]) == "event"
    assert news(said(actor=("SE",)), [said()]) == "event"
    assert news(said(actor=()), [said()]) is None
    assert news(said(actor=(), target=()), [said()]) is None
    assert news(said(target=()), [said(actor=())]) is None


def test_an_event_of_another_type_is_news() -> None:
    assert news(said(type="summons"), [said()]) == "event"


def test_an_answer_is_known_by_its_parties_or_by_its_text() -> None:
    assert news(said(actor=("RU",), target=("NO",)), [said()]) == "answer"
    closure = said(type="mission_closure", actor=("RU",), target=("NO",))
    assert news(closure, [said()]) == "event"
    assert news(closure, [said()], response=True) == "answer"


def kinds(told: ThreadedArticle) -> list[tuple[str, int | None]]:
    return [(fact.kind, fact.count) for fact in told.new_facts]


def test_one_story_over_its_days() -> None:
    threader = Threader()
    threat = threader.thread(article("a", "Oslo may act.", [event("NO", "RU", status="threatened")]))
    done = threader.thread(article("b", "Eight must go.", [event("NO", "RU", 8)], minutes=60))
    again = threader.thread(article("c", "Oslo sends them home.", [event("NO", "RU", 8)], minutes=61))
    part = threader.thread(article("b", "Three of the eight left.", [event("NO", "RU", 3)], 90, revision=2))
    assert kinds(threat) == [("event", None)]
    assert kinds(done) == [("status", 8)]
    assert kinds(again) == []
    assert again.reason.endswith("no new facts")
    assert part.new_facts == ()


def test_a_toll_that_is_told_roundly_alarms_once_for_each_step() -> None:
    text = "The quake in Aldermoor struck Brackwater, Cindle and Dorrance near Eskdale and Fenwick again."
    threader = Threader()
    numbers = (12, 12, 27, 30, 28, 27, 62, 60, 64, 95)
    told = [
        threader.thread(article(f"t{at}", text, [event("CL", "CL", count, type="disaster")], minutes=at * 20))
        for at, count in enumerate(numbers)
    ]
    assert {each.story for each in told} == {"t0"}
    assert [count for each in told for _, count in kinds(each)] == [12, 27, 62, 95]


def test_an_event_without_parties_alarms_once() -> None:
    text = "The quake in Aldermoor struck Brackwater, Cindle and Dorrance near Eskdale and Fenwick again."
    nobody = event("CL", "CL", type="disaster").model_copy(update={"actor": (), "target": ()})
    threader = Threader()
    told = [threader.thread(article(f"t{at}", text, [nobody], minutes=at)) for at in range(4)]
    assert [len(each.new_facts) for each in told] == [1, 0, 0, 0]
