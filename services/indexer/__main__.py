"""The indexer's shell: articles and dead letters → store, idempotent."""

import asyncio
from collections.abc import Callable, Sequence

from schemas.topics import DEAD, THREADED
from services.indexer.core import refused, sort
from services.kit.clock import utc_now
from services.kit.metrics import Metrics
from services.kit.service import guarded, start
from services.kit.step import Record
from services.kit.stream import Done, Handle, Result, Stream
from services.store.open import open_store
from services.store.protocol import Store

# More at a time than other services take: stores are quicker with large batches.
BATCH = 500


def putter(store: Store, metrics: Metrics) -> Callable[[Sequence[Record]], Sequence[Result]]:
    """Puts a batch, and tells what became of each record."""
    latency = metrics.latency.labels("indexer")

    def put(records: Sequence[Record]) -> Sequence[Result]:
        batch = sort(records, utc_now())
        if batch.letters:
            store.put_dead(batch.letters)
        outcomes = store.put_articles(list(batch.articles.values())) if batch.articles else []
        now = utc_now()
        results: dict[int, Result] = dict(batch.dead)
        for (place, article), outcome in zip(batch.articles.items(), outcomes, strict=True):
            latency.observe((now - article.fetched_at).total_seconds())
            results[place] = (
                refused(records[place], outcome) if outcome.status == "refused" else Done(outcome.status)
            )
        return [results.get(place, Done("kept")) for place in range(len(records))]

    return put


def handler(store: Store, metrics: Metrics) -> Handle:
    put = putter(store, metrics)

    async def handle(records: Sequence[Record]) -> Sequence[Result]:
        return await asyncio.to_thread(put, records)

    return handle


def main() -> None:
    service = start("indexer", "broker")
    store = open_store(service.settings.store)
    store.setup()
    topics = [THREADED, *DEAD]
    handle = handler(store, service.metrics)
    stream = Stream(
        "indexer", topics, handle, service.settings, service.metrics, service.health, batch_size=BATCH
    )
    stream.run()


if __name__ == "__main__":
    guarded(main)
