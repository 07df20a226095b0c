"""The crawler at work: a watcher finds pages, and the pages are fetched and recorded."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from services.crawler.core import Capture, Lead
from services.crawler.fetch import Fetcher
from services.crawler.memory import Memory
from services.crawler.outbox import Outbox
from services.crawler.pages import Pages
from services.crawler.patience import Patience
from services.crawler.recorder import Recorder
from services.crawler.shards import Shard
from services.crawler.sources import Source
from services.crawler.state import State
from services.crawler.watcher import (
    Rejected,
    Stored,
    Told,
    Watcher,
    nobody_told,
    nothing_rejected,
    nothing_stored,
)
from services.crawler.websub import Subscriber
from services.crawler.websub.server import application, listening
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings

MOST_UNSETTLED = 5000


class Crawler:
    """Runs until cancelled. Whatever is cut off then is still on disk."""

    def __init__(
        self,
        *,
        settings: Settings,
        sources: Sequence[Source],
        state: State,
        recorder: Recorder,
        fetcher: Fetcher,
        outbox: Outbox,
        metrics: Metrics,
        health: Health,
        clock: Clock,
        stored: Stored = nothing_stored,
        rejected: Rejected = nothing_rejected,
        told: Told = nobody_told,
        most_unsettled: int = MOST_UNSETTLED,
    ) -> None:
        self._state = state
        self._shard = Shard.parse(settings.shard)
        patience = Patience()
        # Pages of sources that another crawler watches by now are fetched to the end.
        self._pages = Pages(
            sources={source.id: source for source in sources},
            state=state,
            recorder=recorder,
            fetcher=fetcher,
            outbox=outbox,
            metrics=metrics,
            patience=patience,
            clock=clock,
            most_unsettled=most_unsettled,
            at_once_per_host=settings.host_concurrency,
            captured=self._teach,
            came=self._page_came,
        )
        watched = [source for source in sources if self._shard.watches(source)]
        memory = Memory(state.database)
        self._settings = settings
        self._hubs: Subscriber | None = None
        if settings.websub_url:
            self._hubs = Subscriber(
                base=settings.websub_url,
                ways=[way.url for source in watched for way in source.ways],
                memory=memory,
                post=fetcher.post_form,
                metrics=metrics,
                patience=patience,
                clock=clock,
            )
        self._watcher = Watcher(
            settings=settings,
            sources=watched,
            state=state,
            memory=memory,
            fetcher=fetcher,
            metrics=metrics,
            health=health,
            patience=patience,
            clock=clock,
            found=self._pages.frontier.add,
            stored=stored,
            rejected=rejected,
            told=told,
            hubs=self._hubs,
        )

    def _teach(self, lead: Lead, capture: Capture) -> None:
        self._watcher.captured(lead, capture)

    def _page_came(self, source: str, outcome: str) -> None:
        self._watcher.page_came(source, outcome)

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            if self._hubs is not None:
                await self._hubs.begin()
                app = application(self._hubs, self._settings.page_bytes)
                await stack.enter_async_context(
                    listening(app, self._settings.host, self._settings.websub_port)
                )
            group = await stack.enter_async_context(asyncio.TaskGroup())
            group.create_task(self._pages.run())
            group.create_task(self._watcher.run())
            if self._hubs is not None:
                group.create_task(self._hubs.run())

    def retired(self) -> bool:
        """Whether it only had to bring its work to an end, and has. StateError where that cannot be read."""
        return self._shard.retires and not self._state.unsettled and not self._state.hosts()
