"""What a site's robots.txt lets us do (RFC 9309)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from services.crawler import robots_txt
from services.crawler.robots_txt import MOST_BYTES, Group

__all__ = ["MOST_BYTES", "Robots", "RobotsUnavailable", "Verdict", "allowed", "token"]

KEPT_SECONDS = 86_400.0
KEPT_UNREACHABLE_SECONDS = 5.0  # at first; twice as long after each failure
LONGEST_UNREACHABLE_SECONDS = 900.0
MOST_SITES = 20_000

Get = Callable[[str], Awaitable[tuple[int, str]]]


class RobotsUnavailable(Exception):
    """A site's robots.txt cannot be had just now, so nothing may be fetched there just now. It is asked for
    again after `wait` seconds.
    """

    def __init__(self, cause: str, wait: float) -> None:
        super().__init__(cause)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a page may be fetched, and how many seconds to leave between two fetches (None: unsaid)."""

    allowed: bool
    delay: float | None = None


def token(agent: str) -> str:
    """What robots.txt calls us: the product's name, without version and comment."""
    return robots_txt.token(agent)


def allowed(text: str, agent: str, url: str) -> tuple[bool, float | None]:
    """Whether `agent` may fetch `url` by that robots.txt, and the crawl delay in seconds it asks for."""
    rules = robots_txt.parse(text)
    return rules.allows(agent, url), rules.asks(agent).delay


class Robots:
    """The rules of the sites that we visit, each fetched once a day. `get` gives status and text."""

    def __init__(self, get: Get, agent: str, now: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._agent = agent
        self._now = now
        self._kept: dict[str, tuple[float, Group | str]] = {}
        self._failures: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def verdict(self, url: str) -> Verdict:
        """RobotsUnavailable where the site fails to answer: then nothing may be fetched there yet."""
        parts = urlsplit(url)
        site = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        rules = self._fresh(site)
        if rules is None:
            async with self._locks.setdefault(site, asyncio.Lock()):
                rules = self._fresh(site)
                if rules is None:
                    rules = await self._fetch(site)
        if isinstance(rules, str):
            raise RobotsUnavailable(rules, max(0.0, self._kept[site][0] - self._now()))
        return Verdict(rules.allows(url), rules.delay)

    def _fresh(self, site: str) -> Group | str | None:
        until, rules = self._kept.get(site, (0.0, ""))
        return rules if self._now() < until else None

    async def _fetch(self, site: str) -> Group | str:
        address = f"{site}/robots.txt"
        rules: Group | str
        try:
            status, text = await self._get(address)
        except (OSError, TimeoutError) as error:
            rules = f"{address}: {str(error) or type(error).__name__}"
        else:
            if status >= 500 or status == 429:
                rules = f"{address}: HTTP {status}"
            else:
                # In a thread: reading the longest takes too long for everybody else to wait.
                rules = await asyncio.to_thread(self._read, text if status == 200 else "")
        self._keep(site, rules)
        return rules

    def _read(self, text: str) -> Group:
        """What is for us; what is for others would take most of the memory."""
        return robots_txt.parse(text).asks(self._agent)

    def _keep(self, site: str, rules: Group | str) -> None:
        if isinstance(rules, str):
            failures = self._failures[site] = min(self._failures.get(site, 0) + 1, 20)
            kept = min(KEPT_UNREACHABLE_SECONDS * 2.0 ** (failures - 1), LONGEST_UNREACHABLE_SECONDS)
        else:
            self._failures.pop(site, None)
            kept = KEPT_SECONDS
        self._kept.pop(site, None)
        self._kept[site] = (self._now() + kept, rules)
        if len(self._kept) > MOST_SITES:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._locks.pop(oldest, None)
            self._failures.pop(oldest, None)
