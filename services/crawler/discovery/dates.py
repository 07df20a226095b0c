"""Dates as feeds write them: by the standards, by other standards, and by hand. Pure."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import dateparser
from dateutil import parser as dateutil
from feedparser.datetimes import greek, hungarian, iso8601, korean

LONGEST = 80
EARLIEST, LATEST = 1970, 2200  # years
ISO = re.compile(r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)", re.IGNORECASE)
MONTH = re.compile(r"^(\d{4})(?:-(\d\d?))?$")
SHORT_ISO = re.compile(r"^\d{8}$|^\d{4}-\d{3}(?:T|$)|^\d{4}-W\d\d", re.IGNORECASE)
RFC822 = re.compile(r"^(?:[a-z]+\.?,?\s+)?\d{1,2}[\s-][a-z]{3,9}\.?[\s-]\d{2,4}\s+\d", re.IGNORECASE)
NUMBER = re.compile(r"^\d{10}(?:\d{3})?$")
YEAR = re.compile(r"(?<!\d)(?:19|20|21)\d\d(?!\d)")
MIDNIGHT = re.compile(r"([T\s])24:00(:00)?")
FRACTION = re.compile(r"(\.\d{6})\d+")

WHOLE: Any = {"TIMEZONE": "UTC", "REQUIRE_PARTS": ["day", "month", "year"]}
NOBODY_SAID = datetime(2000, 1, 1)  # noqa: DTZ001 - the zone is what the text says
# What feedparser knows of the habits of certain sites.
HABITS = (
    korean._parse_date_onblog,
    korean._parse_date_nate,
    greek._parse_date_greek,
    hungarian._parse_date_hungarian,
)


def moment(text: Any) -> datetime | None:
    """In UTC; what names no zone is taken for UTC. None for what is no date, or none of our time."""
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        return None
    try:
        found = _read(" ".join(text.split()))
        if found is None:
            return None
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, KeyError, AttributeError):
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _read(text: str) -> datetime | None:
    if NUMBER.match(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    later = timedelta(days=1) if MIDNIGHT.search(text) else timedelta()
    text = MIDNIGHT.sub(r"\g<1>00:00\2", text)
    found = _standard(text) or _by_hand(text)
    return found + later if found else None


def _standard(text: str) -> datetime | None:
    if ISO.match(text):
        try:
            return datetime.fromisoformat(FRACTION.sub(r"\1", text.upper()))
        except ValueError:
            return None
    if RFC822.match(text):
        try:
            return parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return None
    return None


def _by_hand(text: str) -> datetime | None:
    short = MONTH.match(text)
    if short is not None:
        return datetime(int(short[1]), int(short[2] or 1), 1, tzinfo=UTC)
    odd = (iso8601._parse_date_iso8601,) if SHORT_ISO.match(text) else () if text.isascii() else HABITS
    for read in odd:
        try:
            parsed = read(text)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError):
            continue
        if parsed is not None:
            year, month, day, hour, minute, second = parsed[:6]
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    if YEAR.search(text) is None:
        return None  # a date without a year would be of any year
    try:
        found: datetime | None = dateutil.parse(text, default=NOBODY_SAID, tzinfos=_zone)
    except (ValueError, OverflowError):
        found = dateparser.parse(
            text, settings={"TIMEZONE": "UTC", "REQUIRE_PARTS": ["day", "month", "year"]}
        )
    return found


ZONES: dict[str, float] = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "IST": 5.5,
    "JST": 9,
    "KST": 9,
}


def _zone(name: str | None, offset: int | None) -> int | None:
    """Seconds east of Greenwich."""
    if offset is not None:
        return offset
    return int(ZONES[name] * 3600) if name in ZONES else 0
