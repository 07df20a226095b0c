"""Who is credited with a text: the agency that signs it, or that it names. Pure.

The cleaner tells agencies and dateline of a page; of articles that come without, the text's edges are read.
"""

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import regex

from schemas.events import Article
from services.kit.text import words

# By the word that names them in credits everywhere; where that is a common word, only in brackets or as
# author.
_AGENCIES = [
    "reuters",
    "afp",
    "dpa",
    "efe",
    "ansa",
    "tass",
    "interfax",
    "xinhua",
    "anadolu",
    "kyodo",
    "yonhap",
    "lusa",
    "belga",
    "apa",
    "keystone",
    "ritzau",
    "ntb",
    "tt",
    "stt",
    "lrt",
    "bns",
    "leta",
    "elta",
    "pap",
    "ctk",
    "tasr",
    "mti",
    "agerpres",
    "hina",
    "tanjug",
    "bta",
    "ukrinform",
    "unian",
    "belta",
    "trend",
    "azertac",
    "kazinform",
    "irna",
    "isna",
    "wafa",
    "sana",
    "petra",
    "qna",
    "wam",
    "spa",
    "mena",
    "map",
    "tap",
    "aps",
    "antara",
    "bernama",
    "pti",
    "ani",
    "ians",
    "uni",
    "jiji",
    "vna",
    "cna",
    "ria",
    "afx",
    "bloomberg",
    "telam",
    "infobae",
    "notimex",
    "andina",
    "prensa",
    "ap",
    "aap",
    "pa",
    "cp",
    "nzpa",
    "sapa",
    "nan",
    "gna",
    "aip",
]
_UNMISTAKABLE = frozenset(
    [
        "reuters",
        "afp",
        "dpa",
        "ansa",
        "interfax",
        "xinhua",
        "anadolu",
        "kyodo",
        "yonhap",
        "ritzau",
        "agerpres",
        "tanjug",
        "ukrinform",
        "kazinform",
        "bernama",
        "tasr",
        "bloomberg",
        "telam",
        "notimex",
        "jiji",
        "antara",
    ]
)
# Sites of those whose names are words of other things, too.
_SITES = {
    "apnews": "ap",
    "tass": "tass",
    "efe": "efe",
    "apa": "apa",
    "lusa": "lusa",
    "belga": "belga",
    "pap": "pap",
    "ria": "ria",
    "ntb": "ntb",
    "stt": "stt",
    "aap": "aap",
    "ptinews": "pti",
    "aninews": "ani",
    "ianslive": "ians",
    "pamediagroup": "pa",
    "wafa": "wafa",
    "irna": "irna",
    "belta": "belta",
}
_NUMBERS = {name: number for number, name in enumerate(_AGENCIES, 1)}
_CREDIT = regex.compile(
    r"[(/\[—–-]\s*(\p{Lu}{2,9})\s*[)/\]]|^\W{0,3}[^\n]{0,60}?\((\p{L}{2,12})\)|—\s(\p{L}{2,12})\s*$"
)
_MARK = regex.compile(r"[(/\[—–-]")  # that every credit has
_EDGE = 160  # characters at either end
LONGEST_NAME = 5  # words
OWN = 0x80  # added where the outlet is the agency


def agency(article: Article) -> int:
    """The number of the agency that the text is credited to, 0 for none; with OWN if it is the outlet's."""
    own = _of_outlet(article.source_name, article.source, article.site)
    if own:
        return own | OWN
    if article.agencies:
        return _of_agency(article.agencies[0])
    for author in article.authors:
        said = words(author)
        for word in said:
            if word in _UNMISTAKABLE or (len(said) == 1 and word in _NUMBERS):
                return _NUMBERS[word]
    for edge in _edges(article):
        lowered = edge.lower()
        if any(map(lowered.__contains__, _UNMISTAKABLE)):
            named = next(filter(_UNMISTAKABLE.__contains__, words(edge)), None)
            if named:
                return _NUMBERS[named]
        for match in _CREDIT.finditer(edge) if _MARK.search(edge) else ():
            name = next(filter(None, match.groups()), "").lower()
            if name in _NUMBERS:
                return _NUMBERS[name]
    return 0


def _edges(article: Article) -> tuple[str, ...]:
    """Where credits stand."""
    dateline = (f"{article.dateline} -",) if article.dateline else ()
    return (*dateline, article.text[:_EDGE], article.text[-_EDGE:])


@lru_cache(maxsize=1024)
def _of_agency(name: str) -> int:
    """Of an agency as the cleaner names it. Those that have no number here share the last ones."""
    said = words(name)
    known = next((_NUMBERS[word] for word in said if word in _NUMBERS), 0)
    first = len(_AGENCIES) + 1
    return known or first + _number(said) % (OWN - first)


@lru_cache(maxsize=8192)
def _of_outlet(name: str, source: str, site: str) -> int:
    labels = site.lower().split(".")
    known = next((_SITES[label] for label in labels if label in _SITES), None)
    if known:
        return _NUMBERS[known]
    parts = (part for text in (name, source, site) for word in words(text) for part in word.split("."))
    return next((_NUMBERS[part] for part in parts if part in _UNMISTAKABLE), 0)


@lru_cache(maxsize=8192)
def outlet(name: str) -> int:
    """An outlet's name as a number; 0 where it has none."""
    return _number(words(name)) if name else 0


def credits(article: Article, outlet: int) -> bool:
    """Whether a name of that number stands in the article's credits."""
    for edge in (*article.authors, *article.agencies, *_edges(article)):
        said = [word.encode() for word in words(edge)]
        for at, word in enumerate(said):
            number = crc32(word)
            if number == outlet:
                return True
            for further in said[at + 1 : at + LONGEST_NAME]:
                number = crc32(further, crc32(b" ", number))
                if number == outlet:
                    return True
    return False


def _number(name: Sequence[str]) -> int:
    return crc32(" ".join(name).encode())
