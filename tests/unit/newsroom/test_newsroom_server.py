"""The newsroom as the crawler meets it: pages, feeds and answers over time."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.robotparser import RobotFileParser

import feedparser
import pytest
import trafilatura
import yaml
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from services.newsroom import core
from services.newsroom.__main__ import main
from services.newsroom.library import load
from services.newsroom.render import BANNER
from services.newsroom.server import Newsroom, sources

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIBRARY = load()
Client = TestClient[web.Request, web.Application]
END = core.DURATION + 1
CHECKOUT = Path(__file__).resolve().parents[3]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


Visit = Callable[[Client, Newsroom, Clock], Awaitable[None]]


def visit(steps: Visit, edition: int = 1, speed: float = 1.0) -> None:
    async def run() -> None:
        clock = Clock()
        newsroom = Newsroom(core.edition(LIBRARY, edition, START), clock, start=START, speed=speed)
        async with TestClient(TestServer(newsroom.app())) as client:
            await steps(client, newsroom, clock)

    asyncio.run(run())


async def read(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200, path
    return await answer.text()


@pytest.mark.parametrize("edition", range(1, 6))
def test_every_page_renders_and_says_that_it_is_a_sample(edition: int) -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = END
        for one in core.edition(LIBRARY, edition, START):
            page = await read(client, one.path)
            assert page.count(BANNER) >= 2, one.path
            canonical = f'<link rel="canonical" href="{client.make_url(one.path)}"'
            assert one.outlet == "havel" or canonical in page
        for outlet in LIBRARY.outlets:
            assert (await read(client, f"/{outlet.id}/")).count(BANNER) >= 2

    visit(steps, edition)


def test_feeds_parse_and_grow_with_time() -> None:
    publications = core.edition(LIBRARY, 1, START)

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        versions = set()
        for clock.seconds in (0, 4, 30, 60, END):
            for outlet in LIBRARY.outlets:
                feed = feedparser.parse(await read(client, f"/{outlet.id}/{outlet.feed_path}"))
                assert not feed.bozo, (outlet.id, feed.get("bozo_exception"))
                assert feed.feed.title == outlet.name
                versions.add(feed.version)
                out = [
                    one
                    for one in publications
                    if one.outlet == outlet.id and one.published_at <= clock.seconds
                ]
                links = [entry.link.split("127.0.0.1", 1)[1].partition("/")[2] for entry in feed.entries]
                tracking = f"?{outlet.tracking}" if outlet.tracking else ""
                assert links == [one.path.removeprefix("/") + tracking for one in reversed(out)]
                assert [entry.title for entry in feed.entries] == [one.title for one in reversed(out)]
                assert all(
                    entry.get("published_parsed") or entry.get("updated_parsed") for entry in feed.entries
                )
        assert versions == {"rss20", "atom10", "rss10"}

    visit(steps)


def test_a_feed_holds_thirty_entries_at_most() -> None:
    async def run() -> None:
        clock = Clock()
        clock.seconds = 1000
        newsroom = Newsroom(core.stream(LIBRARY, 20, 400, START), clock, start=START)
        async with TestClient(TestServer(newsroom.app())) as client:
            feed = feedparser.parse(await read(client, "/harbour/feed.xml"))
            dates = [entry.published_parsed for entry in feed.entries]
            assert len(dates) == 30
            assert dates == sorted(dates, reverse=True)

    asyncio.run(run())


def test_an_article_is_not_there_before_its_time() -> None:
    late = next(one for one in core.edition(LIBRARY, 1, START) if one.published_at == 46)

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        for clock.seconds, status in ((22.9, 404), (23.0, 200)):
            assert (await client.get(late.path)).status == status

    visit(steps, speed=2.0)


def test_unchanged_pages_and_feeds_answer_304() -> None:
    first = core.edition(LIBRARY, 1, START)[0]

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = 20
        for path in ("/harbour/feed.xml", "/meridian/atom.xml", first.path, "/harbour/", "/robots.txt"):
            answer = await client.get(path)
            tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
            again = await client.get(path, headers={"If-None-Match": tag})
            assert again.status == 304
            assert again.headers["ETag"] == tag
            assert await again.read() == b""
            assert (await client.get(path, headers={"If-Modified-Since": date})).status == 304
            other = {"If-None-Match": '"other"', "If-Modified-Since": date}
            assert (await client.get(path, headers=other)).status == 200
        tag = (await client.get("/meridian/atom.xml")).headers["ETag"]
        clock.seconds = 47
        assert (await client.get("/meridian/atom.xml", headers={"If-None-Match": tag})).status == 200

    visit(steps)


def test_no_date_is_given_within_the_second_of_a_change() -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = 46.4
        assert "Last-Modified" not in (await client.get("/meridian/atom.xml")).headers

    visit(steps)


def test_answers_are_compressed_when_that_is_accepted() -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = 20
        async with ClientSession(auto_decompress=False) as plain:
            url = client.make_url("/harbour/feed.xml")
            answer = await plain.get(url, headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Encoding"] == "gzip"
            assert (await answer.read())[:2] == b"\x1f\x8b"
            answer = await plain.get(url, headers={"Accept-Encoding": "identity"})
            assert "Content-Encoding" not in answer.headers

    visit(steps)


@pytest.mark.parametrize("place", [0, 1])
def test_an_edit_changes_the_page_and_the_feed_entry(place: int) -> None:
    edited = [one for one in core.edition(LIBRARY, 1, START) if one.kind == "edit"][place]
    edit = edited.revisions[0]
    outlet = next(outlet for outlet in LIBRARY.outlets if outlet.id == edited.outlet)

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        seen = []
        for clock.seconds in (edit.at - 1, edit.at + 1):
            page = await client.get(edited.path)
            feed = feedparser.parse(await read(client, f"/{outlet.id}/{outlet.feed_path}"))
            entry = next(entry for entry in feed.entries if entry.link.endswith(edited.path))
            seen.append((await page.text(), page.headers["ETag"], entry.updated, entry.published))
        before, after = seen
        assert before[:3] != after[:3]
        assert before[1] != after[1]
        assert before[3] == after[3]
        assert datetime.fromisoformat(after[2]) == START + timedelta(seconds=edit.at)
        assert edited.body != edit.body
        assert datetime.fromisoformat(before[2]) < datetime.fromisoformat(after[2])

    visit(steps)


def test_an_edited_page_changes_nothing_else_of_the_outlet() -> None:
    publications = core.edition(LIBRARY, 1, START)

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = END
        tags = {one.path: (await client.get(one.path)).headers["ETag"] for one in publications}
        clock.seconds = 10 * END
        assert tags == {one.path: (await client.get(one.path)).headers["ETag"] for one in publications}

    visit(steps)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("outlet", [outlet.id for outlet in LIBRARY.outlets])
def test_the_text_can_be_had_from_every_layout(outlet: str) -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = 40
        for one in core.edition(LIBRARY, 2, START):
            if one.outlet != outlet or one.published_at > 40:
                continue
            page = await read(client, one.path)
            found = trafilatura.extract(page, include_comments=False) or ""
            expected, got = words(" ".join(one.body)), set(words(found))
            assert sum(word in got for word in expected) >= 0.9 * len(expected), one.path
            assert all(text[:60] in " ".join(found.split()) for text in one.body[1:]), one.path

    visit(steps, edition=2)


def test_robots_forbid_one_article_that_a_feed_names() -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = END
        robots = RobotFileParser()
        robots.parse((await read(client, "/robots.txt")).splitlines())
        feed = feedparser.parse(await read(client, "/harbour/feed.xml"))
        forbidden = [entry.link for entry in feed.entries if not robots.can_fetch("newswatch", entry.link)]
        assert len(forbidden) == 1
        assert "/private/" in forbidden[0]

    visit(steps)


def test_the_sources_file_names_feeds_that_answer() -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        base = str(client.make_url("")).rstrip("/")
        listed = yaml.safe_load(await read(client, "/sources.yaml"))
        assert listed == {"sources": sources(base)}
        assert len(listed["sources"]) >= 7
        for source in listed["sources"]:
            assert source["sample"] is True
            assert source["crawl_delay"] == 0
            assert source["poll_seconds"] == 1
            for url in (source["home"], *source["feeds"]):
                assert (await client.get(url.removeprefix(base))).status == 200
        front = unescape(await read(client, "/"))
        assert all(outlet.name in front for outlet in LIBRARY.outlets)

    visit(steps)


def test_publish_puts_an_article_out_at_once_and_refuses_a_taken_path() -> None:
    extra = next(core.stream(LIBRARY, 1, 1, START, seed=9))

    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        clock.seconds = 7
        path = newsroom.publish(extra)
        assert extra.title in await read(client, path)
        feed = feedparser.parse(await read(client, "/harbour/feed.xml"))
        assert feed.entries[0].link.endswith(path)
        with pytest.raises(ValueError, match="is taken"):
            newsroom.publish(extra)

    visit(steps)


def test_a_page_that_is_no_page_is_a_404() -> None:
    async def steps(client: Client, newsroom: Newsroom, clock: Clock) -> None:
        for path in ("/nobody/", "/harbour/2026/11/23/nothing", "/harbour/atom.xml", "/favicon.ico"):
            assert (await client.get(path)).status == 404

    visit(steps)


def test_the_process_says_where_it_is_and_stops_on_sigterm(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [
        sys.executable,
        "-m",
        "services.newsroom",
        "--stream",
        "50",
        "--count",
        "20",
        "--ready-file",
        str(ready),
    ]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, env={**os.environ})
    try:
        for _ in range(200):
            if ready.exists():
                break
            time.sleep(0.05)
        port = int(json.loads(ready.read_text())["url"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_port_in_use_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "in use" in said
    assert "--port" in said
    assert said.count("\n") == 1


def test_a_ready_file_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--ready-file", str(tmp_path / "none" / "ready.json")]) == 1
    said = capsys.readouterr().err
    assert "ready.json" in said
    assert said.count("\n") == 1
