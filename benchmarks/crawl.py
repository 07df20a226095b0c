"""Pages fetched, archived and put into the outbox a second, from 500 hosts on this machine.

The hosts are addresses of the loopback network, served by another process; the broker is one that takes
everything at once. Each host is a source with feed, sitemap, section page, and a robots.txt of 80 lines.
As peer in the same run: aiohttp alone fetching the same pages.

python -m benchmarks.crawl [--pages 20000] [--hosts 500]
python -m benchmarks.crawl --hosts 10000 --pages 50000     for memory with ten thousand sources
"""

import argparse
import asyncio
import logging
import multiprocessing
import resource
import socket
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from services.crawler.archive import Archive
from services.crawler.crawler import Crawler
from services.crawler.fetch import fetching
from services.crawler.outbox import Outbox
from services.crawler.recorder import Recorder
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit.clock import utc_now
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings

PAGE = b"<html><head><title>A page</title></head><body>" + b"<p>A paragraph of some words.</p>" * 600


ROBOTS = (
    "User-agent: *\n"
    + "".join(f"Disallow: /private-{number}/*?key={number}\n" for number in range(40))
    + "".join(f"User-agent: bot-{number}\nDisallow: /\n" for number in range(20))
)


class Taken:
    """A message that the broker has at once."""

    def add_callback(self, callback: Callable[[Any], None]) -> None:
        callback(None)

    def add_errback(self, callback: Callable[[BaseException], None]) -> None:
        pass


class Broker:
    """Takes everything."""

    def send(self, topic: Any, key: str, value: bytes, headers: Mapping[str, str]) -> Taken:
        return Taken()

    def close(self) -> None:
        pass


def hosts(count: int) -> list[str]:
    return [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)]


def serve(port: int, pages_a_host: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            items = "".join(
                f"<item><title>{number}</title><link>/page-{number}</link></item>"
                for number in range(pages_a_host)
            )
            return web.Response(
                text=f"<rss><channel>{items}</channel></rss>", content_type="application/rss+xml"
            )
        if request.path == "/map.xml":
            rows = "".join(f"<url><loc>/page-{number}</loc></url>" for number in range(pages_a_host))
            return web.Response(text=f"<urlset>{rows}</urlset>", content_type="application/xml")
        if request.path == "/world":
            links = "".join(
                f'<h2><a href="/page-{number}">The headline of page {number}</a></h2>'
                for number in range(pages_a_host)
            )
            return web.Response(text=f"<html><body>{links}</body></html>", content_type="text/html")
        if request.path == "/robots.txt":
            return web.Response(text=ROBOTS)
        body = PAGE + f"{request.host}{request.path}".encode()
        return web.Response(body=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    web.run_app(app, host="0.0.0.0", port=port, print=None, access_log=None)


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def crawl(folder: Path, port: int, names: list[str], pages: int) -> None:
    settings = Settings(data=folder, crawl_delay=0.0, fetch_concurrency=32, page_bytes=1_000_000)
    sources = [
        Source(
            id=f"s{number}",
            name="S",
            feeds=(f"http://{name}:{port}/feed",),
            sitemaps=(f"http://{name}:{port}/map.xml",),
            sections=(f"http://{name}:{port}/world",),
            poll_seconds=3600,
            sample=True,
        )
        for number, name in enumerate(names)
    ]
    metrics = Metrics("crawler")
    health = Health("crawler", metrics, "sources", "broker")
    state = State(folder / "crawler")
    archive = Archive(folder / "archive", settings.archive_bytes, settings.user_agent)
    outbox = Outbox(state=state, connect=Broker, store=None, metrics=metrics, health=health, clock=utc_now)
    async with fetching(settings, utc_now, names) as fetcher:
        crawler = Crawler(
            settings=settings,
            sources=sources,
            state=state,
            recorder=Recorder(state, archive, lambda: str(uuid.uuid4())),
            fetcher=fetcher,
            outbox=outbox,
            metrics=metrics,
            health=health,
            clock=utc_now,
        )
        outbox.start()
        running = asyncio.create_task(crawler.run())
        began, busy, told = time.perf_counter(), time.process_time(), 0.25
        while (fetched := _fetched(metrics)) < pages:
            if running.done():
                running.result()
            if fetched >= told * pages:
                print(f"  {fetched:8,.0f} pages, {resident():5.0f} MB", flush=True)
                told += 0.25
            await asyncio.sleep(0.05)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        print(
            f"crawler: {pages / seconds:,.0f} pages/s, {pages / busy:,.0f} a second of its processor time; "
            f"{resident():.0f} MB"
        )
        running.cancel()
        await asyncio.wait({running})
    await asyncio.to_thread(outbox.stop, 2.0)
    archive.close()
    state.close()


def _fetched(metrics: Metrics) -> float:
    labels = {"kind": "page", "outcome": "ok"}
    return metrics.registry.get_sample_value("newswatch_fetches_total", labels) or 0.0


async def alone(port: int, names: list[str], pages: int) -> None:
    """aiohttp, one request at a time to a host."""
    slots = asyncio.Semaphore(32)
    share = pages // len(names)

    async def fetch_all(session: aiohttp.ClientSession, name: str) -> None:
        for number in range(share):
            async with slots, session.get(f"http://{name}:{port}/page-{number}") as answer:
                await answer.read()

    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        await asyncio.gather(*(fetch_all(session, name) for name in names))
        print(f"aiohttp alone: {share * len(names) / (time.perf_counter() - began):,.0f} pages/s")


def _wait_for(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--pages", type=int, default=20_000)
    reader.add_argument("--hosts", type=int, default=500)
    reader.add_argument("--port", type=int, default=8765)
    chosen = reader.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    names = hosts(chosen.hosts)
    share = min(100, chosen.pages // chosen.hosts)  # a first look takes a hundred entries of a feed
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(chosen.port, share), daemon=True
    )
    server.start()
    _wait_for(chosen.port)
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(crawl(Path(folder), chosen.port, names, share * chosen.hosts))
        asyncio.run(alone(chosen.port, names, share * chosen.hosts))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
