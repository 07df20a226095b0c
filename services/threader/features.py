"""What an article is about, as weighted features: the beginnings of its words, its names, entities, countries,
topics and numbers. Pure.

Words are cut to their first letters, in Latin letters where the script has a simple romanisation: so inflected forms
are equal (Diplomat, Diplomaten), and so are most names and many words of other languages (диплом, diplom).
Entities, countries and topics have codes that are the same in every language.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from schemas.events import TaggedArticle
from services.kit.text import words

KEPT = 14  # features that are remembered of an article
ASKED = 24  # that are looked up of a new one
LEAD = 250  # tokens of the text that count
FIRST = 60  # of them, that count double
STEM = 6  # letters
NAME_STEM = 5
FULL_WEIGHT = 255

CODE, NAME, NUMBER, WORD = 0, 1, 2, 3  # kinds of features

_CAPITALISED = regex.compile(r"(?<![.!?:…\"“«„»]\s)(?<=[\p{L},;]\s)\p{Lu}[\p{L}'’]+")
_CELLS = 1 << 20  # of the counts of documents
_OLD = 200_000  # articles after which the counts are halved
_UNSEEN = 500  # articles that are taken to have been seen before the first one
_CODE_ARTICLES = 12  # of them, that had any given code
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
            "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia i i e g".split(" "),
            strict=True,
        )
    )
    | dict(
        zip(
            "αβγδεζηθικλμνξοπρσςτυφχψω",
            "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(" "),
            strict=True,
        )
    )
)


class Features:
    """An article's features, heaviest first: their keys, and weights whose squares add up to 1."""

    __slots__ = ("keys", "kinds", "weights")

    def __init__(self, keys: NDArray[np.uint32], weights: NDArray[np.float64], kinds: Sequence[int]) -> None:
        self.keys = keys
        self.weights = weights
        self.kinds = kinds


class Frequencies:
    """In how many of the last articles a feature was among those kept; counted in cells that few share."""

    def __init__(self) -> None:
        self._cells = np.zeros(_CELLS, np.uint32)
        self._articles = 0

    def rarity(self, keys: NDArray[np.uint32], kinds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithms of one in how many articles has it: 0 upwards."""
        had = self._cells[keys % _CELLS] + np.where(kinds == CODE, _CODE_ARTICLES, 0)
        return np.log((self._articles + _UNSEEN + 1) / (had + 1))

    def count(self, keys: NDArray[np.uint32]) -> None:
        self._cells[keys % _CELLS] += 1
        self._articles += 1
        if self._articles >= _OLD:
            self._cells >>= 1
            self._articles //= 2


def features(article: TaggedArticle, frequencies: Frequencies) -> Features:
    """The ASKED heaviest."""
    found: dict[tuple[int, str], float] = {}
    for kind, name, weight in _told(article):
        found[kind, name] = found.get((kind, name), 0.0) + weight
    if not found:
        return Features(np.empty(0, np.uint32), np.empty(0), ())
    keys = np.fromiter((_key(*each) for each in found), np.uint32, len(found))
    kinds = np.fromiter((kind for kind, _ in found), np.int64, len(found))
    often = np.fromiter(found.values(), np.float64, len(found))
    weights = (1 + np.log(often)) * frequencies.rarity(keys, kinds)
    keys, first = np.unique(keys, return_index=True)
    kinds, weights = kinds[first], weights[first]
    order = np.lexsort((keys, -weights))[:ASKED]
    keys, kinds, weights = keys[order], kinds[order], weights[order]
    length = math.sqrt(float(np.square(weights).sum())) or 1.0
    return Features(keys, weights / length, kinds.tolist())


def _told(article: TaggedArticle) -> Iterator[tuple[int, str, float]]:
    title = article.title_tokens.split(" ") if article.title_tokens else words(article.title)
    text = _first(article.text_tokens, LEAD)
    counted: Counter[str] = Counter()
    for tokens, weight in ((title, 3), (text[:FIRST], 2), (text[FIRST:], 1)):
        for token in _terms(tokens):
            counted[token] += weight
    common = common_words()
    for token, weight in counted.items():
        if token in common:
            continue
        if token.isdecimal():
            if len(token) > 1 and not (len(token) == 4 and token[:2] in ("19", "20")):
                yield NUMBER, token, 1.0
        elif len(token) > 1:
            yield WORD, stem(token), float(weight)
    for name in _names(article):
        if name not in common and len(name) > 2:
            yield NAME, romanised(name)[:NAME_STEM], 1.0
    for code in article.countries:
        yield CODE, code, 1.5
    for entity in article.entities:
        if entity.id:
            if entity.id not in article.countries:
                yield CODE, entity.id, 1.5
        elif entity.type != "other":
            for name in words(entity.name):
                yield NAME, romanised(name)[:NAME_STEM], 1.0
    for topic in article.topics:
        yield CODE, topic.code, 1.0


def _first(tokens: str, count: int) -> list[str]:
    return tokens.split(" ", count)[:count] if tokens else []


def _terms(tokens: Sequence[str]) -> Iterator[str]:
    """Words; of scripts without spaces, pairs of characters."""
    before = ""
    for token in tokens:
        if len(token) <= 2 and token >= "\u0e00":
            if before:
                yield before + token
            before = token
        else:
            before = ""
            yield token


def _names(article: TaggedArticle) -> Iterator[str]:
    """Capitalised words inside sentences."""
    for name in _CAPITALISED.findall(article.text[:1500]):
        yield from words(name)[:1]


@lru_cache(maxsize=65_536)
def romanised(token: str) -> str:
    return token if token.isascii() else token.translate(_CYRILLIC)


def stem(token: str) -> str:
    return romanised(token)[:STEM]


@lru_cache(maxsize=131_072)
def _key(kind: int, name: str) -> int:
    return crc32(f"{kind}{name}".encode())


@cache
def common_words() -> frozenset[str]:
    text = (resources.files("services.threader") / "data" / "common_words.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(word for line in lines for each in line.split()[1:] for word in words(each))
