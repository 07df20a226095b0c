"""Trees of queries as the parser makes them, for property tests."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from services.kit.query.tree import (
    And,
    EventMatch,
    Everything,
    Keyword,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    Word,
)

TOKENS = ("nato", "russia", "diplomats", "u.s", "3.5", "or", "not", "東", "ที่", "f", "16", "www", "near")
VALUES = ("RU", "NATO", 'Jane "J" Doe', "a\\b", "newswatch:diplomatic-expulsion", "AND", "É", "(x) [y]")
MOMENTS = (
    datetime(2024, 5, 1, tzinfo=UTC),
    datetime(2024, 5, 1, 23, 59, 59, 999999, UTC),
    datetime(2024, 6, 1, 9, 30, tzinfo=UTC),
)

_tokens = st.sampled_from(TOKENS)
_fields = st.sampled_from((None, "title", "text"))
_words = st.builds(Word, _tokens, _fields)
_prefixes = st.builds(Prefix, st.sampled_from((*TOKENS, "dipl", "n")), _fields)
_phrases = st.builds(Phrase, st.lists(_tokens, min_size=2, max_size=3).map(tuple), _fields)
_near = st.lists(_tokens, min_size=2, max_size=3, unique=True).flatmap(
    lambda tokens: st.builds(Phrase, st.just(tuple(tokens)), _fields, st.integers(len(tokens) - 1, 9))
)
_keywords = st.builds(
    Keyword,
    st.sampled_from(("author", "site", "source", "language", "country", "topic", "entity")),
    st.sampled_from(VALUES),
)
_published = st.builds(
    lambda pair: Published(*pair),
    st.sampled_from([(first, last) for first in MOMENTS for last in MOMENTS if first <= last])
    | st.sampled_from(MOMENTS).map(lambda moment: (moment, None))
    | st.sampled_from(MOMENTS).map(lambda moment: (None, moment)),
)
_codes = st.sampled_from((None, "RU", "NATO", "WAGNER GROUP", 'A"B'))
_counts = st.sampled_from(((None, None), (5, None), (None, 3), (8, 8), (3, 8)))
_events = st.builds(
    lambda kind, actor, target, status, counts: EventMatch(kind, actor, target, status, *counts),
    st.sampled_from((None, "expulsion", "mission_closure", "two words")),
    _codes,
    _codes,
    st.sampled_from((None, "done", "denied")),
    _counts,
)
leaves: st.SearchStrategy[Node] = st.one_of(
    _words, _prefixes, _phrases, _near, _keywords, _published, _events, st.just(Everything())
)


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=4)
    return st.one_of(
        several.map(lambda parts: And(flat(And, parts))),
        several.map(lambda parts: Or(flat(Or, parts))),
        children.map(Not),
    )


def flat(kind: type[And | Or], parts: list[Node]) -> tuple[Node, ...]:
    """The parts, with those of nodes of the same kind taken in."""
    return tuple(each for part in parts for each in (part.parts if isinstance(part, kind) else (part,)))


trees: st.SearchStrategy[Node] = st.recursive(leaves, _grow, max_leaves=8)
