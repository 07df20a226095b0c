"""The day on which something happened, as a sentence gives it. Pure; offsets count characters."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.tagger.lexicon import Lexicon, Match
from services.tagger.model import Status
from services.tagger.phrases import Items
from services.tagger.words import Tokens

_FILLERS: Final = frozenset((".", ",", "de", "of", "del", "st", "nd", "rd", "th", "er", "º", "the", "d'"))
_YEARS: Final = range(1900, 2101)
_HALF_A_YEAR: Final = timedelta(days=183)


class Weekday(NamedTuple):
    """Monday is 0."""

    number: int


class Month(NamedTuple):
    """January is 1."""

    number: int


class Ago(NamedTuple):
    """Days before the publication: yesterday is 1, tomorrow -1."""

    days: int


class Day(NamedTuple):
    """A day that the text gives, and where it does."""

    start: int
    end: int
    date: date


def days(
    tokens: Tokens, span: tuple[int, int], calendar: Lexicon, published: date | None, status: Status
) -> list[Day]:
    """The days that the tokens `span` (first, last) give, in order.

    `published`: what weekdays and days without a year are relative to; without it, only full dates count.
    `status`: a weekday of what is announced lies ahead.
    """
    found: list[Day] = []
    for match in calendar.matches(tokens, *span):
        day = _day(tokens, span, match, published, status)
        if day is not None:
            found.append(day)
    return found


def day_of(found: Sequence[Day], items: Items, trigger: int) -> date | None:
    """The day nearest to the trigger at `trigger`; none of them is a deadline ("by Friday")."""
    near = sorted(found, key=lambda day: abs(day.start - trigger))
    return next((day.date for day in near if not _is_limit(items, day.start)), None)


def _is_limit(items: Items, start: int) -> bool:
    before = [item for item in items if item.end <= start][-2:]
    return any(item.has("before", "by") for item in before if not item.has("article"))


def _day(
    tokens: Tokens, span: tuple[int, int], match: Match, published: date | None, status: Status
) -> Day | None:
    start, end = tokens[match.first].start, tokens[match.last - 1].end
    meaning = match.meaning
    if isinstance(meaning, Month):
        return _dated(tokens, span, match, published, status)
    if published is None:
        return None
    if isinstance(meaning, Ago):
        return Day(start, end, published - timedelta(days=meaning.days))
    if isinstance(meaning, Weekday):
        past = (published.weekday() - meaning.number) % 7
        ahead = status in ("announced", "threatened") and past
        return Day(start, end, published - timedelta(days=past - 7 if ahead else past))
    return None


def _dated(
    tokens: Tokens, span: tuple[int, int], match: Match, published: date | None, status: Status
) -> Day | None:
    """ "3. Mai 2024", "May 3rd", 5月3日. A month without a day is no date."""
    assert isinstance(match.meaning, Month)
    low, high = span
    before = _number(tokens, range(match.first - 1, max(low, match.first - 3) - 1, -1))
    behind = _number(tokens, range(match.last, min(high, match.last + 3)))
    last = match.last - 1
    if before is not None and before[0] <= 31:
        first, number = before[1], before[0]
    elif behind is not None and behind[0] <= 31:
        first, number, last = match.first, behind[0], behind[1]
    else:
        return None
    year = _number(tokens, range(last + 1, min(high, last + 4)))
    written = year[0] if year is not None and year[0] in _YEARS else None
    day = _in_year(match.meaning.number, number, written, published, status)
    return Day(tokens[first].start, tokens[last].end, day) if day is not None else None


def _number(tokens: Tokens, places: range) -> tuple[int, int] | None:
    """The first number at `places` and where it stands, over points and little words."""
    for place in places:
        text = tokens[place].text
        if text.isdecimal() and len(text) <= 4:
            return int(text), place
        if tokens[place].key not in _FILLERS:
            return None
    return None


def _in_year(
    month: int, number: int, year: int | None, published: date | None, status: Status
) -> date | None:
    if year is None and published is None:
        return None
    try:
        day = date(year or (published or date.min).year, month, number)
        if year is not None or published is None:
            return day
        if day - published > (_HALF_A_YEAR if status in ("announced", "threatened") else timedelta(days=1)):
            return day.replace(year=day.year - 1)
        return day.replace(year=day.year + 1) if published - day > 2 * _HALF_A_YEAR else day
    except ValueError:
        return None  # "31 June"
