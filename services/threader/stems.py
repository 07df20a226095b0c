"""The key of a token: a hash of its stem, so that inflected forms and other languages' spellings are equal.
Pure.

Words are cut to their first letters, in Latin letters where the script has a simple romanisation: so
inflected forms are equal (Diplomat, Diplomaten), and so are most names and many words of other languages
(диплом, diplom).
"""

from functools import cache
from importlib import resources
from zlib import crc32

from services.kit.text import words

STEM = 6  # letters

_VOWELS = "aeiouy"
_SHORTEST = 3  # letters that are left
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


def key_of(token: str) -> int:
    """Negative for numbers; 0 for what says nothing: common words, single letters, years."""
    if len(token) < 2 or token in common_words():
        return 0
    if token.isdecimal():
        return 0 if len(token) == 4 and token[:2] in ("19", "20") else -key(token)
    return key(stem(token))


def key(name: str) -> int:
    return crc32(name.encode())


def stem(token: str) -> str:
    """The word without its ending: at most STEM letters, and no vowel last that may be an inflection."""
    word = romanised(token)
    bare = word.rstrip(_VOWELS)
    return (bare if len(bare) >= _SHORTEST else word)[:STEM]


def romanised(token: str) -> str:
    return token if token.isascii() else token.translate(_CYRILLIC)


@cache
def common_words() -> frozenset[str]:
    text = (resources.files("services.threader") / "data" / "common_words.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(word for line in lines for each in line.split()[1:] for word in words(each))
