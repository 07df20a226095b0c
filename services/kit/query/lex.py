"""A query's text as lexemes, and the error that says where a query cannot be understood."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

from services.kit.text import fold_tokens

# Each opening quotation mark with those that close it.
QUOTES = {'"': '"', "“": '”“‟"', "”": '”"', "„": '“”"', "‟": '”"', "«": "»", "»": "«", "＂": "＂"}
MAX_DISTANCE = 1000

_CHUNK = re.compile(rf"(?:(?!&&|\|\|)[^\s()\[\]{{}}{''.join(QUOTES)}])+")
_FIELD = re.compile(r"([^\W\d_]\w*):")
_ADDRESS = re.compile(r"(?:https?|ftp)://|www\.", re.IGNORECASE)
_DISTANCE = re.compile(r"~([0-9]*)")
_WORDS: dict[str, "Kind"] = {"AND": "and", "OR": "or", "NOT": "not"}
_SIGNS: dict[str, "Kind"] = {"+": "plus", "-": "not", "!": "not"}
_CONTEXT = 50  # characters shown on each side of the place of an error
_QUOTED = 40  # characters of the query that a message repeats

Kind = Literal["word", "phrase", "field", "range", "(", ")", "and", "or", "not", "plus", "end"]


class QueryError(ValueError):
    """The query cannot be understood. `message` says why and what to write instead; `position` is the
    place in `text`, in characters. As a string: the message, the query around the place and a caret under it.
    """

    def __init__(self, message: str, position: int, text: str) -> None:
        super().__init__(message, position, text)
        self.message = message
        self.position = position
        self.text = text

    def __str__(self) -> str:
        start = max(0, self.position - _CONTEXT)
        before = _printable(("…" if start else "") + self.text[start : self.position])
        end = self.position + _CONTEXT
        after = _printable(self.text[self.position : end] + ("…" if end < len(self.text) else ""))
        return f"{self.message}\n  {before}{after}\n  {' ' * _width(before)}^"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of the query. `value`: the word as written, the phrase without its marks, the field's name
    in lower case, the range with its brackets. `within`: the number after a phrase's tilde.
    """

    kind: Kind
    value: str
    at: int
    within: int | None = None


def lex(text: str) -> Iterator[Lexeme]:
    """The lexemes in order; the last is of kind "end"."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            yield Lexeme("end", "", at)
            return
        char = text[at]
        if char == "(":
            yield Lexeme("(", char, at)
            at += 1
        elif char == ")":
            yield Lexeme(")", char, at)
            at += 1
        elif text.startswith(("&&", "||"), at):
            yield Lexeme("and" if char == "&" else "or", text[at : at + 2], at)
            at += 2
        elif char in QUOTES:
            phrase, at = _phrase(text, at)
            yield phrase
        elif char in "[{":
            closing = re.compile(r"[\]}]").search(text, at)
            if closing is None:
                _fail(f"“{char}” is never closed: write published:[2024-01-01 TO *]", at, text)
            yield Lexeme("range", text[at : closing.end()], at)
            at = closing.end()
        elif char in "]}":
            _fail(
                f"nothing was opened that this “{char}” could close: remove it, or quote the words", at, text
            )
        elif char in _SIGNS:
            _check_sign(text, at)
            yield Lexeme(_SIGNS[char], char, at)
            at += 1
        else:
            chunk = _chunk(text, at)
            yield from _worded(text, at, chunk)
            at += len(chunk)


def _phrase(text: str, opening: int) -> tuple[Lexeme, int]:
    """The phrase that opens there, and where the text goes on."""
    closers = QUOTES[text[opening]]
    value = []
    at = opening + 1
    while at < len(text) and text[at] not in closers:
        at += text[at] == "\\" and at + 1 < len(text)
        value.append(text[at])
        at += 1
    if at >= len(text):
        _fail(f"this quotation mark is never closed: add {closers[0]} where the phrase ends", opening, text)
    at += 1
    distance = _DISTANCE.match(text, at)
    if distance is None:
        return Lexeme("phrase", "".join(value), opening), at
    digits = distance[1]
    if not 0 < len(digits) <= 4 or not 1 <= int(digits) <= MAX_DISTANCE or _chunk(text, distance.end()):
        _fail(f'after ~ comes a number from 1 to {MAX_DISTANCE}: write "expelled diplomats"~5', at, text)
    return Lexeme("phrase", "".join(value), opening, int(digits)), distance.end()


def _check_sign(text: str, at: int) -> None:
    """A sign stands directly before what it is about."""
    sign, chunk = text[at], _chunk(text, at + 1)
    if chunk and chunk[0] not in _SIGNS:
        return
    if not chunk and text[at + 1 : at + 2] in ("(", *QUOTES):
        return
    if not fold_tokens(chunk):
        _fail(
            f"“{sign}{shown(chunk)}” holds no word: write {sign} directly before the word that it is about, "
            "or leave it out",
            at,
            text,
        )
    _fail(f"two signs, “{sign}{chunk[0]}”, before one word: write one of them", at, text)


def _worded(text: str, at: int, chunk: str) -> Iterator[Lexeme]:
    """An operator, a field with its value if that is a word, or a word."""
    if chunk in _WORDS:
        yield Lexeme(_WORDS[chunk], chunk, at)
        return
    if _ADDRESS.match(chunk):
        _fail('an address is not a word: quote it, "…", or ask for its host with site:example.com', at, text)
    field = _FIELD.match(chunk)
    if field is None:
        yield Lexeme("word", chunk, at)
        return
    yield Lexeme("field", field[1].lower(), at)
    value = chunk[field.end() :]
    if value:
        yield Lexeme("word", value, at + field.end())
        return
    following = text[at + field.end() : at + field.end() + 1]
    if following not in ("(", "[", "{", *QUOTES):
        _fail(f"nothing follows “{shown(field[0])}”: write the value directly after the colon", at, text)


def _chunk(text: str, at: int) -> str:
    match = _CHUNK.match(text, at)
    return match[0] if match else ""


def _fail(message: str, at: int, text: str) -> NoReturn:
    raise QueryError(message, at, text)


def shown(text: str) -> str:
    """A piece of the query as a message repeats it: short and printable."""
    return _printable(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _width(text: str) -> int:
    """Columns that the text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
