"""What a subscription would have done, and which of them would hear nearly everything."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from schemas.events import Event, Fact, ThreadedArticle
from services.kit.query import parse
from services.kit.query.tree import Everything
from services.kit.text import fold_tokens
from services.store.admission import ENOUGH, Share, recent_share
from services.store.backtest import SHOWN, as_json, backtest, typical
from services.store.embedded.store import EmbeddedStore

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = NOW - 7 * DAY


def make_article(name: str, text: str = "nato", age: timedelta = DAY, **fields: object) -> ThreadedArticle:
    """Of a story of its own unless told otherwise; `age` at NOW."""
    given: dict[str, object] = {
        "id": name,
        "capture_id": f"capture-{name}",
        "revision": 1,
        "url": f"https://example.org/{name}",
        "canonical_url": f"https://example.org/{name}",
        "source": "wire",
        "fetched_at": NOW,
        "first_seen": NOW,
        "published_at": NOW - age,
        "title": name,
        "text": text,
        "title_tokens": fold_tokens(name),
        "text_tokens": fold_tokens(text),
        "story": name,
        "relation": "new",
    }
    return ThreadedArticle.model_validate(given | fields)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    yield store
    store.close()


def expulsion(name: str, story: str, fact: str, age: timedelta = DAY, **fields: object) -> ThreadedArticle:
    event = Event(type="expulsion", actor=("NO",), target=("RU",))
    told = Fact(id=fact, type="expulsion", actor=("NO",), target=("RU",))
    return make_article(name, "nato", age, story=story, events=(event,), new_facts=(told,), **fields)


def test_alerts_are_counted_for_each_way_to_be_told(store: EmbeddedStore) -> None:
    store.put_articles(
        [
            expulsion("first", "one", "eight", age=3 * DAY),
            expulsion("copy", "one", "eight", relation="copy", source="paper"),
            expulsion("more", "one", "nine", relation="follow-up"),
            expulsion("other", "two", "eight", age=2 * DAY),
            make_article("else", "no such event"),
        ]
    )
    report = backtest(store, parse("event:expulsion"), SINCE, NOW)
    assert (report.articles, report.stories, report.copies) == (4, 2, 1)
    assert report.alerts == {"story": 2, "fact": 3, "article": 3}
    assert report.by_source == (("wire", 3), ("paper", 1))
    assert report.by_day == ((date(2026, 3, 7), 1), (date(2026, 3, 8), 1), (date(2026, 3, 9), 2))
    assert [article.id for article in report.newest] == ["copy", "more", "other", "first"]


def test_only_the_time_asked_for_counts(store: EmbeddedStore) -> None:
    ages = {"before": 8 * DAY, "at-its-begin": 7 * DAY, "at-its-end": 0 * DAY, "after": -DAY}
    store.put_articles([make_article(name, age=age) for name, age in ages.items()])
    report = backtest(store, parse("nato"), SINCE, NOW)
    assert [article.id for article in report.newest] == ["at-its-end", "at-its-begin"]


def test_an_article_of_unknown_publication_counts_where_it_was_fetched(store: EmbeddedStore) -> None:
    store.put_articles([make_article("a", published_at=None)])
    assert backtest(store, parse("nato"), SINCE, NOW).by_day == ((NOW.date(), 1),)


def test_an_article_of_unknown_source_counts_for_its_site(store: EmbeddedStore) -> None:
    store.put_articles([make_article("a", source="", site="news.example")])
    assert backtest(store, parse("nato"), SINCE, NOW).by_source == (("news.example", 1),)


def test_near_misses_are_told_by_the_clause_that_failed(store: EmbeddedStore) -> None:
    store.put_articles(
        [
            *(make_article(f"nato-{number}", "nato alone", number * DAY) for number in range(1, 6)),
            make_article("old", "nato alone", 9 * DAY),
            make_article("both", "nato russia"),
        ]
    )
    (missed,) = backtest(store, parse("nato russia"), SINCE, NOW).near_misses
    assert (missed.clause, missed.total) == ("russia", 5), "none misses nato, and none is too old"
    assert [article.id for article in missed.newest] == ["nato-1", "nato-2", "nato-3"]


def test_where_nothing_matches_the_near_misses_say_why(store: EmbeddedStore) -> None:
    store.put_articles([make_article("a", "nato")])
    report = backtest(store, parse("nato otters"), SINCE, NOW)
    assert (report.articles, report.newest, report.typical, report.by_day) == (0, (), (), ())
    assert report.alerts == {"story": 0, "fact": 0, "article": 0}
    assert [missed.clause for missed in report.near_misses] == ["otters"]


def test_everything_may_be_asked_of_the_past(store: EmbeddedStore) -> None:
    store.put_articles([make_article("a"), make_article("b", "sport")])
    report = backtest(store, Everything(), SINCE, NOW)
    assert (report.articles, report.near_misses) == (2, ())


def test_the_typical_share_the_words_of_most() -> None:
    usual = [
        make_article(f"u{number}", f"russian diplomats expelled from oslo today {number}")
        for number in range(4)
    ]
    odd = make_article("odd", "otters swim in the quiet river near the mill")
    found = typical([odd, *usual])
    assert found[-1] == odd
    assert found == typical([odd, *usual])
    assert typical([]) == ()


def test_one_story_is_typical_once() -> None:
    copies = [make_article(f"c{number}", "the same words", story="one") for number in range(5)]
    found = typical([*copies, make_article("other", "other words")])
    assert sorted(article.story for article in found) == ["one", "other"]
    many = [make_article(f"a{number}", f"words {number}") for number in range(SHOWN + 5)]
    assert len(typical(many)) == SHOWN


def test_a_report_goes_out_as_json_without_the_texts(store: EmbeddedStore) -> None:
    store.put_articles([make_article("a", "nato and a long text"), make_article("b", "nato russia")])
    body = json.loads(json.dumps(as_json(backtest(store, parse("nato russia"), SINCE, NOW))))
    assert body["alerts"] == {"story": 1, "fact": 1, "article": 1}
    assert body["by_day"] == [{"day": "2026-03-09", "articles": 1}]
    assert body["by_source"] == [{"source": "wire", "articles": 1}]
    assert [article["id"] for article in body["newest"]] == ["b"]
    assert body["near_misses"][0]["clause"] == "russia"
    assert "long text" not in json.dumps(body)


def test_the_recent_share_is_of_the_last_seven_days(store: EmbeddedStore) -> None:
    store.put_articles(
        [make_article("a"), make_article("b", "sport"), make_article("old", "nato", 8 * DAY)],
    )
    assert recent_share(store, parse("nato"), NOW) == Share(matching=1, articles=2)


@pytest.mark.parametrize(
    ("matching", "articles", "too_much"),
    [
        (ENOUGH // 2, ENOUGH, False),
        (ENOUGH // 2 + 1, ENOUGH, True),
        (ENOUGH - 1, ENOUGH - 1, False),
        (0, 0, False),
        (10 * ENOUGH, 10 * ENOUGH, True),
    ],
)
def test_more_than_half_is_too_much_where_there_is_enough(
    matching: int, articles: int, too_much: bool
) -> None:
    assert Share(matching, articles).too_much is too_much
