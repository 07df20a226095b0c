"""The matcher gives the evaluator's answer: on any article, any query, and after any change."""

import random
from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.subscriptions import Generator
from schemas.events import Event, TaggedArticle, Topic
from services.alerter.matcher import Matcher
from services.kit.query import parse
from services.kit.query.evaluate import View, holds, prepare
from services.kit.query.tree import Node
from tests.unit.kit.query_trees import TOKENS, trees

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def article(title: str, text: str, number: int = 0, **more: object) -> TaggedArticle:
    return TaggedArticle.model_validate(
        {
            "id": f"article-{number}",
            "capture_id": f"capture-{number}",
            "revision": 1,
            "url": "https://news.example/a",
            "canonical_url": "https://news.example/a",
            "source": "outlet-1",
            "site": "news.example",
            "fetched_at": NOW,
            "first_seen": NOW,
            "title": title,
            "text": text,
            "title_tokens": title,
            "text_tokens": text,
            "fingerprint": "",
            "language": "en",
            **more,
        }
    )


def right(queries: dict[str, Node], view: View) -> list[str]:
    return sorted(id for id, query in queries.items() if holds(query, view))


_texts = st.lists(st.sampled_from((*TOKENS, "diplomat", "and", "moscow")), max_size=12).map(" ".join)
_events = st.builds(
    Event,
    type=st.sampled_from(("expulsion", "mission_closure")),
    actor=st.lists(st.sampled_from(("RU", "NATO")), max_size=2).map(tuple),
    target=st.lists(st.sampled_from(("RU", "NATO", "Wagner Group")), max_size=2).map(tuple),
    count=st.sampled_from((None, 3, 5, 8)),
    status=st.sampled_from(("done", "denied")),
    rule=st.just("rule"),
)
_articles = st.builds(
    lambda title, text, events, topics, countries: article(
        title, text, events=events, topics=topics, countries=countries
    ),
    _texts,
    _texts,
    st.lists(_events, max_size=2).map(tuple),
    st.just((Topic(code="newswatch:diplomatic-expulsion", label="É", score=1.0),)) | st.just(()),
    st.lists(st.sampled_from(("RU", "CZ")), max_size=2).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(trees, min_size=1, max_size=20),
    st.lists(_articles, min_size=1, max_size=5),
)
def test_it_gives_the_evaluators_answer_on_any_tree(found: list[Node], articles: list[TaggedArticle]) -> None:
    queries = {f"q{number}": query for number, query in enumerate(found)}
    matcher = Matcher()
    for id, query in queries.items():
        matcher.put(id, query)
    for each in articles:
        view = prepare(each)
        assert matcher.matching(view) == right(queries, view)


def _press(chance: random.Random, count: int) -> list[TaggedArticle]:
    """Articles of words with a natural spread: the n-th word is n times rarer than the first."""
    words = [f"w{number}" for number in range(2000)]
    weights = [1 / (number + 1) for number in range(2000)]
    return [
        article(
            " ".join(chance.choices(words, weights, k=8)),
            " ".join(chance.choices(words, weights, k=chance.randint(20, 200))),
            number,
        )
        for number in range(count)
    ]


def test_100_000_pairs_while_subscriptions_come_and_go() -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    articles = _press(chance, 250)
    supply = Generator([each.text_tokens for each in articles], seed, unknown=0.3).queries(2000)
    queries = {f"q{number}": next(supply) for number in range(400)}
    matcher = Matcher()
    for id, query in queries.items():
        matcher.put(id, query)
    matched = 0
    for each in articles:
        for _ in range(4):
            id = f"q{chance.randrange(500)}"
            if chance.random() < 0.5:
                queries[id] = next(supply)
                matcher.put(id, queries[id])
            else:
                assert matcher.remove(id) == (queries.pop(id, None) is not None)
        view = prepare(each)
        found = matcher.matching(view)
        assert found == right(queries, view)
        assert len(matcher) == len(queries)
        matched += len(found)
    assert matched > 100


def test_no_cap_on_the_number_of_matches() -> None:
    matcher = Matcher()
    for number in range(50_000):
        matcher.put(f"q{number}", parse("nato"))
    assert len(matcher.matching(prepare(article("nato", "")))) == 50_000


def test_a_name_that_breaks_into_the_news_loses_its_queries_to_rarer_words() -> None:
    chance = random.Random(3)
    matcher = Matcher()
    for each in _press(chance, 300):
        matcher.matching(prepare(each))
    queries = {f"q{number}": parse(f"w{number + 50} zelenko") for number in range(500)}
    for id, query in queries.items():
        matcher.put(id, query)
    for each in _press(chance, 600):
        broken = each.model_copy(update={"text_tokens": f"{each.text_tokens} zelenko"})
        view = prepare(broken)
        assert matcher.matching(view) == right(queries, view)
    under = Counter(route[0] for placed in matcher._routes if placed for route in placed)
    assert under["zelenko"] < 250


def test_what_was_removed_leaves_nothing_behind() -> None:
    matcher = Matcher()
    for number, text in enumerate(('"a b" c', "x*", "title:y OR z", "source:a b", "event:expulsion", "a b")):
        matcher.put(f"q{number}", parse(text))
    for number in range(6):
        assert matcher.remove(f"q{number}")
    assert not matcher.remove("q0")
    assert (matcher._under_none, matcher._under_one, matcher._under_two, matcher._placed_at) == (
        {},
        {},
        {},
        {},
    )
    assert matcher.matching(prepare(article("x y z a b c", "a b c"))) == []
