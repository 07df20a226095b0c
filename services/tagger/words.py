"""Text as tokens and sentences, with their places. Offsets count characters, `end` exclusive.

Words without spaces (Han, kana) are tokens of one character. An elided article is a token that ends in an
apostrophe (l', d'); what follows an apostrophe is one that begins with it ('s, 'nın). A hyphen splits words.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, overload

from services.kit.text import words as folded_words


class Token(NamedTuple):
    """A word, a part of one, or a mark. `key`: its folded spelling, in which words are compared."""

    text: str
    start: int
    end: int
    key: str


class Tokens(Sequence[Token]):
    """The tokens of a text, kept as columns: all are looked up by `keys`, few are asked for anything else."""

    __slots__ = ("keys", "starts", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.keys: list[str] = []

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> list[Token]: ...
    def __getitem__(self, index: int | slice) -> Token | list[Token]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        text, start = self.texts[index], self.starts[index]
        return Token(text, start, start + len(text), self.keys[index])

    def __iter__(self) -> Iterator[Token]:
        return map(self.__getitem__, range(len(self)))


_CJK = "\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"[^\W\d_{_CJK}]++(?=[\s,;:!?)])"  # most words: nothing but letters, and plainly at an end
    r"|(?:[A-Z]\.){2,}"  # U.S.
    r"|\b(?:St|Mr|Mrs|Ms|Dr|Gen|Lt|Col|Sgt|Rep|Sen|Gov|Amb)\."
    r"|\d+(?:[.,]\d+)*"
    rf"|[{_CJK}]"
    r"|(?:[dDlLnNsSjJcCmMtT]|[Qq]u|[a-zA-Z]{1,5}ll|[Uu]n|[Jj]usqu|[Pp]uisqu|[Ll]orsqu)['’](?=[^\W\d_])"
    r"|(?<=\w)['’](?:[^\W\d_]{1,4})\b"
    r"|(?<=[A-ZÅÄÖ]):s\b"  # USA:s
    rf"|(?:[^\W\d_{_CJK}]|(?<=[\u0621-\u064a])[\u064b-\u0652])+(?:['’](?=[^\W\d_]{{5}}|[\u0400-\u04ff])[^\W\d_]+|\d+)*\+?"
    r"|[^\s\w]"
)
_HYPHENS = frozenset("-‐‑")
_STRETCHES = 50_000  # that are remembered
_MEMORABLE = 40  # characters: what is longer is rarely seen twice
_BREAK = re.compile(
    r"(?<=[.!?…])[\"”’»“')\]]*\s+(?=[\"“„«‘'(\[¿¡—–-]?\s?[^\W_a-zà-ÿ])"
    r"|(?<=[؟۔])\s+|(?<=[。！？])[」』”]?|\s*\n\s*|\s+[•|]\s+"
)
_LINE = re.compile(r"\S.*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Rep|Sen|Gov|St|Amb|No|vs|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov"
    r"|Dec|Sr|Sra|Mme|Nr|ca|bzw|ok|tzv|им|г|гг|св)"
    r"|\b[A-ZА-Я](?:\.[A-ZА-Я])*|\d)\.$"
)
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})


def fold(word: str) -> str:
    """The spelling in which words are compared: case, diacritics and the alefs of Arabic folded."""
    mark = word[0] in "'’" and len(word) > 1
    elided = word[-1] in "'’" and len(word) > 1
    if not word[0].isalnum() and not mark:
        return word
    if len(word) == 1 and word.isalpha() and not "\u0600" <= word <= "\u06ff":
        return word.lower()  # à is not a, é is not e
    bare = "".join(folded_words(word))
    if not bare.isascii():
        bare = bare.translate(_ARABIC)
    if mark:
        return "'" + bare
    return bare + "'" if elided else bare


class _Stretches(dict[str, tuple[tuple[str, int, str], ...]]):
    """Stretches without white space and their tokens as (text, start, key), learned when first asked for."""

    def __missing__(self, stretch: str) -> tuple[tuple[str, int, str], ...]:
        found = tuple((word, start, fold(word)) for word, start in _parts(stretch))
        if len(self) >= _STRETCHES:
            self.clear()
        if len(stretch) <= _MEMORABLE:
            self[stretch] = found
        return found


_stretches = _Stretches()


def tokens(text: str) -> Tokens:
    """The tokens of `text`, in order; hyphens that join words are left out."""
    found = Tokens()
    texts, starts, keys = found.texts, found.starts, found.keys
    place = 0
    for stretch in text.split():
        place = text.index(stretch, place)
        for word, start, key in _stretches[stretch]:
            texts.append(word)
            starts.append(place + start)
            keys.append(key)
        place += len(stretch)
    return found


def _parts(stretch: str) -> Iterator[tuple[str, int]]:
    """The words and marks of a stretch without white space, and where they start in it."""
    for match in _TOKEN.finditer(stretch):
        word, start, end = match[0], match.start(), match.end()
        inner = start > 0 and end < len(stretch)
        if word in _HYPHENS and inner and stretch[start - 1].isalnum() and stretch[end].isalnum():
            continue
        yield word, start


def lines(text: str) -> list[tuple[int, int]]:
    """Where the lines stand that hold anything: (start, end) without surrounding white space."""
    return [(match.start(), match.start() + len(match[0].rstrip())) for match in _LINE.finditer(text)]


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the sentences of a line (`start` to `end`) stand, as `lines` tells of lines; none runs on."""
    found: list[tuple[int, int]] = []
    for match in _BREAK.finditer(text, start):
        if match.start() >= end:
            break
        if "\n" not in match[0] and _ABBREVIATION.search(text, max(start, match.start() - 12), match.start()):
            continue
        _keep(text, start, match.end(), found)
        start = match.end()
    _keep(text, start, end, found)
    return found


def _keep(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        found.append((start, start + len(stripped)))


_CLITICS = ("ولل", "وبال", "وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")


@lru_cache(maxsize=50_000)
def arabic_variants(key: str) -> tuple[str, ...]:
    """An Arabic word, and the word without the article and the particles that are written with it."""
    return (
        key,
        *(key[len(each) :] for each in _CLITICS if key.startswith(each) and len(key) - len(each) > 2),
    )
