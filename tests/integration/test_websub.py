"""The crawler against a hub and a publisher of our own, over HTTP."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import aiohttp
import pytest

from schemas.events import RawPage
from services.cli.place import free_port
from services.crawler.core import Response
from services.crawler.fetch import Fetcher, FetchFailed, fetching
from services.crawler.memory import Found, Memory
from services.crawler.sources import Source
from services.crawler.state import State
from services.crawler.websub import core
from services.kit.addresses import PublicResolver
from services.kit.clock import utc_now
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from tests.integration.hub import Hub, ask, running, soon
from tests.integration.test_crawler import Site, count, crawl, serving, start


class Press(Site):
    """A publisher whose feed names hubs. What is `unlisted` is there, but its feed does not say so yet."""

    hubs: tuple[str, ...] = ()
    topic = "feed"
    by_header = False

    def document(self) -> bytes:
        return self.news(*self.pages)

    def news(self, *paths: str) -> bytes:
        """A feed of these pages, as it is published or delivered."""
        links = "" if self.by_header else "".join(f'<link rel="hub" href="{hub}"/>' for hub in self.hubs)
        links += "" if self.by_header else f'<link rel="self" href="{self.url}/{self.topic}"/>'
        entries = "".join(
            f'<entry><title>{path}</title><link href="{self.url}/{path}"/></entry>' for path in paths
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{links}{entries}</feed>'.encode()

    def _answer(self, path: str, request: Any) -> Any:
        response = super()._answer(path, request)
        if path == "feed" and self.by_header:
            for hub in self.hubs:
                response.headers.add("Link", f"<{hub}>; rel=hub")
            response.headers.add("Link", f'</{self.topic}>; rel="self"')
        return response

    def unlisted(self, path: str) -> None:
        self.hidden[path] = b"<html><body><p>text"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running(Hub()) as found:
        yield found


@pytest.fixture
def press(hub: Hub) -> Iterator[Press]:
    found = Press()
    with serving(found):
        found.hubs = (hub.url,)
        found.publish("old", "text")
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    port = free_port()
    return Settings(
        data=tmp_path,
        poll_seconds=30,
        crawl_delay=0,
        websub_url=f"http://127.0.0.1:{port}/from/outside",
        websub_port=port,
    )


class Run:
    """A crawler that runs: its state, and when it has ended its metrics."""

    state: State
    metrics: Metrics

    def outbox(self) -> set[str]:
        """Paths of the pages that wait to be published."""
        waiting = self.state.waiting(limit=1000)
        return {RawPage.model_validate_json(each.message.value).url.rpartition("/")[2] for each in waiting}

    def finds(self, source: str) -> dict[Found, int]:
        counts: dict[Found, int] = {}
        with self.state.database.told() as reader:
            for ways, number in reader.execute(
                "SELECT ways, count(*) FROM finds WHERE source = ? GROUP BY ways", (source,)
            ):
                counts[Found(ways)] = number
        return counts

    def subscriptions(self) -> int:
        """How many are kept on disk."""
        return len(Memory(self.state.database).all("hub"))

    def leased(self) -> bool:
        """Whether it is on disk that the hub delivers."""
        kept = Memory(self.state.database).all("hub").values()
        return any(core.loads(text).lease_until for text in kept)


@contextmanager
def crawling(settings: Settings, *sources: Source) -> Iterator[Run]:
    """The crawler as its shell wires it, in a thread, without a broker: what it captures is in the outbox."""
    stop, begun, run = Event(), Event(), Run()

    def until(state: State) -> bool:
        run.state = state
        begun.set()
        return stop.is_set()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(lambda: asyncio.run(crawl(settings, sources, None, until, away=True)))
        assert begun.wait(5)
        try:
            yield run
        finally:
            stop.set()
            run.metrics = ended.result(20)


def unhurried(press: Press) -> Source:
    """The press at the pace that newswatch finds by itself."""
    return press.source(poll_seconds=None)


def deliveries(run: Run, outcome: str) -> float:
    return count(run.metrics, "newswatch_hub_deliveries_total", outcome=outcome)


@pytest.mark.parametrize("by_header", [False, True], ids=["by the feed", "by headers"])
@pytest.mark.parametrize("mood", ["well", "eager"])
def test_what_only_the_hub_tells_is_captured_at_once(
    hub: Hub, press: Press, settings: Settings, by_header: bool, mood: Any
) -> None:
    press.by_header, press.topic, hub.mood = by_header, "feed?canonical", mood
    with crawling(settings, unhurried(press)) as run:
        soon(lambda: hub.verified, "the hub has verified")
        soon(lambda: "old" in run.outbox(), "what the feed listed is captured")
        press.unlisted("hot")
        assert hub.deliver(press.news("hot", "old"))[0] == 202
        took = soon(lambda: "hot" in run.outbox(), "the delivered page is captured")
        assert took < 2
        assert run.finds(press.id) == {Found.HUB | Found.FEED: 1}
    (form,) = hub.asked
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == f"{press.url}/feed?canonical"
    assert form["hub.callback"].startswith(f"{settings.websub_url}/")
    assert int(form["hub.lease_seconds"]) == 864_000
    assert min(len(form["hub.secret"]), len(form["hub.callback"].rpartition("/")[2])) >= 32
    assert hub.verified == [(200, True)]
    assert len(press.times("feed")) == 1
    assert deliveries(run, "ok") == 1


def test_what_is_forged_brings_nothing(hub: Hub, press: Press, settings: Settings) -> None:
    with crawling(settings, unhurried(press)) as run:
        soon(lambda: hub.verified, "the hub has verified")
        callback = hub.asked[0]["hub.callback"]
        for path in ("forged", "bare", "stray", "fine"):
            press.unlisted(path)
        assert hub.deliver(press.news("forged"), secret="guessed")[0] == 202
        assert ask(callback, press.news("bare"))[0] == 202
        assert ask(callback.replace(callback[-8:], "elsewhere"), press.news("stray"))[0] == 404
        assert hub.deliver(press.news("fine"), method="sha512")[0] == 202
        soon(lambda: "fine" in run.outbox(), "the signed page is captured")
        assert run.outbox() <= {"old", "fine"}
    assert press.times("forged") + press.times("bare") + press.times("stray") == []
    assert [deliveries(run, each) for each in ("wrong-signature", "unsigned", "unknown", "ok")] == [1] * 4


def test_polling_is_slow_while_the_hub_delivers_and_quick_again_when_it_is_silent(
    hub: Hub, press: Press, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.rhythm.HUB_PAUSE", 1.5)
    monkeypatch.setattr("services.crawler.websub.core.GRACE", 0.3)
    monkeypatch.setattr("services.crawler.websub.core.SETTLED", 0.0)
    with crawling(settings.model_copy(update={"poll_seconds": 0.1}), unhurried(press)) as run:
        soon(
            lambda: hub.verified and len(press.times("feed")) > 3,
            "polled quickly before anything is delivered",
        )
        press.publish("hot", "text")
        hub.deliver(press.document())
        soon(lambda: "hot" in run.outbox(), "the delivered page is captured")
        time.sleep(0.3)  # a poll may be under way
        polls = len(press.times("feed"))
        time.sleep(1.0)
        assert len(press.times("feed")) - polls <= 1
        # Now the hub says nothing of what is published.
        press.publish("missed", "text")
        soon(lambda: "missed" in run.outbox(), "a check finds what the hub keeps for itself", 3)
        polls = len(press.times("feed"))
        soon(lambda: len(press.times("feed")) > polls + 3, "polled quickly again", 2)
        soon(lambda: len(hub.asked) == 2, "subscribed anew", 2)
    assert hub.asked[1] == hub.asked[0]


def test_polling_goes_on_as_soon_as_a_hub_gives_up(hub: Hub, press: Press, settings: Settings) -> None:
    with crawling(settings.model_copy(update={"poll_seconds": 0.1}), unhurried(press)) as run:
        soon(lambda: hub.verified, "the hub has verified")
        press.publish("hot", "text")
        hub.deliver(press.document())
        soon(lambda: "hot" in run.outbox(), "the delivered page is captured")
        time.sleep(0.5)
        polls = len(press.times("feed"))
        time.sleep(0.5)
        assert len(press.times("feed")) == polls
        hub.deny(hub.asked[0])
        soon(lambda: len(press.times("feed")) > polls + 3, "polled quickly again", 2)


def test_a_restart_keeps_subscriptions(hub: Hub, press: Press, settings: Settings) -> None:
    with crawling(settings, unhurried(press)) as run:
        soon(run.leased, "the hub has verified")
    press.publish("while-away", "text")
    press.unlisted("hot")
    with crawling(settings, unhurried(press)) as run:
        soon(lambda: hub.deliver(press.news("hot"))[0] == 202, "the hub may deliver")
        soon(lambda: "hot" in run.outbox(), "the delivered page is captured")
    assert len(hub.asked) == 1


def test_a_lease_is_renewed_and_ends_where_it_is_not(
    hub: Hub, press: Press, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.websub.core.LEAST_LEASE", 1.0)
    hub.lease = 2
    with crawling(settings, unhurried(press)) as run:
        soon(lambda: len(hub.verified) == 2, "renewed")
        assert 1.3 < hub.times[1] - hub.times[0] < 2
        assert hub.asked[1] == hub.asked[0]
        hub.mood = "dead"
        soon(lambda: len(hub.asked) == 3, "the hub refuses")
        assert hub.deliver(press.news("old"))[0] == 202
        soon(lambda: hub.deliver(press.news("old"))[0] == 410, "the lease is over")
    assert deliveries(run, "ended") == 1


def test_of_several_hubs_the_first_that_works_is_taken(hub: Hub, press: Press, settings: Settings) -> None:
    with running(Hub("dead")) as dead, running(Hub("denying")) as denying, running(Hub("moved")) as moved:
        press.hubs = (dead.url, denying.url, moved.url)
        moved.elsewhere = hub.url
        press.unlisted("hot")
        with crawling(settings, unhurried(press)) as run:
            soon(lambda: hub.verified == [(200, True)], "the last has verified")
            assert hub.deliver(press.news("hot"))[0] == 202
            soon(lambda: "hot" in run.outbox(), "the delivered page is captured")
    assert [len(each.asked) for each in (dead, denying, moved, hub)] == [1] * 4


def test_a_source_that_is_taken_out_is_unsubscribed(hub: Hub, press: Press, settings: Settings) -> None:
    with crawling(settings, unhurried(press)) as run:
        soon(run.leased, "the hub has verified")
    with serving(Site()) as other:
        other.publish("a", "text")
        with crawling(settings, other.source()) as run:
            soon(lambda: len(hub.verified) == 2 and not run.subscriptions(), "unsubscribed and forgotten")
            assert hub.deliver(press.news("old"), to=0)[0] == 404
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]
    assert hub.asked[1]["hub.callback"] == hub.asked[0]["hub.callback"]
    assert hub.verified == [(200, True)] * 2


def test_a_feed_that_names_another_topic_is_subscribed_anew(
    hub: Hub, press: Press, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.websub.core.SETTLED", 0.0)
    with crawling(settings.model_copy(update={"poll_seconds": 0.1}), unhurried(press)) as run:
        soon(lambda: hub.verified, "the hub has verified")
        press.topic = "moved"
        soon(lambda: len(hub.verified) == 3 and run.subscriptions() == 1, "subscribed anew")
    asked = sorted((form["hub.mode"], form["hub.topic"].rpartition("/")[2]) for form in hub.asked)
    assert asked == [("subscribe", "feed"), ("subscribe", "moved"), ("unsubscribe", "feed")]
    assert len({form["hub.secret"] for form in hub.asked if "hub.secret" in form}) == 2


def test_without_an_address_of_ours_no_hub_is_asked(hub: Hub, press: Press, settings: Settings) -> None:
    with crawling(settings.model_copy(update={"websub_url": ""}), unhurried(press)) as run:
        soon(lambda: "old" in run.outbox(), "polled as ever")
        time.sleep(0.2)
    assert hub.asked == []


def test_a_hub_on_a_private_address_is_not_asked(press: Press, settings: Settings) -> None:
    press.hubs = ("http://127.0.0.2:9/", "http://169.254.169.254/")
    with crawling(settings, unhurried(press)) as run:
        soon(lambda: "old" in run.outbox(), "polled as ever")
        time.sleep(0.2)
    assert count(run.metrics, "newswatch_fetches_total", kind="hub", outcome="private") == 2


# The process as a whole


def test_the_process_listens_and_ends_when_it_is_asked(hub: Hub, press: Press, tmp_path: Path) -> None:
    port, away = free_port(), f"127.0.0.1:{free_port()}"
    # The press's own port is open to it as that of a sample; the hub's must be named.
    told = {
        "WEBSUB_URL": f"http://127.0.0.1:{port}",
        "WEBSUB_PORT": str(port),
        "PRIVATE_HOSTS": hub.url.removeprefix("http://").rstrip("/"),
    }
    process = start(press, tmp_path, away, **told)
    try:
        soon(lambda: hub.verified == [(200, True)], "the hub has verified", 20)
        press.unlisted("hot")
        with socket.create_connection(("127.0.0.1", port)):
            assert hub.deliver(press.news("hot"))[0] == 202
            soon(lambda: press.times("hot"), "the delivered page is fetched")
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
            assert time.monotonic() - started < 5
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("url", ["news.example/hub", "ftp://news.example/", "https://news.example/?hub"])
def test_an_address_that_hubs_cannot_use_is_told_at_once(url: str, press: Press, tmp_path: Path) -> None:
    process = start(press, tmp_path, "127.0.0.1:9", WEBSUB_URL=url)
    assert process.wait(timeout=20) == 2
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert line.startswith(f"NEWSWATCH_WEBSUB_URL={url!r}: ")


# Forms


async def post_form(url: str, more: dict[str, Any] | None = None) -> Response:
    settings = Settings(crawl_delay=0, **(more or {}))
    async with fetching(settings, utc_now, ("127.0.0.1",)) as fetcher:
        return await fetcher.post_form(
            url, {"hub.mode": "subscribe", "hub.topic": "https://é.example/?a=b&c"}
        )


def test_a_form_follows_a_hub_that_has_moved(hub: Hub) -> None:
    with running(Hub("moved")) as moved:
        moved.elsewhere = hub.url
        hub.mood = "silent"
        assert asyncio.run(post_form(moved.url)).status == 202
        assert (
            hub.asked == moved.asked == [{"hub.mode": "subscribe", "hub.topic": "https://é.example/?a=b&c"}]
        )
        moved.elsewhere = moved.url
        with pytest.raises(FetchFailed, match="redirects in a circle"):
            asyncio.run(post_form(moved.url))
        moved.elsewhere = "http://10.0.0.1/"
        with pytest.raises(FetchFailed, match="no address of the public internet"):
            asyncio.run(post_form(moved.url))


def test_a_form_is_given_up_in_time_redirects_included(hub: Hub) -> None:
    hub.mood, hub.elsewhere, hub.pause = "moved", f"{hub.url}?{{}}", 0.3
    started = time.monotonic()
    with pytest.raises(FetchFailed, match=r"no whole answer within 0\.7 s"):
        asyncio.run(post_form(hub.url, {"fetch_timeout": 0.7}))
    assert time.monotonic() - started < 1.5
    assert len(hub.asked) >= 2


def test_a_form_never_leaves_tls() -> None:
    class Moved(Fetcher):
        asked: list[str]

        async def _once(self, url: str, *_: Any) -> Response:
            self.asked.append(url)
            return Response(url, 307, "", (("Location", "http://hub.example/"),), b"", b"", utc_now())

    async def scenario() -> list[str]:
        settings = Settings(crawl_delay=0)
        async with aiohttp.ClientSession() as session:
            fetcher = Moved(session, settings, utc_now, PublicResolver())
            fetcher.asked = []
            with pytest.raises(FetchFailed, match="from https to http"):
                await fetcher.post_form("https://hub.example/", {"hub.secret": "x"})
            return fetcher.asked

    assert asyncio.run(scenario()) == ["https://hub.example/"]
