"""The crawler at work: a watcher finds pages, and the pages are fetched and recorded."""

import asyncio
from collections.abc import Sequence

from services.crawler.fetch import Fetcher
from services.crawler.memory import Memory
from services.crawler.outbox import Outbox
from services.crawler.pages import Pages
from services.crawler.patience import Patience
from services.crawler.recorder import Recorder
from services.crawler.shards import Shard
from services.crawler.sources import Source
from services.crawler.state import State
from services.crawler.watcher import Watcher
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
        most_unsettled: int = MOST_UNSETTLED,
    ) -> None:
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
            came=self._page_came,
        )
        shard = Shard.parse(settings.shard)
        self._watcher = Watcher(
            settings=settings,
            sources=[source for source in sources if shard.watches(source)],
            state=state,
            memory=Memory(state.database),
            fetcher=fetcher,
            metrics=metrics,
            health=health,
            patience=patience,
            clock=clock,
            found=self._pages.frontier.add,
        )

    def _page_came(self, source: str, outcome: str) -> None:
        self._watcher.page_came(source, outcome)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pages.run())
            group.create_task(self._watcher.run())
