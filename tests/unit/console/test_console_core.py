import json
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console import core
from services.console.feed import alerts_feed, json_feed
from services.kit.passages import Segment, places, quoted

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


@given(st.lists(st.sampled_from(["one two", "three.", "a\nb"]), max_size=5), PLACES)
def test_paragraphs_lose_only_what_parts_them(parts: list[str], places: list[tuple[int, int]]) -> None:
    found = core.paragraphs("\n\n".join(parts), places)
    assert ["".join(part.text for part in each) for each in found] == parts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-30, "just now"),
        (10, "10 s ago"),
        (61, "1 min ago"),
        (7200, "2 h ago"),
        (86400 * 2, "2 d ago"),
        (86400 * 7, "25 Feb 2026"),
        (-86400, "5 Mar 2026"),
    ],
)
def test_times_in_words(seconds: int, words: str) -> None:
    assert core.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.84, "0.8 s"), (185, "3 min 5 s"), (7260, "2 h 1 min")])
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert core.lasted(seconds) == words


def test_evidence_of_an_older_revision_is_quoted_alone(samples: Any) -> None:
    changed = samples.article(
        text="Quite another text, and long enough to hold the old offsets of the evidence."
    )
    span = samples.span()
    assert quoted(span, changed) == (Segment(span.text, marked=True),)
    assert places([span], changed, "text") == []


@pytest.mark.parametrize(
    ("entry", "answer", "condition", "words"),
    [
        ({"state": "running"}, core.Answer(200), "ready", "ready"),
        ({"state": "running"}, None, "waiting", "starting"),
        (
            {"state": "running"},
            core.Answer(503, {"waiting_for": {"broker": "refused"}}),
            "waiting",
            "waiting for broker: refused",
        ),
        ({"state": "running"}, core.Answer(503, ["odd"]), "waiting", "not ready (HTTP 503)"),
        ({"state": "running"}, core.Answer(error="timed out"), "silent", "does not answer: timed out"),
        ({"state": "restarting"}, core.Answer(200), "stopped", "restarting"),
    ],
)
def test_the_state_of_a_service_in_words(
    entry: dict[str, Any], answer: core.Answer | None, condition: str, words: str
) -> None:
    state = core.service_state("cleaner", entry, answer)
    assert (state.condition, state.words) == (condition, words)


def test_the_summary_names_who_is_amiss() -> None:
    states = [
        core.service_state("crawler", {"state": "running"}, core.Answer(200)),
        core.service_state("tagger", {"state": "stopped"}, None),
    ]
    assert core.summary(states) == "1 of 2 services are ready; not yet: tagger."
    assert core.summary(states[:1]) == "All 1 services are ready."
    assert core.summary(None) == core.NOT_STARTED_HERE


OWN = "http://console.example:8600"


@pytest.mark.parametrize(
    ("host", "origin", "site"),
    [
        ("127.0.0.1:8600", None, None),
        ("127.0.0.1:8600", "http://127.0.0.1:8600", "same-origin"),
        ("[::1]:8600", "http://[::1]:8600", None),
        ("localhost:8600", "http://localhost:8600", "same-origin"),
        ("console:8600", "http://console:8600", None),
        ("10.0.0.2:80", OWN, "same-origin"),
    ],
)
def test_our_own_pages_may_write(host: str, origin: str | None, site: str | None) -> None:
    assert core.foreign(host, origin, site, OWN) is None


@pytest.mark.parametrize(
    ("host", "origin", "site"),
    [
        ("127.0.0.1:8600", "http://evil.example", None),
        ("127.0.0.1:8600", "http://127.0.0.1:9999", None),
        ("127.0.0.1:8600", "null", None),
        ("127.0.0.1:8600", None, "cross-site"),
        ("127.0.0.1:8600", "http://127.0.0.1:8600", "same-site"),
        ("rebound.evil.example:8600", "http://rebound.evil.example:8600", "same-origin"),
    ],
)
def test_pages_of_others_may_not(host: str, origin: str | None, site: str | None) -> None:
    assert core.foreign(host, origin, site, OWN)


@given(st.text(max_size=120))
def test_a_slug_is_an_id_or_empty(name: str) -> None:
    slug = core.slug(name)
    if slug:
        new = core.NewSubscription(name="n", query="q", id=slug)
        assert core.subscription(new, [], NOW).id == slug


def test_refused_subscriptions_say_why() -> None:
    new = core.NewSubscription(name="Łódź news", query="q")
    assert core.subscription(new, [], NOW).id == "lodz-news"
    with pytest.raises(core.Refused, match="'lodz-news' is there already"):
        core.subscription(new, ["lodz-news"], NOW)
    with pytest.raises(core.Refused, match="give one"):
        core.subscription(core.NewSubscription(name="新聞", query="q"), [], NOW)
    with pytest.raises(core.Refused, match="id: "):
        core.subscription(core.NewSubscription(name="n", query="q", id="Not An Id"), [], NOW)
    with pytest.raises(core.Refused, match="no http"):
        core.subscription(core.from_form({"name": "n", "query": "q", "webhook": "file:///etc"}, NOW), [], NOW)
    with pytest.raises(core.Refused, match="query"):
        core.from_form({"name": "n"}, NOW)


def test_the_feed_is_atom(samples: Any) -> None:
    odd = samples.alert("alert-2", summary="<b>bold</b> & \x0bodd", url="javascript:alert(1)")
    feed = feedparser.parse(alerts_feed([samples.alert(), odd], OWN, "expulsions", "Diplomats expelled"))
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id == "urn:newswatch:alerts:expulsions"
    assert feed.feed.title == "newswatch alerts: Diplomats expelled"
    assert feed.feed.updated == "2026-03-04T11:57:01.500Z"
    first, second = feed.entries
    assert first.id == "urn:newswatch:alert:alert-1"
    assert first.title == "NATO expelled 8 diplomats of Russia"
    links = {link["rel"]: link["href"] for link in first.links}
    assert links == {"alternate": f"{OWN}/alerts/alert-1", "via": "https://sample.example/a"}
    assert "expel eight members" in first.summary
    assert (second.title, second.title_detail.type) == ("<b>bold</b> & odd", "text/plain")
    assert [link["rel"] for link in second.links] == ["alternate"]


def test_the_json_feed_says_the_same(samples: Any) -> None:
    odd = samples.alert(id="alert-2", title="<b>bold</b>", url="javascript:alert(1)", summary="", event=None)
    hub = "https://hub.example/"
    feed = json.loads(json_feed([samples.alert(), odd], OWN, "expulsions", "Diplomats expelled", hub))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["feed_url"]) == (
        "newswatch alerts: Diplomats expelled",
        f"{OWN}/alerts.json?subscription=expulsions",
    )
    assert feed["hubs"] == [{"type": "WebSub", "url": hub}]
    first, second = feed["items"]
    assert first["id"] == "urn:newswatch:alert:alert-1"
    assert (first["url"], first["external_url"]) == (f"{OWN}/alerts/alert-1", "https://sample.example/a")
    assert "expel eight members" in first["content_text"]
    assert "external_url" not in second
    assert json_feed([], OWN) == json_feed([], OWN)
    assert "hubs" not in json.loads(json_feed([], OWN))
    atom = feedparser.parse(alerts_feed([], OWN, hub=hub))
    assert {link["rel"]: link["href"] for link in atom.feed.links}["hub"] == hub


def test_an_empty_feed_is_valid_and_always_the_same() -> None:
    body = alerts_feed([], OWN)
    assert body == alerts_feed([], OWN)
    assert not feedparser.parse(body).bozo
