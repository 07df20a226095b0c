"""What a site's robots.txt lets us do (RFC 9309)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

KEPT_SECONDS = 3600.0
KEPT_UNREACHABLE_SECONDS = 5.0
MOST_CHARACTERS = 512 * 1024
MOST_SITES = 10_000

Get = Callable[[str], Awaitable[tuple[int, str]]]


class RobotsUnavailable(Exception):
    """A site's robots.txt cannot be had just now, so nothing may be fetched there just now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a page may be fetched, and how many seconds to leave between two fetches (None: unsaid)."""

    allowed: bool
    delay: float | None = None


def token(agent: str) -> str:
    """What robots.txt calls us: the product's name, without version and comment."""
    return agent.strip().partition(" ")[0].partition("/")[0] or "*"


def allowed(robots_txt: str, agent: str, url: str) -> tuple[bool, float | None]:
    """Whether `agent` may fetch `url` by that robots.txt, and the crawl delay in seconds it asks for."""
    return _judge(Protego.parse(robots_txt[:MOST_CHARACTERS]), agent, url)


def _judge(rules: Protego, agent: str, url: str) -> tuple[bool, float | None]:
    name = token(agent)
    return bool(rules.can_fetch(url, name)), rules.crawl_delay(name)


class Robots:
    """The rules of the sites that we visit, each fetched once an hour. `get` gives status and text."""

    def __init__(self, get: Get, agent: str, now: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._agent = agent
        self._now = now
        self._kept: dict[str, tuple[float, Protego | str]] = {}
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
            raise RobotsUnavailable(rules)
        return Verdict(*_judge(rules, self._agent, url))

    def _fresh(self, site: str) -> Protego | str | None:
        until, rules = self._kept.get(site, (0.0, ""))
        return rules if self._now() < until else None

    async def _fetch(self, site: str) -> Protego | str:
        address = f"{site}/robots.txt"
        rules: Protego | str
        try:
            status, text = await self._get(address)
        except (OSError, TimeoutError) as error:
            rules = f"{address}: {str(error) or type(error).__name__}"
        else:
            if status >= 500 or status == 429:
                rules = f"{address}: HTTP {status}"
            else:
                rules = Protego.parse(text[:MOST_CHARACTERS] if status == 200 else "")
        kept = KEPT_UNREACHABLE_SECONDS if isinstance(rules, str) else KEPT_SECONDS
        if len(self._kept) >= MOST_SITES:
            self._kept.clear()
            self._locks.clear()
        self._kept[site] = (self._now() + kept, rules)
        return rules
