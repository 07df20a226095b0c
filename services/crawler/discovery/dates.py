"""Dates as feeds write them: by the standards, by other standards, and by hand. Pure.

What a date says in words is looked up in the languages of the world's press, one language at a time, so that
`mar.` is a day in French where `nov.` is beside it, and a month in English.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

LONGEST = 80
EARLIEST, LATEST = 1900, 2200  # years

# The forms that most take.
ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d|$)")
FRACTION = re.compile(r"(\.\d{6})\d+")
RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? (?:GMT|UTC|Z|([+-]\d{4}))"
)
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")  # seconds, milliseconds
STAMP = re.compile(r"(\d{8})(\d{6})")
# ISO 8601, extended, basic and truncated: by month, by week, by the day of the year.
ISO_DAY = re.compile(
    r"(?:(?P<year>\d{4})(?:-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?|-(?P<ordinal>\d{3})"
    r"|-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?|(?P<month2>\d\d)(?P<day2>\d\d)|(?P<ordinal2>\d{3}))?"
    r"|-?(?P<short>\d\d)(?:-?(?P<month3>\d\d)-?(?P<day3>\d\d)|-?(?P<ordinal3>\d{3}))"
    r"|-(?P<short2>\d\d)(?:-?(?P<month4>\d\d))?)(?!\d)",
    re.IGNORECASE,
)
ISO_TIME = re.compile(
    r"(?:T|\s+T?\s*)(\d\d?)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(?!AM|PM)(Z|[+-]\d\d(?::?\d\d)?|[A-Z]{2,5})?",
    re.IGNORECASE,
)

COMMENT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
DOT = re.compile(r"(?<=[^\W\d])\.")
CJK_DAY = re.compile(r"(\d{4})\s*[年년]\s*(\d\d?)\s*[月월]\s*(\d\d?)\s*[日일号]?")
CJK_TIME = re.compile(r"(\d\d?)\s*[時时點点시]\s*(?:(\d\d?)\s*[分분])?\s*(?:(\d\d?)\s*[秒초])?")
VIETNAMESE = re.compile(r"(\d\d?)\s*(?:thang|thg|th)\s*(\d\d?)", re.IGNORECASE)
HOUR_ONLY = re.compile(r"(?<![:\d])(\d\d?)(?=\s*[ap]m\b)", re.IGNORECASE)
TIME = re.compile(r"(?<!\d)(\d\d?)[:h](\d\d)(?:[:m](\d\d)(?:[.,:](\d+))?)?(?!\d)", re.IGNORECASE)
OFFSET = re.compile(
    r"(?:(?<=[\d\s])|(?<=[A-Z]T)|(?<=UTC))([+-](?:0?\d|1[0-4])(?::?[0-5]\d)?)(?![\d/.-])", re.IGNORECASE
)
NUMBERS = re.compile(
    r"(?<!\d)(?:(\d{4})\s?[./-]\s?(\d\d?)\s?[./-]\s?(\d\d?)"
    r"|(\d\d?)\s?([./-])\s?(\d\d?)\s?[./-]\s?(\d{4}|\d\d))(?!\d)"
)
WORD = re.compile(r"[^\d\s.,:;/|+'\"-]+")
AFTERNOON = frozenset({"pm", "오후", "午後", "下午", "晚上", "μμ", "م"})
MORNING = frozenset({"am", "오전", "午前", "上午", "早上", "πμ", "ص"})
HANGUL = re.compile("[\uac00-\ud7a3]")

# Hours east of Greenwich. Single letters as RFC 822 has them; what is not here is taken for UTC.
ZONES: dict[str, float] = {
    "z": 0, "gmt": 0, "ut": 0, "utc": 0, "a": -1, "m": -12, "n": 1, "y": 12,
    "nst": -3.5, "ndt": -2.5, "ast": -4, "adt": -3, "at": -4,
    "est": -5, "edt": -4, "et": -5, "cst": -6, "cdt": -5, "ct": -6,
    "mst": -7, "mdt": -6, "mt": -7, "pst": -8, "pdt": -7, "pt": -8,
    "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "art": -3, "clt": -4, "pet": -5, "vet": -4,
    "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "wat": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2,
    "cat": 2, "sast": 2, "eest": 3, "msk": 3, "eat": 3, "trt": 3, "msd": 4, "gst": 4, "irst": 3.5,
    "pkt": 5, "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "awst": 8,
    "kst": 9, "jst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LANGUAGES = """
    en es fr de pt it ru nl pl tr ar sv da nb fi cs sk hu ro bg uk be el hr sr-Latn sr sl mk lt lv et is ca gl
    eu ga cy sq az ka hy kk uz he fa hi bn ur ta te ml mr gu pa ne si th vi id ms fil sw af am mn my km lo bs
    lb mt
