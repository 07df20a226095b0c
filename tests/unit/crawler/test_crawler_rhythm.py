"""When a feed is looked at again, and what its silence means."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler import pulse
from services.crawler.pulse import Course, Pulse
from services.crawler.recall import estimate
from services.crawler.rhythm import LEAST, MOST, Hints, Rhythm, fresh_for, observe, pause, retry_after

MONDAY = 1_767_571_200.0
DAY = 86_400.0
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def watched(per_day: float, days: float, every: float = 300.0, hours: range = range(24)) -> Rhythm:
    """A feed that publishes evenly in those hours of the day."""
    chance = random.Random(1)
    rhythm, at, end = Rhythm(), MONDAY, MONDAY + days * DAY
    while at < end:
        busy = int(at // 3600) % 24 in hours
        count = chance.random() < per_day * every / DAY * 24 / len(hours) if busy else 0
        rhythm = observe(rhythm, at, [at] * int(count))
        at += every
    return rhythm


def wait(rhythm: Rhythm, now: float | None = None, **hints: object) -> float:
    return pause(rhythm, rhythm.last if now is None else now, 300.0, Hints(**hints), 0.5)  # type: ignore[arg-type]


def test_a_busy_feed_is_looked_at_often_and_a_quiet_one_seldom() -> None:
    pauses = [wait(watched(per_day, 7)) for per_day in (200, 50, 12, 0)]
    assert pauses == sorted(pauses)
    assert pauses[1] == pytest.approx(300, rel=0.3)  # the typical one
    assert pauses[2] / pauses[0] == pytest.approx(4, rel=0.3)  # √16
    assert pauses[3] > 1800
    assert LEAST <= wait(watched(280, 2)) <= 300


def test_a_feed_that_sleeps_at_night_is_left_to_sleep() -> None:
    rhythm = watched(60, 14, hours=range(6, 20))
    night, noon = MONDAY + 15 * DAY + 1 * 3600, MONDAY + 15 * DAY + 12 * 3600
    assert wait(rhythm, night) > 1.8 * wait(rhythm, noon)


def test_a_new_feed_begins_at_the_pace_of_the_settings() -> None:
    assert wait(Rhythm(last=MONDAY)) == pytest.approx(300, rel=0.1)


def test_what_the_site_asks_for_is_obeyed_within_reason() -> None:
    rhythm = watched(50, 3)
    assert wait(rhythm, fresh_for=1800.0) == 1800
    assert wait(rhythm, fresh_for=400 * DAY) == DAY
    assert wait(rhythm, hub=True) >= 3400
    five = MONDAY + 10 * DAY + 5 * 3600 - 60
    assert five + wait(rhythm, five, skip_hours=frozenset({5, 6})) == MONDAY + 10 * DAY + 7 * 3600
    assert wait(rhythm, skip_days=frozenset(range(7))) < 2 * DAY


@given(st.lists(st.floats(0, 4e9), max_size=5), st.floats(0, 1), st.floats(MONDAY, MONDAY + 1e8))
def test_any_history_gives_a_pause_within_bounds(arrivals: list[float], chance: float, now: float) -> None:
    rhythm = observe(observe(Rhythm(), MONDAY - 1, ()), now, arrivals)
    assert 0.94 * LEAST <= pause(rhythm, now, 300.0, Hints(), chance) <= 1.06 * MOST
    again = Rhythm.loads(rhythm.dumps())
    assert pause(again, now, 300.0, Hints(), chance) == pytest.approx(
        pause(rhythm, now, 300.0, Hints(), chance), rel=0.2
    )


def test_headers() -> None:
    assert fresh_for("public, max-age=600", "", "100", NOW) == 500
    assert fresh_for("no-cache", "", "", NOW) == 0
    assert fresh_for("", "Tue, 24 Nov 2026 12:10:00 GMT", "", NOW) == 600
    assert fresh_for("max-age=soon", "yesterday", "", NOW) == 0
    assert retry_after("120", NOW) == 120
    assert retry_after("Tue, 24 Nov 2026 12:02:00 GMT", NOW) == 120
    assert retry_after("Tue, 24 Nov 2026 11:00:00 GMT", NOW) == 0
    assert [retry_after(text, NOW) for text in ("", "-5", "soon", "9" * 40)] == [None] * 4


# Health


def lived(per_day: float, days: float, seed: int = 1) -> Pulse:
    chance = random.Random(seed)
    found, at = Pulse(), MONDAY
    while at < MONDAY + days * DAY:
        at += 600
        found = pulse.succeeded(found, at, [at] if chance.random() < per_day / 144 else ())
    return found


def test_silence_is_told_by_the_sources_own_history() -> None:
    wire, weekly = lived(50, 20), lived(0.2, 60)
    assert pulse.judge(wire, MONDAY + 20 * DAY).state == "well"
    judged = pulse.judge(wire, MONDAY + 21 * DAY)
    assert judged.state == "silent"
    assert "articles would be usual" in judged.reason
    assert judged.seen_per_day == pytest.approx(45, rel=0.4)
    assert pulse.judge(weekly, MONDAY + 63 * DAY).state != "silent"


def test_ordinary_sources_raise_no_false_alarm_in_a_year() -> None:
    for per_day in (2, 20):
        found, chance, at = Pulse(), random.Random(per_day), MONDAY
        alarms = 0
        while at < MONDAY + 365 * DAY:
            at += 3600
            found = pulse.succeeded(found, at, [at] if chance.random() < per_day / 24 else ())
            alarms += pulse.judge(found, at).state == "silent"
        assert alarms <= 1


def test_other_troubles_have_their_names() -> None:
    now = MONDAY
    failing = Pulse()
    for _ in range(3):
        failing = pulse.failed(failing, now, "timeout", "no answer")
    assert pulse.judge(failing, now).state == "failing"
    assert pulse.judge(pulse.failed(failing, now, "http-403", "HTTP 403"), now).state == "blocked"
    assert pulse.judge(pulse.failed(failing, now, "changed", "no articles"), now).state == "changed"
    assert pulse.judge(pulse.succeeded(failing, now, ()), now).state == "new"
    assert pulse.judge(lived(3, 10), MONDAY + 10 * DAY, expected_per_day=20).state == "sparse"
    assert Pulse.loads(failing.dumps()) == failing


def way(per_day: float, days: float) -> Course:
    chance, found, at = random.Random(2), Course(), MONDAY
    while at < MONDAY + days * DAY:
        at += 600
        found = pulse.looked(found, at, [at] if chance.random() < per_day / 144 else ())
    return found


def test_a_way_that_went_quiet_is_told_though_its_source_is_well() -> None:
    busy, well = way(20, 10), lived(50, 12)
    assert pulse.trouble("feed", busy, MONDAY + 10 * DAY) is None
    for hours in range(48 * 6):
        busy = pulse.looked(busy, MONDAY + 10 * DAY + hours * 600, ())
    found = pulse.trouble("feed", busy, MONDAY + 12 * DAY)
    assert found is not None
    assert "feed: nothing new for 4" in found.reason
    judged = pulse.judge(well, MONDAY + 12 * DAY, None, [found])
    assert (judged.state, judged.reason) == ("partial", found.reason)


@pytest.mark.parametrize("per_day", [0.1, 1, 5, 50])
def test_ordinary_ways_raise_no_false_alarm(per_day: float) -> None:
    chance, found, at = random.Random(4), Course(), MONDAY
    alarms = 0
    while at < MONDAY + 200 * DAY:
        at += 1800
        found = pulse.looked(found, at, [at] if chance.random() < per_day / 48 else ())
        alarms += pulse.trouble("feed", found, at) is not None
    assert alarms == 0


def test_a_way_that_fails_or_has_moved_is_told() -> None:
    well, now = lived(50, 12), MONDAY + 12 * DAY
    failing = Course(failures=3, cause="HTTP 404")
    moved = pulse.looked(Course(), now, (), moved="https://p.example/new")
    troubles = [found for each in (moved, failing) if (found := pulse.trouble("feed", each, now))]
    assert [each.state for each in troubles] == ["moved", "partial"]
    assert pulse.judge(well, now, None, troubles).state == "partial"
    judged = pulse.judge(well, now, None, troubles[:1])
    assert judged.state == "moved"
    assert "https://p.example/new" in judged.reason


def test_courses_are_kept_and_those_of_old_are_read() -> None:
    course = Course(
        watched(20, 3), news=MONDAY, usual=3.25, failures=2, cause="é", moved="https://x.example/"
    )
    assert Course.loads(course.dumps()) == replace(course, rhythm=Rhythm.loads(course.rhythm.dumps()))
    assert Course.loads(course.rhythm.dumps()).rhythm == Rhythm.loads(course.rhythm.dumps())
    for broken in ("", "null", "{}", '{"rhythm": 3}', "[1]"):
        with pytest.raises((ValueError, TypeError, KeyError)):
            Course.loads(broken)


# Recall


def test_recall_is_estimated_from_who_found_what() -> None:
    chance = random.Random(3)
    counts: dict[frozenset[str], int] = {}
    for _ in range(5000):
        ways = frozenset(way for way, share in (("feed", 0.8), ("sitemap", 0.5)) if chance.random() < share)
        counts[ways] = counts.get(ways, 0) + 1
    missed = counts.pop(frozenset())
    found = estimate(counts)
    assert found is not None
    assert found.caught == 5000 - missed
    assert found.published == pytest.approx(5000, rel=0.03)
    assert found.share == pytest.approx(0.9, abs=0.02)


def test_recall_is_not_told_where_it_cannot_be() -> None:
    assert estimate({}) is None
    assert estimate({frozenset({"feed"}): 500}) is None
    assert estimate({frozenset({"feed"}): 3, frozenset({"feed", "sitemap"}): 3}) is None


def test_times_in_the_clock_do_not_go_back() -> None:
    later = observe(Rhythm(), MONDAY + DAY, ())
    assert observe(later, MONDAY, [MONDAY]).last == later.last
    assert timedelta(seconds=wait(later)) > timedelta()
