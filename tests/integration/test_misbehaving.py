"""The crawler against servers that do everything wrong: each fetch ends in time, with its reason."""

import asyncio
import gzip
import itertools
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from services.crawler import pulse
from services.crawler.fetch import ROBOTS_BYTES, Fetcher, FetchFailed, Forbidden, fetching
from services.crawler.memory import Memory
from services.crawler.pulse import Pulse
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit.addresses import PrivateAddress, PublicResolver
from services.kit.clock import utc_now
from services.kit.settings import Settings
from tests.integration.test_crawler import Site, count, crawl, serving
from tests.misbehaving import (
    BEHAVIOURS,
    PAGE,
    Behaviour,
    Misbehaving,
    bomb,
    coded,
    endless,
    head,
    late,
    leads,
    raw,
    says,
    sends,
)

DEADLINE = 4.0  # seconds of fetch_timeout
FEED = "Content-Type: application/rss+xml"


def feed_of(*links: str) -> Behaviour:
    items = "".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links)
    body = f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n" + body.encode())


def source(id: str, *feeds: str, **more: Any) -> Source:
    given = {"id": id, "name": id, "feeds": feeds, "poll_seconds": 60, "crawl_delay": 0, "refetch": False}
    return Source.model_validate({**given, **more})


@asynccontextmanager
async def fetcher(
    *private: str, names: AbstractResolver | None = None, **more: Any
) -> AsyncIterator[Fetcher]:
    settings = Settings(crawl_delay=0, **{"fetch_timeout": DEADLINE, **more})
    async with fetching(settings, utc_now, private, names) as found:
        yield found


def outcome(server: Misbehaving, path: str, **more: Any) -> str:
    """What comes of one page: why it failed, or its status."""

    async def ask() -> str:
        async with fetcher(server.host, **more) as found:
            try:
                return str((await found.page(f"{server.url}/{path}", 0)).status)
            except FetchFailed as error:
                return error.outcome

    return asyncio.run(ask())


def outcomes(state: State, wanted: int) -> dict[str, str]:
    """By source, what came of its page; empty until all are told."""
    kept = Memory(state.database).all("source")
    found = {id: Pulse.loads(text).pages for id, text in kept.items()}
    told = {id: pages[0] for id, pages in found.items() if pages}
    return told if len(told) >= wanted else {}


# Pages


def test_every_misbehaviour_ends_in_time_and_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.core.PAGE_RETRIES", ())
    expected = {name: reason for name, (_, reason) in BEHAVIOURS.items() if reason}
    unfit = {name for name, reason in expected.items() if reason == "too-large"}  # says nothing of the source
    ids = {name: f"s{number}" for number, name in enumerate(expected)}
    told: dict[str, str] = {}
    settings = Settings(
        data=tmp_path,
        fetch_timeout=DEADLINE,
        page_bytes=1_500_000,
        poll_seconds=0.3,
        host_concurrency=32,
        fetch_concurrency=64,
    )

    def until(state: State) -> bool:
        told.update(outcomes(state, len(expected) - len(unfit)))
        return bool(told) and state.leads() == []

    with Misbehaving({name: behaviour for name, (behaviour, _) in BEHAVIOURS.items()}) as server:
        server.routes |= {f"feed-{name}": feed_of(f"/{name}") for name in expected}
        sources = [source(ids[name], f"{server.url}/feed-{name}") for name in expected]
        private = (server.host,)
        metrics = asyncio.run(crawl(settings, sources, None, until, True, private, patience=60))
        assert not [headers for _, headers in server.asked if "cookie" in headers]
    names = {id: name for name, id in ids.items()}
    assert {names[id]: reason for id, reason in told.items()} == {
        name: reason for name, reason in expected.items() if name not in unfit
    }
    counted = {
        reason: count(metrics, "newswatch_fetches_total", kind="page", outcome=reason)
        for reason in set(expected.values())
    }
    # Several redirects lead to one page, which is captured once.
    counted["ok"] += count(metrics, "newswatch_fetches_total", kind="page", outcome="unchanged")
    assert counted == Counter(expected.values())


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_what_inflates_is_inflated_beside_the_loop(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(body: bytes, coding: str, *_: object) -> tuple[bytes, bool]:
        if coding:
            time.sleep(0.6)
        return b"", False

    monkeypatch.setattr("services.crawler.fetch.inflate", slowly)
    monkeypatch.setattr("services.crawler.fetch.INLINE", 0)

    async def longest_pause(server: Misbehaving) -> float:
        async with fetcher(server.host) as found:
            fetch = asyncio.create_task(found.page(f"{server.url}/{coding}", 0))
            last, longest = time.monotonic(), 0.0
            while not fetch.done():
                await asyncio.sleep(0.01)
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
            return longest

    with Misbehaving({coding: coded(bomb(coding), coding)}) as server:
        assert asyncio.run(longest_pause(server)) < 0.5


def test_the_deadline_is_one_for_all_redirects_and_none_for_waiting() -> None:
    slow = {f"hop-{n}": late(leads(f"/hop-{n + 1}"), 0.4) for n in range(9)}
    with Misbehaving(
        slow | {"page": late(says(200, PAGE), 0.7), "robots.txt": late(says(404), 0.7)}
    ) as server:
        began = time.monotonic()
        assert outcome(server, "hop-0", fetch_timeout=1.0) == "timeout"
        assert time.monotonic() - began < 2.5

        async def wait_for_the_turn() -> list[int]:
            async with fetcher(server.host, fetch_timeout=1.0) as found:
                pages = [found.page(f"{server.url}/page", 0.8) for _ in range(3)]
                return [response.status for response in await asyncio.gather(*pages)]

        assert asyncio.run(wait_for_the_turn()) == [200, 200, 200]


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((), False), ((301,), True), ((308, 301, 301), True), ((301, 302), False), ((307,), False)],
)
def test_a_feed_that_moved_for_good_is_known_by_every_hop(statuses: Sequence[int], moved: bool) -> None:
    routes = {f"{n}": leads(f"/{n + 1}", status) for n, status in enumerate(statuses)}

    async def ask(server: Misbehaving) -> str:
        async with fetcher(server.host) as found:
            return (await found.feed(f"{server.url}/0", 0)).moved_to

    with Misbehaving(routes | {str(len(statuses)): feed_of("/a")}) as server:
        assert asyncio.run(ask(server)) == (f"{server.url}/{len(statuses)}" if moved else "")


