"""What `make run` promises, seen from outside: the sample newsroom, watched by the whole pipeline."""

import json
import os
import signal
import socket
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import feedparser

from schemas.events import Alert
from services.kit.query import parse
from tests.e2e.day import EDITION, PUBLIC
from tests.harness import Newswatch, Receiver, alive, newswatch, wait_until


def _alerts(running: Newswatch, subscription: str) -> list[Alert]:
    return running.store.latest_alerts(100, subscription)


def test_every_article_arrives_once_and_what_robots_txt_forbids_does_not(running: Newswatch) -> None:
    articles = running.store.latest_articles(500)
    slugs = Counter(
        urlsplit(article.canonical_url).path.rstrip("/").rsplit("/", 1)[-1] for article in articles
    )
    assert slugs == Counter(publication.slug for publication in PUBLIC)


def test_the_expulsion_its_answer_and_the_closure_alert_once_each(running: Newswatch) -> None:
    expulsions = _alerts(running, "diplomats-expelled")
    told = {(alert.event.actor, alert.event.target, alert.event.count) for alert in expulsions if alert.event}
    assert told == {(("CZ",), ("RU",), 18), (("RU",), ("CZ",), 20)}
    assert len(expulsions) == 2
    assert len(_alerts(running, "missions-closed")) == 1


def test_no_false_friend_is_an_expulsion(running: Newswatch) -> None:
    tagged = running.store.search(parse("event:(type:expulsion status:done)"), limit=200).articles
    false = {publication.slug for publication in EDITION if publication.kind == "false-friend"}
    assert tagged
    assert not {article.canonical_url.rsplit("/", 1)[-1] for article in tagged} & false


def test_copies_name_their_original_and_edits_keep_their_address(running: Newswatch) -> None:
    articles = {article.id: article for article in running.store.latest_articles(500)}
    copies = [article for article in articles.values() if article.relation == "copy"]
    assert len(copies) == sum(publication.kind == "copy" for publication in EDITION)
    # Which of them is the original is for the first to arrive: on a busy machine a reprint may overtake it.
    assert all(articles[copy.original or ""].story == copy.story for copy in copies)
    assert all(articles[copy.original or ""].relation != "copy" for copy in copies)
    edits = [article for article in articles.values() if article.relation == "edit"]
    assert len(edits) == 2
    for edit in edits:
        assert edit.previous_revision is not None
        told = [line for hunk in edit.difference for line in hunk.added]
        assert told
        assert all(line in edit.text or line == edit.title for line in told)


def test_the_screen_names_the_alert_with_its_link_and_the_way_to_real_sources(running: Newswatch) -> None:
    alert = next(
        alert
        for alert in _alerts(running, "diplomats-expelled")
        if alert.event is not None and alert.event.count == 18
    )
    link = f"{running.console}/alerts/{alert.id}"
    wait_until(lambda: link in running.screen.read_text(encoding="utf-8"), 10, "it is not on the screen")
    screen = running.screen.read_text(encoding="utf-8")
    assert "diplomatic expulsion: Czech Republic expelled 18 diplomats of Russia" in screen
    assert "make run SOURCES=" in screen.split("article")[0]
    page = urllib.request.urlopen(link).read().decode()
    assert "Czech Republic expelled 18 diplomats of Russia" in page


def test_the_console_and_its_feed_answer(running: Newswatch) -> None:
    for path in (
        "/",
        "/alerts",
        "/search?q=diplomats",
        "/subscriptions",
        "/dead",
        "/services",
        "/api/counts",
    ):
        with urllib.request.urlopen(running.console + path) as answer:
            assert answer.status == 200
    feed = feedparser.parse(running.console + "/alerts.atom")
    assert not feed.bozo
    assert len(feed.entries) == running.store.counts().alerts


def test_the_command_line_asks_the_same_store(running: Newswatch) -> None:
    data = ["--data", str(running.data)]
    status = newswatch("status", *data)
    assert status.returncode == 0, status.stdout + status.stderr
    assert f"{len(PUBLIC)} articles" in status.stdout
    found = newswatch("search", "event:(type:expulsion actor:CZ target:RU)", "--json", *data)
    assert found.stdout
    assert {json.loads(line)["story"] for line in found.stdout.splitlines()}
    wrong = newswatch("search", "diplomats and russia", *data)
    assert wrong.returncode == 2
    assert "^" in wrong.stderr
    subscribed = newswatch("subscribe", "otters", "--name", "Otters", *data)
    assert subscribed.returncode == 0, subscribed.stderr
    assert "otters" in newswatch("subscriptions", *data).stdout
    assert newswatch("unsubscribe", "otters", *data).returncode == 0
    assert newswatch("unsubscribe", "otters", *data).returncode == 1


def test_a_second_one_in_the_same_folder_is_refused_in_one_line(running: Newswatch) -> None:
    second = newswatch("up", "--data", str(running.data))
    assert second.returncode != 0
    assert second.stderr.count("\n") == 1
    assert f"runs in {running.data} already" in second.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = newswatch("up", "--data", str(tmp_path / "data"), "--port", str(port))
    assert answer.returncode != 0
    assert answer.stderr.strip() == f"console port {port} is in use; choose another with --port"


def test_a_second_start_alerts_soon_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Newswatch(data, "--speed", "4") as first:
        wait_until(lambda: first.store.counts().alerts >= 1, 60, lambda: first.log()[-3000:])
        before = first.store.counts()
        pids = first.pids()
        assert first.stop() == 0
    assert [name for name, pid in pids.items() if alive(pid)] == []
    with Receiver() as receiver, Newswatch(data) as second:
        assert second.store.counts().articles >= before.articles, "what was collected is still there"
        newswatch(
            "subscribe", "event:expulsion", "--id", "hook", "--webhook", receiver.url, "--data", str(data)
        )
        wait_until(lambda: second.store.counts().alerts > before.alerts, 30, lambda: second.log()[-3000:])
        wait_until(lambda: bool(receiver.alerts), 30, lambda: second.log()[-3000:])


def test_kill_9_of_the_parent_leaves_no_orphans(tmp_path: Path) -> None:
    running = Newswatch(tmp_path / "data")
    running.start()
    pids = running.pids()
    os.kill(pids["up"], signal.SIGKILL)
    assert running.process is not None
    running.process.wait()
    wait_until(
        lambda: not any(map(alive, pids.values())), 10, lambda: str({n for n, p in pids.items() if alive(p)})
    )
