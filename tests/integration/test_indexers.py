"""Two indexers on a real Kafka and Elasticsearch: restarted and killed, they lose and double nothing."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from schemas.events import DeadLetter, ThreadedArticle
from schemas.topics import RAW, THREADED
from services.kit.kafka import Publisher, ensure_topics
from services.kit.settings import Settings
from services.kit.step import encode
from tests.conftest import Cluster
from tests.harness import answers_ready, wait_until

pytestmark = pytest.mark.cluster

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 90.0
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(cluster: Cluster, prefix: str, tmp_path: Path) -> Iterator[Start]:
    environment = os.environ | {
        "NEWSWATCH_BROKER": cluster.kafka,
        "NEWSWATCH_STORE": f"{cluster.elasticsearch}?prefix={prefix}&replicas=0",
        "NEWSWATCH_DATA": str(tmp_path),
        "NEWSWATCH_BROKER_SESSION_TIMEOUT": "10",
    }
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        told = tmp_path / f"ready-{len(started)}"
        here = environment | {"NEWSWATCH_READY_FILE": str(told)}
        started.append(subprocess.Popen([sys.executable, "-m", "services.indexer"], env=here))
        wait_until(lambda: is_ready(told), PATIENCE, "the indexer did not become ready")
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def is_ready(told: Path) -> bool:
    return told.exists() and answers_ready(json.loads(told.read_text(encoding="utf-8")))


def publish(settings: Settings, run: str, numbers: range) -> None:
    """Each article in three revisions, one of them twice, and a dead letter for every tenth, twice."""
    publisher = Publisher(settings)
    for number in numbers:
        for revision in (1, 3, 3, 2):
            article = make_article(f"{run}-{number}", revision, 1 + number % 2)
            publisher.send(THREADED, article.id, encode(article), {})
        if number % 10 == 0:
            letter = DeadLetter(
                id=f"{run}-{number}", service="cleaner", at=NOON, reason="invalid", error="no", topic=RAW.name
            )
            for _ in range(2):
                publisher.send(RAW.dead, letter.id, encode(letter), {})
    publisher.flush()
    publisher.close()


def make_article(id: str, revision: int, month: int) -> ThreadedArticle:
    return ThreadedArticle(
        id=id,
        capture_id=f"{id}-{revision}",
        revision=revision,
        url=f"https://example.org/{id}",
        canonical_url=f"https://example.org/{id}",
        fetched_at=NOON + timedelta(seconds=revision),
        first_seen=NOON.replace(month=month),
        title=f"Revision {revision}",
        text="Norway expels eight diplomats.",
        story=id,
        relation="new",
    )


def there(client: Elasticsearch, prefix: str, kind: str, run: str) -> dict[str, int]:
    """Versions by id; fails where one id is there twice."""
    client.indices.refresh(index=f"{prefix}-*")
    asked = {"prefix": {"id": run}}
    answer = client.search(index=f"{prefix}-{kind}", query=asked, size=10_000, version=True, source=False)
    hits = answer["hits"]["hits"]
    found = {hit["_id"]: int(hit["_version"]) for hit in hits}
    assert len(found) == len(hits), "an article is there twice"
    return found


def test_rolling_restart_and_kill_9_lose_and_double_nothing(
    cluster: Cluster, prefix: str, start: Start
) -> None:
    settings = Settings(broker=cluster.kafka, broker_session_timeout=10.0)
    ensure_topics(settings)
    run, count = uuid.uuid4().hex[:8], 2400
    first, second = start(), start()
    for begun in range(0, count, 400):
        publish(settings, run, range(begun, begun + 400))
        match begun:
            case 400:  # a rolling restart
                first.send_signal(signal.SIGTERM)
                assert first.wait(timeout=20) == 0
                first = start()
            case 800:
                second.send_signal(signal.SIGTERM)
                assert second.wait(timeout=20) == 0
                second = start()
            case 1600:  # and no time to say good-bye
                first.kill()
                first.wait()
                first = start()
            case _:
                time.sleep(1)
    wanted = dict.fromkeys((f"{run}-{number}" for number in range(count)), 3)
    letters = {f"{run}-{number}" for number in range(0, count, 10)}
    deadline = time.monotonic() + PATIENCE
    with Elasticsearch(cluster.elasticsearch) as client:
        while True:
            articles = there(client, prefix, "articles", run)
            dead = there(client, prefix, "dead", run)
            if (articles == wanted and set(dead) == letters) or time.monotonic() > deadline:
                break
            time.sleep(1)
        assert len(articles) == count
        assert articles == wanted, "the highest revision of each"
        assert set(dead) == letters
        assert set(dead.values()) == {1}, "the same letter twice changes nothing"
