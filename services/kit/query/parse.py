"""A query's text to its syntax tree. What cannot be understood is refused with the place and the way
out; nothing is guessed.

    query  = and { OR and }                                     OR is also ||
    and    = not { [AND] not }                                  AND is also &&; words side by side mean AND
    not    = { NOT | - | ! | + } part                           + says what holds anyway: the word must stand
    part   = ( query ) | words | field:words | field:( query )
           | published:[2024-01-01 TO *] | published:2024-05    a day, month or year is meant as a whole
           | event:type | event:* | event:( type:… actor:… target:… status:… count:>=5 )
    words  = word | prefix* | "a phrase" | "near words"~5

Where everything may be asked for, a part may also be * (or *:*), and a query may say only what must not be.

AND binds more tightly than OR. A word of several tokens (F-16) is a phrase. The fields of words are title
and text; author, site, source, language, country, topic and entity hold whole values.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar, cast, get_args

from schemas.events import Event
from services.kit.query.lex import Kind, Lexeme, QueryError, lex, shown
from services.kit.query.tree import (
    OPERATORS,
    And,
    EventMatch,
    Everything,
    Keyword,
    KeywordField,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    TextField,
    Word,
)
from services.kit.text import fold_tokens

MAX_LENGTH = 8192
MAX_DEPTH = 50
MAX_COUNT = 10**9

Field = TextField | KeywordField
Joined = TypeVar("Joined", And, Or)

_TEXT_FIELDS: tuple[str, ...] = get_args(TextField)
_KEYWORD_FIELDS: tuple[str, ...] = get_args(KeywordField)
_STATUSES: tuple[str, ...] = get_args(Event.model_fields["status"].annotation)
_FIELDS = (*_TEXT_FIELDS, *_KEYWORD_FIELDS, "published", "event")
_EVENT_KEYS = ("type", "actor", "target", "status", "count")
_OPENS_PART: frozenset[Kind] = frozenset({"word", "phrase", "field", "range", "(", "not", "plus"})
_EVENT_EXAMPLE = "event:(type:expulsion actor:RU target:NATO count:>=5 status:done)"
_RANGE_EXAMPLE = "published:[2024-01-01 TO 2024-01-31]"

_EVERYTHING = frozenset({"*", "*:*"})
# Controls but white space, halves of surrogate pairs, and what is no character at all.
_UNREADABLE = re.compile(r"[\x00-\x08\x0E-\x1F\x7F-\x84\x86-\x9F\uD800-\uDFFF\uFFFE\uFFFF]")
_NEAR = re.compile(r"(?i:o?near|adj|within|pre|w|n)/[0-9]+\Z|(?:O?NEAR|ADJ|AROUND)[0-9]*\Z")
_LOOK_ALIKES = {"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "－": "-", "＋": "+", "！": "!"}
_WIDE = dict(zip("（）［］｛｝：＊～｜＆", "()[]{}:*~|&", strict=True))
_STARRED = re.compile(r"\w\*(?:\s|\Z)")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_COUNT = re.compile(r"(>=|<=|>|<|)([0-9]{1,10})\Z")
_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\S*\Z")


def parse(text: str, *, everything: bool = False) -> Node:
    """The query's tree: And and Or flattened, each of at least two parts. Raises QueryError.

    `everything`: whoever asks knows that the query may match articles that have nothing of what it names.
    """
    if len(text) > MAX_LENGTH:
        message = (
            f"the query has {len(text)} characters, at most {MAX_LENGTH} are read: split it into several"
        )
        raise QueryError(message, MAX_LENGTH, text)
    unreadable = _UNREADABLE.search(text)
    if unreadable is not None:
        code = ord(unreadable[0])
        message = f"here is a character that cannot be seen or searched for (U+{code:04X}): remove it"
        raise QueryError(message, unreadable.start(), text)
    return _Parser(text, everything).query()


class _Parser:
    """Recursive descent. `field` is the field that stands before the parentheses that are being read."""

    def __init__(self, text: str, everything: bool) -> None:
        self._text = text
        self._everything = everything
        self._lexemes = list(lex(text))
        self._next = 0
        self._depth = 0
        self._plus: int | None = None  # where a + stands, within the parentheses that are being read

    def query(self) -> Node:
        if self._peek().kind == "end":
            raise self._error("the query is empty: write at least one word, for example NATO", 0)
        node = self._or(None)
        rest = self._peek()
        if rest.kind != "end":
            raise self._error("this parenthesis closes nothing: remove it, or open one before", rest.at)
        if not self._everything and is_open(node):
            raise self._error(
                "the query says only what must not be, and would match nearly every article: say what must "
                "be as well, on each side of OR, for example: Russia NOT sport; a subscription to "
                "everything else has to be asked for twice (--yes-everything)",
                next(lexeme.at for lexeme in self._lexemes if lexeme.kind == "not"),
            )
        return node

    # Structure

    def _or(self, field: Field | None) -> Node:
        outer, self._plus = self._plus, None
        parts = [self._and(field)]
        while self._accept("or"):
            parts.append(self._and(field))
        if len(parts) > 1 and self._plus is not None:
            raise self._error(
                "+ beside OR has no clear meaning: words side by side must all stand anyway, so leave + out "
                "and use parentheses, for example: Russia (NATO OR EU)",
                self._plus,
            )
        self._plus = outer
        return _joined(Or, parts)

    def _and(self, field: Field | None) -> Node:
        parts = [self._not(field)]
        while True:
            following = self._peek()
            if not self._accept("and"):
                if following.kind not in _OPENS_PART:
                    return _joined(And, parts)
                if field in _KEYWORD_FIELDS and following.kind in ("word", "phrase"):
                    raise self._error(
                        f'{field}: holds whole values: quote a value of several words, {field}:"Two Words", '
                        "or write AND or OR between values",
                        following.at,
                    )
            parts.append(self._not(field))

    def _not(self, field: Field | None) -> Node:
        lexeme = self._peek()
        if self._accept("plus"):
            self._plus = lexeme.at
            return self._part(field)
        if self._accept("not"):
            return Not(self._deeper(lexeme, lambda: self._not(field)))
        return self._part(field)

    def _part(self, field: Field | None) -> Node:
        lexeme = self._take()
        match lexeme.kind:
            case "(":
                return self._deeper(lexeme, lambda: self._group(lexeme, field))
            case "word":
                return self._word(lexeme, field)
            case "phrase":
                return self._phrase(lexeme, field)
            case "field" if field is None:
                return self._field(lexeme)
            case "field":
                raise self._error(
                    f"{lexeme.value}: stands inside {field}:(…): close the parenthesis before it", lexeme.at
                )
            case "range":
                raise self._error(
                    f"a range needs its field: write {_RANGE_EXAMPLE}, or quote the words", lexeme.at
                )
            case _:
                raise self._missing(lexeme)

    def _missing(self, lexeme: Lexeme) -> QueryError:
        """What stands here cannot begin a part of the query."""
        index = self._lexemes.index(lexeme)
        before = self._lexemes[index - 1] if index else None
        if before is not None and before.kind in ("and", "or", "not", "plus"):
            return self._error(
                f"nothing follows “{before.value}”: write a word after it, or remove it", before.at
            )
        if before is not None and before.kind == "(" and lexeme.kind == ")":
            return self._error(
                "there is nothing in these parentheses: write a word in them, or remove them", before.at
            )
        if lexeme.kind == ")":
            return self._error("this parenthesis closes nothing: remove it, or open one before", lexeme.at)
        if lexeme.kind == "end" and before is not None:
            return self._error("the query ends too early: this parenthesis is never closed", before.at)
        return self._error(
            f"nothing stands before “{lexeme.value}”: write a word before it, or remove it", lexeme.at
        )

    def _group(self, opening: Lexeme, field: Field | None) -> Node:
        node = self._or(field)
        if not self._accept(")"):
            raise self._error("this parenthesis is never closed: add ) where the group ends", opening.at)
        return node

    # Words

    def _word(self, lexeme: Lexeme, field: Field | None) -> Node:
        raw = lexeme.value
        if field in _KEYWORD_FIELDS:
            if any(char in raw for char in "*?~^\\"):
                raise self._error(
                    f'{field}: takes a whole value, without wildcards: quote it, {field}:"…"', lexeme.at
                )
            return self._keyword(cast("KeywordField", field), raw, lexeme.at)
        if raw in _EVERYTHING and field is None:
            if self._everything:
                return Everything()
            raise self._error(
                f"{raw} would match every article: write what it must contain; a subscription to everything "
                "has to be asked for twice (--yes-everything)",
                lexeme.at,
            )
        folded = fold_tokens(raw)
        self._check_word(lexeme, field, folded)
        text_field = cast("TextField | None", field)
        prefix = raw.endswith("*")
        tokens = tuple(folded.split())
        if not tokens and prefix:
            raise self._error("* needs the beginning of a word before it: write expel*", lexeme.at)
        if not tokens:
            raise self._error(f"“{shown(raw)}” holds no word: use letters or digits, or remove it", lexeme.at)
        if prefix and len(tokens) > 1:
            raise self._error(
                f"* ends one word, and “{shown(raw)}” is {len(tokens)} ({shown(', '.join(tokens))}): leave * "
                "out to find them side by side",
                lexeme.at,
            )
        if prefix:
            return Prefix(tokens[0], text_field)
        return Word(tokens[0], text_field) if len(tokens) == 1 else Phrase(tokens, text_field)

    def _check_word(self, lexeme: Lexeme, field: Field | None, folded: str) -> None:
        """Refuse what other query languages give a meaning to, or what was probably meant otherwise."""
        raw, at = lexeme.value, lexeme.at
        if folded in OPERATORS and not raw.endswith("*"):
            raise self._error(
                f"“{shown(raw)}” is a word here: write {folded.upper()} for the operator, or "
                f'"{folded}" in quotes for the word',
                at,
            )
        if _NEAR.match(raw):
            raise self._error(
                f"“{shown(raw)}” is not understood: for words near each other write "
                f'"expelled diplomats"~5; for the word itself write "{shown(folded)}" in quotes',
                at,
            )
        if raw[0] in "+-!":
            rest = shown(raw[1:])
            raise self._error(f"“{raw[0]}” stands before the field: write {raw[0]}{field}:{rest}", at)
        if raw[0] in _LOOK_ALIKES and folded:
            raise self._error(
                f"“{raw[0]}” before a word is a dash or a look-alike of a sign: write "
                f"{_LOOK_ALIKES[raw[0]]}{shown(raw[1:])}, or leave it out",
                at,
            )
        wide = next((char for char in raw if char in _WIDE), None)
        if wide is not None:
            raise self._error(
                f"“{wide}” is the wide form: write {_WIDE[wide]}, or put the words in quotes",
                at + raw.index(wide),
            )
        if raw[0] in "'‘`":
            raise self._error(f'phrases stand in double quotes: write "…" instead of {raw[0]}…', at)
        if raw[0] == "/":
            raise self._error("patterns between slashes are not understood: write words, or quote them", at)
        if raw[0] in "*?" and folded:
            raise self._error(
                "a word cannot begin with a wildcard: write its beginning and *, for example expel*", at
            )
        if "*" in raw[:-1] and raw.strip("*"):
            raise self._error(
                "* stands only at the end of a word: write its beginning and *, for example expel*", at
            )
        for char, meaning, way_out in (
            ("?", "a wildcard for one character", "write the beginning of the word and *, or leave it out"),
            ("~", "a search for similar spellings", "write the spellings with OR between them"),
            ("^", "a weight", "leave it out: an article matches or it does not"),
            ("\\", "an escape", "put the word in quotes"),
            ("|", "half an operator", "write OR between words, or put the words in quotes"),
        ):
            if char in raw:
                raise self._error(
                    f"“{char}” ({meaning}) is not understood in a word: {way_out}", at + raw.index(char)
                )

    def _phrase(self, lexeme: Lexeme, field: Field | None) -> Node:
        value = lexeme.value
        if field in _KEYWORD_FIELDS:
            if lexeme.within is not None:
                raise self._error(f"{field}: takes a whole value: leave ~{lexeme.within} out", lexeme.at)
            if not value.strip():
                raise self._error(f"{field}: is empty: write a value between the quotes", lexeme.at)
            return self._keyword(cast("KeywordField", field), value.strip(), lexeme.at)
        if _STARRED.search(value):
            raise self._error(
                "* has no meaning in quotes: write the word outside of them, for example expel*", lexeme.at
            )
        tokens = tuple(fold_tokens(value).split())
        if not tokens:
            raise self._error("there is no word between these quotes: use letters or digits", lexeme.at)
        text_field = cast("TextField | None", field)
        if len(tokens) == 1:
            return Word(tokens[0], text_field)
        if lexeme.within is not None:
            self._check_near(tokens, lexeme.within, lexeme.at)
        return Phrase(tokens, text_field, lexeme.within)

    def _keyword(self, field: KeywordField, value: str, at: int) -> Keyword:
        host = _HOST.sub("", value, count=1).split("/")[0]
        if field == "site" and host and host != value:
            raise self._error(f"site: takes a host without www. and path: write site:{shown(host)}", at)
        return Keyword(field, value)

    def _check_near(self, tokens: tuple[str, ...], within: int, at: int) -> None:
        twice = next((token for token in tokens if tokens.count(token) > 1), None)
        if twice is not None:
            raise self._error(
                f"“{shown(twice)}” stands twice among words that may come in any order: write it once", at
            )
        if within < len(tokens) - 1:
            raise self._error(
                f"{len(tokens)} words never stand within {within}: write ~{len(tokens) - 1} or more", at
            )

    # Fields

    def _field(self, lexeme: Lexeme) -> Node:
        name = lexeme.value
        if name == "published":
            return self._published()
        if name == "event":
            return self._event()
        if name in _TEXT_FIELDS or name in _KEYWORD_FIELDS:
            field = cast("Field", name)
            if self._peek().kind == "range":
                raise self._error(f"{name}: has no ranges, only published: and count: have", self._peek().at)
            return self._part(field)
        if name in _EVENT_KEYS:
            raise self._error(f"{name}: belongs to an event: write {_EVENT_EXAMPLE}", lexeme.at)
        raise self._error(
            f"there is no field {shown(name)}: (fields: {', '.join(_FIELDS)}); quote the words if the colon "
            "belongs to them",
            lexeme.at,
        )

    def _published(self) -> Published:
        lexeme = self._take()
        if lexeme.kind in ("word", "phrase"):
            if lexeme.value.startswith((">", "<")):
                raise self._error("published: takes a range: write published:[2024-01-01 TO *]", lexeme.at)
            return Published(*self._span_of(lexeme.value, lexeme.at))
        first, last = self._bounds(lexeme, _RANGE_EXAMPLE)
        after = None if first == "*" else self._span_of(first, lexeme.at)[0]
        before = None if last == "*" else self._span_of(last, lexeme.at)[1]
        if after is None and before is None:
            raise self._error(
                "this range is open on both sides and matches every article: write a date", lexeme.at
            )
        if after is not None and before is not None and before < after:
            raise self._error("this range ends before it begins: swap the two dates", lexeme.at)
        return Published(after, before)

    def _bounds(self, lexeme: Lexeme, example: str) -> tuple[str, str]:
        """The two sides of a range in square brackets."""
        if lexeme.kind != "range":
            raise self._error(f"a range stands in square brackets: write {example}", lexeme.at)
        if lexeme.value[0] != "[" or lexeme.value[-1] != "]":
            raise self._error(f"both ends of a range are included: write {example}", lexeme.at)
        sides = lexeme.value[1:-1].split()
        if len(sides) != 3 or sides[1] != "TO":
            raise self._error(
                f"a range has two ends with TO, in capitals, between them: write {example}", lexeme.at
            )
        return sides[0], sides[2]

    def _span_of(self, value: str, at: int) -> tuple[datetime, datetime]:
        """The first and the last moment of a year, a month, a day or an instant, in UTC."""
        try:
            if _MOMENT.match(value):
                moment = datetime.fromisoformat(value)
                moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
                return moment, moment
            if _DAY.match(value):
                return _whole(*map(int, value.split("-")))
        except (ValueError, OverflowError) as error:
            message = f"there is no such date as {shown(value)}: write 2024, 2024-05, 2024-05-31 or *"
            raise self._error(message, at) from error
        raise self._error(
            f"“{shown(value)}” is not a date: write 2024, 2024-05, 2024-05-31, 2024-05-31T09:30:00Z or *", at
        )

    # Events

    def _event(self) -> EventMatch:
        lexeme = self._take()
        if lexeme.kind == "word" and lexeme.value == "*":
            return EventMatch()
        if lexeme.kind in ("word", "phrase"):
            return EventMatch(type=self._code("type", lexeme).lower())
        if lexeme.kind != "(":
            raise self._error(f"an event has a type: write event:expulsion or {_EVENT_EXAMPLE}", lexeme.at)
        asked: dict[str, str] = {}
        counts: dict[str, int] = {}
        while not self._accept(")"):
            key = self._take()
            if key.kind == "and" and (asked or counts) and self._peek().kind == "field":
                continue
            self._check_event_key(key, lexeme)
            if key.value == "count":
                bounds = self._count(self._take())
            else:
                bounds = {}
                value = self._take()
                if key.value in asked:
                    raise self._error(
                        f"{key.value}: stands twice in one event: write two events with OR", key.at
                    )
                asked[key.value] = self._code(key.value, value)
            if bounds.keys() & counts.keys():
                raise self._error("count: stands twice: write count:8, count:>=5 or count:[3 TO 8]", key.at)
            counts |= bounds
        if not asked and not counts:
            raise self._error(
                f"this event asks for nothing: write {_EVENT_EXAMPLE}, or event:* for any", lexeme.at
            )
        if counts.get("min", 0) > counts.get("max", MAX_COUNT):
            raise self._error("no count is that: its least is greater than its most", lexeme.at)
        return EventMatch(
            type=_cased(asked.get("type"), str.lower),
            actor=_cased(asked.get("actor"), str.upper),
            target=_cased(asked.get("target"), str.upper),
            status=_cased(asked.get("status"), str.lower),
            count_min=counts.get("min"),
            count_max=counts.get("max"),
        )

    def _check_event_key(self, key: Lexeme, opening: Lexeme) -> None:
        if key.kind == "end":
            raise self._error("this parenthesis is never closed: add ) where the event ends", opening.at)
        if key.kind in ("or", "not", "plus", "("):
            raise self._error(
                f"“{key.value}” has no place inside an event: write it around whole events, for example "
                "event:(actor:RU) OR event:(actor:BY)",
                key.at,
            )
        if key.kind != "field":
            raise self._error(f"“{shown(key.value)}” needs its key: write {_EVENT_EXAMPLE}", key.at)
        if key.value not in _EVENT_KEYS:
            raise self._error(
                f"an event has no {shown(key.value)}: (it has {', '.join(_EVENT_KEYS)})", key.at
            )

    def _code(self, key: str, lexeme: Lexeme) -> str:
        value = lexeme.value.strip()
        if lexeme.kind not in ("word", "phrase") or lexeme.within is not None or not value:
            raise self._error(f"{key}: takes one value: write {_EVENT_EXAMPLE}", lexeme.at)
        if lexeme.kind == "word" and any(char in value for char in "*?~^\\:"):
            raise self._error(
                f"{key}: takes a whole value, “{shown(value)}” is none: write {_EVENT_EXAMPLE}", lexeme.at
            )
        if key == "status" and value.lower() not in _STATUSES:
            raise self._error(
                f"there is no status {shown(value)} (there are {', '.join(_STATUSES)})", lexeme.at
            )
        return value

    def _count(self, lexeme: Lexeme) -> dict[str, int]:
        """The bounds that are asked: "min", "max" or both."""
        if lexeme.kind == "range":
            first, last = self._bounds(lexeme, "count:[3 TO 8]")
            low = {} if first == "*" else {"min": self._number(first, lexeme.at)}
            high = {} if last == "*" else {"max": self._number(last, lexeme.at)}
            if not low and not high:
                raise self._error("this range is open on both sides: write count:[3 TO *]", lexeme.at)
            return low | high
        match = _COUNT.match(lexeme.value) if lexeme.kind == "word" else None
        if match is None:
            raise self._error(
                "count: takes a number: write count:8, count:>=5, count:<=3 or count:[3 TO 8]", lexeme.at
            )
        sign = match[1]
        number = self._number(match[2], lexeme.at, {">": 1, "<": -1}.get(sign, 0))
        if sign == "":
            return {"min": number, "max": number}
        return {"min" if sign[0] == ">" else "max": number}

    def _number(self, digits: str, at: int, shift: int = 0) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", digits) or not 0 <= int(digits) + shift <= MAX_COUNT:
            raise self._error(f"“{shown(digits)}” is no count: write a whole number up to {MAX_COUNT}", at)
        return int(digits) + shift

    # Reading

    def _peek(self) -> Lexeme:
        return self._lexemes[self._next]

    def _take(self) -> Lexeme:
        lexeme = self._lexemes[self._next]
        self._next = min(self._next + 1, len(self._lexemes) - 1)  # the end is never passed
        return lexeme

    def _accept(self, kind: Kind) -> bool:
        if self._peek().kind != kind:
            return False
        self._next += 1
        return True

    def _deeper(self, lexeme: Lexeme, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(
                f"the query is nested more than {MAX_DEPTH} deep: split it into several", lexeme.at
            )
        node = read()
        self._depth -= 1
        return node

    def _error(self, message: str, at: int) -> QueryError:
        return QueryError(message, at, self._text)


def _joined(kind: type[Joined], parts: list[Node]) -> Node:
    """One part as it is; more in one node, with what is joined in the same way taken in."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return kind(tuple(flat))


def is_open(node: Node) -> bool:
    """Whether an article that has nothing of what the query names would match."""
    match node:
        case And(parts):
            return all(map(is_open, parts))
        case Or(parts):
            return any(map(is_open, parts))
        case Not(part):
            return not is_open(part)
        case Everything():
            return True
        case _:
            return False


def _whole(year: int, month: int | None = None, day: int | None = None) -> tuple[datetime, datetime]:
    """The first and the last moment of the year, the month or the day, in UTC."""
    first = date(year, 1 if month is None else month, 1 if day is None else day)
    if day is not None:
        last = first
    elif first.month == 12 or month is None:
        last = date(year, 12, 31)
    else:
        last = date(year, first.month + 1, 1) - timedelta(days=1)
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)


def _cased(value: str | None, case: Callable[[str], str]) -> str | None:
    return None if value is None else case(value)
