"""Dates as readers see them, in the languages of the world. Pure.

Only a short line with a day beside a year of four digits is looked at. Dates of figures alone need no
library; dateparser, which knows the names of months in 200 languages but is slow, sees nothing but what the
patterns cut out.
"""

import re
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import dateparser

from services.cleaner.metadata import calendars, claims
from services.cleaner.metadata.moments import day, settled
from services.cleaner.metadata.page import Page

LONGEST = 120
_COPYRIGHT = re.compile(r"©|\(c\)|copyright|all rights|rechte vorbehalten|derechos|droits", re.IGNORECASE)
_YEAR = r"((?:19|20|25)\d\d)"
_MONTH = r"([^\s\d,.]{2,14})\.?,?"
_YEAR_FIRST = re.compile(rf"(?<!\d){_YEAR}\s?[-/.年년]\s?(\d\d?)\s?[-/.月월]\s?(\d\d?)(?!\d)")
_YEAR_LAST = re.compile(rf"(?<![\d/.-])(\d\d?)\s?([-/.])\s?(\d\d?)\s?\2\s?{_YEAR}(?![\d/])")
_VIETNAMESE = re.compile(rf"(?<!\d)(\d\d?) tháng (\d\d?),? (?:năm )?{_YEAR}", re.IGNORECASE)
_NAMED = (
    re.compile(
        rf"(?<![\d.:])\d\d?(?:st|nd|rd|th|er|º|ª)?[.,]?\s+(?:de\s+|of\s+|d['’]\s?)?{_MONTH}\s+(?:de\s+|del\s+)?{_YEAR}(?!\d)"
    ),
    re.compile(rf"{_MONTH}\s+\d\d?(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}\.?\s+(?:m\.\s+)?{_MONTH}\s+\d\d?(?!\d)"),
)
# So write templates, in the site's language, which is not always the page's: 04-ago-2021, 04/ago/2021.
_BY_HYPHENS = re.compile(rf"(?<![\d/-])\d\d?([-/])[^\W\d_]{{3,10}}\.?\1{_YEAR}(?![\d/-])")
_LATVIAN = re.compile(rf"(?<!\d){_YEAR}\.?\s+gada\s+(\d\d?)\.\s+{_MONTH}", re.IGNORECASE)
_TEMPLATES = ("en", "es", "fr", "de", "pt", "it")
# Digits of Arabic, Persian, Devanagari and Bengali as ours.
_DIGITS = {ord(zero) + value: str(value) for zero in "٠۰०০" for value in range(10)}
_AMERICAN = re.compile(r"\.(?:com|us|org|net|gov|edu|io|co)$")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ENGLISH = {short: number for number, name in enumerate(_MONTHS, 1) for short in (name, name[:3], name[:4])}
_SETTINGS = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
_KNOWN_TO_DATEPARSER = {"no": ["nb"], "sr": ["sr", "sr-Latn"], "gl": ["es"]}


def date(line: str, page: Page) -> datetime | None:
    """The day that a line names; None where it names none, or is a sentence or a copyright's."""
    if not line or len(line) > LONGEST or _COPYRIGHT.search(line):
        return None
    text = line.translate(_DIGITS)
    if found := _YEAR_FIRST.search(text):
        return day(calendars.common(int(found[1])), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.search(text):
        first, second, year = int(found[1]), int(found[3]), calendars.common(int(found[4]))
        if second > 12 or (found[2] == "/" and first <= 12 and _month_first(page)):
            first, second = second, first
        return day(year, second, first)
    if found := _VIETNAMESE.search(text):
        return day(int(found[3]), int(found[2]), int(found[1]))
    if other := calendars.other(text):
        return other
    claimed = claims.languages(page)[:2]
    if found := _BY_HYPHENS.search(text):
        return _parse(re.sub("[-/]", " ", found[0]), tuple(dict.fromkeys((*claimed, *_TEMPLATES))))
    languages = tuple(dict.fromkeys((*claimed, "en")))
    text = _LATVIAN.sub(r"\2 \3 \1", calendars.egyptian(text))
    matched = (found[0] for pattern in _NAMED if (found := pattern.search(text)))
    return next((read for words in matched if (read := _parse(words, languages))), None)


def _month_first(page: Page) -> bool:
    """Whether 5/6/2024 is in May: so write Americans alone."""
    tags = claims.tags(page)
    english = [tag for tag in tags if tag.startswith("en-")]
    if english or any(not tag.startswith("en") for tag in tags):
        return "en-us" in english
    return bool(_AMERICAN.search(urlsplit(page.url).hostname or ""))


def _english(text: str) -> datetime | None:
    """May 17, 2024 and 17th May 2024, without dateparser."""
    month = next((word for word in re.findall(r"[a-z]+", text.lower()) if word in _ENGLISH), "")
    figures = [int(figure) for figure in re.findall(r"\d+", text)]
    if not month or len(figures) != 2:
        return None
    return day(calendars.common(max(figures)), _ENGLISH[month], min(figures))


@lru_cache(maxsize=1024)
def _parse(text: str, languages: tuple[str, ...]) -> datetime | None:
    for language in languages:
        if language == "en" and (found := _english(text)):
            return found
        for known in _KNOWN_TO_DATEPARSER.get(language, [language]):
            try:
                found = dateparser.parse(text, languages=[known], settings=_SETTINGS)
            except ValueError:  # a language that dateparser does not know
                continue
            if found:
                return settled(found.replace(year=calendars.common(found.year)))
    return None
