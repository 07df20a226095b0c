"""What an address says of its page: the headline's words, the day. Pure."""

import re
from datetime import datetime
from urllib.parse import unquote, urlsplit

from services.cleaner.metadata import moments
from services.kit.text import words

_DAY = r"(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])"
_ADDRESS = re.compile(
    rf"(?:^|[/_-])((?:19|20)\d\d)[/_-]?{_DAY}(?=\D|$)|/[A-Z]{{1,3}}(20\d\d){_DAY}\d*(?=/|$)"
)
_ADDRESS_MONTH = re.compile(
    r"/((?:19|20)\d\d)[/-](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[/-](\d\d?)(?=/|$)",
    re.IGNORECASE,
)
_ADDRESS_DAY_FIRST = re.compile(r"/(0[1-9]|[12]\d|3[01])[/-](0[1-9]|1[0-2])[/-](20\d\d)(?=/|$)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = re.compile(r"[\W_]+")
STEM = 5  # letters: addresses shorten words, and titles bend them


def named(url: str, text: str) -> int:
    """How many words of the address's longest part the text has; words of one or two letters do not count."""
    stems = {word[:STEM] for word in words(text)}
    return sum(word[:STEM] in stems for word in _name(url))


def _name(url: str) -> list[str]:
    parts = unquote(urlsplit(url).path).split("/")
    return max((_words(part) for part in parts), key=len)


def _words(part: str) -> list[str]:
    return [word for word in words(_PARTS.sub(" ", part)) if len(word) > 2]


def day(url: str) -> datetime | None:
    """The day in the address's path, or None."""
    path = url.split("?", maxsplit=1)[0]
    if found := _ADDRESS.search(path):
        return moments.day(int(found[1] or found[4]), int(found[2] or found[5]), int(found[3] or found[6]))
    if found := _ADDRESS_MONTH.search(path):
        return moments.day(int(found[1]), _MONTHS.index(found[2].lower()) + 1, int(found[3]))
    if found := _ADDRESS_DAY_FIRST.search(path):
        return moments.day(int(found[3]), int(found[2]), int(found[1]))
    return None
