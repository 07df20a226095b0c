"""Fetching politely and within bounds, whatever the web does: robots.txt, a pause between two fetches from a
host, and for each fetch a deadline and a most of bytes, of what they inflate to, and of redirects.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import quote_from_bytes, urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.crawler.answer import Answer, sent
from services.crawler.coding import GZIP, OFFERED, Bomb, Unreadable, inflate
from services.crawler.connections import Connector
from services.crawler.core import Response, decode, host, host_delay
from services.crawler.hosts import Hosts
from services.crawler.rhythm import retry_after
from services.crawler.robots import Robots, RobotsUnavailable, Verdict
from services.kit.addresses import PrivateAddress, PublicResolver, address
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.kit.urls import canonical

MOST_REDIRECTS = 10
MOST_TURNS = 10_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
INLINE = 16 * 1024  # bytes of a body that is inflated at once
FOR_GOOD = frozenset({301, 308})
CONNECT_SECONDS = 10.0  # for name, connection and TLS; part of the fetch's own deadline
ROBOTS_SECONDS = 10.0
ROBOTS_BYTES = 512 * 1024  # RFC 9309 asks for 500 KiB at least
HEADER_BYTES = 32 * 1024  # of one header: some sites list in one of them all that they load from
HOSTS_FAULT = frozenset({"timeout", "connect", "closed", "invalid-http", "error", "dns", "tls"})
ACCEPT_FEED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


class FetchFailed(Exception):
    """Nothing usable came: `outcome` for the metric, the text for people. `resting`: the seconds for which
    the host `where` is left alone; 0 where it is not, and what is asked of it failed by itself.
    """

    def __init__(self, outcome: str, cause: str, resting: float = 0.0, where: str = "") -> None:
        super().__init__(cause)
        self.outcome = outcome
        self.resting = resting
        self.where = where


class Forbidden(FetchFailed):
    """We must not: robots.txt asks us not to, or it is no public address."""


class Deadline:
    """The seconds that a fetch may take of the hosts that it asks, all its redirects together.

    What we wait for of our own accord does not count: the host's turn, a free slot, inflating. Nor does
    a robots.txt, which has a deadline of its own: it is fetched for all pages of its site.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """TimeoutError as soon as nothing is left."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= clock() - began

    def __str__(self) -> str:
        return f"{self._seconds:g} s"


class Turns:
    """When it is whose turn: the starts of two fetches from a host are at least a delay apart."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._most = MOST_TURNS

    async def take(self, name: str, delay: float) -> None:
        """Wait for the next turn at that host; the one after it comes `delay` seconds later."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next.get(name, now))
        self._set(name, turn + delay, now)
        if turn > now:
            await asyncio.sleep(turn - now)

    def note(self, name: str, delay: float) -> None:
        """Somebody fetches now without waiting; whoever waits next lets `delay` seconds pass."""
        now = asyncio.get_running_loop().time()
        self._set(name, max(self._next.get(name, now), now + delay), now)

    def _set(self, name: str, turn: float, now: float) -> None:
        self._next[name] = turn
        if len(self._next) >= self._most:
            self._next = {host: at for host, at in self._next.items() if at > now}
            self._most = max(MOST_TURNS, 2 * len(self._next))


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
        deadline = Deadline(self._settings.fetch_timeout)
        passed: list[str] = []
        await self._turns.take(host(url), self._settings.crawl_delay)
        while True:
            response = await self._ask(host(url), url, {"Accept": "*/*"}, deadline, form)
            target = response.header("location")
            if response.status not in {307, 308} or not target:
                return response
            passed.append(url)
            secure, url = url.startswith("https:"), _target(url, target, passed)
            if secure and not url.startswith("https:"):
                raise FetchFailed("redirects", f"redirects from https to {url}: what is sent is secret")

    async def _get(self, url: str, delay: float | None, headers: dict[str, str], patient: bool) -> Response:
        deadline = Deadline(self._settings.fetch_timeout)
        last_host, for_good = "", True
        passed: list[str] = []
        url = str(_address(url))
        while True:
            where = host(url)
            self._refuse_private(url)
            self._refuse_resting(where, self._hosts.resting(where))
            verdict = await self._verdict(url)
            pause = host_delay(delay, self._settings.crawl_delay, verdict.delay)
            if not patient:
                self._turns.note(where, pause)
            elif where != last_host:
                await self._turns.take(where, pause)
            last_host = where
            response = await self._ask(where, url, headers, deadline)
            target = response.header("location")
            if response.status not in REDIRECTS or not target:
                return replace(response, moved_to=url if passed and for_good else "")
            for_good = for_good and response.status in FOR_GOOD
            passed.append(url)
            url = _target(url, target, passed)

    def _refuse_private(self, url: str) -> None:
        parts = _address(url)
        refused = self._resolver.refuses(parts.raw_host or "", parts.port or 0)
        if refused is not None:
            raise Forbidden("private", refused)

    def _refuse_resting(self, where: str, rest: float) -> None:
        if rest > 0:
            raise FetchFailed(
                "resting", f"{where} is left alone for {rest:.0f} s after failures", rest, where
            )

    async def _verdict(self, url: str) -> Verdict:
        try:
            verdict = await self._robots.verdict(url)
        except RobotsUnavailable as error:
            raise FetchFailed("robots-unavailable", str(error), max(error.wait, 1.0), host(url)) from error
        if not verdict.allowed:
            raise Forbidden("forbidden", f"robots.txt of {host(url)} forbids {url}")
        return verdict

    async def _ask(
        self,
        where: str,
        url: str,
        headers: dict[str, str],
        deadline: Deadline,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        """One request, unless the host is to be left alone; what came of it is remembered of the host. Where
        the host rests from now on, that is what failed, not the page.
        """
        self._refuse_resting(where, self._hosts.admit(where))
        try:
            async with self._slots:
                response = await self._once(url, headers, deadline, self._settings.page_bytes, form)
        except FetchFailed as error:
            if error.outcome in HOSTS_FAULT:
                self._hosts.failed(where)
            elif not isinstance(error, Forbidden):
                self._hosts.answered(where)
            error.resting, error.where = self._hosts.resting(where), where
            raise
        asked = retry_after(response.header("retry-after"), response.fetched_at)
        if response.status == 429 or (response.status == 503 and asked is not None):
            self._hosts.asked_for_rest(where, asked)
        elif response.status >= 500:
            self._hosts.failed(where)
        else:
            self._hosts.answered(where)
            return response
        rest = self._hosts.resting(where)
        if rest > 0:
            cause = f"HTTP {response.status} {response.reason}".strip()
            raise FetchFailed(outcome_of(response.status), f"{cause}; it rests {rest:.0f} s", rest, where)
        return response

    async def _once(
        self,
        url: str,
        headers: dict[str, str],
        deadline: Deadline,
        limit: int,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        began = time.monotonic()
        try:
            async with deadline.running(), self._request(url, headers, form) as answer:
                body, longer = await _bounded(answer.content, limit)
            took = time.monotonic() - began
            response = await self._response(url, answer, body, longer, limit)
            return replace(response, sent=sent(answer), peer=answer.peer, took=took)
        except TimeoutError as error:
            raise FetchFailed("timeout", f"no whole answer within {deadline}") from error
        except aiohttp.ClientConnectorDNSError as error:
            if isinstance(error.os_error, PrivateAddress):
                raise Forbidden("private", str(error.os_error)) from error
            raise FetchFailed("dns", f"the name {error.host} cannot be resolved: {error.os_error}") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise FetchFailed("tls", f"its certificate is not to be trusted: {error}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed(_outcome(error), str(error) or type(error).__name__) from error

    @asynccontextmanager
    async def _request(
        self, url: str, headers: dict[str, str], form: Mapping[str, str] | None = None
    ) -> AsyncIterator[Answer]:
        self._refuse_private(url)
        async with self._session.request(
            "GET" if form is None else "POST",
            _address(url),
            data=form,
            headers={"User-Agent": self._settings.user_agent, "Accept-Encoding": OFFERED, **headers},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS),
        ) as answer:
            assert isinstance(answer, Answer)
            yield answer

    async def _response(
        self, url: str, answer: aiohttp.ClientResponse, body: bytes, longer: bool, limit: int
    ) -> Response:
        headers = tuple((_text(name), _header(name, value)) for name, value in answer.raw_headers)
        response = Response(
            url, answer.status, answer.reason or "", headers, body, body, self._clock(), longer
        )
        coding = response.header("content-encoding")
        try:
            undo = partial(inflate, body, coding, limit, response.media_type)
            # A large body in a thread: it takes so long that everybody else would feel it.
            quick = len(body) <= INLINE or not (coding or body.startswith(GZIP))
            content, larger = undo() if quick else await asyncio.to_thread(undo)
        except Bomb as error:
            raise FetchFailed("bomb", str(error)) from error
        except Unreadable as error:
            raise FetchFailed("coding", str(error)) from error
        return replace(response, content=content, truncated=longer or larger)

    async def _robots_txt(self, url: str) -> tuple[int, str]:
        """Status and text of a robots.txt, after redirects. OSError where none comes; Forbidden where the
        site is at no public address.
        """
        deadline = Deadline(min(ROBOTS_SECONDS, self._settings.fetch_timeout))
        passed: list[str] = []
        try:
            while len(passed) <= MOST_REDIRECTS:
                async with self._slots:
                    accept = {"Accept": "text/plain, */*;q=0.5"}
                    response = await self._once(url, accept, deadline, ROBOTS_BYTES)
                target = response.header("location")
                if response.status not in REDIRECTS or not target:
                    return response.status, decode(response.content, "")
                passed.append(url)
                url = _target(url, target, [])
        except FetchFailed as error:
            if isinstance(error, Forbidden) and not passed:
                raise  # then its pages are not to be asked for either
            raise ConnectionError(str(error)) from error
        return 404, ""  # by RFC 9309 too many redirects are as good as none


def outcome_of(status: int) -> str:
    """An HTTP status as the metrics count it."""
    return f"http-{status}" if status in {401, 403, 404, 410, 429} else f"http-{status // 100}xx"


def _outcome(error: Exception) -> str:
    match error:
        case aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorError():
            return "connect"
        case aiohttp.ClientResponseError():
            return "invalid-http"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | OSError():
            return "closed"
        case _:
            return "error"


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


def _address(url: str) -> URL:
    try:
        return address(url)
    except ValueError as error:
        raise FetchFailed("no-address", str(error)) from error


def _target(url: str, location: str, passed: list[str]) -> str:
    """Where a redirect leads; `passed` is the way so far. Names of users in it are dropped."""
    try:
        target = address(urljoin(url, location.strip()))
        canonical(str(target))
    except ValueError as error:
        raise FetchFailed(
            "redirects", f"redirects to {location[:200]!r}, which is no http(s) address"
        ) from error
    found = str(target.with_user(None) if target.raw_user is not None else target)
    if found in passed:
        raise FetchFailed("redirects", f"redirects in a circle, to {found}")
    if len(passed) > MOST_REDIRECTS:
        raise FetchFailed("redirects", f"more than {MOST_REDIRECTS} redirects, the last to {found}")
    return found


def _header(name: bytes, value: bytes) -> str:
    """An address in an encoding that is not UTF-8 is asked for by just its bytes."""
    if name.lower() == b"location":
        try:
            value.decode()
        except UnicodeDecodeError:
            return quote_from_bytes(value, safe="%/:?#[]@!$&'()*+,;=~")
    return _text(value)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")


@asynccontextmanager
async def fetching(
    settings: Settings,
    clock: Clock,
    private: Collection[str] = (),
    names: AbstractResolver | None = None,
) -> AsyncIterator[Fetcher]:
    """A fetcher with a session of its own: no cookies, no proxies, public addresses and the private ones
    that are named. HTTP and TLS errors are its own, not the library's. `names` looks names up; by default
    the system does.
    """
    resolver = PublicResolver(private, names)
    connector = Connector(resolver, settings.fetch_concurrency * 2)
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        response_class=Answer,
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
    ) as session:
        yield Fetcher(session, settings, clock, resolver)