# robots.txt


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        (endless(head(200), b"Disallow: /x\n" * 1000), "200"),
        (coded(bomb("gzip"), "gzip"), "200"),
        (sends(gzip.compress(b"User-agent: *\nDisallow: /page\n"), "Content-Encoding: gzip"), "forbidden"),
        (sends(b"User-agent: *\nDisallow: /page\n" + b"# filling\n" * 100_000), "forbidden"),
        (endless(head(200), b"x", 0.05), "robots-unavailable"),
        (raw(stay=True), "robots-unavailable"),
        (raw(b"garbage\r\n\r\n"), "robots-unavailable"),
        (says(503), "robots-unavailable"),
        (leads("http://169.254.169.254/robots.txt"), "robots-unavailable"),
        (leads("http://127.0.0.1:1/robots.txt"), "robots-unavailable"),
        (leads("file:///etc/passwd"), "robots-unavailable"),
        (leads("/robots.txt"), "200"),
    ],
)
def test_a_robots_txt_that_misbehaves(robots: Behaviour, expected: str) -> None:
    with Misbehaving({"robots.txt": robots, "page": says(200, PAGE)}) as server:
        began = time.monotonic()
        assert outcome(server, "page") == expected
        assert time.monotonic() - began < DEADLINE + 1
        assert server.paths() == (["page"] if expected == "200" else [])


def test_no_more_of_a_robots_txt_is_downloaded_than_is_read() -> None:
    sent = [0]

    async def much(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200))
        for _turn in range(1000):
            writer.write(b"# filling\n" * 1000)
            await writer.drain()
            sent[0] += 10_000

    with Misbehaving({"robots.txt": much, "page": says(200, PAGE)}) as server:
        assert outcome(server, "page") == "200"
        time.sleep(0.1)
    assert sent[0] < 10 * ROBOTS_BYTES


# Names and certificates


