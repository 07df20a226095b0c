"""What the protocol promises, on every implementation of it."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import (
    Alert,
    Channel,
    DeadLetter,
    Digest,
    Entity,
    Event,
    Fact,
    Hunk,
    QuietHours,
    Remembered,
    Silence,
    Span,
    Subscription,
    ThreadedArticle,
    Topic,
)
from services.alerter.matcher import Matcher
from services.kit.query import matches, parse, prepare
from services.kit.query.tree import And, EventMatch, Keyword, Node, Not, Or, Phrase, Prefix, Published, Word
from services.kit.text import fold_tokens
from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Counts, Delivery, SourceHealth, Store
from services.store.relevance import by_relevance
from tests.elastic import own_prefix

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Opener = Callable[[], Store]
Answer = TypeVar("Answer")


@pytest.fixture(params=["embedded", pytest.param("elastic", marks=pytest.mark.cluster)])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens a store, each time a new object, always at the same fresh place."""
    if request.param == "embedded":
        yield from _opener(lambda: EmbeddedStore(tmp_path / "store"))
        return
    url = request.getfixturevalue("cluster").elasticsearch
    with own_prefix(url) as prefix:
        options = Options(replicas=0)
        yield from _opener(lambda: ElasticStore(url, prefix, track_captures=True, options=options))


def _opener(make: Opener) -> Iterator[Opener]:
    opened: list[Store] = []

    def open_another() -> Store:
        another = make()
        another.setup()
        opened.append(another)
        return another

    yield open_another
    for each in opened:
        each.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener()


