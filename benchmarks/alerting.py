"""Deliveries a second: alerts in the store → dispatcher → a webhook on this machine, each noted durably.

The receiver is another process. As a peer, aiohttp posts the same bodies bare, as many at a time, and notes
nothing. How soon an alert is delivered, python -m benchmarks.latency --subscriptions 10000 measures.

python -m benchmarks.alerting [--alerts 5000]
"""

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import aiohttp
from aiohttp import web

from schemas.events import Alert, Channel, Notification, Subscription
from services.alerter.channels.registry import Registry
from services.alerter.dispatch import PER_CHANNEL, Dispatcher
from services.cli.place import free_port
from services.kit.clock import utc_now
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.telling import thread_id
from services.store.embedded.store import EmbeddedStore


def receive(port: int, ready: Event) -> None:
    """Answers 204 to everything."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(run())


def fill(store: EmbeddedStore, url: str, count: int) -> list[Alert]:
    """Alerts of one subscription, each of a story of its own."""
    hook = Channel(kind="webhook", url=url)
    store.put_subscription(Subscription(id="desk", name="Desk", query="event:expulsion", deliver=(hook,)))
    now = utc_now()
    alerts = [
        Alert(
            id=f"{number:064x}",
            subscription="desk",
            subscription_name="Desk",
            query="event:expulsion",
            story=f"{number:064x}",
            thread=thread_id("desk", f"{number:064x}"),
            article_id=f"{number:064x}",
            capture_id="c",
            title="Norway expels eight Russian diplomats",
            url=f"https://courier.example/{number}",
            fetched_at=now,
            created_at=now + timedelta(microseconds=number),
            summary="Norway expelled 8 diplomats of Russia",
            deliver=(hook,),
        )
        for number in range(count)
    ]
    for start in range(0, count, 500):
        store.record_matches(alerts[start : start + 500], [])
    return alerts


async def dispatched(store: EmbeddedStore, settings: Settings) -> float:
    """Seconds until nothing is pending."""
    async with Registry(settings) as senders:
        dispatcher = Dispatcher(store, senders, settings, Metrics("alerter"), utc_now)
        began = time.perf_counter()
        while await dispatcher.round():
            pass
        await dispatcher.drain()
        return time.perf_counter() - began


async def bare(url: str, alerts: list[Alert]) -> float:
    """Seconds that posting alone takes."""
    turns = asyncio.Semaphore(PER_CHANNEL)
    async with aiohttp.ClientSession() as session:

        async def post(alert: Alert) -> None:
            told = Notification(
                id=alert.id, kind="alert", subscription="desk", subscription_name="Desk", alerts=(alert,)
            )
            async with turns, session.post(url, data=told.model_dump_json().encode()) as answer:
                assert answer.status == 204

        began = time.perf_counter()
        await asyncio.gather(*(post(alert) for alert in alerts))
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--alerts", type=int, default=5000)
    options = parser.parse_args()
    port, ready = free_port(), multiprocessing.Event()
    receiver = multiprocessing.Process(target=receive, args=(port, ready), daemon=True)
    receiver.start()
    assert ready.wait(10)
    url = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder))
        store.setup()
        alerts = fill(store, url, options.alerts)
        before = resource.getrusage(resource.RUSAGE_SELF)
        ours = asyncio.run(dispatched(store, Settings(webhook_private_hosts="*")))
        after = resource.getrusage(resource.RUSAGE_SELF)
        assert store.counts().deliveries == 0
        store.close()
    peer = asyncio.run(bare(url, alerts))
    receiver.terminate()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = options.alerts
    print(f"{count} deliveries, each noted durably: {count / ours:,.0f}/s, {count / used:,.0f}/s of CPU time")
    print(f"peer, aiohttp posting alone: {count / peer:,.0f}/s")
    print(f"ratio: {peer / ours:.2f}")


if __name__ == "__main__":
    main()