class Names(AbstractResolver):
    """Names as a test says, dots as underscores: each look-up takes the next answer, the last for ever."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self._answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self._answers[host]
        text = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in text.split()
        ]

    async def close(self) -> None:
        """Nothing to close."""


def test_a_name_that_leads_to_this_machine_is_refused_at_the_page_and_on_the_way() -> None:
    names = Names(evil_example=["127.0.0.1"], fine_example=["127.0.0.1"])

    async def ask(server: Misbehaving) -> None:
        async with fetcher("fine.example", names=names) as found:
            for address in (f"http://evil.example:{server.port}/", f"http://fine.example:{server.port}/away"):
                with pytest.raises(Forbidden, match="none of the public internet") as error:
                    await found.page(address, 0)
                assert error.value.outcome == "private"

    with Misbehaving({}) as server:
        server.routes["away"] = leads(f"http://evil.example:{server.port}/secret")
        asyncio.run(ask(server))
        assert server.paths() == ["away"]
        assert len(server.asked) == 2  # the other is the robots.txt of fine.example


def test_a_name_that_changes_its_mind_is_judged_each_time_it_is_looked_up() -> None:
    resolver = PublicResolver((), Names(rebind_example=["8.8.8.8 10.0.0.1", "127.0.0.1"]))

    async def look_up() -> None:
        first = await resolver.resolve("rebind.example", 80)
        assert [found["host"] for found in first] == ["8.8.8.8"]
        with pytest.raises(PrivateAddress, match=r"127\.0\.0\.1"):
            await resolver.resolve("rebind.example", 80)

    asyncio.run(look_up())


@pytest.mark.parametrize(
    ("names", "valid", "trusted", "expected"),
    [
        (["good.example"], True, True, "200"),
        (["good.example"], True, False, "unable to get local issuer certificate"),
        (["other.example"], True, True, "certificate is not valid for 'good.example'"),
        (["good.example"], False, True, "certificate has expired"),
    ],
)
def test_certificates(
    names: Sequence[str], valid: bool, trusted: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    end = None if valid else datetime.now(UTC) - timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_after=end).configure_cert(context)
    trust = ssl.create_default_context()
    if trusted:
        authority.configure_trust(trust)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trust)

    async def ask(server: Misbehaving) -> str:
        async with fetcher("good.example", names=Names(good_example=["127.0.0.1"])) as found:
            try:
                return str((await found.page(f"https://good.example:{server.port}/page", 0)).status)
            except FetchFailed as error:
                return str(error)

    with Misbehaving({"page": says(200, PAGE)}, tls=context) as server:
        assert expected in asyncio.run(ask(server))
        assert server.paths() == (["page"] if expected == "200" else [])


# Hosts that ask for rest


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_keeps_its_tries_while_its_host_rests(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any retries left: whoever counts the refusals gives the page up."""
    monkeypatch.setattr("services.crawler.core.PAGE_RETRIES", ())
    settings = Settings(data=tmp_path, fetch_timeout=DEADLINE)
    asked: list[float] = []

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(time.monotonic())
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        busy = len(asked) < 3
        await (says(status, b"", f"Retry-After: {until}") if busy else says(200, PAGE))(reader, writer)

    with Misbehaving({"feed": feed_of("/a"), "a": page}) as server:
        metrics = asyncio.run(
            crawl(
                settings,
                [source("one", f"{server.url}/feed")],
                None,
                lambda state: state.unsettled == 1,
                away=True,
                private=(server.host,),
            )
        )
    assert len(asked) == 3
    assert min(later - sooner for sooner, later in itertools.pairwise(asked)) > 0.9
    label = "http-429" if status == 429 else "http-5xx"
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome=label) == 2
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="ok") == 1


def test_a_page_does_not_wait_for_ever_for_its_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crawler.pages.LONGEST_WAIT", 0.0)
    busy = says(429, b"", "Retry-After: 60")
    with Misbehaving({"feed": feed_of("/a"), "a": busy}) as server:
        metrics = asyncio.run(
            crawl(
                Settings(data=tmp_path),
                [source("one", f"{server.url}/feed")],
                None,
                lambda state: server.paths().count("a") > 0 and state.leads() == [],
                away=True,
                private=(server.host,),
            )
        )
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="http-429") == 1


def test_a_redirect_to_a_host_that_rests_holds_only_its_own_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.core.PAGE_RETRIES", ())
    asked: list[float] = []

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(time.monotonic())
        answer = says(200, PAGE) if len(asked) > 1 else says(429, b"", "Retry-After: 2")
        await answer(reader, writer)

    with Misbehaving({"page": page}) as busy, Misbehaving({}) as server:
        server.routes |= {
            "feed": feed_of("/away", *(f"/here-{n}" for n in range(5))),
            "away": leads(f"{busy.url}/page"),
            **{f"here-{n}": says(200, PAGE + str(n).encode()) for n in range(5)},
        }
        came: list[float] = []

        def until(state: State) -> bool:
            if not came and state.unsettled == 5:
                came.append(time.monotonic())
            return state.unsettled == 6

        sources = [source("one", f"{server.url}/feed")]
        private = (server.host, busy.host)
        asyncio.run(crawl(Settings(data=tmp_path), sources, None, until, True, private, patience=30))
    assert len(asked) == 2
    assert came[0] < asked[1]


