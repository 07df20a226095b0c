"""Who is credited with a text: the agency that it names. Pure."""

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
_NUMBERS = {name: number for number, name in enumerate(_AGENCIES, 1)}
_CREDIT = regex.compile(
    r"[(/\[—–-]\s*(\p{Lu}{2,9})\s*[)/\]]|^\W{0,3}[^\n]{0,60}?\((\p{L}{2,12})\)|—\s(\p{L}{2,12})\s*$"
)
_NAMED = regex.compile(r"\b\L<names>\b", regex.IGNORECASE, names=sorted(_UNMISTAKABLE))
_EDGE = 160  # characters at either end, where credits stand
LONGEST_NAME = 5  # words
OWN = 0x80  # added where the outlet is the agency


def agency(article: Article) -> int:
    """The number of the agency that the text is credited to, 0 for none; with OWN if it is the outlet's."""
    own = _of_outlet(article.source_name, article.source, article.site)
    if own:
        return own | OWN
    for author in article.authors:
        said = words(author)
        for word in said:
            if word in _UNMISTAKABLE or (len(said) == 1 and word in _NUMBERS):
                return _NUMBERS[word]
    for edge in (article.text[:_EDGE], article.text[-_EDGE:]):
        named = _NAMED.search(edge)
        if named:
            return _NUMBERS[named[0].lower()]
        for match in _CREDIT.finditer(edge):
            name = next(filter(None, match.groups()), "").lower()
            if name in _NUMBERS:
                return _NUMBERS[name]
    return 0


@lru_cache(maxsize=8192)
def _of_outlet(*names: str) -> int:
    parts = (part for name in names for word in words(name) for part in word.split("."))
    return next((_NUMBERS[part] for part in parts if part in _UNMISTAKABLE), 0)


@lru_cache(maxsize=8192)
def outlet(name: str) -> int:
    """An outlet's name as a number; 0 where it has none."""
    return _number(words(name)) if name else 0


def credited(article: Article) -> frozenset[int]:
    """The numbers of all the names that may stand in the article's credits."""
    edges = [*article.authors, article.text[:_EDGE], article.text[-_EDGE:]]
    found = []
    for edge in edges:
        said = words(edge)
        found += [
            _number(said[at : at + length])
            for length in range(1, LONGEST_NAME + 1)
            for at in range(len(said) - length + 1)
        ]
    return frozenset(found)


def _number(name: Sequence[str]) -> int:
    return crc32(" ".join(name).encode())
