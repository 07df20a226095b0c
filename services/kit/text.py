"""Text as tokens: the one tokenisation that matcher, indexes and queries share.

A token is a word, folded so that spellings of the same word are equal:

- NFKC, case folding, then diacritics off Latin, Greek and Cyrillic letters (Łódź → lodz, Йод → иод), with
  the strokes and ligatures that Unicode does not decompose (ø → o, œ → oe), and the optional vowel signs
  and the tatweel off Arabic and Hebrew. The marks of every other script carry vowels and stay.
- Apostrophes, hyphens and all other punctuation split: NATO's → nato s, l'OTAN → l otan,
  tit-for-tat → tit for tat, F-16 → f 16, @user → user. So NATO finds NATO's, and a query in the same
  spelling is a phrase that finds it as well.
- A point or a comma between digits belongs to the number (3.5), but the comma of thousands is dropped
  (1,000 → 1000). A point between single letters belongs to the abbreviation (U.S. → u.s), which keeps it
  apart from the pronoun: to find both spellings, ask for `U.S. OR US`.
- Han, kana, and the letters of Thai, Lao, Khmer and Burmese, which are written without spaces, are tokens
  of one character with its marks.
- A word of more than 128 characters is cut, as no index takes terms of any length.

Folding is stable: the tokens of the joined tokens are the same tokens.
"""

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from sys import intern

import regex

MAX_TOKEN = 128
_STRETCHES = 131_072  # that are remembered
_RUNS = 32_768  # likewise
_MEMORABLE = 32  # characters: what is longer is rarely seen twice

_UNSPACED = r"[[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30FC\uFF70]&&\p{L}]"
_NEVER = rf"[{_UNSPACED}\u02BC\u200B]"  # the letter apostrophe and the zero-width space split like their kin
_LETTER = rf"[\p{{L}}--{_NEVER}]"
_START = rf"[[\p{{L}}\p{{N}}]--{_NEVER}]"
_INNER = rf"[[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--{_NEVER}]"
_WORD = regex.compile(
    rf"(?V1){_UNSPACED}[\p{{M}}\uFF9E\uFF9F\u0E33\u0EB3]*"  # sara am begins with a mark, as NFKC shows
    rf"|{_LETTER}(?:[.\uFF0E]{_LETTER})+(?!{_INNER})"
    rf"|{_START}{_INNER}*+(?:(?<=\d)[.,\uFF0E\uFF0C](?=\d){_INNER}++)*"
)
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Me}\p{Variation_Selector}]+")
_DIACRITICS = regex.compile(r"(?<=[\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}])\p{Mn}+")
_OPTIONAL = regex.compile(r"[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0640\u064B-\u0652\u0670]+")
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_EDGES = string.punctuation + "«»‘’“”„‹›–—…"  # belong to no token at the ends of a stretch
_STRETCH = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word and where it stands: `start` to `end` (exclusive), in characters of the original."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens in order. Those that come of the same characters (½ → 1 2, น้ำ → น้ํ า) share their place."""
    tokens = []
    for stretch in _STRETCH.finditer(text):
        at = stretch.start()
        tokens += [Token(word, at + start, at + end) for word, start, end in _places(stretch[0])]
    return tokens


def words(text: str) -> list[str]:
    """The texts of the same tokens. Equal ones are mostly one object, so that looking them up is quick."""
    return list(chain.from_iterable(map(_known.__getitem__, text.split())))


def fold_tokens(text: str) -> str:
    """The same tokens, joined by single spaces."""
    return " ".join(words(text))


def _places(stretch: str) -> list[tuple[str, int, int]]:
    """The tokens of a stretch without white space: (token, start, end) within it."""
    core = stretch.strip(_EDGES)
    if core.isascii() and core.isalnum() and len(core) <= MAX_TOKEN:  # most are, and need no expression
        at = stretch.index(core)
        return [(core.lower(), at, at + len(core))]
    return [(word, run.start(), run.end()) for run in _WORD.finditer(stretch) for word in _words(run[0])]


class _Known(dict[str, tuple[str, ...]]):
    """Stretches without white space and their tokens: learned when first asked for, so that a text of known
    words takes one look-up a word. About 30 MB when full, the runs below counted; then it begins anew.
    Threads may share it: at worst a stretch is learned twice.
    """

    def __missing__(self, stretch: str) -> tuple[str, ...]:
        found = tuple([intern(word) for word, _, _ in _places(stretch)])
        if len(stretch) <= _MEMORABLE:
            if len(self) >= _STRETCHES:
                self.clear()
            self[stretch] = found
        return found


_known = _Known()


def _words(run: str) -> tuple[str, ...]:
    return _remember(run) if len(run) <= _MEMORABLE else _fold(run)


def _fold(run: str) -> tuple[str, ...]:
    """A run of the original as tokens: nearly always one. Folded until folding changes nothing."""
    folded = _normal(run)
    if len(folded) > MAX_TOKEN:
        pieces = [folded[at : at + MAX_TOKEN] for at in range(0, len(folded), MAX_TOKEN)]
    elif folded == run:
        return (run,)
    else:
        pieces = [folded]
    return tuple(word for piece in pieces for part in _WORD.findall(piece) for word in _words(part))


_remember = lru_cache(maxsize=_RUNS)(_fold)


def _normal(run: str) -> str:
    if not run.isascii():
        run = unicodedata.normalize("NFKC", _INVISIBLE.sub("", run))
    run = run.casefold()
    if not run.isascii():
        bare = _DIACRITICS.sub("", unicodedata.normalize("NFKD", run))
        run = unicodedata.normalize("NFC", _OPTIONAL.sub("", bare).translate(_UNDECOMPOSED))
    return _THOUSANDS.sub(lambda number: number[0].replace(",", ""), run) if "," in run else run