# Silent blocks


def test_a_source_whose_pages_are_kept_from_us_is_blocked_though_its_feed_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.core.PAGE_RETRIES", (0.05,))
    settings = Settings(data=tmp_path, poll_seconds=0.3, host_concurrency=4)
    refused = [f"refused-{n}" for n in range(9)]
    kept: dict[str, Pulse] = {}

    def until(state: State) -> bool:
        kept.update({id: Pulse.loads(text) for id, text in Memory(state.database).all("source").items()})
        return len(kept) == 2 and all(len(found.pages) == 10 for found in kept.values())

    with Misbehaving({}) as server:
        server.routes |= {
            "robots.txt": sends(b"User-agent: *\nDisallow: /private\n"),
            "walled": feed_of(*(f"/{path}" for path in refused), "/fine"),
            "well": feed_of(*(f"/fine-{n}" for n in range(9)), "/private"),
            **{path: says(403) for path in refused[:5]},
            **{path: leads(f"/consent?back={path}") for path in refused[5:]},
            **{f"fine-{n}": says(200, PAGE) for n in range(9)},
            "fine": says(200, PAGE),
            "consent": says(200, PAGE),
        }
        sources = [source(id, f"{server.url}/{id}") for id in ("walled", "well")]
        metrics = asyncio.run(crawl(settings, sources, None, until, away=True, private=(server.host,)))
    walled, well = (pulse.judge(kept[id], time.time()) for id in ("walled", "well"))
    assert (walled.state, walled.reason) == ("blocked", "9 of the last 10 pages: 5 http-403, 4 consent")
    assert well.state == "new"
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="ok") == 10
    assert count(metrics, "newswatch_fetches_total", kind="page", outcome="forbidden") == 1


# Feeds

BAD_FEEDS: dict[str, bytes] = {
    "not-closed": b"<rss><channel><item><title>a</title><link>/x</link>",
    "wrong-order": b"<rss><channel><item></channel></item></rss>",
    "bare-ampersand": b"<rss><channel><item><title>a & b</title><link>/x?a&b</link></item></channel></rss>",
    "unknown-entity": b"<rss><channel><item><title>&nbsp;&eacute;&what;</title></item></channel></rss>",
    "control-characters": b"<rss><channel><item><title>a\x00\x01\x0b</title></item></channel></rss>",
    "two-roots": b"<rss></rss><rss></rss>",
    "rubbish-first": b"PHP Warning: nothing <rss><channel></channel></rss>",
    "no-quotes": b"<rss version=2.0><channel><item><link href=/x></item></channel></rss>",
    "unknown-prefix": b"<rss><channel><item><media:thing>a</media:thing></item></channel></rss>",
    "empty": b"",
    "billion-laughs": b'<!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))
    )
    + b"]><rss><channel><item><title>&j;</title><link>/x</link></item></channel></rss>",
    "quadratic": b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 50_000 + b'">]><rss><channel><item><title>'
    + b"&a;" * 50_000
    + b"</title></item></channel></rss>",
    "external-entity": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item>'
    b"<title>&a;</title><link>/leak?&a;</link></item></channel></rss>",
    "external-dtd": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/evil.dtd"><rss><channel></channel></rss>',
    "deep": b"<a>" * 100_000,
    "many-entries": b"<rss><channel>"
    + b"".join(b"<item><title>%d</title><link>/many/%d</link></item>" % (n, n) for n in range(50_000))
    + b"</channel></rss>",
    "odd-dates": b"<rss><channel>"
    + b"".join(
        b"<item><title>t</title><link>/date/%d</link><pubDate>%s</pubDate></item>" % (n, date)
        for n, date in enumerate(
            (
                b"Fri, 31 Dec 9999 23:59:59 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT", b"yesterday", b"0",
                b"99999999999999999999", b"-1", b"the day before", b"Mon, 45 Foo 20XX 99:99:99 +9999",
            )
        )
    )
    + b"</channel></rss>",
    "odd-links": b"<rss><channel>"
    + b"".join(
        b"<item><title>t</title><link>%s</link></item>" % link
        for link in (
            b"javascript:alert(1)", b"mailto:a@b", b"//", b"http://", b"http://[", b"http://a:b/",
            b"?", b"../../..", b"http://127.0.0.1:1/", b"file:///etc/passwd", b"x" * 100_000, b"",
            b"a&#10;GET / HTTP/1.1&#13;&#10;Host: evil",
        )
    )
    + b"</channel></rss>",
    "one-again-and-again": b"<rss><channel>"
    + b"<item><guid>1</guid><title>t</title><link>/again</link></item>" * 5000
    + b"</channel></rss>",
    "lies-utf-16": b'<?xml version="1.0" encoding="utf-16"?><rss><channel></channel></rss>',
    "lies-utf-8": b'<?xml version="1.0" encoding="utf-8"?><rss><channel><title>\xe9</title></channel></rss>',
    "lies-of-none": b'<?xml version="1.0" encoding="klingon"?><rss><channel></channel></rss>',
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>+ADw-rss+AD4APA-/rss+AD4-',
    "json-deep": b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000,
    "html": PAGE,
    "gzip-of-gzip": gzip.compress(gzip.compress(b"<rss/>")),
}  # fmt: skip


