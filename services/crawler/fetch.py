"""Fetching politely: robots.txt, a pause between two fetches from one host, bounds on size and time."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from services.crawler.addresses import PrivateAddress, PublicResolver, port_of
from services.crawler.answer import Answer, sent
from services.crawler.coding import OFFERED, Unreadable, inflate
from services.crawler.core import Response, decode, host, host_delay
from services.crawler.hosts import Hosts
from services.crawler.rhythm import retry_after
from services.crawler.robots import MOST_BYTES, Robots, RobotsUnavailable, Verdict
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.kit.urls import canonical

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOSTS_FAULT = frozenset({"timeout", "error", "dns", "tls"})
ACCEPT_FEED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


class FetchFailed(Exception):
    """Nothing usable came: `outcome` for the metric, the text for people. `resting`: the seconds for which
    the host is left alone; 0 where it is not, and what is asked of it failed by itself.
    """

    def __init__(self, outcome: str, cause: str, resting: float = 0.0) -> None:
        super().__init__(cause)
        self.outcome = outcome
        self.resting = resting


class Forbidden(FetchFailed):
    """We must not: robots.txt asks us not to, or it is no public address."""


class Turns:
    """When it is whose turn: the starts of two fetches from a host are at least a delay apart."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    async def take(self, name: str, delay: float) -> None:
        """Wait for the next turn at that host; the one after it comes `delay` seconds later."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next.get(name, now))
        self._next[name] = turn + delay
        if turn > now:
            await asyncio.sleep(turn - now)

    def note(self, name: str, delay: float) -> None:
        """Somebody fetches now without waiting; whoever waits next lets `delay` seconds pass."""
        now = asyncio.get_running_loop().time()
        self._next[name] = max(self._next.get(name, now), now + delay)


class Fetcher:
    """The crawler's way to the web."""

    def __init__(
        self, session: aiohttp.ClientSession, settings: Settings, clock: Clock, resolver: PublicResolver
    ) -> None:
        self._session = session
        self._resolver = resolver
        self._settings = settings
        self._clock = clock
        self._turns = Turns()
        self._hosts = Hosts(time.monotonic)
        self._slots = asyncio.Semaphore(settings.fetch_concurrency)
        self._robots = Robots(self._robots_txt, settings.user_agent)

    async def feed(self, url: str, delay: float | None, etag: str = "", modified: str = "") -> Response:
        """A feed, if it has changed since (status 304 where not). It does not wait for the pages of its
        host, because its polling has a pace of its own. FetchFailed where no answer comes.
        """
        headers = {"Accept": ACCEPT_FEED, **_if_changed(etag, modified)}
        return await self._get(url, delay, headers, patient=False)

    async def page(self, url: str, delay: float | None, etag: str = "", modified: str = "") -> Response:
        """A page, at its host's turn, if it has changed since (status 304 where not). FetchFailed where no
        answer comes.
        """
        headers = {"Accept": ACCEPT_PAGE, **_if_changed(etag, modified)}
        return await self._get(url, delay, headers, patient=True)

    async def post_form(self, url: str, form: Mapping[str, str]) -> Response:
        """A request to a service that the form is made for, so robots.txt has no say; at its host's turn.
        307 and 308 are followed, but never from https to http. FetchFailed where no answer comes.
        """
        await self._turns.take(host(url), self._settings.crawl_delay)
        try:
            async with asyncio.timeout(self._settings.fetch_timeout):
                for _ in range(MOST_REDIRECTS + 1):
                    response = await self._ask(host(url), url, {"Accept": "*/*"}, form)
                    target = response.header("location")
                    if response.status not in {307, 308} or not target:
                        return response
                    secure, url = url.startswith("https:"), _target(url, target)
                    if secure and not url.startswith("https:"):
                        raise FetchFailed(
                            "redirects", f"redirects from https to {url}: what is sent is secret"
                        )
        except TimeoutError as error:
            self._hosts.failed(host(url))
            raise FetchFailed("timeout", f"no answer within {self._settings.fetch_timeout:g} s") from error
        raise FetchFailed("redirects", f"more than {MOST_REDIRECTS} redirects, the last to {url}")

    async def _get(self, url: str, delay: float | None, headers: dict[str, str], patient: bool) -> Response:
        last_host = ""
        for _ in range(MOST_REDIRECTS + 1):
            self._refuse_private(url)
            verdict = await self._verdict(url)
            where, pause = host(url), host_delay(delay, self._settings.crawl_delay, verdict.delay)
            if not patient:
                self._turns.note(where, pause)
            elif where != last_host:
                await self._turns.take(where, pause)
            last_host = where
            response = await self._ask(where, url, headers)
            target = response.header("location")
            if response.status not in REDIRECTS or not target:
                return response
            url = _target(url, target)
        raise FetchFailed("redirects", f"more than {MOST_REDIRECTS} redirects, the last to {url}")

    def _refuse_private(self, url: str) -> None:
        parts = urlsplit(url)
        refused = self._resolver.refuses(parts.hostname or "", port_of(parts))
        if refused is not None:
            raise Forbidden("private", refused)

    async def _verdict(self, url: str) -> Verdict:
        try:
            verdict = await self._robots.verdict(url)
        except RobotsUnavailable as error:
            raise FetchFailed("robots-unavailable", str(error)) from error
        if not verdict.allowed:
            raise Forbidden("forbidden", f"robots.txt of {host(url)} forbids {url}")
        return verdict

    async def _ask(
        self, where: str, url: str, headers: dict[str, str], form: Mapping[str, str] | None = None
    ) -> Response:
        """One request, unless the host is to be left alone; what came of it is remembered of the host."""
        rest = self._hosts.resting(where)
        if rest > 0:
            raise FetchFailed("resting", f"{where} is left alone for {rest:.0f} s after failures", rest)
        try:
            async with self._slots:
                response = await self._once(url, headers, form)
        except FetchFailed as error:
            if error.outcome in HOSTS_FAULT:
                self._hosts.failed(where)
            raise
        asked = retry_after(response.header("retry-after"), response.fetched_at)
        if response.status == 429 or (response.status == 503 and asked is not None):
            self._hosts.asked_for_rest(where, asked)
        elif response.status >= 500:
            self._hosts.failed(where)
        else:
            self._hosts.answered(where)
        return response

    async def _once(
        self, url: str, headers: dict[str, str], form: Mapping[str, str] | None = None
    ) -> Response:
        began = time.monotonic()
        try:
            async with self._request(url, headers, form) as answer:
                response = await self._read(url, answer)
                took = time.monotonic() - began
                return replace(response, sent=sent(answer), peer=answer.peer, took=took)
        except TimeoutError as error:
            raise FetchFailed("timeout", f"no answer within {self._settings.fetch_timeout:g} s") from error
        except aiohttp.ClientConnectorDNSError as error:
            if isinstance(error.os_error, PrivateAddress):
                raise Forbidden("private", str(error.os_error)) from error
            raise FetchFailed("dns", f"the name {error.host} cannot be resolved: {error.os_error}") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise FetchFailed("tls", f"its certificate is not to be trusted: {error}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed("error", str(error) or type(error).__name__) from error

    @asynccontextmanager
    async def _request(
        self, url: str, headers: dict[str, str], form: Mapping[str, str] | None = None
    ) -> AsyncIterator[Answer]:
        self._refuse_private(url)
        async with self._session.request(
            "GET" if form is None else "POST",
            URL(url, encoded=True) if url.isascii() else URL(url),
            data=form,
            headers={"User-Agent": self._settings.user_agent, "Accept-Encoding": OFFERED, **headers},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=self._settings.fetch_timeout),
        ) as answer:
            assert isinstance(answer, Answer)
            yield answer

    async def _read(self, url: str, answer: aiohttp.ClientResponse) -> Response:
        limit = self._settings.page_bytes
        body, longer = await _bounded(answer.content, limit)
        try:
            content, larger = inflate(body, answer.headers.get("Content-Encoding", ""), limit)
        except Unreadable as error:
            raise FetchFailed("error", str(error)) from error
        headers = tuple((_text(name), _text(value)) for name, value in answer.raw_headers)
        return Response(
            url, answer.status, answer.reason or "", headers, body, content, self._clock(), longer or larger
        )

    async def _robots_txt(self, url: str) -> tuple[int, str]:
        """Status and text of a robots.txt, after redirects. OSError or TimeoutError where none comes."""
        try:
            for _ in range(MOST_REDIRECTS + 1):
                async with self._slots:
                    response = await self._once(url, {"Accept": "text/plain, */*;q=0.5"})
                target = response.header("location")
                if response.status not in REDIRECTS or not target:
                    return response.status, decode(response.content[:MOST_BYTES], "")
                url = _target(url, target)
        except FetchFailed as error:
            raise ConnectionError(str(error)) from error
        return 404, ""  # by RFC 9309 too many redirects are as good as none


def _if_changed(etag: str, modified: str) -> dict[str, str]:
    headers = {"If-None-Match": etag, "If-Modified-Since": modified}
    return {name: value for name, value in headers.items() if value}


async def _bounded(stream: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether there are more."""
    body = bytearray()
    async for chunk in stream.iter_any():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def _target(url: str, location: str) -> str:
    try:
        target = urljoin(url, location.strip())
        canonical(target)
    except ValueError as error:
        raise FetchFailed(
            "redirects", f"redirects to {location[:200]!r}, which is no http(s) address"
        ) from error
    return target


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")


@asynccontextmanager
async def fetching(settings: Settings, clock: Clock, private: Collection[str] = ()) -> AsyncIterator[Fetcher]:
    """A fetcher with a session of its own: no cookies, no proxies, public addresses and the private ones
    that are named. HTTP and TLS errors are its own, not the library's.
    """
    resolver = PublicResolver(private)
    connector = aiohttp.TCPConnector(
        resolver=resolver, limit=settings.fetch_concurrency * 2, ttl_dns_cache=60, keepalive_timeout=10
    )
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        response_class=Answer,
    ) as session:
        yield Fetcher(session, settings, clock, resolver)
