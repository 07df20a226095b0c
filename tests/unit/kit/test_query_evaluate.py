"""Whether an article matches: against examples, and against an evaluator that is slow and obvious."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.events import Entity, Event, Span, TaggedArticle, Topic
from services.kit.query import evidence, holds, matched_event, matches, parse, prepare
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
from services.kit.text import fold_tokens
from tests.unit.kit.query_trees import MOMENTS, TOKENS, trees


def article(title: str = "", text: str = "", **more: Any) -> TaggedArticle:
    """An article with its tokens."""
    given: dict[str, Any] = {
        "id": "1",
        "capture_id": "c",
        "revision": 1,
        "url": "https://news.example/1",
        "canonical_url": "https://news.example/1",
        "fetched_at": MOMENTS[0],
        "first_seen": MOMENTS[0],
        "title_tokens": fold_tokens(title),
        "text_tokens": fold_tokens(text),
    }
    return TaggedArticle.model_validate({**given, "title": title, "text": text, **more})


TITLE = "NATO's mission: Russia expels 8 diplomats"
TEXT = "Moscow declared eight envoys of the U.S. “persona non grata”.\n\nThe F-16 has nothing to do with it."
EXPULSION = Event(
    type="expulsion",
    actor=("RU",),
    target=("NATO", "US"),
    count=8,
    span=Span(field="title", start=16, end=29, text="Russia expels"),
)
DENIAL = Event(type="expulsion", actor=("BY",), status="denied")
EXAMPLE = article(
    TITLE,
    TEXT,
    authors=("Jane Doe",),
    site="news.example",
    source="example",
    source_name="The Example",
    country="GB",
    countries=("RU", "US"),
    language="en",
    published_at=datetime(2024, 5, 1, 23, 59, 59, 500000, UTC),
    topics=(Topic(code="newswatch:diplomatic-expulsion", label="Diplomatic expulsion", score=1),),
    entities=(Entity(name="Russia", type="state", id="RU"), Entity(name="Moscow", type="place")),
    events=(DENIAL, EXPULSION),
)


@pytest.mark.parametrize(
    "query",
    [
        "nato",
        "NATO's",
        "F-16",
        "U.S.",
        "expel*",
        '"PERSONA NON GRATA"',
        "russia moscow",
        "title:russia text:moscow",
        "sport OR envoys",
        "russia -sport",
        '"diplomats russia"~3',
        '"envoys declared"~2',
        'author:"jane doe"',
        "site:News.Example",
        "source:EXAMPLE",
        'source:"the example"',
        "language:EN",
        "country:ru",
        "topic:newswatch:diplomatic-expulsion",
        'topic:"diplomatic EXPULSION"',
        "entity:ru entity:russia entity:moscow",
        "published:2024-05-01",
        "published:[* TO 2024-05]",
        "event:*",
        "event:expulsion",
        "event:(type:expulsion actor:RU target:nato count:>=5 status:done)",
        "event:(count:[8 TO 8])",
        "event:(actor:BY status:denied)",
    ],
)
def test_matches(query: str) -> None:
    assert matches(parse(query), EXAMPLE)


@pytest.mark.parametrize(
    "query",
    [
        "nat",
        "title:moscow",
        "text:diplomats",
        '"diplomats moscow"',  # the end of the title and the beginning of the text are no neighbours
        '"grata non"',
        '"russia moscow"~50',
        '"diplomats russia"~2',
        "xpel*",
        "author:jane",
        "country:GB",
        "source:exam",
        "published:[2024-05-02 TO *]",
        "published:[* TO 2024-04-30]",
        "event:recall",
        "event:(actor:BY target:NATO)",  # two events have it between them
        "event:(actor:BY count:<=9)",  # a count that is not known is not small
        "event:(count:>8)",
        "russia NOT moscow",
    ],
)
def test_does_not_match(query: str) -> None:
    assert not matches(parse(query), EXAMPLE)


def test_where_the_date_is_unknown_the_fetch_counts() -> None:
    assert matches(parse("published:2024-05-01"), article())


def test_an_article_without_tokens_is_tokenised() -> None:
    assert matches(parse('"NATO\'s mission"'), article(TITLE, TEXT, title_tokens="", text_tokens=""))


def _spans(query: str, of: TaggedArticle = EXAMPLE) -> list[tuple[str, str]]:
    found = evidence(parse(query), of)
    for span in found:
        assert (of.title if span.field == "title" else of.text)[span.start : span.end] == span.text
    return [(span.field, span.text) for span in found]


def test_evidence_is_the_wording() -> None:
    assert _spans('"persona non grata" expel* -sport') == [("title", "expels"), ("text", "persona non grata")]
    assert _spans("event:(actor:RU)") == [("title", "Russia expels")]
    assert _spans('"diplomats russia"~3 text:F-16') == [
        ("title", "Russia expels 8 diplomats"),
        ("text", "F-16"),
    ]


def test_evidence_leaves_out_what_did_not_decide() -> None:
    assert _spans("(russia sport) OR envoys") == [("text", "envoys")]
    assert _spans("envoys NOT (russia sport)") == [("text", "envoys")]
    assert _spans("sport") == []
    assert _spans("country:RU") == []


def test_evidence_is_short_and_shows_every_part() -> None:
    many = article("", "alpha " * 50 + "omega")
    assert len(_spans("alpha", many)) == 10
    assert ("text", "omega") in _spans("alpha omega", many)


def test_near_words_are_found_where_they_are_closest() -> None:
    assert _spans('"a b"~2', article("a x x a x b a")) == [("title", "a x b")]  # the last a would overlap


def test_matched_event() -> None:
    assert matched_event(parse("event:expulsion"), EXAMPLE) == DENIAL
    assert matched_event(parse("event:(actor:RU) nato"), EXAMPLE) == EXPULSION
    assert matched_event(parse("event:(status:done) OR (event:(status:denied) sport)"), EXAMPLE) == EXPULSION
    assert matched_event(parse("nato NOT event:(actor:FR)"), EXAMPLE) is None
    assert matched_event(parse("nato"), EXAMPLE) is None


# The same answer, slowly: every rule of the language as its sentence says.


def slow(node: Node, of: TaggedArticle) -> bool:
    match node:
        case And(parts):
            return all(slow(part, of) for part in parts)
        case Or(parts):
            return any(slow(part, of) for part in parts)
        case Not(part):
            return not slow(part, of)
        case Word() | Prefix() | Phrase():
            fields = {"title": of.title_tokens.split(" "), "text": of.text_tokens.split(" ")}
            return any(_stands(node, words) for name, words in fields.items() if node.field in (None, name))
        case Keyword(field, value):
            held = {
                "author": of.authors,
                "site": [of.site],
                "source": [of.source, of.source_name],
                "language": [of.language],
                "country": of.countries,
                "topic": [text for topic in of.topics for text in (topic.code, topic.label)],
                "entity": [text for entity in of.entities for text in (entity.name, entity.id)],
            }[field]
            return any(each is not None and each.casefold() == value.casefold() for each in held)
        case Published(after, before):
            moment = of.published_at if of.published_at is not None else of.fetched_at
            return not (after is not None and moment < after) and not (before is not None and moment > before)
        case EventMatch(kind, actor, target, status, low, high):
            return any(
                (kind is None or event.type == kind)
                and (actor is None or actor in event.actor)
                and (target is None or target in event.target)
                and (status is None or event.status == status)
                and (low is None or (event.count is not None and low <= event.count))
                and (high is None or (event.count is not None and event.count <= high))
                for event in of.events
            )
        case Everything():
            return True


def _stands(node: Word | Prefix | Phrase, words: list[str]) -> bool:
    match node:
        case Word(token):
            return any(word == token for word in words)
        case Prefix(start):
            return any(word[: len(start)] == start for word in words)
        case Phrase(tokens, _, None):
            return any(tuple(words[at : at + len(tokens)]) == tokens for at in range(len(words)))
        case Phrase(tokens, _, within):
            assert within is not None
            places = [[at for at, word in enumerate(words) if word == token] for token in tokens]
            return any(max(chosen) - min(chosen) <= within for chosen in product(*places))


_lines = st.lists(st.sampled_from((*TOKENS, "diplomacy", "other")), max_size=10).map(" ".join)
_codes = st.lists(st.sampled_from(("RU", "NATO", "US", 'A"B')), max_size=2).map(tuple)
_events = st.builds(
    Event,
    type=st.sampled_from(("expulsion", "recall", "mission_closure")),
    actor=_codes,
    target=_codes,
    count=st.sampled_from((None, 0, 3, 5, 8)),
    status=st.sampled_from(("done", "denied")),
)
articles = st.builds(
    article,
    title=_lines,
    text=_lines,
    authors=st.sampled_from(((), ('jane "j" doe',), ("é", "nato"))),
    site=st.sampled_from(("", "ru", "nato")),
    source_name=st.sampled_from(("", "And")),
    language=st.sampled_from((None, "ru")),
    countries=_codes,
    published_at=st.sampled_from((None, *MOMENTS, datetime(2024, 5, 1, 12, tzinfo=UTC))),
    events=st.lists(_events, max_size=3).map(tuple),
)


@given(trees, articles)
def test_the_same_answer_as_the_slow_evaluator(tree: Node, of: TaggedArticle) -> None:
    answer = slow(tree, of)
    assert holds(tree, prepare(of)) == answer
    spans = evidence(tree, of)
    assert len(spans) <= 10
    if not answer:
        assert spans == ()
        assert matched_event(tree, of) is None


@given(
    st.lists(st.sampled_from("abcx"), max_size=12).map(" ".join),
    st.lists(st.sampled_from("abc"), min_size=2, max_size=3, unique=True).map(tuple),
    st.integers(1, 6),
)
@example("a x b x a", ("a", "b"), 1)
@example("b a x x a b", ("a", "b", "c"), 6)
def test_near_words_as_the_slow_evaluator(title: str, tokens: tuple[str, ...], within: int) -> None:
    of, near = article(title), Phrase(tokens, None, within)
    assert matches(near, of) == slow(near, of)
