"""A mapping changes on a real Elasticsearch while two indexers write: nothing is lost, nothing is double."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from elasticsearch import Elasticsearch

from schemas.events import DeadLetter, ThreadedArticle
from services.kit.query.tree import Word
from services.kit.text import fold_tokens
from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.protocol import StoreUnavailable
from tests.conftest import Cluster

pytestmark = pytest.mark.cluster

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = Options(replicas=0)


def opened(cluster: Cluster, prefix: str) -> ElasticStore:
    return ElasticStore(cluster.elasticsearch, prefix, options=OPTIONS, first_pause=0.05)


def article(name: str, revision: int, month: int) -> ThreadedArticle:
    text = f"word{revision} expelled diplomats"
    return ThreadedArticle(
        id=name,
        capture_id=f"{name}-{revision}",
        revision=revision,
        url=f"https://example.org/{name}",
        canonical_url=f"https://example.org/{name}",
        fetched_at=NOON + timedelta(seconds=revision),
        first_seen=NOON.replace(month=month),
        title=name,
        text=text,
        language="en",
        title_tokens=fold_tokens(name),
        text_tokens=fold_tokens(text),
        story=name,
        relation="new",
    )


def letter(name: str) -> DeadLetter:
    return DeadLetter(id=name, service="cleaner", at=NOON, reason="invalid", error="no", topic="t")


class Writer:
    """Puts articles in three revisions each, and dead letters, until told to stop; waits as services do."""

    def __init__(self, store: ElasticStore, name: str) -> None:
        self.store = store
        self.name = name
        self.put: dict[str, int] = {}
        self.waits = 0
        self.failure: BaseException | None = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        number = 0
        try:
            while not self.stopping.is_set():
                some = [f"{self.name}-{number + each}" for each in range(40)]
                for revision in (1, 3, 2):
                    batch = [article(name, revision, 1 + place % 3) for place, name in enumerate(some)]
                    self.surely(partial(self.store.put_articles, batch))
                self.surely(partial(self.store.put_dead, [letter(f"{self.name}-{number}")]))
                self.put |= dict.fromkeys(some, 3)
                number += 40
        except BaseException as error:  # noqa: BLE001
            self.failure = error

    def surely(self, put: Callable[[], object]) -> None:
        while True:
            try:
                put()
            except StoreUnavailable:
                self.waits += 1
            else:
                return

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        if self.failure is not None:
            raise self.failure


def test_a_mapping_changes_while_two_indexers_write(cluster: Cluster, prefix: str) -> None:
    with Elasticsearch(cluster.elasticsearch) as client:
        # As an older newswatch would have made it: another type for one field.
        client.indices.create(
            index=f"{prefix}-articles-2026.02",
            settings={"number_of_replicas": 0},
            mappings={"properties": {"source_name": {"type": "text"}}},
            aliases={f"{prefix}-articles": {}},
        )
        old = opened(cluster, prefix)
        with pytest.raises(StoreUnavailable, match=r"source_name as type text, .*index reindex"):
            old.setup()
        flaws = {each.name: each.way_out for each in old.inspect() if each.flaw}
        assert flaws[f"{prefix}-articles-2026.02"] == "newswatch index reindex"

        # The others are made by what newswatch wants, so that there is something to write to meanwhile.
        assert list(old.rebuild())
        old.setup()
        writers = [Writer(opened(cluster, prefix), name) for name in ("a", "b")]
        while not all(writer.put for writer in writers):
            time.sleep(0.05)
        before = [len(writer.put) for writer in writers]
        lines = list(old.rebuild(everything=True))
        for writer in writers:
            writer.stop()
        assert all(len(writer.put) > count for writer, count in zip(writers, before, strict=True))
        assert {line.split()[-2] for line in lines if line.endswith(" now")} >= {
            f"{prefix}-v2-articles-2026.01",
            f"{prefix}-v3-articles-2026.02",  # for the second time
            f"{prefix}-v2-articles-2026.03",
            f"{prefix}-v2-dead",
        }

        put = writers[0].put | writers[1].put
        client.indices.refresh(index=f"{prefix}-*")
        hits = client.search(
            index=f"{prefix}-articles",
            size=10_000,
            version=True,
            source_includes=["revision"],
            track_total_hits=True,
        )["hits"]
        assert hits["total"]["value"] == len(put), "nothing lost, nothing double"
        assert {hit["_id"]: hit["_version"] for hit in hits["hits"]} == put
        assert {hit["_source"]["revision"] for hit in hits["hits"]} == {3}
        assert old.search(Word("word3"), limit=0).total == len(put)
        letters = client.count(index=f"{prefix}-dead")["count"]
        assert letters == sum(len(writer.put) // 40 for writer in writers)
        stories = client.count(index=f"{prefix}-stories")["count"]
        assert stories == len(put), "each article opened a story of its own"
        read = client.count(
            index=f"{prefix}-articles", query={"match_phrase": {"stemmed.en.text": "expelled diplomats"}}
        )
        assert read["count"] == len(put)
        assert [each for each in old.inspect() if each.flaw] == []
        assert list(old.rebuild()) == [], "twice is no harm"
        for writer in writers:
            writer.store.close()
        old.close()


def test_one_that_was_killed_is_told_and_its_place_taken(cluster: Cluster, prefix: str) -> None:
    store = opened(cluster, prefix)
    store.setup()
    store.put_articles([article("a", 1, 1)])
    steps = store.rebuild(everything=True)
    next(step for step in steps if "articles" in step)  # an index is half made ...
    with Elasticsearch(cluster.elasticsearch) as client:
        client.indices.add_block(index=f"{prefix}-articles-2026.01", block="write")
        del steps  # ... and its maker was killed while nobody could write
        flaws = {each.name: each.way_out for each in store.inspect() if each.flaw}
        assert "newswatch index reindex --again" in flaws[f"{prefix}-v2-articles-2026.01"]
        assert "newswatch index reindex --again" in flaws[f"{prefix}-articles-2026.01"]
        with pytest.raises(StoreUnavailable, match="--again begins anew"):
            list(store.rebuild(everything=True))
        list(store.rebuild(again=True))
        assert [each for each in store.inspect() if each.flaw] == []
        assert store.put_articles([article("a", 2, 1)])[0].status == "stored"
    store.close()


def test_what_a_newer_newswatch_made_is_left_alone(cluster: Cluster, prefix: str) -> None:
    store = opened(cluster, prefix)
    store.setup()
    newer = {"newswatch": {"schema": 99, "fingerprint": "of another time"}}
    with Elasticsearch(cluster.elasticsearch) as client:
        client.indices.put_mapping(
            index=f"{prefix}-dead", meta=newer, properties={"of_then": {"type": "date"}}
        )
        store.setup()
        assert (
            client.indices.get_mapping(index=f"{prefix}-dead")[f"{prefix}-dead"]["mappings"]["_meta"] == newer
        )
    assert {each.way_out for each in store.inspect() if each.flaw} == {"upgrade newswatch"}
    with pytest.raises(StoreUnavailable, match="newer newswatch"):
        list(store.rebuild())
    store.close()
