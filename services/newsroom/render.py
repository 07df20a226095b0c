"""Renders pages and feeds of the sample newsroom with one Jinja2 layout per outlet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.newsroom.core import Outlet

BANNER = "Sample newsroom of newswatch: invented outlet, facts modelled on past events"

FEED_TYPES = {"atom.xml": "application/atom+xml", "rdf.xml": "application/rdf+xml"}


@dataclass(frozen=True, slots=True)
class Item:
    """A publication as it reads at one moment. `path` is absolute, without host; `link` adds the tracking."""

    path: str
    link: str
    title: str
    summary: str
    author: str
    section: str
    body: tuple[str, ...]
    credit: str
    published: datetime
    updated: datetime


class Renderer:
    """`months` by language, for the dates that a reader sees."""

    def __init__(self, months: Mapping[str, Sequence[str]]) -> None:
        self._months = months
        self._environment = Environment(
            loader=PackageLoader("services.newsroom"),
            autoescape=select_autoescape(["html", "xml"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"human": self._human, "rfc822": _rfc822, "iso": _iso}
        self._environment.globals["banner"] = BANNER

    def article(self, outlet: Outlet, base: str, item: Item, related: Sequence[Item]) -> str:
        return self._page(outlet.layout, outlet, base, item=item, related=related)

    def home(self, outlet: Outlet, base: str, items: Sequence[Item]) -> str:
        return self._page("home.html", outlet, base, items=items)

    def feed(self, outlet: Outlet, base: str, items: Sequence[Item], updated: datetime) -> str:
        return self._page(outlet.feed, outlet, base, items=items, updated=updated)

    def front(self, outlets: Sequence[Outlet], base: str) -> str:
        return self._environment.get_template("front.html").render(outlets=outlets, base=base)

    def _page(self, template: str, outlet: Outlet, base: str, **values: object) -> str:
        return self._environment.get_template(template).render(outlet=outlet, base=base, **values)

    def _human(self, moment: datetime, language: str) -> str:
        month = self._months[language][moment.month - 1]
        dot = "." if language == "de" else ""
        return f"{moment.day}{dot} {month} {moment.year}, {moment:%H:%M} UTC"


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