def test_feeds_that_are_none_keep_nobody_waiting(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, fetch_timeout=5, poll_seconds=0.3, fetch_concurrency=64)
    fine = Site()
    counted: list[float] = []
    with serving(fine), Misbehaving({}) as server:
        server.routes |= {
            name: raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + body)
            for name, body in BAD_FEEDS.items()
        }
        sources = [source(f"s{n}", f"{server.url}/{name}") for n, name in enumerate(BAD_FEEDS)]
        fine.publish("a", "text")

        def until(state: State) -> bool:
            if not counted and fine.times("a"):
                counted.append(time.monotonic())
            asked = set(server.paths())
            return bool(counted) and asked >= BAD_FEEDS.keys() and looked(state) >= len(BAD_FEEDS)

        def looked(state: State) -> int:
            kept = Memory(state.database).all("way")
            return sum(url.startswith(server.url) for url in kept)

        metrics = asyncio.run(
            crawl(
                settings,
                [fine.source(), *sources],
                None,
                until,
                away=True,
                private=("127.0.0.1",),
            )
        )
        assert not [path for path in server.paths() if "root:" in path or "leak" in path.split("?")[-1]]
        assert all("\n" not in path and " " not in path for path in server.paths())
    labels = ("ok", "broken", "too-large", "bug", "state", "empty", "unchanged")
    found = {label: count(metrics, "newswatch_fetches_total", kind="feed", outcome=label) for label in labels}
    assert found["bug"] == found["state"] == 0
    assert found["ok"] + found["broken"] + found["empty"] >= len(BAD_FEEDS)


# The others


def test_a_source_beside_twenty_that_misbehave_is_as_quick_as_ever(tmp_path: Path) -> None:
    """Each with a host of its own: feeds, pages and robots.txt that hang, flood and blow up."""
    settings = Settings(data=tmp_path, fetch_timeout=8, poll_seconds=0.5)
    worst = (
        "silent", "slow-headers", "slow-body", "endless-body", "flood", "slow-flood", "bomb-gzip", "bomb-br",
        "bomb-zstd", "bomb-in-bomb",
    )  # fmt: skip
    hosts = [f"bad-{n}.example" for n in range(20)]
    names = Names(**{host.replace(".", "_"): ["127.0.0.1"] for host in hosts})
    fine = Site()
    delays: list[float] = []
    published = [0.0]

    def step(state: State) -> bool:
        name, now = f"page-{len(delays)}", time.monotonic()
        if name not in fine.pages:
            if len(server.asked) > 40 and now - published[0] > 0.5:
                fine.publish(name, "fresh")
                published[0] = now
        elif fine.times(name) and state.unsettled > len(delays):
            delays.append(now - published[0])
        return len(delays) == 6

    with serving(fine), Misbehaving({name: BEHAVIOURS[name][0] for name in worst}) as server:
        pages = [f"/{name}?{n}" for name in worst for n in range(5)]
        server.routes["feed"] = feed_of(*pages)
        ways = [worst[n // 2] if n % 2 else "feed" for n in range(20)]
        sources = [
            source(f"bad-{n}", f"http://{host}:{server.port}/{way}?{n}", poll_seconds=0.5, crawl_delay=1)
            for n, (host, way) in enumerate(zip(hosts, ways, strict=True))
        ]
        private = ("127.0.0.1", *hosts)
        everybody = [*sources, fine.source()]
        asyncio.run(crawl(settings, everybody, None, step, True, private, names, patience=90))
        assert len(server.asked) > 40
    assert sorted(delays)[len(delays) // 2] < 2
    assert max(delays) < settings.fetch_timeout  # nothing waits for what hangs
