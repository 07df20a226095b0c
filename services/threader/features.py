"""What an article is about, as weighted features: the beginnings of its words, its names, entities,
countries, topics and numbers. Pure.

Words are cut to their first letters, in Latin letters where the script has a simple romanisation: so
inflected forms are equal (Diplomat, Diplomaten), and so are most names and many words of other languages
(диплом, diplom). Entities, countries and topics have codes that are the same in every language.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from schemas.events import TaggedArticle
from services.kit.text import words

KEPT = 20  # features that are remembered of an article
ASKED = 40  # that are looked up of a new one
CODES = 5  # of those kept, at most
NUMBERS = 3  # likewise
LEAD = 200  # tokens of the text that count
FIRST = 60  # of them, that count double
STEM = 6  # letters
NAMES_IN = 1500  # characters of the text
NAMED = 1.6  # times as much weight for names; at 2 two who live in one town are one story
_SHOUTING = 0.2  # of the words capitalised: more, and capitals tell no names (as in German)

# What states and authorities are called ("court of justice") is no name that tells a story from another.
_NAMED_ALONE = frozenset({"person", "place"})
_SUBJECT = "000000"  # ends the code of one of the seventeen subjects, which a tenth of all news shares
CODE, NAME, NUMBER, WORD = 0, 1, 2, 3  # kinds of features

_CAPITALISED = regex.compile(r"(?<![.!?:…\"“«„»]\s)(?<=[\p{L},;]\s)\p{Lu}[\p{L}'’]+")
_CODE_WEIGHT = 1.5  # as if it stood there so often
_UNSPACED = "\u0e00"  # where the scripts without spaces begin
_REMEMBERED = 200_000  # tokens, about 20 MB
_VOWELS = "aeiouy"
_SHORTEST = 3  # letters that are left
_CELLS = 1 << 20  # of the counts of documents
_OLD = 200_000  # articles after which the counts are halved
_UNSEEN = 500  # articles that are taken to have been seen before the first one
_CODE_ARTICLES = 12  # of them, that had any given code
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
            [
                "a",
                "b",
                "v",
                "g",
                "d",
                "e",
                "e",
                "zh",
                "z",
                "i",
                "i",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "f",
                "kh",
                "ts",
                "ch",
                "sh",
                "shch",
                "",
                "y",
                "",
                "e",
                "iu",
                "ia",
                "i",
                "i",
                "e",
                "g",
            ],
            strict=True,
        )
    )
    | dict(
        zip(
            "αβγδεζηθικλμνξοπρσςτυφχψω",
            [
                "a",
                "v",
                "g",
                "d",
                "e",
                "z",
                "i",
                "th",
                "i",
                "k",
                "l",
                "m",
                "n",
                "x",
                "o",
                "p",
                "r",
                "s",
                "s",
                "t",
                "y",
                "f",
                "ch",
                "ps",
                "o",
            ],
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
    codes = np.fromiter(dict.fromkeys(_codes(article)), np.int64)
    found, counts = _counted(article)
    spelled = found < 0
    if not len(codes) + len(found):
        return Features(np.empty(0, np.uint32), np.empty(0), ())
    kinds = np.full(len(codes) + len(found), WORD)
    kinds[: len(codes)] = CODE
    kinds[len(codes) :][np.isin(found, _names(article))] = NAME
    kinds[len(codes) :][spelled] = NUMBER
    keys = np.concatenate((codes, np.abs(found))).astype(np.uint32)
    often = np.concatenate((np.full(len(codes), _CODE_WEIGHT), np.where(spelled, 1, counts)))
    weights = (1 + np.log(often)) * frequencies.rarity(keys, kinds)
    weights[kinds == NAME] *= NAMED
    order = np.lexsort((keys, -weights))
    # Single words outweigh codes and numbers, but these are what reports in two languages share.
    ranked = kinds[order]
    first = (order[ranked == CODE][:CODES], order[ranked == NUMBER][:NUMBERS])
    rest = order[(ranked == NAME) | (ranked == WORD)][: ASKED - len(first[0]) - len(first[1])]
    order = np.concatenate((*first, rest))
    keys, kinds, weights = keys[order], kinds[order], weights[order]
    length = math.sqrt(float(np.square(weights[:KEPT]).sum())) or 1.0
    return Features(keys, weights / length, kinds.tolist())


def _counted(article: TaggedArticle) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The keys of its words (as _Keys has them), in order, and the weights of their places; of scripts
    without spaces, of pairs of characters.
    """
    title = article.title_tokens.split(" ") if article.title_tokens else words(article.title)
    text = _first(article.text_tokens, LEAD)
    if any(token >= _UNSPACED and len(token) <= 2 for token in (*title[:20], *text[:20])):
        title, text = list(_pairs(title)), list(_pairs(text))
    tokens = title * 3 + text[:FIRST] * 2 + text[FIRST:]
    keys = np.fromiter(map(_KEYS.__getitem__, tokens), np.int64, len(tokens))
    return np.unique(keys[keys != 0], return_counts=True)


def _codes(article: TaggedArticle) -> Iterator[int]:
    for code in article.countries:
        yield _key(f"code {code}")
    for entity in article.entities:
        if entity.id:
            yield _key(f"code {entity.id}")
    for topic in article.topics:
        if not topic.code.endswith(_SUBJECT):
            yield _key(f"code {topic.code}")


def _first(tokens: str, count: int) -> list[str]:
    return tokens.split(" ", count)[:count] if tokens else []


def _pairs(tokens: Sequence[str]) -> Iterator[str]:
    """Neighbouring characters of scripts without spaces as pairs, all else as it is."""
    before = ""
    for token in tokens:
        if len(token) <= 2 and token >= _UNSPACED:
            if before:
                yield before + token
            before = token
        else:
            before = ""
            yield token


def _names(article: TaggedArticle) -> list[int]:
    """The keys of capitalised words inside sentences, and of the words of entities' names."""
    start = article.text[:NAMES_IN]
    found = _CAPITALISED.findall(start)
    if len(found) > _SHOUTING * (start.count(" ") + 1):
        found = []
    entities = (
        word for entity in article.entities if entity.type in _NAMED_ALONE for word in words(entity.name)
    )
    return [_KEYS[word] for word in (*words(" ".join(found)), *entities)]


def romanised(token: str) -> str:
    return token if token.isascii() else token.translate(_CYRILLIC)


def stem(token: str) -> str:
    """The word without its ending: at most STEM letters, and no vowel last that may be an inflection."""
    word = romanised(token)
    bare = word.rstrip(_VOWELS)
    return (bare if len(bare) >= _SHORTEST else word)[:STEM]


class _Keys(dict[str, int]):
    """Tokens and the keys of their features, learned when asked for: negative for numbers, 0 for what says
    nothing.
    """

    def __missing__(self, token: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(token) < 2 or token in common_words():
            key = 0
        elif token.isdecimal():
            key = 0 if len(token) == 4 and token[:2] in ("19", "20") else -_key(token)
        else:
            key = _key(stem(token))
        self[token] = key
        return key


_KEYS = _Keys()


def _key(name: str) -> int:
    return crc32(name.encode())


@cache
def common_words() -> frozenset[str]:
    text = (resources.files("services.threader") / "data" / "common_words.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(word for line in lines for each in line.split()[1:] for word in words(each))
