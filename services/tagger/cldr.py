"""What CLDR calls states, cities, weekdays and months in a language, by way of babel."""

import gc
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from babel import Locale, localedata

_CONTEXTS = ("format", "stand-alone")


class Cldr(NamedTuple):
    """`territories`: by ISO 3166-1 alpha-2; `cities`: those after which time zones are called, by their
    English names; `weekdays` (Monday is 0) and `months` (from 1): number and name in each of its forms."""

    territories: Mapping[str, str]
    cities: Mapping[str, str]
    weekdays: tuple[tuple[int, str], ...]
    months: tuple[tuple[int, str], ...]


def read(codes: Iterable[str]) -> dict[str, Cldr]:
    """By the languages' codes. All at once, as what babel reads for it is large and is thrown away again."""
    found = {code: _read(code) for code in codes}
    localedata._cache.clear()
    gc.collect()
    return found


def _read(code: str) -> Cldr:
    locale = Locale.parse(code)
    widths = ("wide", "abbreviated") if code == "zh" else ("wide",)
    return Cldr(
        territories=dict(locale.territories),
        cities={
            zone.rpartition("/")[2].replace("_", " "): names["city"].replace("\xad", "").partition(" (")[0]
            for zone, names in locale.time_zones.items()
            if "city" in names
        },
        weekdays=tuple(
            each for width in widths for context in _CONTEXTS for each in locale.days[context][width].items()
        ),
        months=tuple(each for context in _CONTEXTS for each in locale.months[context]["wide"].items()),
    )
