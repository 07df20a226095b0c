"""What a document that announces pages says."""

from dataclasses import dataclass
from datetime import datetime

MOST = 50_000  # entries that are read of a document; a sitemap may hold no more


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a feed names. Times are aware, in UTC; None where the feed says nothing."""

    url: str
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page that may lead to an article, with the points that one look gives it."""

    url: str
    title: str
    published: datetime | None
    points: int


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document names, in its order; an address as often as it names it. `kind` is empty and `error`
    says why where it is no feed at all. `child_dates`: when each of the children changed, where an index says
    so. `fresh_for`: seconds for which it asks to be left alone; `skip_hours` in UTC and `skip_days` from
    Monday, 0, likewise. `hubs` tell of news of `topic`. `links`: of a section page, also those that are no
    entries.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()
    child_dates: tuple[datetime | None, ...] = ()
    fresh_for: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hubs: tuple[str, ...] = ()
    topic: str = ""
    links: tuple[Link, ...] = ()
    error: str | None = None


class Unreadable(Exception):
    """Says in words why a document cannot be read."""
