"""Pages at work: what is on the list is fetched, what is fetched is recorded."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from schemas.topics import RAW
from services.crawler import core, rhythm, walls
from services.crawler.core import Capture, Lead, Response
from services.crawler.database import host_of
from services.crawler.fetch import Fetcher, FetchFailed, Forbidden, outcome_of
from services.crawler.frontier import Frontier
from services.crawler.outbox import Outbox
from services.crawler.patience import Patience
from services.crawler.recorder import GONE, Page, Recorded, Recorder
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit import logs
from services.kit.clock import Clock
from services.kit.metrics import Metrics

BATCH = 32
LONGEST_WAIT = 86_400.0  # seconds for which a page waits for a host that rests
# What says nothing about whether the site gives us its pages.
OUR_OWN = frozenset({"bug", "no-source", "resting", "gone", "too-large"})
log = logs.get(__name__)


class Pages:
    """Runs until cancelled. Whatever is cut off then is still on the list of pages to fetch. `came` is told
    of each source's pages, by outcome: that they came, or that they were given up; `captured` hears of each
    new capture.
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        state: State,
        recorder: Recorder,
        fetcher: Fetcher,
        outbox: Outbox,
        metrics: Metrics,
        patience: Patience,
        clock: Clock,
        most_unsettled: int,
        at_once_per_host: int,
        came: Callable[[str, str], None],
        captured: Callable[[Lead, Capture], None] = lambda lead, capture: None,
    ) -> None:
        self._came = came
        self._sources = sources
        self._state = state
        self._recorder = recorder
        self._fetcher = fetcher
        self._outbox = outbox
        self._metrics = metrics
        self._patience = patience
        self._clock = clock
        self._most_unsettled = most_unsettled
        self._captured = captured
        self._full = False
        self._under_way = 0
        self._fetched: asyncio.Queue[Page] = asyncio.Queue(maxsize=2 * BATCH)
        self.frontier = Frontier(
            state=state,
            patience=patience,
            clock=clock,
            fetch=self._fetch,
            room=self._room,
            at_once=at_once_per_host,
        )

    async def run(self) -> None:
        hosts = await self.frontier.resume()
        if hosts:
            log.info("going on with pages from last time", hosts=hosts)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._record())
                group.create_task(self.frontier.look_again())
        finally:
            self.frontier.stop()

    async def _room(self) -> None:
        """Wait while the outbox is full."""
        while self._state.unsettled + self._under_way >= self._most_unsettled:
            if not self._full and self._state.unsettled >= self._most_unsettled:
                self._full = True
                log.warning(
                    "the outbox is full: no page is fetched until broker and store have caught up",
                    unsettled=self._state.unsettled,
                    most=self._most_unsettled,
                )
            await asyncio.sleep(0.5 if self._full else 0.02)
        if self._full:
            self._full = False
            log.info("the outbox has room again: fetching")

    # Fetching

    async def _fetch(self, lead: Lead) -> float:
        source = self._sources.get(lead.source)
        if source is None:
            await self._drop(lead, "no-source", f"its source {lead.source!r} is no longer in the catalogue")
            return 0.0
        self._under_way += 1
        handed_over = False
        try:
            response = await self._fetcher.page(lead.address, source.crawl_delay, lead.etag, lead.modified)
            handed_over = await self._take(lead, source, response)
        except Forbidden as error:
            await self._drop(lead, error.outcome, str(error))
        except FetchFailed as error:
            if error.resting:
                return await self._wait(lead, error)
            await self._failed(lead, error.outcome, str(error))
        except Exception as error:
            log.exception("a page failed by a bug", url=lead.address)
            await self._failed(lead, "bug", f"{type(error).__name__}: {error}")
        finally:
            self._under_way -= not handed_over
        return 0.0

    async def _take(self, lead: Lead, source: Source, response: Response) -> bool:
        """True if there is a page now that waits to be recorded."""
        if lead.step and response.status == 304:
            self._tell(lead, "not-modified")
            await self._look_again(lead, response)
            return False
        wall = None
        if response.status == 200 or response.status in walls.REFUSALS:
            wall = await asyncio.to_thread(walls.wall, lead.address, response)
        if wall is not None:
            await self._failed(lead, wall.kind, wall.reason)
        elif response.status != 200 and not (lead.step and response.status in GONE):
            wait = rhythm.retry_after(response.header("retry-after"), response.fetched_at)
            cause = f"HTTP {response.status} {response.reason}".strip()
            await self._failed(lead, outcome_of(response.status), cause, wait)
        elif response.status == 200 and not core.is_page(response):
            await self._drop(lead, "not-html", f"it is {response.media_type}")
        else:
            await self._fetched.put(Page(response, lead, source))
            return True
        return False

    async def _wait(self, lead: Lead, error: FetchFailed) -> float:
        """A host that rests is no fault of the page, which keeps its tries; returns the seconds for which its
        own host is to be left alone.
        """
        own = error.where == host_of(lead.address)
        now = self._clock().timestamp()
        if not lead.step and now - lead.discovered.timestamp() > LONGEST_WAIT:
            await self._drop(lead, error.outcome, str(error))
            return error.resting if own else 0.0
        if error.outcome != "resting":
            self._tell(lead, error.outcome)
        if own:
            self.frontier.finished(lead)
            return error.resting
        if lead.step:
            await self._look_again(lead, None)
            return 0.0
        await self._postpone(replace(lead, due=now + error.resting), error.resting)
        return 0.0

    async def _failed(self, lead: Lead, outcome: str, cause: str, retry_after: float | None = None) -> None:
        attempts = lead.attempts + 1
        pause = core.page_pause(attempts, retry_after)
        if pause is None or lead.step:
            await self._drop(lead, outcome, f"{cause}; {attempts} attempts")
            return
        self._metrics.fetches.labels(_kind(lead), outcome).inc()
        log.info(
            "page not fetched",
            url=lead.address,
            source=lead.source,
            cause=cause,
            next=f"again in {pause:g} s",
        )
        due = self._clock().timestamp() + pause
        await self._postpone(replace(lead, attempts=attempts, due=due), pause)

    async def _postpone(self, lead: Lead, pause: float) -> None:
        await self._patience(
            "a retry cannot be noted", self._state.postpone, lead.url, lead.attempts, lead.due
        )
        self.frontier.finished(lead)
        self.frontier.postponed(lead, pause)

    async def _drop(self, lead: Lead, outcome: str, cause: str) -> None:
        self._tell(lead, outcome)
        if lead.step:
            await self._look_again(lead, None)
            return
        log.warning(
            "page given up",
            url=lead.address,
            source=lead.source,
            cause=cause,
            next="fetched if its feed says it changed",
        )
        await self._patience("a page cannot be noted", self._state.done, lead, self._clock(), cause)
        self.frontier.finished(lead)

    async def _look_again(self, lead: Lead, response: Response | None) -> None:
        again = core.next_revisit(lead, self._clock(), response)
        await self._patience("a page cannot be noted", self._state.look_again, lead.url, again)
        self.frontier.finished(lead)

    # Recording

    async def _record(self) -> None:
        while True:
            batch = [await self._fetched.get()]
            while len(batch) < BATCH and not self._fetched.empty():
                batch.append(self._fetched.get_nowait())
            try:
                await self._record_batch(batch)
            except Exception:
                # One page must not take its neighbours with it.
                log.exception("recording failed by a bug: each page is tried alone", pages=len(batch))
                for page in batch:
                    await self._record_alone(page)
            finally:
                self._under_way -= len(batch)

    async def _record_alone(self, page: Page) -> None:
        try:
            await self._record_batch([page])
        except Exception as error:
            log.exception("a page cannot be recorded", url=page.response.url)
            await self._failed(page.lead, "bug", f"{type(error).__name__}: {error}")

    async def _record_batch(self, batch: Sequence[Page]) -> None:
        recorded = await self._patience("captures cannot be archived", self._recorder.archive, batch)
        await self._patience("captures cannot be noted", self._recorder.note, recorded)
        for page in batch:
            self.frontier.finished(page.lead)
        self._outbox.wake()
        self._count(recorded)

    def _tell(self, lead: Lead, outcome: str) -> None:
        self._metrics.fetches.labels(_kind(lead), outcome).inc()
        if outcome not in OUR_OWN:
            self._came(lead.source, outcome)

    def _count(self, recorded: Recorded) -> None:
        for same in recorded.unchanged:
            self._tell(same.page.lead, same.outcome)
        for noted in recorded.captures:
            if noted.message.topic == RAW.name:
                outcome = "gone" if noted.capture.gone_at is not None else "ok"
                self._tell(noted.lead, outcome)
                self._captured(noted.lead, noted.capture)
                continue
            self._tell(noted.lead, "too-large")
            self._metrics.dead_letters.labels("crawler", "too-large", "").inc()
            log.warning(
                "dead letter", reason="too-large", url=noted.lead.address, archive=noted.message.archive
            )


def _kind(lead: Lead) -> str:
    return "again" if lead.step else "page"
