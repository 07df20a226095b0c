"""Feeds, sitemaps and section pages at work: each is looked at in its own rhythm, what it names that is new
goes onto the list of pages to fetch.
"""

import asyncio
import hashlib
import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.crawler import core, pulse, recall, rhythm, walls
from services.crawler.core import Capture, Lead, Response
from services.crawler.discovery import Entry, Feed, learned, parse_feed
from services.crawler.discovery.learned import Learned
from services.crawler.fetch import Fetcher, FetchFailed, outcome_of
from services.crawler.memory import Found, Memory
from services.crawler.patience import Patience
from services.crawler.pulse import Course, Pulse
from services.crawler.rhythm import Hints, Rhythm
from services.crawler.sources import Source, Way
from services.crawler.state import State
from services.crawler.websub import Delivery, Subscriber
from services.kit import logs, urls
from services.kit.clock import Clock
from services.kit.errors import Unavailable
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.store.protocol import SourceHealth

CHILDREN = 4  # sitemaps of an index that are watched: the newest
DEPTH = 2  # of indexes within indexes
ASKED = 4  # turns of the upkeep between two questions for pages that are no articles
READERS = 4  # deliveries of hubs that are read at the same time
FOUND_BY = {
    "feed": Found.FEED,
    "news-sitemap": Found.SITEMAP,
    "sitemap": Found.SITEMAP,
    "section": Found.SECTION,
}
log = logs.get(__name__)

Stored = Callable[[Sequence[str]], set[str]]
"""Those of these addresses whose article is in the store; Unavailable where it does not answer."""


Rejected = Callable[[Sequence[str]], dict[str, str]]
"""Those of these captures that are no articles, and why, by the cleaner's code; Unavailable as above."""


Told = Callable[[Sequence[SourceHealth]], None]
"""Keeps how sources are, for people to look at; Unavailable as above."""


def nothing_stored(addresses: Sequence[str]) -> set[str]:
    """For a crawler without a store."""
    return set()


def nothing_rejected(captures: Sequence[str]) -> dict[str, str]:
    """For a crawler without a store."""
    return {}


def nobody_told(states: Sequence[SourceHealth]) -> None:
    """For a crawler without a store."""


