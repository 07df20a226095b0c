"""Written dates as moments. Pure.

A date of a day alone, and midnight in whatever zone, is a calendar day: it becomes that day at 00:00 UTC, so
that the day stays the one that readers see. A time without a zone is taken as UTC: its day, too, stays as
written, and the moment is wrong by the zone's offset at most. A time with a zone is that moment.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from dateutil.parser import ParserError, parser

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks of publishers and ours differ; what lies later than this is a mistake, or an event's date.
TOLERANCE = timedelta(hours=24)
LONGEST = 60

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ,]{1,2}(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_ZONES: Mapping[str, int] = {
    name: int(hours * 3600)
    for name, hours in {
        "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9,
        "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BST": 1, "CET": 1, "CEST": 2,
        "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "MSK": 3, "TRT": 3, "SAST": 2,
        "EAT": 3, "WAT": 1,
        "GST": 4, "PKT": 5, "IST": 5.5, "WIB": 7, "WITA": 8, "WIT": 9, "SGT": 8, "HKT": 8, "MYT": 8, "PHT": 8,
        "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "AWST": 8, "ACST": 9.5, "NZST": 12, "NZDT": 13, "BRT": -3,
        "ART": -3, "UTC": 0, "GMT": 0,
    }.items()
}  # fmt: skip


def moment(text: str) -> datetime | None:
    """The moment that the text names, in UTC: ISO 8601 in its spellings, seconds or milliseconds since 1970,
    or what mail and programmes write (RFC 2822, ctime). None for anything else, and for what was before the
    web.
    """
    clean = text.strip().strip("\"'")
    if not clean or len(clean) > LONGEST:
        return None
    try:
        found = _iso(clean) or _epoch(clean) or _written(clean)
    except (ValueError, OverflowError):
        return None
    return found if found and found >= EARLIEST else None


def day(year: int, month: int, of_month: int) -> datetime | None:
    """A calendar day, or None for one that there is not."""
    try:
        found = datetime(year, month, of_month, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= EARLIEST else None


def settled(written: datetime) -> datetime:
    """A parsed date as a moment in UTC, by the rules above."""
    midnight = not (written.hour or written.minute or written.second or written.microsecond)
    if written.tzinfo is None or midnight:
        return written.replace(tzinfo=UTC)
    return written.astimezone(UTC)


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if found is None or text[found.end() : found.end() + 1].isdigit():
        return None
    year, month, of_month, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = _zone(found[7])
    if hour == 24 and not minute:
        hour, minute = 23, 59
    return settled(datetime(year, month, of_month, hour, minute, min(second, 59), tzinfo=zone))


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    digits = re.sub(r"\D", "", text)
    offset = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
    return timezone(-offset if text.startswith("-") else offset)


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


_PARSER = parser()
_NOTHING = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001


def _written(text: str) -> datetime | None:
    """What dateutil reads, if the text names day, month and year: the same, whatever fills it up."""
    if not re.search(r"\d{4}", text):
        return None
    try:
        readings = {_PARSER.parse(text, default=blank, tzinfos=_ZONES) for blank in _NOTHING}
    except (ParserError, ValueError, OverflowError, TypeError):
        return None
    return settled(readings.pop()) if len(readings) == 1 else None
