"""Whatever is replayed, nothing is sent again; and history is recorded without telling anybody."""

import re
import urllib.request
from datetime import UTC, datetime

import pytest

from schemas.events import Message
from schemas.topics import ARTICLES, RAW, TAGGED, THREADED, Topic
from services.kit.kafka import Publisher, read_back
from tests.e2e.day import EXPELLED, Desk, matched
from tests.harness import Newswatch, newswatch, wait_until

REFUSED = 5  # pages at most that earlier tests had refused: they do not come so far


class Sent:
    """What was raised and sent so far, and how many articles the alerter has seen."""

    def __init__(self, running: Newswatch, desk: Desk) -> None:
        self._running = running
        self._desk = desk
        self.before = self.now()
        self._seen = matched(self._running)

    def now(self) -> set[tuple[str, str]]:
        store = self._running.store
        alerts = store.latest_alerts(500)
        deliveries = [each for alert in alerts for each in store.deliveries(alert.id)]
        return {
            *((alert.subscription, alert.model_dump_json()) for alert in alerts),
            *((each.id, each.state) for each in deliveries),
            ("requests", str(self._desk.hook.requests)),
        }

    def settle(self, messages: int) -> None:
        """Wait until the alerter has seen so many more."""
        wait_until(
            lambda: matched(self._running) >= self._seen + messages,
            60,
            lambda: f"{matched(self._running)} of {self._seen} + {messages}\n{self._running.log()[-2000:]}",
        )


@pytest.fixture
def sent(running: Newswatch, desk: Desk) -> Sent:
    return Sent(running, desk)


def replay(running: Newswatch, *words: str) -> int:
    """How many pages the command published."""
    ran = newswatch("replay", *words, "--data", str(running.data))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    pages = re.search(r"(\d+) page", ran.stdout)
    assert pages is not None, ran.stdout
    return int(pages[1])


@pytest.mark.parametrize("what", ["a WARC file", "the whole archive", "a whole month"])
def test_no_archive_sends_anything_again(running: Newswatch, sent: Sent, what: str) -> None:
    archive = running.data / "archive"
    now = datetime.now(UTC)
    month = f"{now:%Y-%m}-01"
    next_month = f"{now.year + now.month // 12}-{now.month % 12 + 1:02}-01"
    words = {
        "a WARC file": [str(min(archive.glob("*.warc.gz")))],
        "the whole archive": [str(archive)],
        "a whole month": [str(archive), "--since", month, "--until", next_month],
    }[what]
    pages = replay(running, *words)
    assert pages > 60
    sent.settle(pages)
    assert sent.now() ^ sent.before == set()


@pytest.mark.parametrize("topic", [RAW, ARTICLES, TAGGED, THREADED], ids=lambda topic: str(topic.name))
def test_no_topic_sends_anything_again(running: Newswatch, sent: Sent, topic: Topic[Message]) -> None:
    settings = running.settings()
    values = list(dict.fromkeys(read_back(settings, topic)))
    assert len(values) > 60
    publisher = Publisher(settings)
    publisher.settle([publisher.send(topic, f"again-{at}", value, {}) for at, value in enumerate(values)])
    publisher.close()
    sent.settle(len(values) - REFUSED)
    assert sent.now() ^ sent.before == set()


def test_history_is_recorded_and_told_to_nobody(running: Newswatch, desk: Desk) -> None:
    asked = newswatch(
        *("subscribe", EXPELLED, "--id", "historian", "--webhook", desk.hook.url),
        *("--data", str(running.data)),
    )
    assert asked.returncode == 0, asked.stderr
    sent = Sent(running, desk)
    requests = desk.hook.requests
    pages = replay(running, str(running.data / "archive"), "--backfill")
    sent.settle(pages)
    store = running.store
    alerts = store.latest_alerts(100, "historian")
    assert {alert.backfill for alert in alerts} == {True}
    assert len(alerts) == 2
    assert [store.deliveries(alert.id) for alert in alerts] == [[], []]
    assert desk.hook.requests == requests
    assert len(store.latest_alerts(100, "desk")) == 2, "who was told before has no second alert"
    told = newswatch("why", alerts[0].article_id, "historian", "--data", str(running.data))
    assert "history     historian: read in later: recorded, and delivered nowhere" in told.stdout
    page = urllib.request.urlopen(f"{running.console}/alerts/{alerts[0].id}").read().decode()
    assert "It is history that was read in later: nobody is told." in page
    # It is known by now: the same without the mark tells nobody either.
    sent = Sent(running, desk)
    sent.settle(replay(running, str(running.data / "archive")))
    assert sent.now() ^ sent.before == set()
    newswatch("unsubscribe", "historian", "--data", str(running.data))
