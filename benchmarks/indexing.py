"""Articles a second that the indexer puts into a store: messages as they lie in Kafka in, all durable.

Articles are made up, of 3 kB of text each, with events, topics and names. Peers in the same run: for
Elasticsearch the client library's own bulk helper, handed the finished documents; for the embedded store bare
inserts of the compressed messages into SQLite, as many in one transaction. `client alone` counts this
process's processor time.

python -m benchmarks.indexing [--articles 10000] [--elasticsearch URL]
"""

import argparse
import contextlib
import json
import os
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, helpers

from benchmarks.generated_news import News
from schemas.events import Entity, Event, Fact, Span, ThreadedArticle, Topic
from schemas.topics import THREADED
from services.indexer.__main__ import BATCH, putter
from services.kit.metrics import Metrics
from services.kit.step import Record, encode
from services.store.elastic.doc import body_of
from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Store
from tests.elastic import own_prefix

TEXT = 3000  # characters


def articles(count: int) -> list[ThreadedArticle]:
    found: list[ThreadedArticle] = []
    for number, truth in enumerate(News(per_day=20_000).articles(count)):
        tagged = truth.article
        text = (tagged.text * (TEXT // max(1, len(tagged.text)) + 1))[:TEXT]
        tokens = (tagged.text_tokens * (TEXT // max(1, len(tagged.text)) + 1))[:TEXT]
        actor = Event(type="expulsion", actor=("RU",), target=("NO",), count=8, rule="en-expel", score=0.9)
        told = tagged.model_dump() | {
            "id": f"{number:064x}",
            "revision": 1,
            "text": text,
            "text_tokens": tokens,
            "topics": tuple(
                Topic(code=f"medtop:{each}", label="diplomacy", score=0.8, rule="words", evidence=(_span(),))
                for each in range(3)
            ),
            "entities": tuple(Entity(name=f"Name {each}", type="person") for each in range(8)),
            "events": (actor, actor),
            "story": f"{number:064x}",
            "relation": "new",
            "new_facts": (Fact(id=f"{number}", type="expulsion", actor=("RU",), target=("NO",)),),
            "trace": "A" * 400,
        }
        found.append(ThreadedArticle.model_validate(told))
    return found


def _span() -> Span:
    return Span(field="text", start=0, end=8, text="diplomat")


class Clocks:
    """Seconds, on the wall and of this process's processor time."""

    def __init__(self) -> None:
        self.wall, self.processor = -time.perf_counter(), -time.process_time()

    def stop(self) -> None:
        self.wall += time.perf_counter()
        self.processor += time.process_time()


def put_all(store: Store, records: Sequence[Record]) -> Clocks:
    """As the indexer does, batch by batch."""
    put = putter(store, Metrics("indexer"))
    clocks = Clocks()
    for start in range(0, len(records), BATCH):
        results = put(records[start : start + BATCH])
        assert {getattr(result, "status", "") for result in results} == {"stored"}
    clocks.stop()
    return clocks


def bare_bulk(client: Elasticsearch, index: str, bodies: Sequence[dict[str, Any]]) -> Clocks:
    actions = (
        {
            "_index": index,
            "_id": body["id"],
            "_source": body,
            "version": body["revision"],
            "version_type": "external",
        }
        for body in bodies
    )
    clocks = Clocks()
    done, _ = helpers.bulk(client, actions, chunk_size=BATCH, stats_only=True)
    clocks.stop()
    assert done == len(bodies)
    return clocks


def bare_inserts(folder: Path, records: Sequence[Record]) -> Clocks:
    with sqlite3.connect(folder / "bare.sqlite") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE articles (id TEXT PRIMARY KEY, doc BLOB NOT NULL)")
        clocks = Clocks()
        for start in range(0, len(records), BATCH):
            rows = [(each.key, zlib.compress(each.value, 1)) for each in records[start : start + BATCH]]
            connection.executemany("INSERT INTO articles VALUES (?, ?)", rows)
            connection.commit()
        clocks.stop()
    return clocks


def show(name: str, count: int, clocks: Clocks, peer: Clocks | None = None) -> None:
    ratio = ""
    if peer is not None:
        wall, processor = peer.wall / clocks.wall, peer.processor / clocks.processor
        ratio = f"   of the peer {wall:.2f}, by client time {processor:.2f}"
    per_wall, per_processor = count / clocks.wall, count / clocks.processor
    print(f"{name:34} {per_wall:8,.0f}/s   client alone {per_processor:8,.0f}/s{ratio}", flush=True)


def in_turns(one: Callable[[], Clocks], other: Callable[[], Clocks]) -> tuple[Clocks, Clocks]:
    """The quicker of two rounds each, taken in turns: the machine drifts."""
    rounds = [(one(), other()) for _ in range(2)]
    return min((each for each, _ in rounds), key=lambda each: each.wall), min(
        (each for _, each in rounds), key=lambda each: each.wall
    )


def embedded(records: Sequence[Record]) -> None:
    def ours() -> Clocks:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            store = EmbeddedStore(Path(folder))
            store.setup()
            clocks = put_all(store, records)
            store.close()
        return clocks

    def bare() -> Clocks:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            return bare_inserts(Path(folder), records)

    found, peer = in_turns(ours, bare)
    show("embedded store", len(records), found, peer)
    show("peer: bare inserts into SQLite", len(records), peer)


def elasticsearch(url: str, records: Sequence[Record], made: Sequence[ThreadedArticle]) -> None:
    bodies = [json.loads(body_of(each)) for each in made]
    prefixes: list[str] = []
    places = contextlib.ExitStack()
    client = places.enter_context(Elasticsearch(url, request_timeout=60))

    def opened() -> ElasticStore:
        prefixes.append(places.enter_context(own_prefix(url)))
        store = ElasticStore(url, prefixes[-1], options=Options(replicas=0))
        store.setup()
        client.indices.create(index=f"{prefixes[-1]}-articles-2026.03")
        return store

    def ours() -> Clocks:
        store = opened()
        clocks = put_all(store, records)
        store.close()
        return clocks

    def bare() -> Clocks:
        opened().close()
        return bare_bulk(client, f"{prefixes[-1]}-articles-2026.03", bodies)

    with places:
        found, peer = in_turns(ours, bare)
    show("Elasticsearch", len(records), found, peer)
    show("peer: the library's bulk helper", len(records), peer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--elasticsearch", default=os.environ.get("NEWSWATCH_TEST_ELASTICSEARCH"))
    options = parser.parse_args()
    made = articles(options.articles)
    records = [Record(THREADED.name, encode(each), each.id) for each in made]
    size = sum(len(each.value) for each in records) / len(records)
    print(f"{len(records):,} articles, {size / 1000:.1f} kB a message, {BATCH} at a time", flush=True)
    embedded(records)
    if options.elasticsearch:
        elasticsearch(options.elasticsearch, records, made)


if __name__ == "__main__":
    main()
