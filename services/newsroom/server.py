"""The newsroom's web server: an article is there from its time on, a feed lists what is out."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

import yaml
from aiohttp import web

from services.newsroom import library
from services.newsroom.core import Outlet, Publication
from services.newsroom.render import FEED_TYPES, Item, Renderer

Clock = Callable[[], datetime]

_RELATED = 4
_ROBOTS = "User-agent: *\nDisallow: /private/\n"


def sources(base_url: str, outlets: Sequence[Outlet] | None = None) -> list[dict[str, object]]:
    """The outlets as sources of the crawler; `base_url` without a slash at its end."""
    return [
        {
            "id": f"sample-{outlet.id}",
            "name": outlet.name,
            "country": outlet.country,
            "language": outlet.language,
            "home": f"{base_url}/{outlet.id}/",
            "feeds": [f"{base_url}/{outlet.id}/{outlet.feed_path}"],
            "crawl_delay": 0,
            "poll_seconds": 1,
            "sample": True,
        }
        for outlet in outlets or library.load().outlets
    ]


class Newsroom:
    """Serves publications by the clock: at `speed` 2 a publication of second 10 is out after 5 seconds.

    `clock` answers aware datetimes; the timeline starts at `start`, by default the moment of construction.
    A feed lists the newest `feed_size` publications.
    """

    def __init__(
        self,
        publications: Iterable[Publication],
        clock: Clock,
        *,
        start: datetime | None = None,
        speed: float = 1.0,
        feed_size: int = 30,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed {speed}: must be above 0; 1 is the timeline as written")
        data = library.load()
        self._clock = clock
        self._start = start or clock()
        self._speed = speed
        self._feed_size = feed_size
        self._renderer = Renderer(data.months)
        self._outlets = {outlet.id: outlet for outlet in data.outlets}
        self._by_path: dict[str, Publication] = {}
        self._timeline: dict[str, list[Publication]] = {outlet: [] for outlet in self._outlets}
        for publication in publications:
            self._add(publication)

    def publish(self, publication: Publication) -> str:
        """Publishes at once, whatever its time says; returns its path. Refuses a path that is taken."""
        shift = self._elapsed() - publication.published_at
        self._add(
            replace(
                publication,
                published_at=publication.published_at + shift,
                revisions=tuple(replace(later, at=later.at + shift) for later in publication.revisions),
            )
        )
        return publication.path

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._front)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/sources.yaml", self._sources)
        app.router.add_get("/{tail:.*}", self._outlet_page)
        return app

    def _add(self, publication: Publication) -> None:
        if publication.outlet not in self._outlets:
            raise ValueError(
                f"{publication.id}: no outlet {publication.outlet}; one of {', '.join(self._outlets)}"
            )
        if publication.path in self._by_path:
            raise ValueError(f"{publication.id}: {publication.path} is taken; give it another slug")
        self._by_path[publication.path] = publication
        insort(self._timeline[publication.outlet], publication, key=_time)

    def _elapsed(self) -> float:
        return (self._clock() - self._start).total_seconds() * self._speed

    def _moment(self, at: float) -> datetime:
        return self._start + timedelta(seconds=at / self._speed)

    def _published(self, outlet: str, until: float, limit: int) -> list[Publication]:
        timeline = self._timeline[outlet]
        end = bisect_right(timeline, until, key=_time)
        return timeline[max(0, end - limit) : end][::-1]

    def _item(self, publication: Publication, elapsed: float) -> Item:
        tracking = self._outlets[publication.outlet].tracking
        current = next((later for later in reversed(publication.revisions) if later.at <= elapsed), None)
        text = current or publication
        return Item(
            path=publication.path,
            link=f"{publication.path}?{tracking}" if tracking else publication.path,
            title=text.title,
            summary=text.summary,
            author=publication.author,
            section=publication.section,
            body=text.body,
            credit=publication.credit,
            published=self._moment(publication.published_at),
            updated=self._moment(current.at if current else publication.published_at),
        )

    async def _front(self, request: web.Request) -> web.Response:
        page = self._renderer.front(tuple(self._outlets.values()), _base(request))
        return self._answer(request, page, "text/html", self._start)

    async def _robots(self, request: web.Request) -> web.Response:
        return self._answer(request, _ROBOTS, "text/plain", self._start)

    async def _sources(self, request: web.Request) -> web.Response:
        listed = {"sources": sources(_base(request), tuple(self._outlets.values()))}
        text = yaml.safe_dump(listed, allow_unicode=True, sort_keys=False)
        return self._answer(request, text, "application/yaml", self._start)

    async def _outlet_page(self, request: web.Request) -> web.Response:
        elapsed = self._elapsed()
        publication = self._by_path.get(request.path)
        if publication is not None and publication.published_at <= elapsed:
            return self._article(request, publication, elapsed)
        name, _, rest = request.path.removeprefix("/").partition("/")
        outlet = self._outlets.get(name)
        if outlet is None or rest not in ("", outlet.feed_path):
            raise web.HTTPNotFound(text="There is no such page in the sample newsroom, or not yet.\n")
        shown = [self._item(one, elapsed) for one in self._published(outlet.id, elapsed, self._feed_size)]
        updated = max((item.updated for item in shown), default=self._start)
        if rest:
            feed = self._renderer.feed(outlet, _base(request), shown, updated)
            return self._answer(request, feed, FEED_TYPES.get(outlet.feed, "application/rss+xml"), updated)
        section = request.query.get("section")
        chosen = [item for item in shown if section in (None, item.section)]
        return self._answer(
            request, self._renderer.home(outlet, _base(request), chosen), "text/html", updated
        )

    def _article(self, request: web.Request, publication: Publication, elapsed: float) -> web.Response:
        item = self._item(publication, elapsed)
        # What stood before it, as it first read: so a page changes only when its own text does.
        earlier = self._published(publication.outlet, publication.published_at, _RELATED + 1)
        related = [self._item(one, one.published_at) for one in earlier if one.path != publication.path]
        outlet = self._outlets[publication.outlet]
        page = self._renderer.article(outlet, _base(request), item, related[:_RELATED])
        return self._answer(request, page, "text/html", item.updated)

    def _answer(self, request: web.Request, text: str, content_type: str, changed: datetime) -> web.Response:
        body = text.encode()
        # Weak: the same text may travel compressed or plain.
        tag = sha256(body).hexdigest()[:20]
        headers = {"ETag": f'W/"{tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        # HTTP dates count whole seconds: within the second of a change a date would hide the next one.
        if self._clock() - changed >= timedelta(seconds=1):
            headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
        if _unchanged(request, tag, headers.get("Last-Modified")):
            return web.Response(status=304, headers=headers)
        response = web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)
        response.enable_compression()
        return response


def _unchanged(request: web.Request, tag: str, last_modified: str | None) -> bool:
    if request.if_none_match is not None:
        return any(known.value in (tag, "*") for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and last_modified is not None and parsedate_to_datetime(last_modified) <= since


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _time(publication: Publication) -> float:
    return publication.published_at
