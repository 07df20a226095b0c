"""The crawler's shell: sources → archive and outbox → news.raw.v1."""

import asyncio
import os
import signal
import sys
import uuid

from schemas.topics import RAW
from services.crawler.addresses import private_hosts
from services.crawler.archive import Archive
from services.crawler.crawler import Crawler
from services.crawler.fetch import fetching
from services.crawler.outbox import Outbox
from services.crawler.recorder import Recorder
from services.crawler.shards import Shard
from services.crawler.sources import Source, SourcesError, load
from services.crawler.state import State
from services.kit import logs
from services.kit.clock import utc_now
from services.kit.kafka import Publisher, ensure_topics
from services.kit.service import EXIT_CONFIGURATION, Service, guarded, start
from services.store.open import open_store

log = logs.get(__name__)


def main() -> None:
    service = start("crawler", "sources", "broker")
    try:
        sources = load(service.settings.sources)
        Shard.parse(service.settings.shard)
    except (SourcesError, ValueError) as error:
        log.error(str(error))
        sys.exit(EXIT_CONFIGURATION)
    asyncio.run(_crawl(service, sources))
    # Threads that wait for a broker must not keep the process; all there is to keep is on disk.
    os._exit(0)


async def _crawl(service: Service, sources: list[Source]) -> None:
    settings = service.settings
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    state = State(settings.data / "crawler")
    archive = Archive(settings.data / "archive", settings.archive_bytes, settings.user_agent)

    def connect() -> Publisher:
        ensure_topics(settings, [RAW, RAW.dead], timeout=5.0)
        return Publisher(settings)

    store = None if settings.broker_durable else open_store(settings.store)
    outbox = Outbox(
        state=state,
        connect=connect,
        store=store,
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
        )
        log.info("watching", sources=len(sources), feeds=sum(len(source.feeds) for source in sources))
        outbox.start()
        running = asyncio.create_task(crawler.run())
        await _until(stopping, running, outbox)
        running.cancel()
        await asyncio.wait({running}, timeout=1.0)
    await asyncio.to_thread(outbox.stop, 2.0)
    archive.close()


async def _until(stopping: asyncio.Event, running: asyncio.Task[None], outbox: Outbox) -> None:
    """Until asked to stop; raises what ended the crawler otherwise."""
    while not stopping.is_set():
        await asyncio.wait(
            {running, asyncio.ensure_future(stopping.wait())}, timeout=1.0, return_when="FIRST_COMPLETED"
        )
        if running.done():
            running.result()
        if outbox.crashed.is_set():
            raise RuntimeError("the outbox stopped")


if __name__ == "__main__":
    guarded(main)
