"""Seconds from publication at the sample newsroom to the alert at its webhook.

The newsroom publishes at a steady rate; every tenth article is an expulsion that alerts. The wait
until the feed is looked at is counted apart: it is the source's, and a setting. As a peer, one message
goes over the same broker as many times as an article does, without any work between.

python -m benchmarks.latency [--rate 20] [--articles 1200] [--subscriptions 10000]
"""

import argparse
import json
import statistics
import tempfile
import time
import uuid
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from kafka import KafkaConsumer, KafkaProducer

from benchmarks.pages import real_texts
from benchmarks.subscriptions import Generator
from schemas.events import Subscription
from schemas.topics import RAW
from services.kit.kafka import connection, ensure_topics, read_back
from services.kit.settings import Settings
from services.kit.text import fold_tokens
from services.store.embedded.store import EmbeddedStore
from tests.harness import Newswatch, Receiver, newswatch, wait_until

HOPS = 4
PEER_MESSAGES = 200


def slug(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]


def percentiles(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"{name:34} p50 {p50:6.3f} s   p99 {p99:6.3f} s   max {ordered[-1]:6.3f} s   ({len(ordered)})")


def bare_hops(settings: Settings) -> list[float]:
    """Seconds that a message takes over the broker and back, times the hops of an article."""
    ensure_topics(settings)
    topic = RAW.dead.name
    producer = KafkaProducer(**connection(settings), linger_ms=5)
    consumer = KafkaConsumer(topic, **connection(settings), auto_offset_reset="latest", fetch_max_wait_ms=100)
    taken: list[float] = []
    for _ in range(20):
        consumer.poll(timeout_ms=100)
    for _ in range(PEER_MESSAGES):
        mark = uuid.uuid4().bytes
        began = time.perf_counter()
        producer.send(topic, key=b"peer", value=mark)
        found = False
        while not found and time.perf_counter() - began < 10:
            found = any(
                record.value == mark
                for records in consumer.poll(timeout_ms=50).values()
                for record in records
            )
        taken.append((time.perf_counter() - began) * HOPS)
    producer.close()
    consumer.close()
    return taken


def _subscribe(data: Path, count: int) -> None:
    """Others' subscriptions; what they match is told in the console alone."""
    if not count:
        return
    tokens = [f"{fold_tokens(text.title)} {fold_tokens(text.text)}" for text in real_texts()]
    queries = Generator(tokens).queries(count)
    store = EmbeddedStore(data / "store")
    store.setup()
    store.put_subscriptions(
        [
            Subscription(id=f"other-{number}", name=f"Other {number}", query=str(query), deliver=())
            for number, query in enumerate(queries)
        ]
    )
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--subscriptions", type=int, default=0, help="made-up ones beside that")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        data = Path(folder) / "data"
        query = "event:(type:expulsion status:done)"
        newswatch("subscribe", query, "--id", "hook", "--webhook", receiver.url, "--data", str(data))
        _subscribe(data, options.subscriptions)
        rate = ["--newsroom-rate", str(options.rate), "--newsroom-count", str(options.articles)]
        with Newswatch(data, *rate) as running:
            wait_until(
                lambda: running.store.counts().articles >= options.articles, 600, running.log, pause=1.0
            )
            time.sleep(5)
            memory = sum(running.resident_bytes().values())
            captures = {row["capture_id"]: row for row in map(json.loads, read_back(running.settings(), RAW))}
            began = datetime.fromisoformat(min(row["fetched_at"] for row in captures.values())).timestamp()
            poll, rest, whole = [], [], []
            for taken in receiver.alerts.values():
                at, alert = taken[0]
                row = captures[alert.capture_id]
                found = datetime.fromisoformat(row["discovered_at"]).timestamp()
                if alert.published_at is None or found - began < 15:
                    continue  # published while the services were still starting
                poll.append(found - alert.published_at.timestamp())
                rest.append(at - found)
                whole.append(at - alert.published_at.timestamp())
            bare = bare_hops(running.settings())
    print(f"{options.articles} articles at {options.rate:g}/s, {len(receiver.alerts)} alerts")
    percentiles("feed waited to be looked at", poll)
    percentiles("found in the feed → at the webhook", rest)
    percentiles("published → at the webhook", whole)
    percentiles(f"peer: {HOPS} bare hops over the broker", bare)
    print(f"ratio to the peer, p50: {statistics.median(rest) / statistics.median(bare):.2f}")
    print(f"memory of all processes: {memory / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
