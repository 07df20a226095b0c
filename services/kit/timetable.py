"""When deliveries are due by the clock on somebody's wall: digests and quiet hours. Pure.

A local time that a change of the clock leaves out counts as so much later; of one that comes twice, the first
counts.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.events import Digest, QuietHours, Weekday

_DAY = timedelta(days=1)
_DAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


def zone_of(name: str) -> ZoneInfo:
    """The time zone; UTC where this machine does not know it: what is asked for comes all the same."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def next_digest(now: datetime, digest: Digest, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which the digest is due, in UTC."""
    at = _time(digest.at)
    today = now.astimezone(zone).date()
    if digest.every == "hour":
        return _next_hour(now, at.minute, zone)
    for ahead in range(9):
        day = today + ahead * _DAY
        due = _moment(day, at, zone)
        if due > now and (digest.every == "day" or _weekday(day) == digest.on):
            return due
    raise AssertionError("a week has each of its days")


def quiet_until(now: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end, in UTC; None where there are none now."""
    start, end = _time(quiet.start), _time(quiet.end)
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today):
        if quiet.days and _weekday(day) not in quiet.days:
            continue
        until = _moment(day if end > start else day + _DAY, end, zone)
        if _moment(day, start, zone) <= now < until:
            return until
    return None


def _next_hour(now: datetime, minute: int, zone: ZoneInfo) -> datetime:
    # Not every zone is whole hours away from UTC: the minute is that of the wall clock.
    local = now.astimezone(zone)
    ahead = (minute - local.minute) % 60
    due = (local.astimezone(UTC) + timedelta(minutes=ahead)).replace(second=0, microsecond=0)
    return due if due > now else due + timedelta(hours=1)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _weekday(day: date) -> Weekday:
    return _DAYS[day.weekday()]
