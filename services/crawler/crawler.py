"""The crawler at work: feeds are polled, what they name is fetched, what is fetched is recorded."""

import asyncio
import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.topics import RAW
from services.crawler import core
from services.crawler.core import Lead, Response
from services.crawler.discovery import Feed, parse_feed
from services.crawler.fetch import Fetcher, FetchFailed, Forbidden
from services.crawler.outbox import Outbox
from services.crawler.recorder import Page, Recorded, Recorder
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit import logs, urls
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings

MOST_UNSETTLED = 5000
FETCHES_PER_HOST = 4
BATCH = 32
LONGEST_PAUSE = 30.0
log = logs.get(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class Watch:
    """A feed and how its last look went. `body` is the digest of the last answer that was read."""

    url: str
    source: Source
    every: float
    etag: str = ""
    modified: str = ""
    body: str = ""
    failures: int = 0
    known: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a look at a feed brought nothing."""

    outcome: str
    cause: str
    retry_after: float | None = None


class Crawler:
    """Runs until cancelled. Whatever is cut off then is still on the list of pages to fetch."""

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
        self._settings = settings
        self._sources = {source.id: source for source in sources}
        self._state = state
        self._recorder = recorder
        self._fetcher = fetcher
        self._outbox = outbox
        self._metrics = metrics
        self._health = health
        self._clock = clock
        self._most_unsettled = most_unsettled
        self._full = False
        self._under_way = 0
        self._queues: dict[str, deque[Lead]] = defaultdict(deque)
        self._workers: dict[str, set[asyncio.Task[None]]] = defaultdict(set)
        self._fetched: asyncio.Queue[Page] = asyncio.Queue(maxsize=2 * BATCH)

    async def run(self) -> None:
        """Poll every feed at its pace, fetch what is on the list, record what was fetched."""
        await self._resume()
        starts: dict[str, float] = defaultdict(float)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._record())
                for watch in self._watches():
                    where = core.host(watch.url)
                    group.create_task(self._keep_watching(watch, min(starts[where], watch.every)))
                    starts[where] += core.host_delay(
                        watch.source.crawl_delay, self._settings.crawl_delay, None
                    )
        finally:
            for task in [task for tasks in self._workers.values() for task in tasks]:
                task.cancel()

    def _watches(self) -> list[Watch]:
        return [
            Watch(url, source, source.poll_seconds or self._settings.poll_seconds)
            for source in self._sources.values()
            for url in source.feeds
        ]

    async def _resume(self) -> None:
        leads = await self._patiently("the list of pages to fetch cannot be read", self._state.leads)
        known = [lead for lead in leads if lead.source in self._sources]
        for lead in known:
            self._later(lead)
        if leads:
            log.info(
                "going on with pages from last time",
                pages=len(known),
                of_other_sources=len(leads) - len(known),
            )

    # Feeds

    async def _keep_watching(self, watch: Watch, start_after: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(start_after)
        watch.etag, watch.modified, watch.known = await self._patiently(
            "the feeds' state cannot be read", self._state.feed, watch.url
        )
        while True:
            started = loop.time()
            try:
                failure = await self._look(watch)
            except OSError as error:
                failure = Failure("state", str(error))
            except Exception as error:
                log.exception("a look at a feed failed by a bug", feed=watch.url)
                failure = Failure("bug", f"{type(error).__name__}: {error}")
            pause = self._judge(watch, failure)
            await asyncio.sleep(max(0.0, started + pause - loop.time()))

    def _judge(self, watch: Watch, failure: Failure | None) -> float:
        """Tell of it, and return the seconds until the next look is due, counted from the last."""
        if failure is None:
            if watch.failures:
                log.info("feed is back", feed=watch.url, source=watch.source.id)
            watch.failures = 0
            self._health.met("sources")
            return watch.every
        watch.failures += 1
        self._metrics.fetches.labels("feed", failure.outcome).inc()
        pause = core.feed_pause(watch.every, watch.failures, failure.retry_after)
        log.warning(
            "feed brings nothing",
            feed=watch.url,
            source=watch.source.id,
            cause=failure.cause,
            next=f"look {watch.failures + 1} in {pause:g} s",
        )
        if "sources" in self._health.reasons():
            self._health.unmet("sources", f"{watch.url}: {failure.cause}")
        return pause

    async def _look(self, watch: Watch) -> Failure | None:
        try:
            response = await self._fetcher.feed(
                watch.url, watch.source.crawl_delay, watch.etag, watch.modified
            )
        except FetchFailed as error:
            return Failure(error.outcome, str(error))
        if response.status == 304:
            self._metrics.fetches.labels("feed", "not-modified").inc()
            return None
        if response.status != 200:
            wait = core.retry_after(response.header("retry-after"))
            return Failure(
                _outcome(response.status), f"HTTP {response.status} {response.reason}".strip(), wait
            )
        if response.truncated:
            return Failure(
                "too-large", f"longer than {self._settings.page_bytes} bytes; raise NEWSWATCH_PAGE_BYTES"
            )
        digest = hashlib.sha256(response.content).hexdigest()
        if digest == watch.body:
            self._metrics.fetches.labels("feed", "unchanged").inc()
            return None
        failure = await self._read_feed(watch, response)
        if failure is None:
            watch.body = digest
            self._metrics.fetches.labels("feed", "ok").inc()
        return failure

    async def _read_feed(self, watch: Watch, response: Response) -> Failure | None:
        content_type = response.header("content-type")
        feed = await asyncio.to_thread(parse_feed, response.content, content_type, response.url)
        if feed.error is not None:
            return Failure("broken", feed.error)
        if feed.kind == "sitemap-index":
            children = ", ".join(feed.children[:2]) or "none"
            return Failure(
                "broken", f"is an index of sitemaps; watch the sitemaps that it names instead: {children}"
            )
        etag, modified = response.header("etag"), response.header("last-modified")
        leads = await asyncio.to_thread(self._discover, watch, feed, etag, modified)
        watch.etag, watch.modified, watch.known = etag, modified, True
        for lead in leads:
            self._later(lead)
        if leads:
            log.info("pages found", feed=watch.url, source=watch.source.id, kind=feed.kind, pages=len(leads))
        return None

    def _discover(self, watch: Watch, feed: Feed, etag: str, modified: str) -> list[Lead]:
        """Note what the feed names; returns the pages to fetch. On the first look the newest will do."""
        now = self._clock()
        wanted = core.newest(feed) if not watch.known else core.newest(feed, len(feed.entries))
        addresses = {}
        for entry in feed.entries:
            try:
                addresses[entry] = urls.canonical(entry.url)
            except ValueError:
                log.warning("a feed names what is no address", feed=watch.url, entry=entry.url[:200])
        known = self._state.fingerprints(watch.url, list(addresses.values()))
        fetched = self._state.fetched(list(addresses.values()))
        leads = {
            url: Lead(url, entry.url, watch.url, watch.source.id, entry.title, entry.published, now)
            for entry in wanted
            if (url := addresses.get(entry)) is not None
            and core.worth_fetching(entry, known.get(url), fetched.get(url))
        }
        marks = [(url, core.fingerprint(entry)) for entry, url in addresses.items()]
        self._state.discovered(watch.url, etag, modified, marks, list(leads.values()))
        return list(leads.values())

    # Pages

    def _later(self, lead: Lead) -> None:
        wait = lead.due - self._clock().timestamp()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._enqueue, lead)
        else:
            self._enqueue(lead)

    def _enqueue(self, lead: Lead) -> None:
        where = core.host(lead.address)
        self._queues[where].append(lead)
        workers = self._workers[where]
        if len(workers) < FETCHES_PER_HOST:
            task = asyncio.get_running_loop().create_task(self._work(where))
            workers.add(task)
            task.add_done_callback(workers.discard)

    async def _work(self, where: str) -> None:
        queue = self._queues[where]
        while queue:
            await self._room()
            if not queue:
                return
            lead = queue.popleft()
            self._under_way += 1
            handed_over = False
            try:
                handed_over = await self._fetch(lead)
            except Exception as error:
                log.exception("a page failed by a bug", url=lead.address)
                await self._failed(lead, "bug", f"{type(error).__name__}: {error}")
            finally:
                self._under_way -= not handed_over

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

    async def _fetch(self, lead: Lead) -> bool:
        """True if there is a page now that waits to be recorded."""
        source = self._sources[lead.source]
        try:
            response = await self._fetcher.page(lead.address, source.crawl_delay)
        except Forbidden as error:
            await self._drop(lead, error.outcome, str(error))
            return False
        except FetchFailed as error:
            await self._failed(lead, error.outcome, str(error))
            return False
        if response.status != 200:
            wait = core.retry_after(response.header("retry-after"))
            cause = f"HTTP {response.status} {response.reason}".strip()
            await self._failed(lead, _outcome(response.status), cause, wait)
        elif not core.is_page(response):
            await self._drop(lead, "not-html", f"it is {response.media_type}")
        else:
            await self._fetched.put(Page(response, lead, source))
            return True
        return False

    async def _failed(self, lead: Lead, outcome: str, cause: str, retry_after: float | None = None) -> None:
        attempts = lead.attempts + 1
        pause = core.page_pause(attempts, retry_after)
        if pause is None:
            await self._drop(lead, outcome, f"{cause}; {attempts} attempts")
            return
        self._metrics.fetches.labels("page", outcome).inc()
        log.info(
            "page not fetched",
            url=lead.address,
            source=lead.source,
            cause=cause,
            next=f"again in {pause:g} s",
        )
        due = self._clock().timestamp() + pause
        await self._patiently("a retry cannot be noted", self._state.postpone, lead.url, attempts, due)
        self._later(replace(lead, attempts=attempts, due=due))

    async def _drop(self, lead: Lead, outcome: str, cause: str) -> None:
        self._metrics.fetches.labels("page", outcome).inc()
        log.warning(
            "page given up",
            url=lead.address,
            source=lead.source,
            cause=cause,
            next="fetched if its feed says it changed",
        )
        await self._patiently("a page cannot be noted", self._state.done, lead, self._clock())

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
        recorded = await self._patiently("captures cannot be archived", self._recorder.archive, batch)
        await self._patiently("captures cannot be noted", self._recorder.note, recorded)
        self._outbox.wake()
        self._count(recorded)

    def _count(self, recorded: Recorded) -> None:
        if recorded.unchanged:
            self._metrics.fetches.labels("page", "unchanged").inc(len(recorded.unchanged))
        for noted in recorded.captures:
            if noted.message.topic == RAW.name:
                self._metrics.fetches.labels("page", "ok").inc()
                continue
            self._metrics.fetches.labels("page", "too-large").inc()
            self._metrics.dead_letters.labels("crawler", "too-large").inc()
            log.warning(
                "dead letter", reason="too-large", url=noted.lead.address, archive=noted.message.archive
            )

    async def _patiently(self, what: str, work: Callable[..., T], *arguments: object) -> T:
        """Do it in a thread, again and again until the disk lets us; each cause is told once."""
        pause, told = 0.5, ""
        while True:
            try:
                return await asyncio.to_thread(work, *arguments)
            except OSError as error:
                cause = _disk(error)
                if cause != told:
                    log.error("trying again until it works", trouble=what, cause=cause)
                    told = cause
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


def _outcome(status: int) -> str:
    return f"http-{status}" if status in {401, 403, 404, 410, 429} else f"http-{status // 100}xx"


def _disk(error: OSError) -> str:
    if error.filename is None and error.strerror is None:
        return str(error)
    return f"{error.filename or 'archive'}: {error.strerror}; free space there, or make it writable"
