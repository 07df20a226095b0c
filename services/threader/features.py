"""What an article is about, as weighted features: the stems of its words, its names, entities, countries,
topics and numbers. Pure.

Entities, countries and topics have codes that are the same in every language.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from schemas.events import TaggedArticle
from services.kit.text import fold_tokens
from services.threader.columns import firsts
from services.threader.stems import key
from services.threader.tokens import I64, Tokens, numbered

KEPT = 20  # features that are remembered of an article
ASKED = 40  # that are looked up of a new one
CODES = 5  # of those kept, at most
NUMBERS = 3  # likewise
LEAD = 200  # tokens of the text that count
FIRST = 60  # of them, that count double
NAMES_IN = 1500  # characters of the text
NAMED = 1.75  # times as much weight for names; at 2 two who live in one town are one story
_SHOUTING = 0.2  # of the words capitalised: more, and capitals tell no names (as in German)

# What states and authorities are called ("court of justice") is no name that tells a story from another.
_NAMED_ALONE = frozenset({"person", "place"})
_SUBJECT = "000000"  # ends the code of one of the seventeen subjects, which a tenth of all news shares
CODE, NUMBER, NAME, WORD = 0, 1, 2, 3  # kinds of features

_CAPITALISED = regex.compile(r"\p{Lu}(?<=[\p{L},;]\s.)[\p{L}'’]+")
_CODE_WEIGHT = 1.5  # as if it stood there so often
_UNSPACED = "\u0e00"  # where the scripts without spaces begin
_LOOKED_AT = 20  # tokens that tell whether the script has spaces
_CELLS = 1 << 20  # of the counts of documents
_OLD = 200_000  # articles after which the counts are halved
_UNSEEN = 500  # articles that are taken to have been seen before the first one
_CODE_ARTICLES = 12  # of them, that had any given code


class Features:
    """An article's features, heaviest first: their keys, and weights whose squares add up to 1."""

    __slots__ = ("keys", "kinds", "weights")

    def __init__(self, keys: NDArray[np.uint32], weights: NDArray[np.float64], kinds: I64) -> None:
        self.keys = keys
        self.weights = weights
        self.kinds = kinds


class Frequencies:
    """In how many of the last articles a feature was among those kept; counted in cells that few share."""

    def __init__(self) -> None:
        self._cells = np.zeros(_CELLS, np.uint32)
        self._articles = 0

    def rarity(self, keys: NDArray[np.uint32], kinds: I64) -> NDArray[np.float64]:
        """Logarithms of one in how many articles has it: 0 upwards."""
        had = self._cells[keys % _CELLS] + np.where(kinds == CODE, _CODE_ARTICLES, 0)
        return np.log((self._articles + _UNSEEN + 1) / (had + 1))

    def count(self, keys: NDArray[np.uint32]) -> None:
        self._cells[keys % _CELLS] += 1
        self._articles += 1
        if self._articles >= _OLD:
            self._cells >>= 1
            self._articles //= 2


def features(article: TaggedArticle, text: Tokens, frequencies: Frequencies) -> Features:
    """The ASKED heaviest. `text`: its text's tokens."""
    codes = np.fromiter(dict.fromkeys(_codes(article)), np.int64)
    found, counts = _counted(article, text)
    if not len(codes) + len(found):
        return Features(np.empty(0, np.uint32), np.empty(0), codes)
    kinds = np.full(len(codes) + len(found), WORD)
    kinds[: len(codes)] = CODE
    spelled = kinds[len(codes) :]
    if len(found):
        names = _names(article)
        places = np.minimum(found.searchsorted(names), len(found) - 1)
        spelled[places[found[places] == names]] = NAME
        spelled[found < 0] = NUMBER
    keys = np.concatenate((codes, np.abs(found))).astype(np.uint32)
    often = np.concatenate((np.full(len(codes), _CODE_WEIGHT), np.where(found < 0, 1, counts)))
    weights = (1 + np.log(often)) * frequencies.rarity(keys, kinds)
    weights[kinds == NAME] *= NAMED
    order = np.lexsort((keys, -weights))
    # Single words outweigh codes and numbers, but these are what reports in two languages share.
    ranked = kinds[order]
    first = (order[ranked == CODE][:CODES], order[ranked == NUMBER][:NUMBERS])
    rest = order[ranked >= NAME][: ASKED - len(first[0]) - len(first[1])]
    order = np.concatenate((*first, rest))
    keys, kinds, weights = keys[order], kinds[order], weights[order]
    length = math.sqrt(float(np.square(weights[:KEPT]).sum())) or 1.0
    return Features(keys, weights / length, kinds)


def _counted(article: TaggedArticle, text: Tokens) -> tuple[I64, I64]:
    """The keys of its words, in order, and the weights of their places; of scripts without spaces, of pairs
    of characters.
    """
    title = article.title_tokens or fold_tokens(article.title)
    if _unspaced(title) or _unspaced(article.text_tokens):
        title = " ".join(_pairs(_first(title, LEAD)))
        text = numbered(" ".join(_pairs(_first(article.text_tokens, LEAD))), LEAD)
    in_title, in_text = numbered(title, LEAD).keys, text.keys[:LEAD]
    keys = np.concatenate((in_title, in_text))
    weights = np.ones(len(keys), np.int64)
    weights[: len(in_title)] = 3
    weights[len(in_title) : len(in_title) + FIRST] = 2
    order = keys.argsort()
    keys = keys[order]
    begins = firsts(keys).nonzero()[0]
    counts = np.add.reduceat(weights[order], begins) if len(keys) else weights
    keys = keys[begins]
    there = keys != 0
    return keys[there], counts[there]


def _unspaced(tokens: str) -> bool:
    """Whether it begins in a script without spaces."""
    return not tokens.isascii() and any(
        token >= _UNSPACED and len(token) <= 2 for token in _first(tokens, _LOOKED_AT)
    )


def _codes(article: TaggedArticle) -> Iterator[int]:
    for code in article.countries:
        yield key(f"code {code}")
    for entity in article.entities:
        if entity.id:
            yield key(f"code {entity.id}")
    for topic in article.topics:
        if not topic.code.endswith(_SUBJECT):
            yield key(f"code {topic.code}")


def subject(article: TaggedArticle) -> int:
    """The first two digits of its main subject, of the seventeen that there are; 0 where it has none."""
    subjects = [topic for topic in article.topics if topic.code.endswith(_SUBJECT)]
    main = max(subjects, key=lambda topic: topic.score, default=None)
    return int(main.code[:2]) if main else 0


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


def _names(article: TaggedArticle) -> I64:
    """The keys of capitalised words inside sentences, and of the words of entities' names."""
    start = article.text[:NAMES_IN]
    found = _CAPITALISED.findall(start)
    if len(found) > _SHOUTING * (start.count(" ") + 1):
        found = []
    found += [entity.name for entity in article.entities if entity.type in _NAMED_ALONE]
    return numbered(fold_tokens(" ".join(found)), NAMES_IN).keys