@dataclass(slots=True, eq=False)
class Watch:
    """A way and how its last look went. `body` is the digest of the last answer that was read in this run;
    `page` what a section page taught, `verdicts` whether pages that it named turned out to be articles.
    `due`: when it is looked at next, in the loop's time. One document is read at a time: `reading`. `moved`:
    where it redirects to for good.
    """

    way: Way
    source: Source
    depth: int = 0
    etag: str = ""
    modified: str = ""
    body: str = ""
    known: bool = False
    begun: bool = False
    dropped: bool = False
    course: Course = field(default_factory=Course)
    due: float = 0.0
    moved: str = ""
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    hints: Hints = field(default_factory=Hints)
    children: dict[str, "Watch"] = field(default_factory=dict)
    page: Learned = field(default_factory=Learned)
    verdicts: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.way.url

    @property
    def rhythm(self) -> Rhythm:
        return self.course.rhythm


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a look brought nothing: for the metric, for people, and what the site asks for in seconds."""

    outcome: str
    cause: str
    retry_after: float | None = None


class Watcher:
    """Runs until cancelled. `found` takes pages that are on the list, on disk, to be fetched. `hubs`: where
    feeds name any, they deliver; None: everything is polled.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        sources: Sequence[Source],
        state: State,
        memory: Memory,
        fetcher: Fetcher,
        metrics: Metrics,
        health: Health,
        patience: Patience,
        clock: Clock,
        found: Callable[[Sequence[Lead]], None],
        stored: Stored = nothing_stored,
        rejected: Rejected = nothing_rejected,
        told: Told = nobody_told,
        hubs: Subscriber | None = None,
    ) -> None:
        self._settings = settings
        self._state = state
        self._memory = memory
        self._fetcher = fetcher
        self._metrics = metrics
        self._health = health
        self._patience = patience
        self._clock = clock
        self._found = found
        self._stored = stored
        self._rejected = rejected
        self._told = told
        self._noted: dict[str, tuple[str, date]] = {}
        self._to_tell: dict[tuple[str, str, date], SourceHealth] = {}
        self._hubs = hubs
        self._sources = {source.id: source for source in sources}
        self._pulses: dict[str, Pulse] = {}
        self._states: dict[str, pulse.State] = {}
        self._finds: dict[str, dict[Found, int]] = {}
        self._watches: dict[str, list[Watch]] = {}
        self._ways: dict[str, Watch] = {}
        self._heap: list[tuple[float, int, Watch]] = []
        self._number = itertools.count()
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._sections: dict[str, Watch] = {}

    async def run(self) -> None:
        kept = await self._patience("what is known of the sources cannot be read", self._memory.all, "source")
        for source in self._sources.values():
            self._pulses[source.id] = _loaded(kept.get(source.id, ""))
            watches = self._watches[source.id] = [Watch(way, source) for way in source.ways]
            for watch in watches:
                self._ways[watch.url] = watch
                self._plan(watch, 0.0)
        if not self._sources:
            self._health.met("sources")  # there is nothing to wait for
        async with asyncio.TaskGroup() as group:
            group.create_task(self._upkeep())
            group.create_task(self._look_in_time(group))
            if self._hubs is not None:
                group.create_task(self._do_without(self._hubs))
                for _ in range(READERS):
                    group.create_task(self._take(self._hubs))

    def captured(self, lead: Lead, capture: Capture) -> None:
        """A page was captured: where a section page had named it, that learns whether it was right."""
        of_source = self._pulses.get(lead.source)
        if of_source is not None and capture.gone_at is None:
            self._pulses[lead.source] = pulse.captured(of_source, capture.id)
        watch = self._sections.get(lead.feed)
        article = learned.is_article(capture.html) if watch is not None and not lead.step else None
        if watch is not None and article is not None:
            watch.verdicts.append((lead.address, article))

    def page_came(self, source: str, outcome: str) -> None:
        """How a page of a source came, or why not. Sources of other crawlers are none of ours."""
        of_source = self._pulses.get(source)
        if of_source is not None:
            self._pulses[source] = pulse.paged(of_source, outcome)

    # When

    def _plan(self, watch: Watch, wait: float) -> None:
        watch.due = asyncio.get_running_loop().time() + wait
        heapq.heappush(self._heap, (watch.due, next(self._number), watch))
        self._news.set()

    async def _look_in_time(self, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            wait = self._heap[0][0] - loop.time() if self._heap else 3600.0
            if wait > 0 or len(self._under_way) >= self._settings.fetch_concurrency:
                self._news.clear()
                await _either(self._news.wait(), max(wait, 0.02))
                continue
            due, _, watch = heapq.heappop(self._heap)
            if watch.dropped or due != watch.due:
                continue
            watch.due = 0.0
            task = group.create_task(self._turn(watch))
            self._under_way.add(task)
            task.add_done_callback(self._turned)

    def _turned(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._news.set()

    async def _turn(self, watch: Watch) -> None:
        """One look, and the plan for the next one."""
        started = asyncio.get_running_loop().time()
        if not watch.begun:
            async with watch.reading:
                wait = await self._begin(watch)
            if wait > 0:
                self._plan(watch, wait)
                return
        failure, arrivals = await self._looked(watch)
        if arrivals and self._hubs is not None:
            self._hubs.missed(watch.url)
        now = self._clock().timestamp()
        wait = self._judge(watch, failure, arrivals, now)
        self._memory.put("way", watch.url, watch.course.dumps())
        passed = asyncio.get_running_loop().time() - started
        self._plan(watch, max(0.0, wait - passed))

    async def _begin(self, watch: Watch) -> float:
        """Remember how it was; returns the seconds until the first look is due."""
        watch.begun = True
        watch.etag, watch.modified, watch.known = await self._patience(
            "the feeds' state cannot be read", self._state.feed, watch.url
        )
        text = await self._patience("the feeds' state cannot be read", self._memory.get, "way", watch.url)
        try:
            watch.course = Course.loads(text) if text else Course()
        except (ValueError, TypeError, KeyError):
            log.warning(
                "what was known of a feed's rhythm cannot be read: it is learned anew", feed=watch.url
            )
        if watch.way.kind == "section":
            await self._recall_page(watch)
        return self._left(watch)

    def _left(self, watch: Watch) -> float:
        """Seconds until the next look is due by what is known now."""
        if not watch.rhythm.last:
            return 0.0
        now = self._clock().timestamp()
        return max(0.0, watch.rhythm.last + self._pause(watch, watch.rhythm.last) - now)

    async def _recall_page(self, watch: Watch) -> None:
        self._sections[watch.url] = watch
        text = await self._patience("the feeds' state cannot be read", self._memory.get, "page", watch.url)
        try:
            watch.page = Learned.loads(text) if text else Learned()
        except (ValueError, TypeError, KeyError):
            log.warning("what was learned of a page cannot be read: it is learned anew", feed=watch.url)

    def _pause(self, watch: Watch, now: float) -> float:
        if watch.source.poll_seconds is not None:
            return watch.source.poll_seconds
        hints = replace(watch.hints, hub=self._hubs is not None and self._hubs.reliable(watch.url))
        return rhythm.pause(watch.rhythm, now, self._settings.poll_seconds, hints, random.random())

    def _judge(
        self, watch: Watch, failure: Failure | None, arrivals: Sequence[float] | None, now: float
    ) -> float:
        """Tell of it, and return the seconds until the next look is due, counted from the last."""
        of_source = self._pulses[watch.source.id]
        if failure is None:
            if watch.course.failures:
                log.info("feed is back", feed=watch.url, source=watch.source.id)
            self._health.met("sources")
            watch.course = pulse.looked(watch.course, now, arrivals, watch.moved)
            self._pulses[watch.source.id] = pulse.succeeded(of_source, now, arrivals or ())
            return self._pause(watch, now)
        failures = watch.course.failures + 1
        watch.course = replace(watch.course, failures=failures, cause=failure.cause)
        self._metrics.fetches.labels(watch.way.kind, failure.outcome).inc()
        self._pulses[watch.source.id] = pulse.failed(
            of_source, now, failure.outcome, f"{watch.url}: {failure.cause}"
        )
        every = watch.source.poll_seconds or self._settings.poll_seconds
        wait = core.feed_pause(every, failures, failure.retry_after)
        log.warning(
            "feed brings nothing",
            feed=watch.url,
            source=watch.source.id,
            cause=failure.cause,
            next=f"look {failures + 1} in {wait:g} s",
        )
        if "sources" in self._health.reasons():
            self._health.unmet("sources", f"{watch.url}: {failure.cause}")
        return wait

    # Looking

    async def _looked(self, watch: Watch) -> tuple[Failure | None, Sequence[float] | None]:
        try:
            return await self._look(watch)
        except FetchFailed as error:
            return Failure(error.outcome, str(error), error.resting or None), None
        except OSError as error:
            return Failure("state", str(error)), None
        except Exception as error:
            log.exception("a look at a feed failed by a bug", feed=watch.url)
            return Failure("bug", f"{type(error).__name__}: {error}"), None

    async def _look(self, watch: Watch) -> tuple[Failure | None, Sequence[float] | None]:
        """Why it failed, or the times of what is new; None for the times where there is nothing to learn."""
        # An index must be read once in each run: its children are not remembered.
        conditional = watch.way.kind != "sitemap" or bool(watch.body)
        etag, modified = (watch.etag, watch.modified) if conditional else ("", "")
        response = await self._fetcher.feed(watch.url, watch.source.crawl_delay, etag, modified)
        kind = watch.way.kind
        watch.moved = _moved(watch.url, response.moved_to)
        if response.status == 304:
            self._metrics.fetches.labels(kind, "not-modified").inc()
            return None, ()
        wall = await asyncio.to_thread(walls.wall, watch.url, response)
        if wall is not None:
            return Failure(wall.kind, wall.reason), None
        if response.status != 200:
            wait = rhythm.retry_after(response.header("retry-after"), response.fetched_at)
            cause = f"HTTP {response.status} {response.reason}".strip()
            return Failure(outcome_of(response.status), cause, wait), None
        if response.truncated:
            cause = f"longer than {self._settings.page_bytes} bytes; raise NEWSWATCH_PAGE_BYTES"
            return Failure("too-large", cause), None
        digest = hashlib.sha256(response.content).hexdigest()
        if digest == watch.body:
            self._metrics.fetches.labels(kind, "unchanged").inc()
            return None, ()
        async with watch.reading:
            failure, arrivals = await self._read(watch, response, FOUND_BY[kind])
        if failure is None:
            watch.body = digest
            self._metrics.fetches.labels(kind, "ok").inc()
        return failure, arrivals

    async def _read(
        self, watch: Watch, response: Response, way: Found
    ) -> tuple[Failure | None, Sequence[float] | None]:
        """What the document of a look brings, or of a hub."""
        content_type = response.header("content-type")
        feed = await asyncio.to_thread(parse_feed, response.content, content_type, response.url)
        failure = _unfit(watch, feed)
        if failure is not None:
            return failure, None
        if feed.kind == "sitemap-index":
            return self._adopt(watch, feed), None
        before = watch.known
        if way & Found.HUB:
            # While the disk lets nothing in, deliveries wait, and then hubs are told to come again.
            leads, first = await self._patience(
                "what a hub delivers cannot be noted",
                lambda: self._discover(watch, feed, watch.etag, watch.modified, way),
            )
        else:
            watch.hints = _hints(response, feed)
            etag, modified = response.header("etag"), response.header("last-modified")
            if self._hubs is not None:
                self._hubs.announced(watch.url, response, feed)
            leads, first = await asyncio.to_thread(self._discover, watch, feed, etag, modified, way)
            watch.etag, watch.modified = etag, modified
        watch.known = True
        if first and before:
            return Failure(
                "changed", "lists other pages than it did: it was rebuilt, and is learned anew"
            ), None
        if leads:
            self._found(leads)
            log.info("pages found", feed=watch.url, source=watch.source.id, kind=feed.kind, pages=len(leads))
        if first:
            return None, ()
        return None, [(lead.published or lead.discovered).timestamp() for lead in leads]

    def _adopt(self, watch: Watch, index: Feed) -> Failure | None:
        """Watch the newest sitemaps of an index, and no longer those that are not among them."""
        if watch.depth >= DEPTH:
            return Failure("broken", f"is an index of sitemaps within {DEPTH} others")
        wanted = core.newest_children(index, CHILDREN)
        for url in watch.children.keys() - set(wanted):
            watch.children.pop(url).dropped = True
        for url in wanted:
            if url not in watch.children:
                child = Watch(Way(watch.way.kind, url), watch.source, watch.depth + 1)
                watch.children[url] = child
                self._plan(child, 0.0)
        return None if wanted else Failure("broken", "is an index of no sitemaps")

    def _discover(
        self, watch: Watch, feed: Feed, etag: str, modified: str, way: Found
    ) -> tuple[list[Lead], bool]:
        """Note what the feed names; returns the pages to fetch, and whether this was the first look."""
        now, known_before, page = self._clock(), watch.known, watch.page
        if watch.way.kind == "section":
            feed, known_before, page = _learn(watch, feed, now)
        plan = core.plan(watch.way.kind, feed, known_before, now)
        addresses = {}
        for entry in plan.entries:
            try:
                addresses[entry] = urls.canonical(entry.url)
            except ValueError:
                log.warning("a feed names what is no address", feed=watch.url, entry=entry.url[:200])
        listed = list(addresses.values())
        kept = set() if watch.known else self._kept(watch, listed)
        if core.watched_before(len(kept), len(listed)):
            plan = core.plan(watch.way.kind, feed, True, now)
        known = self._state.fingerprints(watch.url, listed)
        fetched = self._state.fetched(listed) | dict.fromkeys(kept, now)
        leads = {
            url: Lead(url, entry.url, watch.url, watch.source.id, entry.title, entry.published, now)
            for entry in plan.wanted
            if (url := addresses.get(entry)) is not None
            and core.worth_fetching(entry, known.get(url), fetched.get(url), plan.by_address)
        }
        marks = [(url, core.fingerprint(entry, plan.by_address)) for entry, url in addresses.items()]
        at = now.timestamp()
        self._state.discovered(watch.url, etag, modified, marks, list(leads.values()), at)
        if page is not watch.page:
            watch.page = page
            self._memory.put("page", watch.url, page.dumps())
        if known_before:
            new = [url for url in listed if url not in known]
            self._memory.found(watch.source.id, new, way, at)
        return list(leads.values()), not known_before

    def _kept(self, watch: Watch, listed: Sequence[str]) -> set[str]:
        """Pages that another crawler captured, or this one before it lost its memory."""
        try:
            return self._stored(listed)
        except Unavailable as error:
            log.warning(
                "a first look without the store: pages that it has may be captured once more",
                feed=watch.url,
                cause=str(error),
            )
            return set()

    # Hubs

    async def _take(self, hubs: Subscriber) -> None:
        """What hubs deliver is read as if it had been fetched."""
        while True:
            delivery = await hubs.deliveries.get()
            try:
                outcome = await self._delivered(delivery)
            except Exception as error:
                # A look will find what is lost here.
                log.exception("a hub's delivery is lost", feed=delivery.way, cause=str(error))
                outcome = "bug"
            hubs.delivered(delivery.way, outcome)

    async def _delivered(self, delivery: Delivery) -> str:
        """What became of it, as the metric counts it."""
        watch, at = self._ways[delivery.way], self._clock()
        headers = (("Content-Type", delivery.content_type),)
        response = Response(delivery.topic, 200, "OK", headers, delivery.body, delivery.body, at)
        # What a hub delivers, the feed has as well: it counts for both.
        way = FOUND_BY[watch.way.kind] | Found.HUB
        async with watch.reading:
            if not watch.begun:
                await self._begin(watch)
            failure, arrivals = await self._read(watch, response, way)
        if failure is not None:
            log.warning("a hub delivers what cannot be read", feed=watch.url, cause=failure.cause)
            return failure.outcome
        now = at.timestamp()
        if arrivals is not None:
            watch.course = pulse.delivered(watch.course, now, arrivals)
            self._memory.put("way", watch.url, watch.course.dumps())
        self._pulses[watch.source.id] = pulse.succeeded(self._pulses[watch.source.id], now, arrivals or ())
        return "ok"

    async def _do_without(self, hubs: Subscriber) -> None:
        """Look in time again where a hub has ceased to deliver."""
        while True:
            watch = self._ways[await hubs.unreliable.get()]
            if watch.due:  # else it is looked at just now, and planned then
                self._plan(watch, self._left(watch))

    # Upkeep

    async def _upkeep(self) -> None:
        turns = itertools.count()
        while True:
            await asyncio.sleep(min(30.0, self._settings.poll_seconds))
            turn = next(turns)
            if turn % ASKED == 0:
                await self._learn_of_rejected()
            for id, of_source in self._pulses.items():
                self._memory.put("source", id, of_source.dumps())
            await self._patience("what was learned cannot be noted", self._memory.flush)
            self._finds = await self._patience("who found what cannot be read", self._memory.finds)
            self._tell_health()
            await self._tell_store()
            if turn % 1000 == 0:
                now = self._clock().timestamp()
                await self._patience("what is old cannot be forgotten", self._memory.forget, now)
                await self._patience("what is old cannot be forgotten", self._state.forget_entries, now)

    async def _learn_of_rejected(self) -> None:
        """Which of the last pages turned out to be no articles: the cleaner said so, the store keeps it."""
        asked = [capture for each in self._pulses.values() for capture, _ in each.captures]
        if not asked:
            return
        try:
            rejected = await asyncio.to_thread(self._rejected, asked)
        except Unavailable as error:
            log.warning("which pages were no articles cannot be asked", cause=str(error))
            return
        for id, of_source in self._pulses.items():
            self._pulses[id] = pulse.cleaned(of_source, rejected)

    async def _tell_store(self) -> None:
        """How sources are, each once a day and when that changes."""
        states = dict(self._to_tell)
        if not states:
            return
        try:
            await asyncio.to_thread(self._told, list(states.values()))
        except Unavailable as error:
            log.warning("how the sources are cannot be kept now", cause=str(error))
            return
        for key in states:
            del self._to_tell[key]

    def _note(self, source: Source, judged: pulse.Health, at: datetime) -> None:
        """To be told to the store: what is new, or of a new day."""
        day = at.date()
        if self._noted.get(source.id) == (judged.state, day):
            return
        self._noted[source.id] = (judged.state, day)
        self._to_tell[source.id, judged.state, day] = SourceHealth(
            source=source.id,
            name=source.name,
            country=source.country or "",
            language=source.language or "",
            state=judged.state,
            well=judged.state in pulse.WELL,
            reason=judged.reason,
            at=at,
        )

    def _tell_health(self) -> None:
        at = self._clock()
        now = at.timestamp()
        counts = dict.fromkeys(pulse.STATES, 0)
        for id, source in self._sources.items():
            least = source.expect.articles_per_day if source.expect else None
            watches = self._watches[id]
            troubles = [found for watch in watches if (found := pulse.trouble(watch.url, watch.course, now))]
            judged = pulse.judge(self._pulses[id], now, least, troubles)
            counts[judged.state] += 1
            self._note(source, judged, at)
            before = self._states.get(id)
            self._states[id] = judged.state
            self._metrics.tell_source(id, before, judged.state, well=judged.state in pulse.WELL)
            if before != judged.state and judged.state not in pulse.WELL:
                log.warning("a source is not well", source=id, state=judged.state, reason=judged.reason)
            elif before not in {None, judged.state, *pulse.WELL}:
                log.info("a source is well again", source=id)
        for state, count in counts.items():
            self._metrics.sources.labels(state).set(count)
        self._tell_recall()

    def _tell_recall(self) -> None:
        caught, published = 0, 0.0
        for id, counts in self._finds.items():
            found = recall.estimate({frozenset(Found(ways)): count for ways, count in counts.items()})
            if found is not None:
                caught, published = caught + found.caught, published + found.published
                self._metrics.source_recall.labels(id).set(found.share)
        if published:
            self._metrics.recall.set(caught / published)


def _unfit(watch: Watch, feed: Feed) -> Failure | None:
    """Why the document is not what this way should bring."""
    if feed.error is not None:
        return Failure("broken", feed.error)
    if watch.way.kind == "section":
        listed = learned.entries(watch.page, feed.links)
        if not listed and watch.known and (watch.page.chosen or not watch.page.at):
            return Failure(
                "changed", "lists no articles any more: the page was rebuilt, or hides them from us"
            )
    elif feed.kind == "section-page":
        return Failure("broken", "is a web page, no feed; list it under `sections`, or find its feed")
    return None


def _learn(watch: Watch, feed: Feed, now: datetime) -> tuple[Feed, bool, Learned]:
    """A section page as judged by what it taught, whether it is the page that we know, and what it teaches
    now. Of a page that we do not know, every link is old.
    """
    page, known = watch.page, watch.known
    verdicts, watch.verdicts = watch.verdicts, []
    for url, article in verdicts:
        page = learned.told(page, url, article)
    chosen = learned.entries(page, feed.links)
    if known and learned.rebuilt(page, chosen):
        page, known = Learned(), False
        chosen = learned.entries(page, feed.links)
    listed = chosen if known else tuple(Entry(link.url, link.title, link.published) for link in feed.links)
    page = learned.observe(page, feed.links, len(chosen), now.timestamp())
    return replace(feed, entries=listed), known, page


def _moved(asked: str, answered: str) -> str:
    """Where a way redirects to for good; empty where only the scheme or a www differs."""
    before, after = (url.partition("//")[2].removeprefix("www.").rstrip("/") for url in (asked, answered))
    return "" if before == after else answered


def _hints(response: Response, feed: Feed) -> Hints:
    by_headers = rhythm.fresh_for(
        response.header("cache-control"),
        response.header("expires"),
        response.header("age"),
        response.fetched_at,
    )
    # A feed's own ttl is nearly always its program's default, so an hour of it is believed, no more.
    return Hints(
        fresh_for=max(by_headers, min(feed.fresh_for, rhythm.HOUR)),
        skip_hours=feed.skip_hours,
        skip_days=feed.skip_days,
    )


def _loaded(text: str) -> Pulse:
    try:
        return Pulse.loads(text) if text else Pulse()
    except (ValueError, TypeError, KeyError):
        return Pulse()


async def _either(event: Awaitable[object], seconds: float) -> None:
    # Not wait_for, which swallows a cancellation that comes in the moment of the event (Python 3.11).
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event
