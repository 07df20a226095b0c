"""The crawler's shell: sources → archive and outbox → news.raw.v1."""

import argparse
import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Sequence

from schemas.topics import RAW
from services.crawler.archive import Archive
from services.crawler.crawler import Crawler
from services.crawler.fetch import fetching
from services.crawler.outbox import Outbox
from services.crawler.recorder import Recorder
from services.crawler.shards import Shard
from services.crawler.sources import Source, SourcesError, load
from services.crawler.state import State
from services.kit import logs
from services.kit.addresses import private_hosts
from services.kit.clock import utc_now
from services.kit.kafka import Publisher, ensure_topics
from services.kit.service import EXIT_CONFIGURATION, Service, guarded, start
from services.kit.settings import Settings
from services.kit.urls import article_id
from services.store.open import open_store

log = logs.get(__name__)


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m services.crawler", description=__doc__)
    reader.add_argument(
        "--shard", metavar="I/N", help="instead of NEWSWATCH_SHARD: 2/3 is the second of three"
    )
    asked = reader.parse_args().shard
    service = start("crawler", "sources", "broker")
    settings = service.settings.model_copy(update={"shard": asked}) if asked else service.settings
    try:
        sources = load(settings.sources)
        Shard.parse(settings.shard)
    except (SourcesError, ValueError) as error:
        log.error(str(error))
        sys.exit(EXIT_CONFIGURATION)
    asyncio.run(_crawl(service, settings, sources))
    # Threads that wait for a broker must not keep the process; all there is to keep is on disk.
    os._exit(0)


async def _crawl(service: Service, settings: Settings, sources: list[Source]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    state = State(settings.data / "crawler")
    archive = Archive(settings.data / "archive", settings.archive_bytes, settings.user_agent)

    def connect() -> Publisher:
        ensure_topics(settings, [RAW, RAW.dead], timeout=5.0)
        return Publisher(settings)

    store = open_store(settings.store)

    def stored(addresses: Sequence[str]) -> set[str]:
        by_id = {article_id(address): address for address in addresses}
        return {by_id[id] for id in store.known(list(by_id))}

    outbox = Outbox(
        state=state,
        connect=connect,
        store=None if settings.broker_durable else store,
        metrics=service.metrics,
        health=service.health,
        clock=utc_now,
    )
    recorder = Recorder(state, archive, lambda: str(uuid.uuid4()))
    samples = [way.url for source in sources if source.sample for way in source.ways]
    async with fetching(settings, utc_now, private_hosts(settings.private_hosts, samples)) as fetcher:
        crawler = Crawler(
            settings=settings,
            sources=sources,
            state=state,
            recorder=recorder,
            fetcher=fetcher,
            outbox=outbox,
            metrics=service.metrics,
            health=service.health,
            clock=utc_now,
            stored=stored,
            rejected=store.rejected,
            told=store.put_source_health,
        )
        log.info("watching", sources=len(sources), feeds=sum(len(source.feeds) for source in sources))
        outbox.start()
        running = asyncio.create_task(crawler.run())
        await _until(stopping, running, outbox, crawler)
        running.cancel()
        await asyncio.wait({running}, timeout=1.0)
    await asyncio.to_thread(outbox.stop, 2.0)
    archive.close()


async def _until(
    stopping: asyncio.Event, running: asyncio.Task[None], outbox: Outbox, crawler: Crawler
) -> None:
    """Until asked to stop, or nothing is left to do; raises what ended the crawler otherwise."""
    while not stopping.is_set():
        await asyncio.wait(
            {running, asyncio.ensure_future(stopping.wait())}, timeout=1.0, return_when="FIRST_COMPLETED"
        )
        if running.done():
            running.result()
        if outbox.crashed.is_set():
            raise RuntimeError("the outbox stopped")
        if crawler.retired():
            log.info("retired: all pages of this crawler are published; its folder is not needed any more")
            return


if __name__ == "__main__":
    guarded(main)
