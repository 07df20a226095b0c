"""The crawler against a web server of our own and a real broker."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from warcio.archiveiterator import ArchiveIterator

from schemas.events import DeadLetter, Hunk, Previous, RawPage
from schemas.topics import RAW
from services.cli.place import free_port
from services.crawler.archive import Archive, read
from services.crawler.core import Lead
from services.crawler.crawler import Crawler
from services.crawler.discovery.learned import Learned
from services.crawler.fetch import fetching
from services.crawler.memory import Memory
from services.crawler.outbox import Outbox
from services.crawler.pulse import Course
from services.crawler.recorder import Recorder
from services.crawler.replay import replay
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit.clock import utc_now
from services.kit.errors import Unavailable
from services.kit.health import Health
from services.kit.kafka import Publisher, ensure_topics, read_back
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.step import encode
from services.kit.urls import article_id, canonical
from services.store.embedded.store import EmbeddedStore
from tests.harness import newswatch
from tests.integration.conftest import Broker

UNIQUE = iter(range(1_000_000))


class Site:
    """A publisher: a feed of what was published on it, and what was asked of it."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.hidden: dict[str, bytes] = {}
        self.status: dict[str, int] = {}
        self.types: dict[str, str] = {}
        self.dates: dict[str, int] = {}
        self.robots: tuple[int, str] = (404, "")
        self.feed: bytes | None = None
        self.for_good = False
        self.asked: list[tuple[str, float, int]] = []
        self.id = f"site-{os.getpid()}-{next(UNIQUE)}"
        self.url = ""

    def publish(self, path: str, text: str) -> None:
        self.pages[path] = f"<html><title>{path}</title><body><p>{text}</p></body></html>".encode()
        self.dates[path] = self.dates.get(path, 0) + 1

    def document(self) -> bytes:
        if self.feed is not None:
            return self.feed
        items = "".join(
            f"<entry><title>{path} ({self.dates.get(path, 0)})</title>"
            f'<link href="{self.url}/{path}?utm_source=feed"/></entry>'
            for path in self.pages
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{items}</feed>'.encode()

    async def answer(self, request: web.Request) -> web.Response:
        response = self._answer(request.path.strip("/"), request)
        self.asked.append((request.path.strip("/"), time.monotonic(), response.status))
        return response

    def _answer(self, path: str, request: web.Request) -> web.Response:
        if path == "robots.txt":
            return web.Response(status=self.robots[0], text=self.robots[1])
        if path == "feed":
            body = self.document()
            etag = f'"{hash(body)}"'
            if request.headers.get("If-None-Match") == etag:
                return web.Response(status=304)
            response = web.Response(body=body, headers={"ETag": etag, "Content-Type": "application/atom+xml"})
            response.enable_compression()
            return response
        if path.startswith("to/"):
            status = 301 if self.for_good else 302
            return web.Response(status=status, headers={"Location": "/" + path.removeprefix("to/")})
        if path.startswith("loop"):
            return web.Response(status=301, headers={"Location": "/" + path + "x"})
        page = self.pages.get(path) or self.hidden.get(path)
        status = self.status.get(path, 404 if page is None else 200)
        kind = self.types.get(path, "text/html; charset=utf-8")
        response = web.Response(status=status, body=page, headers={"Content-Type": kind})
        response.enable_compression()
        return response

    def times(self, path: str, status: int | None = None) -> list[float]:
        return [at for asked, at, code in self.asked if asked == path and status in (None, code)]

    def source(self, **more: Any) -> Source:
        return Source.model_validate(
            {
                "id": self.id,
                "name": "Site",
                "feeds": (f"{self.url}/feed",),
                "poll_seconds": 0.3,
                "crawl_delay": 0,
                "sample": True,
                **more,
            }
        )


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site in a thread of its own."""
    loop = asyncio.new_event_loop()
    port = free_port()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/{path:.*}", site.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    site.url = f"http://127.0.0.1:{port}"
    try:
        yield site
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as found:
        yield found


class Store:
    """Settles every capture that the test says is settled."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.forgotten: set[str] = set()

    def settled(self, captures: Sequence[str]) -> set[str]:
        return self.known & set(captures)

    def forget_captures(self, captures: Sequence[str]) -> None:
        self.forgotten |= set(captures)


async def crawl(
    settings: Settings,
    sources: Sequence[Source],
    store: Store | None,
    until: Callable[[State], bool],
    away: bool = False,
    private: Sequence[str] = ("127.0.0.1",),
    names: AbstractResolver | None = None,
    patience: float = 10.0,
    **more: Any,
) -> Metrics:
    """The crawler as its shell wires it, until the condition holds; `patience` in seconds."""
    metrics = Metrics("crawler")
    health = Health("crawler", metrics, "sources", "broker")
    state = State(settings.data / "crawler")
    archive = Archive(settings.data / "archive", settings.archive_bytes, settings.user_agent)
    numbers = iter(range(1000))
    recorder = Recorder(state, archive, lambda: f"{time.time_ns():032x}-{next(numbers)}")

    def connect() -> Publisher:
        if away:
            raise Unavailable("broker: is away")
        ensure_topics(settings, [RAW, RAW.dead], timeout=5)
        return Publisher(settings)

    outbox = Outbox(state=state, connect=connect, store=store, metrics=metrics, health=health, clock=utc_now)
    try:
        async with fetching(settings, utc_now, private, names) as fetcher:
            crawler = Crawler(
                settings=settings,
                sources=sources,
                state=state,
                recorder=recorder,
                fetcher=fetcher,
                outbox=outbox,
                metrics=metrics,
                health=health,
                clock=utc_now,
                **more,
            )
            outbox.start()
            running = asyncio.create_task(crawler.run())
            deadline = time.monotonic() + patience
            while not until(state):
                if running.done():
                    running.result()
                assert time.monotonic() < deadline, f"not within {patience:g} s"
                await asyncio.sleep(0.02)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    finally:
        await asyncio.to_thread(outbox.stop)
        archive.close()
        state.close()
    return metrics


def published(settings: Settings, site: Site) -> list[RawPage]:
    """What lies in the raw topic for that site."""
    pages = [RawPage.model_validate_json(value) for value in read_back(settings, RAW)]
    return [page for page in pages if page.source == site.id]


def count(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_from_the_feed_to_the_broker(broker: Broker, site: Site, tmp_path: Path) -> None:
    settings = broker.settings(data=tmp_path)
    for number in range(5):
        site.publish(f"page-{number}", f"Text {number}, élan")
    store = None if broker.durable else Store()

    def done(state: State) -> bool:
        if store is not None:
            store.known |= {capture for _, capture in state.captures() if state.unacknowledged() == 0}
        return len(site.times("page-4")) > 0 and state.leads() == [] and state.unsettled == 0

    metrics = asyncio.run(crawl(settings, [site.source(country="GB", language="en")], store, done))
    pages = published(settings, site)
    assert sorted(page.url for page in pages) == [f"{site.url}/page-{n}?utm_source=feed" for n in range(5)]
    for page in pages:
        record = read(tmp_path / "archive", page.archive)
        assert (record.id, record.content.decode()) == (page.capture_id, page.html)
        assert "élan" in page.html
        assert (page.first_seen, page.country, page.language) == (page.fetched_at, "GB", "en")
        assert page.discovered_via == f"{site.url}/feed"
    if store is not None:
        assert store.forgotten == {page.capture_id for page in pages}
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="ok") == 5
    assert count(metrics, "newswatch_fetches_total", kind="feed", outcome="ok") == 1
    assert count(metrics, "newswatch_messages_total", service="crawler", status="published") == 5


def test_an_edit_and_a_new_page_are_seen_at_once_and_nothing_twice(
    embedded: Broker, site: Site, tmp_path: Path
) -> None:
    settings = embedded.settings(data=tmp_path)
    site.publish("a", "first")
    site.publish("b", "stays")

    def settled(pages: int) -> Callable[[State], bool]:
        return lambda state: (
            sum(site.times(p) != [] for p in ("a", "b", "c")) >= pages
            and state.leads() == []
            and not state.unsettled
        )

    asyncio.run(crawl(settings, [site.source()], None, settled(2)))
    site.publish("a", "corrected")
    site.publish("c", "new")
    asyncio.run(
        crawl(settings, [site.source()], None, lambda state: settled(3)(state) and len(site.times("a")) == 2)
    )
    # A third look: nothing has changed, so nothing is fetched or published.
    polls = len(site.times("feed"))
    asyncio.run(crawl(settings, [site.source()], None, lambda _: len(site.times("feed")) > polls + 2))
    assert [len(site.times(path)) for path in "abc"] == [2, 1, 1]
    pages = published(settings, site)
    first, second = (page for page in pages if "/a?" in page.url)
    assert len(pages) == 4
    assert second.first_seen == first.first_seen
    assert second.revision > first.revision
    assert "corrected" in second.html
    assert site.times("feed", 304) != []


def test_a_new_page_reaches_the_broker_promptly(embedded: Broker, site: Site, tmp_path: Path) -> None:
    settings = embedded.settings(data=tmp_path)
    delays: list[float] = []
    at = [0.0]

    def step(state: State) -> bool:
        now = time.monotonic()
        name = f"page-{len(delays)}"
        if name not in site.pages:
            if now - at[0] > 0.37 and (delays or site.times("feed")):
                site.publish(name, "fresh")
                at[0] = now
        elif site.times(name) and state.leads() == [] and state.unsettled == 0:
            delays.append(now - at[0])
        return len(delays) == 4

    asyncio.run(crawl(settings, [site.source(poll_seconds=1.0)], None, step))
    # A poll a second: what takes three on a busy machine waited for something else than a poll.
    assert sorted(delays)[len(delays) // 2] < 3


def test_what_cannot_be_fetched_is_told_and_does_not_stop_the_rest(
    embedded: Broker, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.core.PAGE_RETRIES", (0.1, 0.1))
    settings = embedded.settings(data=tmp_path, page_bytes=20_000)
    site.robots = (200, "User-agent: *\nDisallow: /secret\n\nUser-agent: newswatch\nDisallow: /secret\n")
    for path in ("fine", "secret", "gone", "failing", "picture", "huge", "to/moved", "to/secret", "loop"):
        site.publish(path, path)
    site.hidden["moved"] = b"<p>moved here"
    site.status |= {"gone": 404, "failing": 500}
    site.types["picture"] = "image/png"
    site.pages["huge"] = b"<p>" + b"x" * 50_000
    metrics = asyncio.run(
        crawl(
            settings,
            [site.source()],
            None,
            lambda s: s.leads() == [] and len(site.times("failing")) > 2 and not s.unsettled,
        )
    )
    pages = published(settings, site)
    assert sorted(page.url.removeprefix(site.url) for page in pages) == ["/fine?utm_source=feed", "/moved"]
    outcomes = {
        outcome: count(metrics, "newswatch_fetches_total", kind="page", outcome=outcome)
        for outcome in ("ok", "forbidden", "http-404", "http-5xx", "not-html", "too-large", "redirects")
    }
    assert outcomes == {
        "ok": 2, "forbidden": 2, "http-404": 3, "http-5xx": 3, "not-html": 1, "too-large": 1, "redirects": 3,
    }  # fmt: skip
    assert site.times("secret") == []
    key = article_id(canonical(f"{site.url}/huge"))
    letters = [DeadLetter.model_validate_json(value) for value in read_back(settings, RAW.dead)]
    (letter,) = [letter for letter in letters if letter.key == key]
    assert (letter.service, letter.reason) == ("crawler", "too-large")
    record = read(tmp_path / "archive", letter.archive)
    assert (record.id, record.fields["WARC-Truncated"]) == (letter.capture_id, "length")


def test_a_broken_feed_backs_off_and_comes_back(embedded: Broker, site: Site, tmp_path: Path) -> None:
    settings = embedded.settings(data=tmp_path)
    site.feed = b"this is no feed"
    fine = Site()
    with serving(fine):
        fine.publish("fine", "text")

        def until(state: State) -> bool:
            if len(site.times("feed")) == 3 and site.feed is not None:
                site.feed = None
                site.publish("late", "text")
            return site.times("late") != [] and state.leads() == [] and state.unsettled == 0

        metrics = asyncio.run(crawl(settings, [site.source(), fine.source()], None, until))
        assert len(published(settings, fine)) == 1
    first, second, third = site.times("feed")[:3]
    assert second - first > 0.55
    assert third - second > 1.1
    assert len(published(settings, site)) == 1
    assert count(metrics, "newswatch_fetches_total", kind="feed", outcome="broken") == 3


def test_pages_of_one_host_are_fetched_at_its_pace(embedded: Broker, site: Site, tmp_path: Path) -> None:
    settings = embedded.settings(data=tmp_path, crawl_delay=0.0)
    site.robots = (200, "User-agent: *\nCrawl-delay: 0.4\n")
    for path in "abcd":
        site.publish(path, path)
    asyncio.run(
        crawl(
            settings,
            [site.source()],
            None,
            lambda s: len(site.times("d") + site.times("a")) == 2 and s.leads() == [],
        )
    )
    starts = sorted(at for path in "abcd" for at in site.times(path))
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) > 0.35


def test_a_full_outbox_stops_the_fetching(site: Site, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, fetch_concurrency=2)
    for number in range(30):
        site.publish(f"page-{number}", "text")
    seen: list[tuple[int, int]] = []

    def until(state: State) -> bool:
        seen.append((state.unsettled, len(state.leads())))
        return len(seen) > 100

    asyncio.run(crawl(settings, [site.source()], None, until, away=True, most_unsettled=5))
    unsettled, leads = seen[-1]
    assert unsettled == 5
    assert unsettled + leads == 30
    assert seen[-1] == seen[-50]


# The process as a whole


def start(
    site: Site, data: Path, broker: str, service: str = "crawler", **more: str
) -> subprocess.Popen[bytes]:
    """`python -m services.crawler`, or another service, as it is run."""
    data.mkdir(exist_ok=True)
    catalogue = data / "sources.yaml"
    catalogue.write_text(json.dumps({"sources": [site.source().model_dump(mode="json", exclude_none=True)]}))
    told = {
        "DATA": str(data),
        "STORE": f"embedded:{data / 'store'}",
        "BROKER": broker,
        "SOURCES": str(catalogue),
        "READY_FILE": str(data / ("ready.json" if service == "crawler" else f"ready-{service}.json")),
        **more,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWATCH_")}
    environment |= {f"NEWSWATCH_{name}": value for name, value in told.items()}
    with (data / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", f"services.{service}"], env=environment, stderr=log)


def soon(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def test_kill_9_while_the_broker_is_away_loses_nothing(embedded: Broker, site: Site, tmp_path: Path) -> None:
    """Killed four times on the way; then the broker comes, and every page is there."""
    away = f"127.0.0.1:{free_port()}"
    wanted = set()
    for turn in range(4):
        for number in range(10):
            site.publish(f"page-{turn}-{number}", "text")
            wanted.add(f"{site.url}/page-{turn}-{number}?utm_source=feed")
        process = start(site, tmp_path, away)
        soon(lambda r=turn: any(path.startswith(f"page-{r}-") for path, _, _ in site.asked), "pages fetched")  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = start(site, tmp_path, embedded.address, BROKER_DURABLE="true")
    try:
        settings = embedded.settings()
        soon(lambda: {page.url for page in published(settings, site)} >= wanted, "every page published", 30)
        url = json.loads((tmp_path / "ready.json").read_text())["url"]
        with urllib.request.urlopen(f"{url}/readyz") as answer:
            assert json.load(answer)["ready"] is True
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 5
    finally:
        process.kill()
        process.wait()
    for page in published(settings, site):
        assert read(tmp_path / "archive", page.archive).id == page.capture_id


def test_sigterm_is_obeyed_while_the_broker_is_away(site: Site, tmp_path: Path) -> None:
    site.publish("page", "text")
    process = start(site, tmp_path, f"127.0.0.1:{free_port()}")
    soon(lambda: site.times("page") != [], "page fetched")
    time.sleep(0.5)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - started < 5


def test_a_source_whose_pages_are_no_articles_is_not_well(
    embedded: Broker, site: Site, tmp_path: Path
) -> None:
    """The cleaner says so, in another process; the store keeps it, and the crawler asks."""
    for number in range(6):
        site.pages[f"gone-{number}"] = f"<title>Page not found</title><p>Sorry, {number}".encode()
    told = (
        "Norway expelled eight diplomats on Monday, and three more of them have to leave by the end of May. "
    )
    site.publish("story", f"{told * 2}</p><p>{told * 2}</p><p>{told * 3}")
    more = {"POLL_SECONDS": "0.3", "BROKER_SESSION_TIMEOUT": "6"}
    running = [
        start(site, tmp_path, embedded.address, service, **more)
        for service in ("crawler", "cleaner", "indexer")
    ]

    def unwell() -> list[str]:
        if not (tmp_path / "ready.json").exists():
            return []
        url = json.loads((tmp_path / "ready.json").read_text())["url"]
        with urllib.request.urlopen(f"{url}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return [line for line in lines if line.startswith("newswatch_source_unwell{")]

    try:
        told = f'newswatch_source_unwell{{source="{site.id}",state="no-articles"}} 1.0'
        soon(lambda: told in unwell(), "the source is not well", 40)
        shown = newswatch("sources", "health", str(tmp_path / "sources.yaml"), "--data", str(tmp_path))
        assert "6 of the last 7 pages are no articles: error-page" in shown.stdout
        store = EmbeddedStore(tmp_path / "store")

        def kept() -> set[tuple[str, str, bool]]:
            states = store.source_health(datetime(2000, 1, 1, tzinfo=UTC))
            return {(each.source, each.state, each.well) for each in states}

        soon(lambda: (site.id, "no-articles", False) in kept(), "it is not kept in the store", 10)
        store.close()
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("catalogue", "says"),
    [(None, "No such file"), ("sources: [{id: x}]", "sources.yaml:1: source 'x': name")],
)
def test_a_catalogue_that_cannot_be_used_ends_it_with_one_line(
    tmp_path: Path, catalogue: str | None, says: str
) -> None:
    file = tmp_path / "sources.yaml"
    if catalogue is not None:
        file.write_text(catalogue)
    environment = {**os.environ, "NEWSWATCH_SOURCES": str(file), "NEWSWATCH_DATA": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "services.crawler"],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_pages_are_looked_at_again_and_their_end_is_told(
    embedded: Broker, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.core.REVISITS", (0.2, 0.6, 1.0))
    monkeypatch.setattr("services.crawler.frontier.AGAIN_EVERY", 0.1)
    settings = embedded.settings(data=tmp_path)
    paths = ("edited", "stays", "goes", "noisy")
    story = "It is told here, in more words than there are in what stands around it."
    later = story.replace("is told", "was told")
    for path in paths:
        site.publish(path, story)

    def until(state: State) -> bool:
        token = f"<input name=csrf value={time.time_ns()}><div class=ad-top>Buy {time.time_ns()}</div>"
        site.pages["noisy"] = f"<title>noisy</title><form>{token}</form><p>{story}".encode()
        if all(site.times(path) for path in paths) and not state.leads():
            # Silently: the feed says nothing of it.
            site.pages["edited"] = f"<title>edited</title><p>{later}<p>And more.".encode()
            site.status["goes"] = 410
        looked = [len(site.times(path)) for path in ("edited", "goes", "noisy", "stays")]
        return looked[0] >= 2 and looked[1] >= 2 and looked[2:] == [4, 4]

    metrics = asyncio.run(crawl(settings, [site.source()], None, until))
    pages = published(settings, site)

    def captures(path: str) -> list[RawPage]:
        return [page for page in pages if f"/{path}?" in page.url]

    first, second = captures("edited")
    assert "<p>And more." in second.html
    assert second.first_seen == first.first_seen
    assert second.previous == Previous(
        revision=first.revision, fetched_at=first.fetched_at, archive=first.archive
    )
    assert second.difference == (Hunk(before="edited", removed=(story,), added=(later, "And more.")),)
    assert len(captures("stays")) == len(captures("noisy")) == 1
    there, gone = captures("goes")
    assert (there.gone_at, gone.html, gone.archive) == (None, there.html, there.archive)
    assert gone.gone_at is not None
    assert gone.revision > there.revision
    assert count(metrics, "newswatch_fetches_total", kind="again", outcome="gone") == 1
    assert count(metrics, "newswatch_fetches_total", kind="again", outcome="unchanged") >= 3
    assert count(metrics, "newswatch_fetches_total", kind="again", outcome="same-text") >= 2
    _assert_archived(tmp_path / "archive", site, pages)


def _assert_archived(folder: Path, site: Site, pages: Sequence[RawPage]) -> None:
    """With what was asked of whom, the answer that a page is gone, and all that was published."""
    (file,) = folder.iterdir()
    with file.open("rb") as stream:
        records = [
            (record.rec_type, dict(record.rec_headers.headers), record.http_headers)
            for record in ArchiveIterator(stream)
        ]
    answers = [(fields, http) for kind, fields, http in records if kind == "response"]
    assert len(answers) == len(pages)
    assert {fields["WARC-IP-Address"] for fields, _ in answers} == {"127.0.0.1"}
    assert [http.get_statuscode() for _, http in answers].count("410") == 1
    for kind, fields, http in records:
        if kind == "request":
            assert http.get_header("Host") == site.url.removeprefix("http://")
            assert http.get_header("User-Agent").startswith("newswatch")
            assert fields["WARC-Concurrent-To"] in {answer["WARC-Record-ID"] for answer, _ in answers}
    again = [each.message.value for each in replay(file, {}, 10**6) if each.message is not None]
    assert sorted(again) == sorted(encode(page) for page in pages)


def test_sitemaps_of_an_index_and_section_pages_bring_what_is_new(
    embedded: Broker, site: Site, tmp_path: Path
) -> None:
    settings = embedded.settings(data=tmp_path)
    stories = [f"2026/11/24/a-story-with-the-number-{number}" for number in range(4)]
    for story in stories:
        site.hidden[story] = b"<p>text"
    today = utc_now().isoformat()

    def list_them(maps: int, links: int) -> None:
        site.hidden["index.xml"] = (
            f"<sitemapindex><sitemap><loc>{site.url}/map.xml</loc></sitemap></sitemapindex>".encode()
        )
        rows = "".join(
            f"<url><loc>{site.url}/{story}</loc><lastmod>{today}</lastmod></url>" for story in stories[:maps]
        )
        site.hidden["map.xml"] = f"<urlset>{rows}</urlset>".encode()
        listed = "".join(
            f'<h2><a href="/{story}">The headline of a story, {story[-1]}</a></h2>'
            for story in stories[2:links]
        )
        site.hidden["world"] = f"<html><body>{listed}</body></html>".encode()

    list_them(1, 3)
    source = site.source(feeds=(), sitemaps=(f"{site.url}/index.xml",), sections=(f"{site.url}/world",))

    def until(state: State) -> bool:
        if site.times(stories[0]) and len(site.times("world")) > 1:
            list_them(2, 4)
        return bool(site.times(stories[1]) and site.times(stories[3])) and not state.leads()

    asyncio.run(crawl(settings, [source], None, until))
    # What the section page listed at the first look is old.
    assert {page.url.removeprefix(f"{site.url}/") for page in published(settings, site)} == {
        stories[0],
        stories[1],
        stories[3],
    }


def test_a_rebuilt_section_page_is_learned_anew(embedded: Broker, site: Site, tmp_path: Path) -> None:
    settings = embedded.settings(data=tmp_path, poll_seconds=0.3)
    before = [f"2026/11/24/the-story-of-the-number-{number}" for number in range(12)]
    after = [f"news/the-story-of-the-number-{number}-{10_000 + number}" for number in range(13)]

    def show(stories: Sequence[str]) -> None:
        rows = "".join(f'<h2><a href="/{story}">The headline of a story</a></h2>' for story in stories)
        site.hidden["world"] = f"<html><body>{rows}</body></html>".encode()

    show(before)
    site.hidden[after[12]] = b'<meta property="og:type" content="article"><p>text'
    source = site.source(feeds=(), sections=(f"{site.url}/world",))
    rebuilt: list[int] = []

    def until(state: State) -> bool:
        looks = len(site.times("world"))
        if looks >= 2 and not rebuilt:
            show(after[:12])
            rebuilt.append(looks)
        elif rebuilt and looks >= rebuilt[0] + 2:
            show(after)
        if not site.times(after[12]) or state.leads():
            return False
        # That it was an article is known by the next look that sees another page.
        site.hidden["world"] += b" "
        kept = Memory(state.database).get("page", f"{site.url}/world")
        return kept is not None and Learned.loads(kept).habits["/news/s9"].articles > 0.9

    metrics = asyncio.run(crawl(settings, [source], None, until))
    assert [path for path in (*before, *after) if site.times(path)] == [after[12]]
    assert count(metrics, "newswatch_fetches_total", kind="section", outcome="changed") == 1


def test_other_ports_of_this_machine_are_not_asked(embedded: Broker, site: Site, tmp_path: Path) -> None:
    settings = embedded.settings(data=tmp_path)
    other = Site()
    with serving(other):
        other.publish("secret", "text")
        site.publish("open", "text")
        site.hidden["away"] = b""
        port = urlsplit(site.url).port
        redirect = other.url.replace("http://", "")
        site.feed = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><link href="/open"/></entry>'
            f'<entry><title>b</title><link href="http://{redirect}/secret"/></entry>'
            f'<entry><title>c</title><link href="http://169.254.169.254/latest"/></entry></feed>'
        ).encode()
        metrics = asyncio.run(
            crawl(
                settings,
                [site.source()],
                None,
                lambda state: bool(site.times("open")) and not state.leads() and not state.unsettled,
                private=(f"127.0.0.1:{port}",),
            )
        )
        assert other.asked == []
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="private") == 2


def listing(stories: Sequence[str]) -> bytes:
    """A section page."""
    links = "".join(f'<h2><a href="/{story}">The headline of story {story[-1]}</a></h2>' for story in stories)
    return f"<html><body>{links}</body></html>".encode()


@pytest.mark.parametrize("answers", [True, False])
def test_who_takes_over_a_source_captures_what_is_new_and_nothing_again(
    embedded: Broker, site: Site, tmp_path: Path, answers: bool
) -> None:
    settings = embedded.settings(data=tmp_path)
    stories = [f"2026/11/24/a-story-with-the-number-{number}" for number in range(4)]
    for story in stories:
        site.hidden[story] = b"<p>text"
    site.hidden["world"] = listing(stories)
    site.publish("old", "text")
    site.publish("new", "text")
    kept = {f"{site.url}/{path}" for path in (*stories[:3], "old")}
    asked: list[int] = []

    def stored(addresses: Sequence[str]) -> set[str]:
        asked.append(len(addresses))
        if not answers:
            raise Unavailable("store: is away")
        return kept & set(addresses)

    source = site.source(sections=(f"{site.url}/world",))
    new = {"new", stories[3]} if answers else {"new", "old"}

    def until(state: State) -> bool:
        looked = len(site.times("world")) > 2
        return looked and all(site.times(path) for path in new) and not state.leads()

    asyncio.run(crawl(settings, [source], None, until, stored=stored))
    assert {urlsplit(page.url).path.strip("/") for page in published(settings, site)} == new
    assert sorted(asked) == [2, 4]  # only the first looks ask


def test_a_crawler_that_retires_brings_its_pages_to_their_end(
    embedded: Broker, site: Site, tmp_path: Path
) -> None:
    site.publish("a", "text")
    site.publish("b", "text")
    catalogue = tmp_path / "sources.json"
    catalogue.write_text(json.dumps([json.loads(site.source().model_dump_json())]), encoding="utf-8")
    environment = os.environ | {
        "NEWSWATCH_BROKER": embedded.address,
        "NEWSWATCH_SOURCES": str(catalogue),
        "NEWSWATCH_DATA": str(tmp_path),
        "NEWSWATCH_STORE": f"embedded:{tmp_path / 'store'}",
    }
    state = State(tmp_path / "crawler")
    lead = Lead(f"{site.url}/a", f"{site.url}/a", f"{site.url}/feed", site.id, "a", None, utc_now())
    state.discovered(f"{site.url}/feed", "", "", [], [lead])
    state.close()
    command = [sys.executable, "-m", "services.crawler", "--shard", "0/1"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "retired" in ended.stdout + ended.stderr
    assert [page.url for page in published(embedded.settings(), site)] == [f"{site.url}/a"]
    assert site.times("feed") == []


def test_a_feed_that_has_moved_for_good_is_read_and_told(
    embedded: Broker, site: Site, tmp_path: Path
) -> None:
    settings = embedded.settings(data=tmp_path, poll_seconds=0.2)
    site.publish("a", "text")
    site.for_good = True
    source = site.source(feeds=(f"{site.url}/to/feed",))
    kept: list[str] = []

    def until(state: State) -> bool:
        kept.append(Memory(state.database).get("way", source.feeds[0]) or "")
        return bool(kept[-1]) and not state.leads() and not state.unsettled

    asyncio.run(crawl(settings, [source], None, until))
    assert Course.loads(kept[-1]).moved == f"{site.url}/feed"
    assert len(published(settings, site)) == 1