def eventually(ask: Callable[[], Answer], expected: Answer) -> None:
    """What was written is found within about a second."""
    deadline = time.monotonic() + 3
    while (answer := ask()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answer == expected


def make_article(
    name: str, *, title: str = "A title", text: str = "Some text.", **fields: object
) -> ThreadedArticle:
    values: dict[str, object] = {
        "id": name,
        "capture_id": f"capture-{name}",
        "revision": 1,
        "url": f"https://example.org/{name}",
        "canonical_url": f"https://example.org/{name}",
        "fetched_at": NOON,
        "first_seen": NOON,
        "title": title,
        "text": text,
        "title_tokens": fold_tokens(title),
        "text_tokens": fold_tokens(text),
        "story": name,
        "relation": "new",
    }
    return ThreadedArticle.model_validate(values | fields)


def make_alert(name: str, **fields: object) -> Alert:
    values: dict[str, object] = {
        "id": name,
        "subscription": "sub",
        "subscription_name": "Sub",
        "query": "event:expulsion",
        "story": "story",
        "article_id": "a",
        "capture_id": "capture-a",
        "title": "A title",
        "url": "https://example.org/a",
        "fetched_at": NOON,
        "created_at": NOON,
    }
    return Alert.model_validate(values | fields)


def make_letter(name: str, **fields: object) -> DeadLetter:
    values: dict[str, object] = {
        "id": name,
        "service": "cleaner",
        "at": NOON,
        "reason": "invalid",
        "error": "no page",
        "topic": "news.raw.v1",
    }
    return DeadLetter.model_validate(values | fields)


def webhook(path: str) -> Channel:
    return Channel(kind="webhook", url=f"http://127.0.0.1:9/{path}")


def everything() -> ThreadedArticle:
    """An article with every field filled."""
    span = Span(field="title", start=0, end=5, text="Zürich")
    event = Event(
        type="expulsion",
        cameo="1622",
        plover="REDUCE",
        actor=("NATO",),
        target=("RU",),
        count=8,
        status="announced",
        rule="r1",
        span=span,
    )
    return make_article(
        "all",
        title="Zürich: 歡迎 “quoted”",
        text="First.\n\nSecond – with a \u2028 separator and 😀.",
        source="wire",
        source_name="The Wire",
        site="example.org",
        country="CH",
        published_at=NOON - MINUTE + timedelta(microseconds=123456),
        modified_at=NOON + timedelta(microseconds=1),
        authors=("Ada L.", "B. C."),
        language="de",
        archive="x.warc.gz#12",
        fingerprint="f" * 64,
        previous_revision=0,
        difference=(Hunk(before="b", removed=("old", "älter"), added=("new",), cut=True), Hunk(added=("x",))),
        topics=(Topic(code="newswatch:x", label="X", score=0.123456789012345, evidence=(span,)),),
        entities=(Entity(name="Nato", type="organisation", id="NATO"), Entity(name="Bob", type="person")),
        countries=("RU", "CH"),
        events=(event,),
        relation="follow-up",
        duplicate_of="other",
        original="another",
        new_facts=(Fact(id="f1", type="expulsion", actor=("NATO",), target=("RU",), count=8),),
        reason="same event",
        score=0.7,
    )


def found(store: Store, query: str) -> list[str]:
    result = store.search(parse(query), limit=100)
    assert result.total == len(result.articles)
    return sorted(article.id for article in result.articles)


# Articles


def test_setup_and_check_may_be_repeated(opener: Opener) -> None:
    first, second = opener(), opener()
    first.put_subscription(Subscription(id="s", name="S", query="x"))
    first.put_articles([make_article("a")])
    first.setup()
    second.check()
    assert second.article("a") is not None
    assert [each.id for each in second.subscriptions()] == ["s"]


def test_empty_store_answers(store: Store) -> None:
    for nothing in (store.article("a"), store.dead_letter("d"), store.alert("m")):
        assert nothing is None
    assert store.search(Word("x")).total == 0
    lists: list[Sequence[object]] = [
        store.latest_articles(),
        store.story("s"),
        list(store.fetched_since(NOON)),
        store.dead_letters(),
        store.subscriptions(),
        store.latest_alerts(),
        store.claim_deliveries(NOON),
        store.deliveries("m"),
        store.put_articles([]),
        store.record_matches([], []),
    ]
    assert not any(lists)
    assert store.settled(["c"]) == set()
    assert store.counts() == Counts(0, 0, 0, 0, 0)
    store.put_dead([])


def test_article_comes_back_exactly(opener: Opener) -> None:
    article = everything()
    assert [outcome.status for outcome in opener().put_articles([article])] == ["stored"]
    assert opener().article("all") == article


def test_article_without_tokens_comes_back_exactly_and_is_found(store: Store) -> None:
    article = make_article("bare", title="Envoys leave", title_tokens="", text_tokens="")
    store.put_articles([article])
    assert store.article("bare") == article
    eventually(lambda: found(store, "title:envoys"), ["bare"])


def test_which_articles_are_known(store: Store) -> None:
    asked = [f"n{number}" for number in range(2500)]
    assert store.known([]) == store.known(asked) == set()
    store.put_articles([make_article("n0"), make_article("n2400"), make_article("other")])
    eventually(lambda: store.known(asked), {"n0", "n2400"})


def test_only_a_later_revision_replaces(store: Store) -> None:
    versions = {number: make_article("a", revision=number, text=f"version {number}") for number in (1, 2, 3)}
    for number, status, kept in ((2, "stored", 2), (1, "stale", 2), (2, "stale", 2), (3, "stored", 3)):
        assert store.put_articles([versions[number]])[0].status == status
        assert store.article("a") == versions[kept]
        eventually(lambda kept=kept: found(store, f'"version {kept}"'), ["a"])  # type: ignore[misc]
        assert found(store, "version") == ["a"]
    assert found(store, '"version 1" OR "version 2"') == []


def test_one_batch_may_hold_an_article_twice(store: Store) -> None:
    first, second = make_article("a", revision=1), make_article("a", revision=2)
    statuses = [outcome.status for outcome in store.put_articles([second, first, second, make_article("b")])]
    assert statuses == ["stored", "stale", "stale", "stored"]
    assert store.article("a") == second


def test_what_can_never_be_kept_is_refused_and_the_rest_is_kept(store: Store) -> None:
    outcomes = store.put_articles([make_article("a"), make_article("b", revision=2**63), make_article("c")])
    assert [outcome.status for outcome in outcomes] == ["stored", "refused", "stored"]
    assert "revision" in outcomes[1].error
    assert store.article("b") is None


def test_months_are_one_store(store: Store) -> None:
    store.put_articles(
        [make_article("a", first_seen=NOON), make_article("b", first_seen=NOON + 40 * 1440 * MINUTE)]
    )
    assert store.article("a") is not None
    assert store.article("b") is not None
    eventually(lambda: found(store, "text"), ["a", "b"])


# Search

EXPULSION = Event(type="expulsion", actor=("NATO", "EU"), target=("RU",), count=8, status="done")
CLOSURE = Event(type="mission_closure", actor=("RU",), target=("NATO",), status="announced")

LIBRARY = [
    make_article(
        "expulsion",
        title="NATO expels eight Russian diplomats",
        text="The alliance said that eight members of the mission must leave Brussels.",
        authors=("Ada Lovelace",),
        site="wire.example",
        source="wire",
        source_name="The Wire",
        language="en",
        countries=("RU", "BE"),
        topics=(Topic(code="newswatch:diplomatic-expulsion", label="Diplomatic expulsion", score=1),),
        entities=(Entity(name="North Atlantic Treaty Organization", type="organisation", id="NATO"),),
        events=(EXPULSION,),
        published_at=NOON - 60 * MINUTE,
    ),
    make_article(
        "closure",
        title="Москва закрывает миссию",
        text="Moscow closes its mission to the alliance. Brussels regrets.",
        language="ru",
        countries=("RU",),
        events=(CLOSURE, Event(type="expulsion", actor=("RU",), target=("US",), count=2)),
        published_at=NOON - 30 * MINUTE,
    ),
    make_article(
        "football", title="Player sent off", text="The footballer must leave the pitch; eight remain."
    ),
]

QUERIES = {
    "eight": {"expulsion", "football"},
    "title:eight": {"expulsion"},
    "text:eight": {"expulsion", "football"},
    "МОСКВА": {"closure"},
    "dipl*": {"expulsion"},
    "title:leav*": set(),
    "миссi*": set(),
    "мисси*": {"closure"},
    '"must leave"': {"expulsion", "football"},
    '"leave must"': set(),
    '"must leave Brussels"': {"expulsion"},
    '"leave must"~1': {"expulsion", "football"},
    '"brussels mission"~3': {"expulsion"},
    '"brussels mission"~2': set(),
    '"mission brussels"~4': {"expulsion", "closure"},
    '"alliance mission brussels"~4': {"closure"},
    '"alliance mission brussels"~3': set(),
    'alliance NOT "brussels mission"~3': {"closure"},
    'author:"ada lovelace"': {"expulsion"},
    "author:ada": set(),
    "site:wire.example": {"expulsion"},
    "source:WIRE": {"expulsion"},
    'source:"the wire"': {"expulsion"},
    "language:ru": {"closure"},
    "country:RU": {"expulsion", "closure"},
    "country:be": {"expulsion"},
    'topic:"newswatch:diplomatic-expulsion"': {"expulsion"},
    'topic:"diplomatic expulsion"': {"expulsion"},
    "entity:nato": {"expulsion"},
    'entity:"north atlantic treaty organization"': {"expulsion"},
    "event:expulsion": {"expulsion", "closure"},
    "event:*": {"expulsion", "closure"},
    "event:(type:expulsion actor:NATO)": {"expulsion"},
    "event:(type:expulsion actor:EU target:RU)": {"expulsion"},
    # Two events that have it together are not one event that has it.
    "event:(type:mission_closure target:US)": set(),
    "event:(type:expulsion status:announced)": set(),
    "event:(actor:RU target:NATO count:>=1)": set(),
    "event:(type:expulsion count:>=3)": {"expulsion"},
    "event:(type:expulsion count:<=8)": {"expulsion", "closure"},
    "event:(type:expulsion count:>=2) AND event:(type:expulsion count:<=2)": {"closure"},
    "event:(type:expulsion count:5)": set(),
    "event:(status:done target:ru)": {"expulsion"},
    "mission AND NOT moscow": {"expulsion"},
    "mission OR footballer": {"expulsion", "closure", "football"},
    "(mission OR footballer) NOT event:*": {"football"},
    "leave NOT event:expulsion": {"football"},
    "published:[* TO 2026-03-01T11:15:00Z]": {"expulsion"},
    "published:[2026-03-01T11:30:00Z TO 2026-03-01T12:00:00Z]": {"closure", "football"},
    "published:[2026-03-01T12:00:00Z TO *] AND pitch": {"football"},
}


def test_search_finds_what_the_query_asks_for(store: Store) -> None:
    store.put_articles(LIBRARY)
    eventually(lambda: store.search(Or((Word("eight"), Word("moscow")))).total, 3)
    for query, expected in QUERIES.items():
        assert (query, found(store, query)) == (query, sorted(expected))
        # Nobody may understand the query differently: the alerter asks the evaluator.
        assert {article.id for article in LIBRARY if matches(parse(query), article)} == expected, query


def test_alternatives_and_negations_alone(store: Store) -> None:
    store.put_articles(LIBRARY)
    eventually(lambda: store.search(Not(Word("nobody"))).total, 3)
    assert store.search(Not(Or((Word("mission"), Word("footballer"))))).total == 0
    assert store.search(Not(Not(Word("footballer")))).total == 1
    assert store.search(Not(Phrase(("brussels", "mission"), None, 3))).total == 2
    assert store.search(Published(None, None)).total == 3


def test_pages_and_total(store: Store) -> None:
    articles = [
        make_article(
            f"a{number:02d}",
            published_at=None if number % 2 else NOON - (number // 6) * MINUTE,
            fetched_at=NOON - (number // 6) * MINUTE,
        )
        for number in range(30)
    ]
    store.put_articles(articles)
    expected = sorted(
        articles, key=lambda article: (-(article.published_at or article.fetched_at).timestamp(), article.id)
    )
    for query in (Word("text"), Phrase(("text", "some"), None, 1)):
        eventually(lambda asked=query: store.search(asked, limit=0).total, 30)  # type: ignore[misc]
        for limit, offset in ((4, 0), (4, 4), (7, 3), (30, 0), (5, 28), (5, 40), (100, 0), (0, 0)):
            page = store.search(query, limit=limit, offset=offset)
            assert page.total == 30
            assert list(page.articles) == expected[offset : offset + limit]


WORDS = st.sampled_from(["alpha", "beta", "gamma", "été", "歡"])
SENTENCES = st.lists(WORDS, max_size=8).map(" ".join)
CODES = st.sampled_from(["RU", "US", "NATO"])
EVENTS = st.builds(
    Event,
    type=st.sampled_from(["expulsion", "recall"]),
    actor=st.lists(CODES, max_size=2).map(tuple),
    target=st.lists(CODES, max_size=2).map(tuple),
    count=st.none() | st.integers(0, 12),
    status=st.sampled_from(["done", "denied"]),
)
ARTICLES = st.lists(
    st.tuples(SENTENCES, SENTENCES, st.lists(EVENTS, max_size=3), st.integers(0, 3)), min_size=1, max_size=6
)
TOKENS = WORDS.map(fold_tokens)
FIELDS = st.sampled_from([None, "title", "text"])
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, TOKENS, FIELDS),
    st.builds(Prefix, st.sampled_from(["a", "be", "e", "x"]), FIELDS),
    st.builds(
        Phrase, st.lists(TOKENS, min_size=2, max_size=3).map(tuple), FIELDS, st.none() | st.integers(1, 5)
    ),
    st.builds(
        EventMatch,
        st.none() | st.sampled_from(["expulsion", "recall"]),
        st.none() | CODES,
        st.none() | CODES,
        st.none() | st.sampled_from(["done", "denied"]),
        st.none() | st.integers(0, 12),
        st.none() | st.integers(0, 12),
    ),
    st.builds(Keyword, st.just("country"), st.sampled_from(["RU", "us"])),
    st.builds(lambda minutes: Published(NOON + minutes * MINUTE, None), st.integers(0, 3)),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


def test_search_matcher_and_evaluator_give_one_answer(store: Store) -> None:
    made = 0

    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(library=ARTICLES, queries=st.lists(TREES, min_size=25, max_size=25))
    def one_answer(library: list[tuple[str, str, list[Event], int]], queries: list[Node]) -> None:
        nonlocal made
        made += 1
        mark = f"round{made}"
        articles = [
            make_article(
                f"{mark}-{number}",
                title=title,
                text=f"{text} {mark}",
                events=tuple(events),
                countries=("RU",) if number % 2 else (),
                published_at=NOON + minutes * MINUTE,
            )
            for number, (title, text, events, minutes) in enumerate(library)
        ]
        store.put_articles(articles)
        eventually(lambda: store.search(Word(mark)).total, len(articles))
        matcher = Matcher()
        for number, query in enumerate(queries):
            matcher.put(str(number), query)
        matched = {article.id: matcher.matching(prepare(article)) for article in articles}
        for number, query in enumerate(queries):
            result = store.search(And((Word(mark), query)), limit=100)
            expected = {article.id for article in articles if matches(query, article)}
            assert {article.id for article in result.articles} == expected, str(query)
            assert result.total == len(expected)
            assert {id for id, numbers in matched.items() if str(number) in numbers} == expected, str(query)
            scanned = [article.id for article in store.scan(And((Word(mark), query)))]
            assert scanned == [article.id for article in result.articles]

    one_answer()


def test_pages_follow_each_other_without_end_gap_or_repetition(store: Store) -> None:
    articles = [
        make_article(f"p{number:02}", text="common", published_at=NOON + number // 4 * MINUTE)
        for number in range(45)
    ]
    store.put_articles(articles)
    eventually(lambda: store.search(parse("common")).total, 45)
    whole = [article.id for article in store.search(parse("common"), limit=100).articles]
    for query in ("common", 'common OR "a title"~3'):
        pages: list[str] = []
        after: str | None = None
        while True:
            found = store.search(parse(query), limit=7, after=after)
            assert found.total == 45
            pages += [article.id for article in found.articles]
            after = found.after
            if after is None:
                break
        assert pages == whole
        assert [article.id for article in store.scan(parse(query))] == whole
    with pytest.raises(ValueError, match="no place in search results"):
        store.search(parse("common"), after="nonsense")


def test_relevance_is_the_same_order_page_by_page(store: Store) -> None:
    said = {
        "twice": ("A title", "Otters met otters in the river."),
        "title": ("Otters", "Nothing more of them."),
        "once": ("A title", "Otters were seen once in a long report on rivers and on lakes and their banks."),
        "long": ("A title", f"Otters. {'Much else was said there. ' * 80}"),
        "none": ("A title", "Beavers only."),
    }
    store.put_articles([make_article(name, title=title, text=text) for name, (title, text) in said.items()])
    query = parse("otters")
    eventually(lambda: store.search(query).total, 4)
    whole = by_relevance(store, query, query, limit=10)
    assert [article.id for article in whole.articles] == ["title", "twice", "once", "long"]
    assert (whole.total, whole.after) == (4, None)
    pages: list[str] = []
    after: str | None = None
    while True:
        found = by_relevance(store, query, query, limit=3, after=after)
        pages += [article.id for article in found.articles]
        after = found.after
        if after is None:
            break
    assert pages == ["title", "twice", "once", "long"]
    with pytest.raises(ValueError, match="no place in results"):
        by_relevance(store, query, query, limit=3, after="1:2")


def test_a_second_store_sees_what_the_first_wrote(opener: Opener) -> None:
    first, second = opener(), opener()
    for number in range(3):
        writer, reader = (first, second) if number % 2 else (second, first)
        writer.put_articles([make_article(f"a{number}", text=f"number n{number}")])
        assert reader.article(f"a{number}") is not None
        eventually(lambda asked=f"n{number}", reader=reader: found(reader, asked), [f"a{number}"])  # type: ignore[misc]


def test_lists_of_articles(store: Store) -> None:
    articles = [
        make_article(name, fetched_at=NOON + minutes * MINUTE, story=story)
        for name, minutes, story in (("a", 3, "s1"), ("b", 1, "s1"), ("c", 2, "s2"))
    ]
    store.put_articles(articles)
    assert [each.id for each in store.fetched_since(NOON)] == ["b", "c", "a"]
    assert [each.id for each in store.fetched_since(NOON + 2 * MINUTE)] == ["c", "a"]
    assert list(store.fetched_since(NOON + 4 * MINUTE)) == []
    eventually(lambda: [each.id for each in store.latest_articles()], ["a", "c", "b"])
    assert [each.id for each in store.latest_articles(limit=2)] == ["a", "c"]
    assert [each.id for each in store.story("s1")] == ["b", "a"]
    assert [each.id for each in store.story("s1", limit=1)] == ["b"]


def test_what_the_threader_remembers_comes_without_the_texts(store: Store) -> None:
    event = Event(type="expulsion", actor=("NO",), target=("RU",), count=8)
    whole = make_article("a", events=(event,), trace="AAAA", story="s", reason="nothing like it was seen")
    store.put_articles([whole, make_article("b", fetched_at=NOON + MINUTE)])
    found = list(store.remembered_since(NOON))
    assert [each.id for each in found] == ["a", "b"]
    assert found[0] == Remembered.model_validate(whole.model_dump())
    assert [each.id for each in store.remembered_since(NOON + MINUTE)] == ["b"]


def _story(store: Store, id: str) -> list[str]:
    return [each.id for each in store.story(id)]


def test_stories_that_are_one_answer_to_each_of_their_ids(store: Store) -> None:
    store.put_articles(
        [
            make_article("a", story="s1"),
            make_article("b", story="s2", fetched_at=NOON + MINUTE),
            make_article("c", story="s1", same_stories=("s2",), fetched_at=NOON + 2 * MINUTE),
            make_article("d", story="s3", fetched_at=NOON + 3 * MINUTE),
        ]
    )
    for id in ("s1", "s2"):
        eventually(partial(_story, store, id), ["a", "b", "c"])
    assert [each.id for each in store.story("s3")] == ["d"]


def test_fetched_since_gives_more_than_a_page(store: Store) -> None:
    store.put_articles([make_article(f"{number:04d}") for number in range(1100)])
    assert sorted(each.id for each in store.fetched_since(NOON)) == [
        f"{number:04d}" for number in range(1100)
    ]


# Dead letters


def test_dead_letters(opener: Opener) -> None:
    store = opener()
    store.put_dead([make_letter("d1"), make_letter("d2", at=NOON + MINUTE, payload="é\x00", detail="trace")])
    store.put_dead([make_letter("d1")])
    entries = opener().dead_letters()
    assert [(entry.letter.id, entry.state, entry.times) for entry in entries] == [
        ("d2", "open", 1),
        ("d1", "open", 1),
    ]
    entry = store.dead_letter("d2")
    assert entry is not None
    assert entry.letter == make_letter("d2", at=NOON + MINUTE, payload="é\x00", detail="trace")
    assert [entry.letter.id for entry in store.dead_letters(limit=1)] == ["d2"]


def test_replayed_letter_is_open_again_only_if_it_dies_again(store: Store) -> None:
    store.put_dead([make_letter("d1"), make_letter("d2")])
    store.mark_replayed("d1")
    store.mark_replayed("nobody")
    assert [entry.letter.id for entry in store.dead_letters()] == ["d2"]
    assert [entry.letter.id for entry in store.dead_letters(include_replayed=True)] == ["d1", "d2"]
    store.put_dead([make_letter("d1")])  # the same message, delivered once more
    entry = store.dead_letter("d1")
    assert entry is not None
    assert (entry.state, entry.times) == ("replayed", 1)
    again = make_letter("d1", at=NOON + MINUTE)
    for _ in range(2):
        store.put_dead([again])
        entry = store.dead_letter("d1")
        assert entry is not None
        assert (entry.state, entry.times, entry.letter) == ("open", 2, again)


def test_captures_that_are_no_articles(store: Store) -> None:
    def letter(name: str, **fields: object) -> DeadLetter:
        return make_letter(name, **{"reason": "rejected", "code": "video", "capture_id": name} | fields)

    store.put_dead([
        letter("d1"),
        letter("d2", code="consent"),
        letter("d3", reason="bug", code=""),
        letter("d4", capture_id=""),
        letter("d5"),
    ])  # fmt: skip
    eventually(lambda: store.rejected(["d1", "d2", "d3", "d9"]), {"d1": "video", "d2": "consent"})
    assert store.rejected([]) == {}
    store.mark_replayed("d1")
    eventually(lambda: store.rejected(["d1", "d2"]), {"d2": "consent"})
    store.put_dead([letter("d1", at=NOON + MINUTE, code="gallery")])  # no better than before
    eventually(lambda: store.rejected(["d1", "d1"]), {"d1": "gallery"})


# Subscriptions


def test_changes_of_subscriptions_are_told_to_whoever_follows_them(opener: Opener) -> None:
    store, other = opener(), opener()
    start = store.subscription_changes()
    assert (start.put, start.removed, start.whole) == ((), (), True)
    first, second = (Subscription(id=id, name=id, query="x") for id in ("a", "b"))
    other.put_subscriptions([first, second])
    put = store.subscription_changes(start.version)
    assert ({each.id for each in put.put}, put.removed, put.whole) == ({"a", "b"}, (), False)
    changed = second.model_copy(update={"query": "y"})
    other.put_subscription(changed)
    assert other.delete_subscription("a")
    then = store.subscription_changes(put.version)
    assert (then.put, then.removed, then.whole) == ((changed,), ("a",), False)
    quiet = store.subscription_changes(then.version)
    assert (quiet.put, quiet.removed, quiet.version) == ((), (), then.version)
    other.put_subscription(first)
    assert store.subscription_changes(quiet.version).put == (first,)
    whole = store.subscription_changes("another-store:7")
    assert ({each.id for each in whole.put}, whole.removed, whole.whole) == ({"a", "b"}, (), True)


def test_no_change_is_missed_while_many_write(opener: Opener) -> None:
    store = opener()
    seen: set[str] = set()
    version = store.subscription_changes().version

    def write(store: Store, writer: int) -> None:
        for number in range(20):
            store.put_subscription(Subscription(id=f"w{writer}-{number}", name="w", query="x"))

    writers = [threading.Thread(target=write, args=(opener(), writer)) for writer in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        changes = store.subscription_changes(version)
        seen |= {each.id for each in changes.put}
        version = changes.version
    seen |= {each.id for each in store.subscription_changes(version).put}
    assert len(seen) == 60


def test_subscriptions(opener: Opener) -> None:
    store = opener()
    first = Subscription(
        id="b",
        name="B",
        query='event:expulsion OR "persona non grata"',
        owner="desk",
        every="fact",
        languages=("en", "de"),
        zone="Europe/Berlin",
        digest=Digest(every="week", at="07:30", on="friday"),
        quiet=QuietHours(start="22:00", end="07:00", days=("sunday",)),
        wait_seconds=30,
        min_outlets=2,
        per_hour=10,
        yields_to=("a",),
        priority="high",
        expires_at=NOON,
        deliver=(webhook("b"), Channel(kind="feed"), Channel(kind="named", name="mail")),
        labels={"desk.eu": "1", "x": "y"},
        created_at=NOON,
    )
    store.put_subscription(first)
    store.put_subscription(Subscription(id="a", name="A", query="x"))
    other = opener()
    assert [each.id for each in other.subscriptions()] == ["a", "b"]
    assert other.subscriptions()[1] == first
    changed = first.model_copy(update={"labels": {"z": "1"}, "enabled": False})
    store.put_subscription(changed)
    assert other.subscriptions()[1] == changed
    assert other.delete_subscription("a") is True
    assert other.delete_subscription("a") is False
    assert [each.id for each in store.subscriptions()] == ["b"]


# Alerts and deliveries


def test_alert_is_created_once(opener: Opener) -> None:
    store = opener()
    alert = make_alert(
        "m1",
        deliver=(webhook("one"), Channel(kind="console"), webhook("two"), webhook("one")),
        event=EXPULSION,
        evidence=(Span(field="text", start=1, end=2, text="x"),),
        published_at=NOON,
    )
    assert store.record_matches([alert], ["c1"]) == [alert]
    assert store.record_matches([alert.model_copy(update={"title": "Other"}), make_alert("m2")], ["c1"]) == [
        make_alert("m2")
    ]
    other = opener()
    assert other.alert("m1") == alert
    deliveries = other.deliveries("m1")
    assert sorted(each.channel.url or "" for each in deliveries) == [
        "http://127.0.0.1:9/one",
        "http://127.0.0.1:9/two",
    ]
    assert [each.id for each in deliveries] == sorted(each.id for each in deliveries)
    assert all((each.alert, each.state, each.attempts) == (alert, "pending", 0) for each in deliveries)
    assert other.deliveries("m2") == []


def test_one_batch_may_hold_an_alert_twice(store: Store) -> None:
    alert = make_alert("m1", deliver=(webhook("one"),))
    assert store.record_matches([alert, alert], []) == [alert]
    assert len(store.deliveries("m1")) == 1


def test_known_alerts_are_known_at_once(store: Store) -> None:
    assert store.known_alerts([]) == set()
    store.record_matches([make_alert("m1"), make_alert("m2")], [])
    assert store.known_alerts(["m2", "m3", "m1"]) == {"m1", "m2"}


def test_latest_alerts(store: Store) -> None:
    times = {"m1": 2, "m2": 3, "m3": 1}
    alerts = [
        make_alert(
            name, created_at=NOON + timedelta(microseconds=at), subscription="x" if name == "m3" else "sub"
        )
        for name, at in times.items()
    ]
    store.record_matches(alerts, [])
    assert [each.id for each in store.latest_alerts()] == ["m2", "m1", "m3"]
    assert [each.id for each in store.latest_alerts(limit=1)] == ["m2"]
    assert [each.id for each in store.latest_alerts(subscription="x")] == ["m3"]


def test_claimed_delivery_is_nobody_elses_until_the_lease_ends(opener: Opener) -> None:
    store, other = opener(), opener()
    store.record_matches(
        [make_alert(f"m{age}", created_at=NOON - age * MINUTE, deliver=(webhook("x"),)) for age in range(3)],
        [],
    )
    first = store.claim_deliveries(NOON, limit=2)
    assert [each.alert.id for each in first] == ["m2", "m1"]
    assert [each.alert.id for each in other.claim_deliveries(NOON)] == ["m0"]
    assert other.claim_deliveries(NOON + MINUTE / 2) == []
    assert [each.alert.id for each in other.claim_deliveries(NOON + MINUTE)] == ["m2", "m1", "m0"]


def delivered(delivery: Delivery, at: datetime) -> Delivery:
    return replace(delivery, state="delivered", attempts=delivery.attempts + 1, finished_at=at)


def test_life_of_a_delivery(store: Store) -> None:
    store.record_matches([make_alert(name, deliver=(webhook("x"),)) for name in ("m1", "m2", "m3", "m4")], [])
    one, two, three, four = sorted(store.claim_deliveries(NOON), key=lambda each: each.alert.id)
    told = [
        delivered(one, NOON + MINUTE),
        replace(two, state="failed", attempts=1, error="410 Gone", finished_at=NOON + MINUTE, tried_at=NOON),
        replace(
            three,
            attempts=1,
            error="503",
            due_at=NOON + 5 * MINUTE,
            tried_at=NOON,
            batch="b",
            bundle="c",
        ),
        replace(four, state="dropped", finished_at=NOON + MINUTE, reason="silenced"),
    ]
    for _ in range(2):  # all of it may be told twice
        store.resolve_deliveries(told)
    (after,) = store.deliveries("m1")
    assert (after.state, after.finished_at, after.attempts) == ("delivered", NOON + MINUTE, 1)
    (after,) = store.deliveries("m2")
    assert (after.state, after.error, after.attempts, after.tried_at) == ("failed", "410 Gone", 1, NOON)
    (after,) = store.deliveries("m4")
    assert (after.state, after.reason, after.attempts) == ("dropped", "silenced", 0)
    (after,) = store.deliveries("m3")
    assert (after.state, after.due_at, after.error, after.attempts, after.batch, after.bundle) == (
        "pending",
        NOON + 5 * MINUTE,
        "503",
        1,
        "b",
        "c",
    )
    assert store.claim_deliveries(NOON + 4 * MINUTE) == []
    (again,) = store.claim_deliveries(NOON + 5 * MINUTE)
    assert again == after
    store.resolve_deliveries([delivered(again, NOON + 6 * MINUTE)])
    # What is finished stays as it is, whoever comes late.
    store.resolve_deliveries([replace(three, attempts=9, error="late", due_at=NOON)])
    (after,) = store.deliveries("m3")
    assert (after.state, after.attempts) == ("delivered", 2)
    store.resolve_deliveries([replace(delivered(three, NOON), id="nobody")])
    store.resolve_deliveries([])


def test_a_thread_is_delivered_in_its_order(store: Store) -> None:
    store.record_matches(
        [
            make_alert(
                f"m{number}",
                thread="t",
                created_at=NOON + number * MINUTE,
                deliver=(webhook("x"), webhook("y")),
            )
            for number in range(3)
        ]
        + [make_alert("other", thread="u", created_at=NOON + 9 * MINUTE, deliver=(webhook("x"),))],
        [],
    )
    hour = NOON + 60 * MINUTE
    claimed = store.claim_deliveries(hour)
    assert [each.alert.id for each in claimed] == ["m0", "m0", "other"]
    x = next(each for each in claimed if each.alert.id == "m0" and str(each.channel.url).endswith("/x"))
    assert store.claim_deliveries(hour) == []
    store.resolve_deliveries([delivered(x, hour)])
    (second,) = store.claim_deliveries(hour)
    assert (second.alert.id, second.channel) == ("m1", x.channel)
    store.resolve_deliveries([replace(second, attempts=1, error="503", due_at=hour + 30 * MINUTE)])
    assert store.claim_deliveries(hour + MINUTE / 2) == []


def test_what_is_held_back_together_is_claimed_together(opener: Opener) -> None:
    store, other = opener(), opener()
    store.record_matches([make_alert(f"m{number}", deliver=(webhook("x"),)) for number in range(4)], [])
    for each in store.claim_deliveries(NOON):
        batch = "digest" if each.alert.id != "m3" else "quiet"
        due = NOON + (int(each.alert.id[1:]) + 1) * MINUTE
        store.resolve_deliveries([replace(each, due_at=due, batch=batch, reason="later")])
    (head,) = store.claim_deliveries(NOON + MINUTE)
    assert (head.alert.id, head.reason) == ("m0", "later")
    together = store.claim_deliveries(NOON + MINUTE, batch="digest")
    assert [each.alert.id for each in together] == ["m1", "m2"]
    assert other.claim_deliveries(NOON + MINUTE, batch="digest") == []
    bundle = [
        replace(each, due_at=NOON + 9 * MINUTE, batch="digest", bundle="b") for each in (head, *together)
    ]
    store.resolve_deliveries(bundle)
    assert len(other.claim_deliveries(NOON + 2 * MINUTE, bundle="b")) == 3


def test_when_deliveries_were_made(store: Store) -> None:
    store.record_matches([make_alert(f"m{number}", deliver=(webhook("x"),)) for number in range(3)], [])
    for number, each in enumerate(store.claim_deliveries(NOON)):
        store.resolve_deliveries([delivered(each, NOON + number * MINUTE)])
    since = store.delivered_since(NOON + MINUTE, "sub", webhook("x"))
    assert since == [NOON + MINUTE, NOON + 2 * MINUTE]
    assert store.delivered_since(NOON, "sub", webhook("y")) == []
    assert store.delivered_since(NOON, "another", webhook("x")) == []


def test_named_channels_have_deliveries_and_history_has_none(store: Store) -> None:
    named = Channel(kind="named", name="desk-mail")
    store.record_matches(
        [
            make_alert("m1", deliver=(named, Channel(kind="feed"))),
            make_alert("m2", deliver=(named,), backfill=True),
        ],
        [],
    )
    assert [each.channel for each in store.deliveries("m1")] == [named]
    assert store.deliveries("m2") == []
    found = store.alert("m2")
    assert found is not None
    assert found.backfill


def test_alerts_of_a_story(store: Store) -> None:
    store.record_matches(
        [
            make_alert("m2", story="s", subscription="b", created_at=NOON + MINUTE),
            make_alert("m1", story="s", created_at=NOON),
            make_alert("m3", story="other"),
        ],
        [],
    )
    assert [each.id for each in store.story_alerts("s")] == ["m1", "m2"]
    assert [each.id for each in store.story_alerts("s", limit=1)] == ["m1"]
    assert [each.id for each in store.story_alerts("s", subscriptions=["b", "nobody"])] == ["m2"]
    assert store.story_alerts("s", subscriptions=[]) == []


def test_silences(opener: Opener) -> None:
    store = opener()
    silence = Silence(
        id="b",
        reason="drill",
        by="desk",
        created_at=NOON,
        ends_at=NOON + MINUTE,
        labels={"a.b": "c"},
        story="s",
        query="x",
    )
    store.put_silence(silence)
    store.put_silence(Silence(id="a", reason="r", created_at=NOON))
    other = opener()
    assert [each.id for each in other.silences()] == ["a", "b"]
    assert other.silences()[1] == silence
    store.put_silence(silence.model_copy(update={"reason": "longer"}))
    assert other.silences()[1].reason == "longer"
    assert other.delete_silence("a") is True
    assert other.delete_silence("a") is False
    assert [each.id for each in store.silences()] == ["b"]


def test_two_claimers_never_share(opener: Opener) -> None:
    store = opener()
    store.record_matches([make_alert(f"m{number:02d}", deliver=(webhook("x"),)) for number in range(40)], [])
    claimed: list[str] = []

    def claim(mine: Store) -> None:
        for _ in range(20):
            claimed.extend(each.id for each in mine.claim_deliveries(NOON, limit=3))

    threads = [threading.Thread(target=claim, args=(opener(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed += [each.id for each in store.claim_deliveries(NOON, limit=100)]
    assert len(claimed) == len(set(claimed)) == 40


# Settlement


def test_capture_is_settled_when_indexed_and_matched_or_dead(opener: Opener) -> None:
    store, other = opener(), opener()
    captures = [f"capture-{name}" for name in ("both", "indexed", "dead", "stale")] + ["matched", "unknown"]
    store.put_articles([make_article("both"), make_article("indexed")])
    store.put_articles([make_article("stale", revision=5, capture_id="capture-later")])
    store.put_articles([make_article("stale", revision=4)])
    assert store.settled(captures) == set()
    store.record_matches([], ["capture-both", "capture-stale", "matched"])
    store.put_dead([make_letter("d", capture_id="capture-dead"), make_letter("anonymous")])
    assert other.settled(captures) == {"capture-both", "capture-dead", "capture-stale"}
    other.forget_captures(["capture-both", "unknown"])
    assert store.settled(captures) == {"capture-dead", "capture-stale"}


def test_refused_article_settles_nothing(store: Store) -> None:
    store.put_articles([make_article("a", revision=2**63)])
    store.record_matches([], ["capture-a"])
    assert store.settled(["capture-a"]) == set()


def test_names_of_captures_may_be_long(store: Store) -> None:
    long = "<urn:uuid:" + "x" * 900
    store.put_articles([make_article("a", capture_id=long)])
    store.record_matches([], [long])
    assert store.settled([long, long[:-1]]) == {long}


def test_counts(store: Store) -> None:
    store.put_articles([make_article("a"), make_article("b", story="a"), make_article("c")])
    store.put_dead([make_letter("d1"), make_letter("d2")])
    store.mark_replayed("d2")
    store.record_matches([make_alert("m1", deliver=(webhook("x"), webhook("y"))), make_alert("m2")], [])
    store.resolve_deliveries([delivered(store.deliveries("m1")[0], NOON)])
    eventually(store.counts, Counts(articles=3, stories=2, alerts=2, dead_letters=1, deliveries=1))


def test_threads_share_a_store(store: Store) -> None:
    def work(number: int) -> None:
        for step in range(5):
            name = hashlib.sha256(f"{number}/{step}".encode()).hexdigest()
            store.put_articles([make_article(name, text=f"thread t{number}")])
            assert store.article(name) is not None
            store.search(Word("thread"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: store.search(Word("thread"), limit=0).total, 20)


# What it is kept in


def test_what_there_is_is_told_and_well(store: Store) -> None:
    store.put_articles([make_article("a"), make_article("b")])
    eventually(lambda: store.search(Word("text"), limit=0).total, 2)
    store.setup()
    found = store.inspect()
    assert [each for each in found if each.flaw] == []
    assert max(each.documents for each in found) == 2
    assert all(each.bytes >= 0 for each in found)


def test_everything_made_anew_is_as_before(opener: Opener) -> None:
    store = opener()
    store.put_articles(
        [make_article("a", text="one"), make_article("b", text="two", first_seen=NOON - 90 * DAY)]
    )
    store.put_articles([make_article("a", text="one more", revision=3)])
    store.put_subscription(Subscription(id="s", name="S", query="one"))
    store.put_subscription(Subscription(id="t", name="T", query="two"))
    store.delete_subscription("t")
    store.record_matches([make_alert("m", deliver=(webhook("x"),))], ["capture-a"])
    store.put_dead([make_letter("d")])
    store.put_silence(Silence(id="quiet", reason="holidays", created_at=NOON, story="a"))
    seen = store.subscription_changes()
    (delivery,) = store.claim_deliveries(NOON)
    for _ in range(2):
        assert list(store.rebuild(everything=True))
        for each in (store, opener()):
            eventually(lambda each=each: each.search(Word("one"), limit=0).total, 1)  # type: ignore[misc]
            assert each.article("a") == make_article("a", text="one more", revision=3)
            assert each.known(["a", "b"]) == {"a", "b"}
            assert [kept.id for kept in each.subscriptions()] == ["s"]
            assert each.known_alerts(["m"]) == {"m"}
            assert [kept.id for kept in each.silences()] == ["quiet"]
            assert each.dead_letters() != []
            assert each.claim_deliveries(NOON) == [], "the lease holds on"
    followed = store.subscription_changes(seen.version)
    assert not followed.whole or [each.id for each in followed.put] == ["s"]
    assert store.put_articles([make_article("a", revision=3)])[0].status == "stale"
    assert store.put_articles([make_article("a", revision=4)])[0].status == "stored"
    store.resolve_deliveries([delivered(delivery, NOON)])
    assert store.deliveries("m")[0].state == "delivered"
    assert store.record_matches([make_alert("m")], []) == []
    assert [each for each in store.inspect() if each.flaw] == []


def test_what_is_old_goes_and_what_is_inside_the_term_stays(opener: Opener) -> None:
    store = opener()
    old, edited = NOON - 90 * DAY, NOON - 45 * DAY
    store.put_articles(
        [
            make_article("gone", text="old news", fetched_at=old, first_seen=old),
            # Of a month that is over, but captured again since.
            make_article("edited", text="old news", fetched_at=NOON, first_seen=edited),
            make_article("new", text="new news"),
        ]
    )
    eventually(lambda: store.search(Word("news"), limit=0).total, 3)
    told = store.expire(NOON - 30 * DAY)
    assert {each.month: each.articles for each in told if each.goes} == {"2025.12": 1}
    assert [each.newest for each in told if each.goes] == [old]
    assert store.article("gone") is not None, "only told"
    store.expire(NOON - 30 * DAY, apply=True)
    other = opener()
    for each in (store, other):
        assert each.article("gone") is None
        eventually(lambda each=each: each.search(Word("news"), limit=0).total, 2)  # type: ignore[misc]
        assert {found.id for found in each.scan(Word("news"))} == {"edited", "new"}
        assert {found.id for found in each.remembered_since(NOON - 365 * DAY)} == {"edited", "new"}
    assert [each for each in store.expire(NOON - 30 * DAY, apply=True) if each.goes] == []
    # It may come again: from the archive, say.
    store.put_articles([make_article("gone", text="old news", fetched_at=old, first_seen=old)])
    eventually(lambda: {found.id for found in store.scan(Word("old"))}, {"gone", "edited"})


def test_old_dead_letters_go(store: Store) -> None:
    store.put_dead([make_letter("old", at=NOON - 90 * DAY), make_letter("new")])
    assert store.expire_dead(NOON - 30 * DAY) == 1
    assert {each.letter.id for each in store.dead_letters()} == {"old", "new"}
    assert store.expire_dead(NOON - 30 * DAY, apply=True) == 1
    assert {each.letter.id for each in store.dead_letters()} == {"new"}


def test_health_of_sources_is_kept_by_day_and_state(store: Store) -> None:
    def health(state: str, at: datetime, reason: str = "") -> SourceHealth:
        return SourceHealth("a", "A", "FR", "fr", state, state == "well", reason, at)

    store.put_source_health([health("well", NOON), health("silent", NOON + MINUTE, "nothing for a day")])
    store.put_source_health([health("well", NOON + 2 * MINUTE), health("well", NOON + DAY)])
    assert store.source_health(NOON - DAY) == [
        health("well", NOON + DAY),
        health("well", NOON + 2 * MINUTE),
        health("silent", NOON + MINUTE, "nothing for a day"),
    ]
    assert store.source_health(NOON + 2 * MINUTE, limit=1) == [health("well", NOON + DAY)]
