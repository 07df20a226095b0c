"""The delivery recipe on real brokers: nothing lost by kill -9 or SIGTERM, poison beside its neighbours."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.events import DeadLetter, RawPage
from schemas.topics import ARTICLES, RAW
from services.kit.kafka import Publisher, ensure_topics, read_back
from services.kit.settings import Settings
from services.kit.step import CAPTURE_HEADER, encode
from tests.integration.conftest import Broker

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PATIENCE = 60.0
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def settings(broker: Broker) -> Settings:
    ensure_topics(broker.settings())
    return broker.settings()


@pytest.fixture
def start(broker: Broker, settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Starts workers of one group of their own."""
    group = f"test-{uuid.uuid4().hex[:8]}"
    environment = os.environ | {
        "NEWSWATCH_BROKER": broker.address,
        "NEWSWATCH_DATA": str(tmp_path),
        "NEWSWATCH_BROKER_SESSION_TIMEOUT": str(broker.session_timeout),
    }
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.integration.stream_worker", group]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def publish(settings: Settings, ids: list[str], html: Callable[[int], str] = lambda _: "text") -> None:
    publisher = Publisher(settings)
    for number, id in enumerate(ids):
        page = RawPage(
            capture_id=id,
            url=f"http://a.example/{id}",
            source="a",
            fetched_at=NOW,
            first_seen=NOW,
            revision=number,
            html=html(number),
        )
        publisher.send(RAW, id, encode(page), {CAPTURE_HEADER: id})
    publisher.flush()
    publisher.close()


def outcome(settings: Settings, ids: list[str]) -> tuple[set[str], dict[str, list[str]]]:
    """Ids that came out as articles, and as dead letters (with their reasons)."""
    wanted = set(ids)
    articles = {row["id"] for row in map(json.loads, read_back(settings, ARTICLES))} & wanted
    letters: dict[str, list[str]] = {}
    for letter in map(DeadLetter.model_validate_json, read_back(settings, RAW.dead)):
        if letter.key in wanted:
            letters.setdefault(letter.key, []).append(letter.reason)
    return articles, letters


def wait_for_all(settings: Settings, ids: list[str]) -> tuple[set[str], dict[str, list[str]]]:
    deadline = time.monotonic() + PATIENCE
    while True:
        articles, letters = outcome(settings, ids)
        if len(articles) + len(letters) >= len(ids) or time.monotonic() > deadline:
            return articles, letters
        time.sleep(0.5)


def names(count: int) -> list[str]:
    run = uuid.uuid4().hex[:8]
    return [f"{run}-{number}" for number in range(count)]


def test_poison_becomes_dead_letters_and_its_neighbours_go_on(settings: Settings, start: Start) -> None:
    ids = names(200)
    publish(settings, ids, lambda number: {7: "poison", 8: "refuse"}.get(number % 20, "text"))
    start()
    articles, letters = wait_for_all(settings, ids)
    assert len(articles) == 180
    assert {reason for reasons in letters.values() for reason in reasons} == {"bug", "rejected"}
    assert set(letters) | articles == set(ids)


def test_nothing_is_lost_by_kill_9(settings: Settings, start: Start) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    ids = names(3000)
    process = start()
    time.sleep(5)
    publish(settings, ids)
    for _ in range(2):
        time.sleep(chance.uniform(0.1, 1.5))
        process.kill()
        process.wait()
        process = start()
        time.sleep(3)
    articles, letters = wait_for_all(settings, ids)
    assert set(ids) - articles == set()
    assert letters == {}


def test_sigterm_finishes_what_was_begun_and_loses_nothing(settings: Settings, start: Start) -> None:
    ids = names(3000)
    process = start()
    time.sleep(6)
    publish(settings, ids)
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0
    assert time.monotonic() - began < 10
    start()
    articles, _ = wait_for_all(settings, ids)
    assert set(ids) - articles == set()


def test_a_second_worker_takes_over_without_loss(settings: Settings, start: Start) -> None:
    ids = names(3000)
    first = start()
    time.sleep(5)
    publish(settings, ids[:1500])
    start()
    time.sleep(1)
    publish(settings, ids[1500:])
    time.sleep(2)
    first.kill()
    articles, _ = wait_for_all(settings, ids)
    assert set(ids) - articles == set()
