"""Times as people write them on a command line and in a form."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def ahead(text: str) -> timedelta:
    """The time that is meant by 90m, 12h, 3d, 2w; ValueError for anything else."""
    length = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if length is None or not int(length[1]):
        raise ValueError(f"{text!r} is no length of time: write 90m, 12h, 3d, 2w")
    return timedelta(**{_UNITS[length[2]]: int(length[1])})


def since(text: str, now: datetime) -> datetime:
    """The moment that is meant by 30d, 12h, 45m, 2w, or a date or time in ISO 8601, in UTC where it does not
    say; ValueError, saying what is understood, for anything else.
    """
    ago = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time: write 30d, 12h, 45m, 2w or a date, 2024-05-31") from error
    if moment > now:
        raise ValueError(f"{text!r} is in the future: write a time that is over")
    return moment


def until(text: str, now: datetime) -> datetime:
    """The moment that is meant by 30d, 12h, 45m, 2w from now, or a date or time in ISO 8601, in UTC where it
    does not say; ValueError, saying what is understood, for anything else.
    """
    if re.fullmatch(r"[0-9]{1,5}[mhdw]", text):
        return now + ahead(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: write 30d, 12h, 45m, 2w or a date, 2027-01-01") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment <= now:
        raise ValueError(f"{text!r} is over: write a time to come")
    return moment
