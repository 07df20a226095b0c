"""When to look at a feed again: often while it brings news, seldom while it sleeps. Pure.

For a given number of requests the mean delay of an article is least when the time between two looks goes with
1/√rate (Sia, Cho and Cho, "Efficient monitoring algorithm for fast news alerts", 2007, for feeds whose rate
changes with the hour): a feed that brings four times as much is looked at twice as often. The rate of each
feed, and how it goes up and down over the day, are learned from what each look brings.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LEAST = 60.0  # seconds between two looks, at least, where nobody asks for less
MOST = 4 * 3600.0  # at most: a feed that brings nothing may wake up
HUB_PAUSE = 3600.0  # while a hub delivers: a look to be sure
LONGEST_HINT = 86_400.0  # what a site asks for is obeyed so far
TYPICAL = 48.0  # articles a day of a feed that is looked at as often as the settings say
LEARNING = 2 * 86_400.0  # seconds in which what was learned of the rate loses half its weight
DAYS = 14 * 86_400.0  # likewise for the hours of the day
DOUBT = 0.03  # days of typical behaviour that a new feed is credited with
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is known of a feed's pace. Times in seconds since 1970; 0 where there was no look yet.

    `articles` in `days` of watching, and `hours`, articles by hour of the day in UTC, all fading with time.
    """

    last: float = 0.0
    articles: float = 0.0
    days: float = 0.0
    hours: tuple[float, ...] = (0.0,) * 24

    def dumps(self) -> str:
        numbers = [round(self.last, 1), round(self.articles, 3), round(self.days, 5)]
        return json.dumps([*numbers, *(round(hour, 2) for hour in self.hours)], separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> "Rhythm":
        """ValueError where it is none."""
        last, articles, days, *hours = json.loads(text)
        if len(hours) != 24:
            raise ValueError("a rhythm has 24 hours")
        return Rhythm(last, articles, days, tuple(hours))


@dataclass(frozen=True, slots=True)
class Hints:
    """What the site asks for, in seconds; hours in UTC, days from Monday, 0. `hub`: a hub delivers."""

    fresh_for: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: bool = False


def observe(rhythm: Rhythm, now: float, arrivals: Sequence[float]) -> Rhythm:
    """After a look that brought new entries, dated so; a look that brought none teaches as well. Dates that
    cannot be true count as now. Of the first look only the time counts: it brought what had piled up.
    """
    if rhythm.last <= 0 or now <= rhythm.last:
        return replace(rhythm, last=max(now, rhythm.last))
    gap = now - rhythm.last
    fade, slowly = 0.5 ** (gap / LEARNING), 0.5 ** (gap / DAYS)
    hours = [hour * slowly for hour in rhythm.hours]
    for arrival in arrivals:
        true = arrival if rhythm.last - gap <= arrival <= now else now
        hours[int(true // HOUR) % 24] += 1
    articles, days = rhythm.articles * fade + len(arrivals), rhythm.days * fade + gap / 86_400
    return Rhythm(now, articles, days, tuple(hours))


def rate(rhythm: Rhythm, at: float, doubt: float = DOUBT) -> float:
    """Articles a day to expect at that time. `doubt`: days of typical behaviour that are added to what was
    seen.
    """
    mean = (rhythm.articles + doubt * TYPICAL) / (rhythm.days + doubt)
    hour = int(at // HOUR) % 24
    nearby = 0.25 * rhythm.hours[hour - 1] + 0.5 * rhythm.hours[hour] + 0.25 * rhythm.hours[(hour + 1) % 24]
    # A day's pattern is believed the more, the more articles have shown it.
    return mean * (nearby + 1) / (sum(rhythm.hours) / 24 + 1)


def pause(rhythm: Rhythm, now: float, every: float, hints: Hints, chance: float) -> float:
    """Seconds until the next look. `every` is the pace for a feed of typical rate; `chance`, from 0 to 1,
    spreads looks by a tenth.
    """
    least, most = min(LEAST, every), max(MOST, every)
    budget = every * math.sqrt(TYPICAL)
    spent = waited = 0.0
    while spent < budget and waited < most:
        to_hour = HOUR - (now + waited) % HOUR
        speed = math.sqrt(rate(rhythm, now + waited))
        step = min(to_hour, (budget - spent) / speed)
        spent += step * speed
        waited += step
    wait = min(max(waited, least), most)
    if hints.hub:
        wait = max(wait, HUB_PAUSE)
    wait = max(wait * (0.95 + 0.1 * chance), min(hints.fresh_for, LONGEST_HINT))
    return _past_skipped(now, wait, hints)


def _past_skipped(now: float, wait: float, hints: Hints) -> float:
    """The same, or the beginning of the next hour in which the feed does not ask to be left alone."""
    for _ in range(24):
        at = now + wait
        moment = datetime.fromtimestamp(at, UTC)
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return wait
        wait += HOUR - at % HOUR
    return wait


def fresh_for(cache_control: str, expires: str, age: str, now: datetime) -> float:
    """Seconds for which an answer says that it will not change; 0 where it does not say."""
    for part in cache_control.lower().split(","):
        name, _, value = part.strip().partition("=")
        if name in {"no-cache", "no-store"}:
            return 0.0
        if name == "max-age" and value.strip('" ').isdecimal():
            return max(0.0, float(value.strip('" ')[:9]) - _seconds(age))
    until = _date(expires)
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds of a Retry-After header, given as a number or as a date; None for nonsense."""
    text = header.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    until = _date(text)
    return max(0.0, (until - now).total_seconds()) if until else None


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0.0


def _date(text: str) -> datetime | None:
    if len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
