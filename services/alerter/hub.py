"""Tells a WebSub hub that feeds have new alerts. It is a courtesy: whatever the hub does, alerts go on."""

import asyncio
from collections.abc import Iterable

import aiohttp

from services.kit import logs
from services.kit.addresses import PublicResolver, address, private_hosts
from services.kit.feeds import ATOM, JSON, feed_url
from services.kit.settings import Settings

PAUSE = 1.0  # seconds between two looks: a burst is told as one
AT_ONCE = 50  # subscriptions in one request
log = logs.get(__name__)


class HubPing:
    """Gathers what has changed, and tells it."""

    def __init__(self, settings: Settings, pause: float = PAUSE) -> None:
        self._settings = settings
        self._pause = pause
        self._changed: set[str] = set()
        self._failing = False

    def changed(self, subscriptions: Iterable[str]) -> None:
        """There are new alerts of these."""
        if self._settings.feed_hub:
            self._changed.update(subscriptions)

    async def run(self) -> None:
        """Until cancelled."""
        settings = self._settings
        resolver = PublicResolver(
            private_hosts(settings.webhook_private_hosts, ()), setting="NEWSWATCH_WEBHOOK_PRIVATE_HOSTS"
        )
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver),
            timeout=aiohttp.ClientTimeout(total=settings.webhook_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            while True:
                await asyncio.sleep(self._pause)
                if self._changed:
                    changed, self._changed = sorted(self._changed), set()
                    await self._tell(session, resolver, changed)

    async def _tell(
        self, session: aiohttp.ClientSession, resolver: PublicResolver, changed: list[str]
    ) -> None:
        for start in range(0, len(changed), AT_ONCE):
            error = await self._ping(session, resolver, changed[start : start + AT_ONCE])
            if error and not self._failing:
                log.warning(
                    "the WebSub hub was not told of new alerts", hub=self._settings.feed_hub, cause=error
                )
            self._failing = bool(error)
            if error:
                return

    async def _ping(
        self, session: aiohttp.ClientSession, resolver: PublicResolver, changed: list[str]
    ) -> str:
        """Why the hub did not hear; empty where it did."""
        home = self._settings.console_url
        feeds = [feed_url(home, kind, each) for each in (None, *changed) for kind in (ATOM, JSON)]
        form = aiohttp.FormData([("hub.mode", "publish"), *(("hub.url", feed) for feed in feeds)])
        try:
            url = address(self._settings.feed_hub)
            refused = resolver.refuses(url.raw_host or "", url.port or 0)
            if refused:
                return refused
            async with session.post(url, data=form, allow_redirects=False) as answer:
                return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}"[:300]
