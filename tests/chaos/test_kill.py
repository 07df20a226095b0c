"""kill -9 of every process, again and again, under load: nothing is lost and nothing is told twice."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.newsroom import core, library
from services.newsroom.core import Publication
from tests.harness import STAGES, Newswatch, Receiver, newswatch, wait_until

ARTICLES = 500
RATE = 20
ROUNDS = 5
PATIENCE = 240

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


def published() -> list[Publication]:
    """What the newsroom of a first start publishes."""
    return list(core.stream(library.load(), RATE, ARTICLES, datetime.now(UTC), seed=1))


def slug(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]


def missing(running: Newswatch) -> str:
    """What was published and is not in the store."""
    stored = {slug(article.canonical_url) for article in running.store.latest_articles(ARTICLES * 2)}
    lost = sorted({publication.slug for publication in published()} - stored)
    archived = sum(path.stat().st_size for path in (running.data / "archive").glob("*"))
    return f"{len(lost)} missing: {lost[:20]} (archive {archived} bytes)\n{running.log()[-2000:]}"


@pytest.mark.parametrize("victim", [*STAGES, "broker"])
def test_nothing_is_lost_and_nothing_told_twice(victim: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"victim {victim}, seed {seed}")
    chance = random.Random(seed)
    expected = {publication.slug for publication in published()}
    events = sum(bool(publication.expected) for publication in published())
    data = tmp_path / "data"
    subscribed = "event:(type:expulsion status:done)"
    with Receiver() as receiver:
        newswatch("subscribe", subscribed, "--id", "hook", "--webhook", receiver.url, "--data", str(data))
        options = ["--newsroom-rate", str(RATE), "--newsroom-count", str(ARTICLES)]
        with Newswatch(data, *options) as running:
            for _ in range(ROUNDS):
                time.sleep(chance.uniform(1.0, 4.0))
                running.kill(victim)
                # The newsroom's feeds hold some seconds: a crawler that is away for longer misses some.
                time.sleep(1.0)
                wait_until(running.ready, 60, running.log, pause=0.1)
            wait_until(
                lambda: running.store.counts().articles >= ARTICLES and len(receiver.alerts) >= events,
                PATIENCE,
                lambda: f"{running.store.counts()}, {len(receiver.alerts)} of {events}; {missing(running)}",
            )
            time.sleep(3.0)
            stored = [slug(article.canonical_url) for article in running.store.latest_articles(ARTICLES * 2)]
            alerts = running.store.latest_alerts(ARTICLES * 2, "hook")
            restarts = running.running()["services"][victim]["restarts"]
    assert sorted(stored) == sorted(expected), "ids in the store are the ids published, each once"
    assert restarts >= ROUNDS
    assert len(alerts) == events
    told = [alert.id for taken in receiver.alerts.values() for _, alert in taken[:1]]
    assert sorted(told) == sorted(alert.id for alert in alerts), (
        "each alert reached the webhook, under one key"
    )
    repeated = sum(len(taken) - 1 for taken in receiver.alerts.values())
    # Only the alerter's death between the answer and its note repeats a request, with the same key.
    assert repeated == 0 or victim == "alerter"
    assert running.store.counts().dead_letters == 0
