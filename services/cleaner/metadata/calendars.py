"""Dates of calendars that machines do not use: Thai, Japanese, Taiwanese and Iranian years, and the months of
the Arab East. Pure.
"""

import re
from datetime import datetime, timedelta

from services.cleaner.metadata.moments import day

_ERA = re.compile(r"(令和|平成|民國|民国)\s?(\d{1,3}|元)\s?年\s?(\d\d?)\s?月\s?(\d\d?)\s?日")
_BEFORE_ERA = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_THAI = re.compile(r"(?<!\d)(\d\d?)\s?([ก-๙]{1,2}\.[ก-๙]\.)\s?(25\d\d|20\d\d)(?!\d)")
_THAI_MONTHS = (
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
)
_BUDDHIST, _BUDDHA = 2400, 543
_PERSIAN_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_PERSIAN = re.compile(rf"(?<!\d)(\d\d?)\s+({'|'.join(_PERSIAN_MONTHS)})(?:\s*ماه)?،?\s+(1[34]\d\d)(?!\d)")
_PERSIAN_FIGURES = re.compile(r"(?<!\d)(1[34]\d\d)/(\d\d?)/(\d\d?)(?![\d/])")
_NEW_YEAR = datetime(2000, 3, 20)  # noqa: DTZ001 - the first day of 1379
_LEAPS = frozenset((1, 5, 9, 13, 17, 22, 26, 30))  # of 33 years; right from 1343 to 1472
_EASTERN = {
    "كانون الثاني": "يناير", "شباط": "فبراير", "آذار": "مارس", "نيسان": "أبريل", "أيار": "مايو",
    "حزيران": "يونيو", "تموز": "يوليو", "آب": "أغسطس", "أيلول": "سبتمبر", "تشرين الأول": "أكتوبر",
    "تشرين الثاني": "نوفمبر", "كانون الأول": "ديسمبر",
}  # fmt: skip
_EASTERN_MONTH = re.compile(rf"(?<!\w)(?:{'|'.join(_EASTERN)})(?!\w)")


def common(year: int) -> int:
    """The Thai calendar counts from the Buddha's death."""
    return year - _BUDDHA if year > _BUDDHIST else year


def egyptian(text: str) -> str:
    """The text with the months that are known from the Maghreb to Egypt."""
    return _EASTERN_MONTH.sub(lambda found: _EASTERN[found[0]], text)


def other(text: str) -> datetime | None:
    """The day that is named by another calendar's year: 令和8年3月5日, 5 มี.ค. 2569, 14 اسفند 1404."""
    if found := _ERA.search(text):
        year = 1 if found[2] == "元" else int(found[2])
        return day(_BEFORE_ERA[found[1]] + year, int(found[3]), int(found[4]))
    if (found := _THAI.search(text)) and found[2] in _THAI_MONTHS:
        return day(common(int(found[3])), _THAI_MONTHS.index(found[2]) + 1, int(found[1]))
    if found := _PERSIAN.search(text):
        return _persian(int(found[3]), _PERSIAN_MONTHS.index(found[2]) + 1, int(found[1]))
    if found := _PERSIAN_FIGURES.search(text):
        return _persian(int(found[1]), int(found[2]), int(found[3]))
    return None


def _persian(year: int, month: int, of_month: int) -> datetime | None:
    """Six months have 31 days, five 30, the last 29 or, in a leap year, 30."""
    if not (1 <= month <= 12 and 1 <= of_month <= (31 if month < 7 else 30)):
        return None
    first, last = sorted((1379, year))
    leaps = sum(each % 33 in _LEAPS for each in range(first, last))
    days = 365 * (last - first) + leaps
    found = _NEW_YEAR + timedelta(days if year > 1379 else -days)
    found += timedelta(31 * (month - 1) - max(0, month - 7) + of_month - 1)
    return day(found.year, found.month, found.day)
