"""Text as tokens and sentences, with their places. Offsets count characters, `end` exclusive."""

import re
from typing import NamedTuple


class Token(NamedTuple):
    """A word, a possessive ending ('s) or a mark."""

    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}"  # U.S.
    r"|\b(?:St|Mr|Mrs|Ms|Dr|Gen|Lt|Col|Sgt|Rep|Sen|Gov|Amb)\."
    r"|\d+(?:[.,]\d+)*(?:-[^\W_]+)*"
    r"|[^\W_]+(?:(?:-|['’](?![sS]\b))[^\W_]+)*\+?"
    r"|['’][sS]\b"
    r"|[^\s\w]"
)
_BREAK = re.compile(r"(?<=[.!?])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-ZÀ-Ý0-9])|\s*\n\s*|\s+[•|]\s+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Rep|Sen|Gov|St|Amb|No|vs|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)"
    r"|\b[A-Z](?:\.[A-Z])*)\.$"
)


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, in order."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand: (start, end) without surrounding white space; a line never runs on."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        if "\n" not in match[0] and _ABBREVIATION.search(text, max(start, match.start() - 12), match.start()):
            continue
        _keep(text, start, match.end(), found)
        start = match.end()
    _keep(text, start, len(text), found)
    return found


def _keep(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        found.append((start, start + len(stripped)))
