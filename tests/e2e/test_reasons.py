"""A day of the sample newsroom: who was told what, and why of everything else not."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from schemas.events import Alert, RawPage, ThreadedArticle
from schemas.topics import RAW
from services.kit.kafka import Publisher
from services.kit.step import encode
from services.kit.urls import article_id, canonical
from tests.e2e.day import EDITION, PUBLIC, Desk, why
from tests.harness import Newswatch, newswatch, wait_until

EXPULSION = (("CZ",), ("RU",), 18)
ANSWER = (("RU",), ("CZ",), 20)


def what(alert: Alert) -> tuple[tuple[str, ...], tuple[str, ...], int | None]:
    assert alert.event is not None
    return alert.event.actor, alert.event.target, alert.event.count


def told(desk: Desk, subscription: str) -> list[Alert]:
    """What the receiver got of a subscription, each with how often it came."""
    came = [got for got in desk.hook.alerts.values() if got[0][1].subscription == subscription]
    assert all(len(got) == 1 for got in came), "something came twice"
    return [got[0][1] for got in sorted(came, key=lambda got: got[0][0])]


def by_slug(running: Newswatch) -> dict[str, ThreadedArticle]:
    return {each.canonical_url.rsplit("/", 1)[-1]: each for each in running.store.latest_articles(500)}


def published(running: Newswatch, start: str) -> ThreadedArticle:
    """The article of a story of the newsroom, by the beginning of its id."""
    (one,) = [each for each in EDITION if each.id.startswith(start)]
    return by_slug(running)[one.slug]


def test_every_planted_event_is_told_once_and_follow_ups_only_on_new_facts(
    running: Newswatch, desk: Desk
) -> None:
    alerts = told(desk, "desk")
    assert sorted(map(what, alerts)) == sorted([EXPULSION, ANSWER])
    expulsion, answer = sorted(alerts, key=lambda each: what(each) == ANSWER)
    assert (answer.news, answer.answers) == ("answer", expulsion.story), "it is linked to its cause"
    assert expulsion.quotes
    assert any(quote.marks for quote in expulsion.quotes)
    assert len(running.store.latest_alerts(100, "missions-closed")) == 1
    tellers = [each for each in by_slug(running).values() if each.story in {answer.story, expulsion.story}]
    assert len(tellers) > 8, "many told it; one of each was told on"


def test_false_friends_are_silent(running: Newswatch) -> None:
    articles = by_slug(running)
    false = {articles[each.slug].id for each in EDITION if each.kind == "false-friend"}
    assert len(false) == 7
    assert not false & {alert.article_id for alert in running.store.latest_alerts(500)}


def fate(running: Newswatch, article: ThreadedArticle, subscription: str) -> tuple[str, str, list[str]]:
    """Verdict, why, and of each delivery its state and reason."""
    status, found = why(running, article.canonical_url, subscription)
    assert (status, found["known"], found["not_seen_because"]) == (0, True, [])
    stages = [step["stage"] for step in found["steps"] if step["at"]]
    assert stages == ["published", "discovered", "fetched", "cleaned", "tagged", "threaded"]
    moments = [step["at"] for step in found["steps"][1:]]
    assert moments == sorted(moments)
    (one,) = found["fates"]
    ways = [": ".join(filter(None, (way["state"], way["reason"]))) for way in one["deliveries"]]
    return one["verdict"], one["why"], ways


def first_told(running: Newswatch, subscription: str, event: object = EXPULSION) -> ThreadedArticle:
    """The article by which a subscription was told of an event."""
    alerts = running.store.latest_alerts(100, subscription)
    found = running.store.article(next(each.article_id for each in reversed(alerts) if what(each) == event))
    assert found is not None
    return found


def retold(running: Newswatch, relation: str) -> ThreadedArticle:
    """One that tells the expulsion once more."""
    first = first_told(running, "desk")
    return next(
        each
        for each in by_slug(running).values()
        if each.relation == relation and each.story == first.story and not each.new_facts
    )


def test_why_of_what_was_read(running: Newswatch) -> None:
    """Ten articles and more, each with another reason."""
    first = first_told(running, "desk")
    verdict, because, ways = fate(running, first, "desk")
    assert (verdict, because.startswith("matches by “"), ways) == ("alerted", True, ["delivered"])

    assert fate(running, retold(running, "follow-up"), "desk") == (
        "nothing new",
        "matches, but it is no new fact of what is asked for (alerts once for each fact)",
        [],
    )
    assert fate(running, retold(running, "copy"), "flooded") == (
        "nothing new",
        "matches, but it is a copy (alerts once for each article)",
        [],
    )
    verdict, because, _ = fate(running, retold(running, "follow-up"), "diplomats-expelled")
    assert (verdict, because.startswith("this was told already, by ")) == ("told before", True)

    footballer = published(running, "ff-footballer")
    no: tuple[str, str, list[str]]
    no = ("not matched", "the article fails event:(type:expulsion status:done)", [])
    assert fate(running, footballer, "desk") == no
    _, found = why(running, footballer.canonical_url)
    assert {step["stage"]: step["told"] for step in found["steps"]}["tagged"][-1].count("expulsion:") == 0

    history = published(running, "ff-history")
    assert fate(running, history, "desk") == no
    _, found = why(running, history.id)
    tagged = "\n".join({step["stage"]: step["told"] for step in found["steps"]}["tagged"])
    assert ", historical (rule " in tagged

    verdict, _, ways = fate(running, first_told(running, "hushed"), "hushed")
    assert (verdict, ways) == ("alerted", ["dropped: silenced by drill: exercise"])
    verdict, _, (way,) = fate(running, first_told(running, "night"), "night")
    assert (verdict, way.startswith("pending: quiet hours until ")) == ("alerted", True)
    verdict, _, (way,) = fate(running, first_told(running, "careful"), "careful")
    assert (verdict, way.startswith("pending: reported by ")) == ("alerted", True)
    assert way.endswith(" of 50 independent outlets")
    verdict, _, (way,) = fate(running, first_told(running, "weekly"), "weekly")
    assert (verdict, way.startswith("pending: for the digest of ")) == ("alerted", True)
    assert way.endswith(" 07:30 UTC")
    verdict, _, ways = fate(running, first_told(running, "yielding"), "yielding")
    assert (verdict, ways) == ("alerted", ["dropped: told in this channel by desk already"])

    flooded = [fate(running, each, "flooded")[2][0] for each in own_reports(running)]
    assert flooded.count("delivered") == 1
    limited = "pending: more than 1 in an hour"
    behind = "pending: an older alert of its thread comes first, and waits: more than 1 in an hour"
    assert set(flooded) <= {"delivered", limited, behind}
    assert limited in flooded

    verdict, because, _ = fate(running, first, "icelandic")
    assert (verdict, because) == ("not asked", f"it is in {first.language}, asked for is is")
    newswatch("subscribe", "diplomats", "--id", "late", "--data", str(running.data))
    late = fate(running, first, "late")
    newswatch("unsubscribe", "late", "--data", str(running.data))
    assert late == ("not asked", "the article is older than the subscription", [])


def own_reports(running: Newswatch) -> Iterable[ThreadedArticle]:
    alerts = running.store.latest_alerts(100, "flooded")
    return [found for each in alerts if (found := running.store.article(each.article_id)) is not None]


def test_why_of_what_was_never_seen(running: Newswatch) -> None:
    somewhere = next(iter(by_slug(running).values())).canonical_url
    host = f"http://{urllib.parse.urlsplit(somewhere).netloc}"

    def ask(url: str, *more: str) -> list[str]:
        status, found = why(running, url, *more)
        assert (status, found["known"]) == (1, False)
        told: list[str] = found["not_seen_because"]
        return told

    forbidden = f"{host}{next(each for each in EDITION if each not in PUBLIC).path}"
    reasons = ask(forbidden)
    assert reasons[0].startswith("covered by sample-")
    assert f"nothing kept: robots.txt of {host.removeprefix('http://')} forbids" in reasons[-2]
    assert "newswatch keeps to it" in reasons[-1]
    asked = urllib.parse.urlencode({"what": forbidden})
    with urllib.request.urlopen(f"{running.console}/api/why?{asked}") as answer:
        by_console = json.loads(answer.read())["not_seen_because"]
    assert by_console[-2:] == reasons[-2:], "the console asks the crawler"

    assert ask(f"{host}/meridian/never-published")[-2].startswith("not discovered: ")
    assert ask("https://nobody-watches.example/x")[0] == "no source covers this site"
    catalogue = running.data / "more.yaml"
    catalogue.write_text(
        "sources:\n- id: courier\n  name: Courier\n  feeds: [https://courier.example/feed]\n",
        encoding="utf-8",
    )
    reasons = ask("https://courier.example/x", "--sources", str(catalogue))
    assert reasons[-2:] == [
        "not polled yet: courier was not read so far",
        "wait for its first look; newswatch sources test courier reads it now",
    ]


def test_why_of_what_was_refused(running: Newswatch) -> None:
    url = "https://walled.example/story"
    now = datetime.now(UTC)
    page = RawPage(
        capture_id="walled",
        url=url,
        source="walled",
        fetched_at=now,
        first_seen=now,
        revision=1,
        html="<html><head><title>Nothing</title></head><body></body></html>",
    )
    publisher = Publisher(running.settings())
    publisher.settle([publisher.send(RAW, article_id(canonical(url)), encode(page), {})])
    publisher.close()

    def refused() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = why(running, url)[1]["dead"]
        return found

    wait_until(lambda: bool(refused()), 20, lambda: running.log()[-2000:])
    (letter,) = refused()
    assert (letter["service"], letter["reason"], letter["state"]) == ("cleaner", "rejected", "open")
    shown = newswatch("why", url, "--data", str(running.data))
    assert shown.returncode == 0
    assert "refused     by the cleaner (" in shown.stdout
    assert "newswatch dead replay" in shown.stdout