""".split()  # noqa: SIM905


def moment(text: Any) -> datetime | None:
    """In UTC; what names no zone is taken for UTC. None for what is no date, or none of our time."""
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        return None
    try:
        found = _usual(text.strip()) or _read(_folded(text))
        if found is None:
            return None
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _usual(text: str) -> datetime | None:
    try:
        if ISO.match(text):
            return datetime.fromisoformat(FRACTION.sub(r"\1", text.upper()))
        if (said := RFC_822.fullmatch(text)) is not None and said[2] in SHORT_MONTHS:
            month = SHORT_MONTHS.index(said[2]) + 1
            hour, minute, second = int(said[4]), int(said[5]), int(said[6] or 0)
            return datetime(int(said[3]), month, int(said[1]), hour, minute, second, tzinfo=_zone(said[7]))
    except ValueError:
        pass  # 24:00, a leap second: read with more care
    return None


def _folded(text: str) -> str:
    """On one line, digits and signs those of ASCII, without accents, marks of direction and comments."""
    if not text.isascii():
        text = "".join(
            str(unicodedata.digit(each, each))
            for each in unicodedata.normalize("NFKD", text)
            if unicodedata.category(each) != "Cf" and not "\u0300" <= each <= "\u036f"
        )
        text = unicodedata.normalize("NFC", text).translate(ASCII)
    return " ".join(COMMENT.sub(" ", text).split())


ASCII = str.maketrans("\u2212\u2010\u2011\u2013、，ıİ", "----,,ii")


def _read(text: str) -> datetime | None:
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(float(text) / (1000 if len(text) == 13 else 1), UTC)
    return _iso(STAMP.sub(r"\1T\2", text)) or _by_hand(text)


def _iso(text: str) -> datetime | None:
    found = ISO_DAY.match(text)
    if found is None:
        return None
    rest = text[found.end() :]
    time = ISO_TIME.fullmatch(rest)
    if rest.upper() not in {"", "Z"} and time is None:
        return None
    said = {name.rstrip("234"): int(value) for name, value in found.groupdict().items() if value}
    year = said["year"] if "year" in said else _full_year(said["short"])
    if "week" in said:
        day = datetime.fromisocalendar(year, said["week"], said.get("weekday", 1))
    elif "ordinal" in said:
        day = datetime(year, 1, 1) + timedelta(days=said["ordinal"] - 1)  # noqa: DTZ001 - zones come later
        if day.year != year:
            return None
    else:
        day = datetime(year, said.get("month", 1), said.get("day", 1))  # noqa: DTZ001
    return day.replace(tzinfo=_zone(time[5])) + _since_midnight(time) if time else day


def _full_year(year: int) -> int:
    """Of two or three digits, as RFC 2822 and POSIX have it."""
    return year + (2000 if year < 69 else 1900) if year < 1000 else year


def _since_midnight(said: re.Match[str]) -> timedelta:
    hour, minute, second = (int(said[group] or 0) for group in (1, 2, 3))
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no time of day")
    fraction = timedelta(seconds=float(f"0.{said[4] or 0}"))
    return timedelta(hours=hour, minutes=minute, seconds=second) + fraction


def _zone(name: str | None) -> timezone:
    name = (name or "").lower()
    if name[:1] not in {"+", "-"}:
        return timezone(timedelta(hours=ZONES.get(name, 0.0)))
    hours, minutes = (
        (name[1:].split(":") if ":" in name else (name[1:-2], name[-2:]))
        if len(name) > 3
        else (name[1:], "0")
    )
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-east if name[0] == "-" else east)


# By hand


def _by_hand(text: str) -> datetime | None:
    zone = timezone(timedelta(hours=9)) if HANGUL.search(text) else UTC  # one country writes so
    text = CJK_TIME.sub(lambda said: f"{said[1]}:{said[2] or 0:0>2}:{said[3] or 0:0>2}", DOT.sub("", text))
    text = CJK_DAY.sub(r"\1-\2-\3 ", text)
    text = HOUR_ONLY.sub(r"\1:00", VIETNAMESE.sub(r"\1.\2.", text))
    text = re.sub(r"(?<=\d)T(?=\d)", " ", text, flags=re.IGNORECASE)
    time = TIME.search(text)
    half = {word for word in map(str.lower, WORD.findall(text)) if word in MORNING | AFTERNOON}
    since = timedelta()
    if time is not None:
        since = _since_midnight(time)
        if half and 1 <= int(time[1]) <= 12:
            since += timedelta(hours=12 * bool(half & AFTERNOON) - 12 * (time[1] == "12"))
        before, after = text[: time.start()], text[time.end() :]
        offset = OFFSET.match(f"0{after.lstrip()}", 1) or OFFSET.search(f" {after}")
        words = [word for word in map(str.lower, WORD.findall(after)) if word not in half]
        if offset is not None:
            zone = _zone(offset[1])
            after = after.replace(offset[1], " ", 1)
        elif words and words[0] in ZONES:
            zone = _zone(words[0])
        text = f"{before} {after}"
    day = _numbered(text, bool(half)) or _named(text)
    return day.replace(tzinfo=zone) + since if day else None


def _numbered(text: str, american: bool) -> datetime | None:
    """`american`: by the clock of twelve hours, with which the month goes first."""
    said = NUMBERS.search(text)
    if said is None:
        return None
    if said[1]:
        return datetime(int(said[1]), int(said[2]), int(said[3]))  # noqa: DTZ001
    one, two, year = int(said[4]), int(said[6]), _full_year(int(said[7]))
    if said[5] == "/" and one != two and one <= 12 and two <= 12 and not american:
        return None  # of two days, nobody can say which
    day, month = (two, one) if said[5] == "/" and (two > 12 or (american and one <= 12)) else (one, two)
    return datetime(year, month, day)  # noqa: DTZ001


def _named(text: str) -> datetime | None:
    month = _month(tuple(word for word in WORD.findall(text.lower())[:8] if word not in {"gmt", "utc"}))
    numbers = [(len(number), int(number)) for number in re.findall(r"\d+", text)]
    if month is None or not numbers or len(numbers) > 2 or max(numbers)[0] > 4:
        return None
    if len(numbers) == 1:
        length, year = numbers[0]
        return datetime(year, month, 1) if length == 4 else None  # noqa: DTZ001
    (length, first), (_, second) = numbers
    year, day = (first, second) if length > 2 or first > 31 else (second, first)
    return datetime(_full_year(year), month, day)  # noqa: DTZ001


@lru_cache(4096)
def _month(words: tuple[str, ...]) -> int | None:
    """The month that is named, in the language that knows most of the words."""
    parts = [part for part in _parts(words) if part in _beginnings()]
    if not parts:
        return None
    best: tuple[int, int] | None = None
    for language in LANGUAGES:
        months, days = _names(language)
        named = [part for part in parts if part in months]
        if not named:
            continue
        known = sum(word in days or word in months for word in words)
        # A word that could be a day is one where another is the month.
        known -= sum(word in months and word not in days for word in words) > 1
        if best is None or known > best[0]:
            best = (known, months[min(named, key=days.__contains__)])
        if known == len(words):
            break
    return best[1] if best else _beginnings()[parts[0]]


def _parts(words: tuple[str, ...]) -> Iterator[str]:
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


@cache
def _beginnings() -> dict[str, int]:
    """What months' names begin with, in any language, and those names themselves."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        of_language: dict[str, set[int]] = {}
        for name, month in _names(language)[0].items():
            for length in range(min(3, len(name)), len(name) + 1):
                of_language.setdefault(name[:length], set()).add(month)
        for beginning, months in of_language.items():
            found.setdefault(beginning, min(months))
    return found


@cache
def _names(language: str) -> tuple[dict[str, int], frozenset[str]]:
    """Of months and of weekdays, folded."""
    said = import_module(f"dateparser.data.date_translation_data.{language}").info
    months = {
        folded: number
        for number, name in enumerate(MONTHS, 1)
        for each in said.get(name) or ()
        if (folded := _folded(DOT.sub("", each)).lower()).isascii() is False or len(folded) > 2
    }
    days = frozenset(_folded(DOT.sub("", each)).lower() for name in WEEKDAYS for each in said.get(name) or ())
    return months, days
