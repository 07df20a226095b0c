"""Why an article alerted, or did not, on an embedded store and a real crawler's state."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.events import Channel, DeadLetter, Event, Fact, Stages, Subscription, ThreadedArticle
from services.alerter.core import alerts
from services.alerter.followed import Subscriptions
from services.cli.__main__ import app
from services.cli.place import Place
from services.crawler.core import Lead
from services.crawler.pulse import Pulse
from services.crawler.state import State
from services.kit.text import fold_tokens
from services.kit.urls import article_id
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Changes

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
URL = "https://news.example/norway"
EXPULSION = Event(type="expulsion", actor=("NO",), target=("RU",), count=8, rule="expulsion.en")
FACT = Fact(id="f8", type="expulsion", actor=("NO",), target=("RU",), count=8)


def article(url: str, title: str, **more: Any) -> ThreadedArticle:
    id = article_id(url)
    return ThreadedArticle.model_validate(
        {
            "id": id,
            "capture_id": "c",
            "revision": 1,
            "url": url,
            "canonical_url": url,
            "source": "courier",
            "source_name": "Courier",
            "discovered_at": NOON,
            "discovered_via": "https://news.example/feed",
            "fetched_at": NOON + SECOND,
            "first_seen": NOON,
            "stages": Stages(
                cleaned_at=NOON + 2 * SECOND, tagged_at=NOON + 3 * SECOND, threaded_at=NOON + 4 * SECOND
            ),
            "title": title,
            "text": title,
            "title_tokens": fold_tokens(title),
            "text_tokens": fold_tokens(title),
            "language": "en",
            "story": article_id(URL),
            "relation": "new",
            **more,
        }
    )


FIRST = article(URL, "Norway expels eight Russian diplomats", events=(EXPULSION,), new_facts=(FACT,))
SECOND_REPORT = article(
    f"{URL}/again",
    "Oslo sends eight diplomats home",
    events=(EXPULSION,),
    relation="follow-up",
    reason="the same expulsion",
    score=0.9,
)
SUBSCRIPTIONS = [
    Subscription(
        id="all", name="All", query="event:expulsion", deliver=(Channel(kind="named", name="mail"),)
    ),
    Subscription(id="facts", name="Facts", query="event:expulsion", every="fact"),
    Subscription(id="german", name="German", query="event:expulsion", languages=("de",)),
    Subscription(id="off", name="Off", query="event:expulsion", enabled=False),
    Subscription(id="wolves", name="Wolves", query="wolf AND norway AND NOT diplomats"),
    Subscription(id="late", name="Late", query="norway", created_at=NOON + timedelta(hours=1)),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    store.put_articles([FIRST, SECOND_REPORT])
    store.put_subscriptions(SUBSCRIPTIONS)
    followed = Subscriptions()
    followed.apply(Changes("1", tuple(each for each in SUBSCRIPTIONS if each.id != "late"), whole=True))
    for each in (FIRST, SECOND_REPORT):
        raised = alerts(each, followed.fulfilled(each), NOON + 5 * SECOND)
        store.record_matches(raised, [])
    (delivery,) = store.claim_deliveries(NOON + 5 * SECOND)
    store.resolve_deliveries([replace(delivery, state="delivered", finished_at=NOON + 6 * SECOND)])
    store.close()
    return tmp_path


def call(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["why", *words, "--data", str(data)], env={"NEWSWATCH_SOURCES": ""})


def test_the_whole_way_with_times(data: Path) -> None:
    told = call(data, URL)
    assert told.exit_code == 0, told.output
    for line in (
        "2026-03-02 12:00:00  discovered  in https://news.example/feed",
        "2026-03-02 12:00:01  fetched     https://news.example/norway",
        "2026-03-02 12:00:02  cleaned     5 words, language en",
        "2026-03-02 12:00:03  tagged      expulsion: NO → RU, 8, done (rule expulsion.en)",
        f"2026-03-02 12:00:04  threaded    begins story {FIRST.story}",
        "new fact: expulsion (event)",
        "2026-03-02 12:00:05  alerted     all: matches",
        "mail: delivered 2026-03-02 12:00:06, 5.0 s after the capture",
        "4 subscriptions do not ask for it",
    ):
        assert line in told.stdout


@pytest.mark.parametrize(
    ("url", "subscription", "reason"),
    [
        (URL, "wolves", "not matched wolves: the article fails wolf; NOT diplomats"),
        (URL, "german", "not asked   german: it is in en, asked for is de"),
        (URL, "off", "not asked   off: the subscription is switched off"),
        (URL, "late", "not asked   late: the article is older than the subscription"),
        (f"{URL}/again", "all", "told before all: this was told already, by Courier: Norway expels eight"),
        (f"{URL}/again", "facts", "nothing new facts: matches, but it is no new fact of what is asked for"),
    ],
)
def test_the_true_reason(data: Path, url: str, subscription: str, reason: str) -> None:
    assert reason in call(data, url, subscription).stdout
    as_json = json.loads(call(data, url, subscription, "--json").stdout)
    assert [each["subscription"] for each in as_json["fates"]] == [subscription]


def test_what_it_raised_it_raised_whatever_became_of_it_since(data: Path) -> None:
    store = EmbeddedStore(data / "store")
    emptied = {"revision": 2, "relation": "edit", "events": (), "new_facts": (), "title": "Oslo was wrong"}
    edited = FIRST.model_copy(update=emptied)
    store.put_articles([edited])
    store.close()
    told = call(data, URL, "all").stdout
    assert "alerted     all: matches" in told
    assert "mail: delivered 2026-03-02 12:00:06" in told


def test_by_the_id_of_article_or_alert(data: Path) -> None:
    assert URL in call(data, FIRST.id).stdout
    store = EmbeddedStore(data / "store")
    (alert,) = store.latest_alerts(subscription="all")
    store.close()
    assert URL in call(data, alert.id).stdout


def test_what_was_refused_says_by_whom_and_what_to_do(data: Path) -> None:
    store = EmbeddedStore(data / "store")
    store.put_dead(
        [
            DeadLetter(
                id="d" * 64,
                service="cleaner",
                at=NOON,
                reason="rejected",
                code="consent",
                error="no article on it: a consent wall",
                topic="news.raw.v1",
                key=article_id("https://news.example/wall"),
            )
        ]
    )
    store.close()
    told = call(data, "https://news.example/wall")
    assert told.exit_code == 0
    assert "refused     by the cleaner (consent, open): no article on it: a consent wall" in told.stdout
    assert "newswatch dead replay dddddddddddd" in told.stdout


def test_bad_questions_get_one_line(data: Path) -> None:
    assert "neither an id" in call(data, "norway").stderr
    assert "no subscription 'nobody'" in call(data, URL, "nobody").stderr
    assert "nowhere" not in call(data, "0" * 64).stdout
    assert call(data, "0" * 64).exit_code == 1


def test_an_address_never_seen(data: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "sources.yaml"
    catalogue.write_text(
        "sources:\n- id: courier\n  name: Courier\n  feeds: [https://feeds.news.example/rss]\n"
        "  home: https://www.news.example/\n",
        encoding="utf-8",
    )

    def ask(url: str) -> str:
        told = call(data, url, "--sources", str(catalogue))
        assert told.exit_code == 1
        return told.stdout

    assert "no crawler has worked in" in ask("https://news.example/x")
    state = State(data / "crawler")
    unread = ask("https://news.example/x")
    assert "courier: never read so far" in unread
    assert "not polled yet: courier was not read so far" in unread
    assert "newswatch sources test courier reads it now" in unread
    waiting = Lead(
        "https://news.example/waits",
        "https://news.example/waits",
        "https://feeds.news.example/rss",
        "courier",
        "T",
        None,
        NOON,
        attempts=2,
    )
    state.discovered(waiting.feed, "", "", [(waiting.url, "1"), ("https://news.example/old", "2")], [waiting])
    assert "no source covers this site" in ask("https://elsewhere.example/x")
    told = ask("https://news.example/x")
    assert "covered by courier" in told
    assert "courier: read, a moment ago for the first time" in told
    assert "not discovered: none of what is watched there has named it" in told
    well = Pulse(success=NOON.timestamp()).dumps()
    with state.database.transaction() as writer:
        writer.execute("INSERT INTO memory VALUES ('source', 'courier', ?)", (well,))
    told = ask("https://news.example/x")
    assert "courier: last read 2026-03-02 12:00:00" in told
    assert "not discovered: none of what is watched there has named it" in told
    told = ask("https://news.example/waits?utm_source=feed")
    assert "found at 2026-03-02 12:00:00 in https://feeds.news.example/rss; to be fetched, due now" in told
    assert "tried 2 times" in told
    assert "named by https://feeds.news.example/rss before newswatch watched" in ask(
        "https://news.example/old"
    )
    state.done(waiting, NOON + SECOND, f"robots.txt of news.example forbids {waiting.url}")
    told = ask("https://news.example/waits")
    assert "asked for at 2026-03-02 12:00:01, and nothing kept: robots.txt of news.example forbids" in told
    assert "newswatch keeps to it" in told
    state.done(waiting, NOON + SECOND, "HTTP 500 Oops; 4 attempts")
    told = ask("https://news.example/waits")
    assert "nothing kept: HTTP 500 Oops; 4 attempts" in told
    assert "newswatch sources health" in told
    state.done(waiting, NOON + SECOND, "the page there is https://news.example/other")
    assert "ask newswatch why of that address" in ask("https://news.example/waits")
    state.close()
    nobody = call(data, "https://news.example/x")
    assert nobody.exit_code == 1
    assert "which sources are watched is not known" in nobody.stdout
    Place(data).write_running({"sources": str(catalogue)})
    assert "covered by courier" in call(data, "https://news.example/x").stdout
