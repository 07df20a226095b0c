from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Digest, QuietHours
from services.kit.timetable import next_digest, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45 ahead of UTC
ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")
]
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "digest", "due"),
    [
        ("2026-03-02 07:29", Digest(every="day", at="07:30"), "2026-03-02 07:30"),
        ("2026-03-02 07:30", Digest(every="day", at="07:30"), "2026-03-03 07:30"),
        ("2026-03-02 10:10", Digest(every="hour", at="00:15"), "2026-03-02 10:15"),
        ("2026-03-02 10:15", Digest(every="hour", at="00:15"), "2026-03-02 11:15"),
        ("2026-03-02 10:15", Digest(every="week", at="09:00", on="monday"), "2026-03-09 09:00"),
        ("2026-03-02 08:15", Digest(every="week", at="09:00", on="monday"), "2026-03-02 09:00"),
        ("2026-03-02 08:15", Digest(every="week", at="09:00", on="sunday"), "2026-03-08 09:00"),
        # In the night of 29 March the clocks go from 2 to 3.
        ("2026-03-28 20:00", Digest(every="day", at="08:00"), "2026-03-29 08:00"),
        ("2026-03-28 20:00", Digest(every="day", at="02:30"), "2026-03-29 03:30"),
    ],
)
def test_digests_are_due_by_the_local_clock(now: str, digest: Digest, due: str) -> None:
    assert next_digest(at(now), digest, BERLIN) == at(due)


def test_an_hourly_digest_in_a_zone_of_quarters() -> None:
    due = next_digest(at("2026-03-02 10:10", KATHMANDU), Digest(every="hour", at="00:00"), KATHMANDU)
    assert due == at("2026-03-02 11:00", KATHMANDU)


def test_an_hour_that_comes_twice_has_one_daily_digest() -> None:
    digest = Digest(every="day", at="02:30")
    first = next_digest(at("2026-10-24 20:00"), digest, BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_digest(first, digest, BERLIN) == at("2026-10-26 02:30")


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-03-02 21:59", QuietHours(start="22:00", end="07:00"), None),
        ("2026-03-02 22:00", QuietHours(start="22:00", end="07:00"), "2026-03-03 07:00"),
        ("2026-03-03 06:59", QuietHours(start="22:00", end="07:00"), "2026-03-03 07:00"),
        ("2026-03-03 07:00", QuietHours(start="22:00", end="07:00"), None),
        ("2026-03-03 12:30", QuietHours(start="12:00", end="13:00"), "2026-03-03 13:00"),
        ("2026-03-03 12:30", QuietHours(start="12:00", end="13:00", days=("monday",)), None),
        # The night that began on a Sunday is quiet on Monday morning, too.
        ("2026-03-02 06:00", QuietHours(start="22:00", end="07:00", days=("sunday",)), "2026-03-02 07:00"),
        ("2026-03-03 06:00", QuietHours(start="22:00", end="07:00", days=("sunday",)), None),
        # The short and the long night end when the clock on the wall says seven.
        ("2026-03-29 01:30", QuietHours(start="22:00", end="07:00"), "2026-03-29 07:00"),
        ("2026-10-25 06:30", QuietHours(start="22:00", end="07:00"), "2026-10-25 07:00"),
        ("2026-03-29 01:30", QuietHours(start="22:00", end="02:30"), "2026-03-29 03:30"),
    ],
)
def test_quiet_hours_end_by_the_local_clock(now: str, quiet: QuietHours, until: str | None) -> None:
    assert quiet_until(at(now), quiet, BERLIN) == (None if until is None else at(until))


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59))
def test_a_digest_is_always_ahead_and_within_its_time(
    now: datetime, zone: ZoneInfo, hour: int, minute: int
) -> None:
    clock = f"{hour:02}:{minute:02}"
    assert now < next_digest(now, Digest(every="hour", at=clock), zone) <= now + timedelta(hours=1)
    assert now < next_digest(now, Digest(every="day", at=clock), zone) <= now + timedelta(hours=26)
    assert (
        now < next_digest(now, Digest(every="week", at=clock, on="friday"), zone) <= now + timedelta(days=8)
    )


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 23), st.integers(1, 23))
def test_quiet_hours_have_an_end(now: datetime, zone: ZoneInfo, start: int, hours: int) -> None:
    quiet = QuietHours(start=f"{start:02}:00", end=f"{(start + hours) % 24:02}:00")
    until = quiet_until(now, quiet, zone)
    if until is not None:
        assert now < until <= now + timedelta(hours=hours + 2)
        assert quiet_until(until, quiet, zone) is None
