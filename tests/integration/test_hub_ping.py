"""A WebSub hub that is told of new alerts, or does not answer, or is none of the public internet."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from services.alerter.hub import HubPing
from services.kit.settings import Settings

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def told(answering: Answering, *changes: list[str], private: str = "*") -> list[list[str]]:
    """The addresses of each request that the hub got."""
    got: list[list[str]] = []

    async def hub(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        assert form["hub.mode"] == "publish"
        got.append([str(each) for each in form.getall("hub.url")])
        return await answering(request)

    app = web.Application()
    app.router.add_post("/", hub)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    ping = HubPing(
        Settings(
            feed_hub=f"http://127.0.0.1:{port}/",
            console_url="https://news.example/",
            webhook_private_hosts=private,
            webhook_timeout=0.3,
        ),
        pause=0.02,
    )
    task = asyncio.ensure_future(ping.run())
    for change in changes:
        ping.changed(change)
        await asyncio.sleep(0.2)
    assert not task.done(), "nothing that a hub does ends it"
    task.cancel()
    await runner.cleanup()
    return got


async def well(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def broken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def hangs(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


def test_feeds_that_changed_are_told_once() -> None:
    first, second = asyncio.run(told(well, ["desk", "desk", "a b"], ["desk"]))
    assert first == [
        "https://news.example/alerts.atom",
        "https://news.example/alerts.json",
        "https://news.example/alerts.atom?subscription=a%20b",
        "https://news.example/alerts.json?subscription=a%20b",
        "https://news.example/alerts.atom?subscription=desk",
        "https://news.example/alerts.json?subscription=desk",
    ]
    assert len(second) == 4


@pytest.mark.parametrize("answering", [broken, hangs])
def test_a_hub_that_fails_is_asked_at_the_next_alert(answering: Answering) -> None:
    assert len(asyncio.run(told(answering, ["a"], [], ["b"]))) == 2


def test_our_own_machines_are_not_asked() -> None:
    assert asyncio.run(told(well, ["a"], private="")) == []
