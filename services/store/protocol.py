"""The store: what every service may ask of it. `embedded` and `elastic` pass one contract suite.

Every method may raise StoreUnavailable: nothing is known to have happened, call again later (all
writes are idempotent, so calling again is always safe). Methods block; async shells call them in a
thread. A store object may be used from several threads at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from schemas.events import (
    Alert,
    Channel,
    DeadLetter,
    Remembered,
    Silence,
    Subscription,
    ThreadedArticle,
)
from services.kit.errors import Unavailable
from services.kit.query.tree import Node


class StoreUnavailable(Unavailable):
    """The store cannot answer now. The message names the store, the cause and the way out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article: stored, stale (this or a later revision is there: a success), or
    refused for good (`error` says why; it belongs to the dead letters).
    """

    status: Literal["stored", "stale", "refused"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of search results: `total` counts all that match, `articles` are newest first. `after` is the
    cursor of the next page; None where there is none.
    """

    total: int
    articles: tuple[ThreadedArticle, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class DeadEntry:
    """A dead letter with its fate. A letter that dies again after a replay is open again."""

    letter: DeadLetter
    state: Literal["open", "replayed"]
    times: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source was: of each day and state, the last that was told."""

    source: str
    name: str
    country: str
    language: str
    state: str
    well: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """A part of what the store keeps things in, as an index or a database. `flaw`: what is not as this
    newswatch wants it, and `way_out` what to do; both empty where all is well.
    """

    name: str
    documents: int
    bytes: int
    flaw: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Expired:
    """Articles of one month of first_seen that retention is about. `goes`: whether they go; if not, `reason`
    says what keeps them.
    """

    month: str
    articles: int
    newest: datetime
    goes: bool
    reason: str = ""


DeliveryState = Literal["pending", "delivered", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alert on its way to one channel. Its id is the idempotency key that the receiver sees.

    `error`: of the last attempt. `reason`: why it is held back or was dropped. `batch`: equal for those that
    are held back to come together; `bundle`: for those that went out together, or are about to. `tried_at`:
    the first attempt.
    """

    id: str
    alert: Alert
    channel: Channel
    state: DeliveryState
    attempts: int = 0
    error: str = ""
    due_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str = ""
    batch: str = ""
    bundle: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is. Dead letters: the open ones. Deliveries: the pending ones."""

    articles: int
    stories: int
    alerts: int
    dead_letters: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the subscriptions since some version. `whole`: these are all that there are, and what is
    not among them is gone. A change may be told twice, and is never left out.
    """

    version: str
    put: tuple[Subscription, ...]
    removed: tuple[str, ...] = ()
    whole: bool = False


class Store(Protocol):
    """See the module's docstring for what holds for every method."""

    def setup(self) -> None:
        """Create or upgrade what is kept on disk or on the server. May be called at any time, by many."""

    def check(self) -> None:
        """Raise StoreUnavailable unless the store can be read and written."""

    def close(self) -> None: ...

    def inspect(self) -> list[Holding]:
        """What there is, whether or not setup() was ever called, and what is wrong with it."""
        ...

    def rebuild(self, *, everything: bool = False, again: bool = False) -> Iterator[str]:
        """Make anew what is not as this newswatch wants it and cannot learn, or everything; reading and
        writing go on. Step by step, each told in a line. `again`: take the place of one that was killed.
        """
        ...

    def expire(self, before: datetime, *, apply: bool = False) -> list[Expired]:
        """Delete articles whose latest capture is older, as far as they can go without others; without
        `apply` only tell which. Alerts stay: they keep what is replayed from alerting again.
        """
        ...

    def expire_dead(self, before: datetime, *, apply: bool = False) -> int:
        """Delete dead letters that are older; how many. Without `apply` only count them."""
        ...

    # Health of sources

    def put_source_health(self, states: Sequence[SourceHealth]) -> None: ...

    def source_health(self, since: datetime, limit: int = 1000) -> list[SourceHealth]:
        """Newest first."""
        ...

    # Articles

    def put_articles(self, articles: Sequence[ThreadedArticle]) -> list[Outcome]:
        """Keep each article unless this or a later revision of it is there. Durable on return, and
        findable within about a second. One outcome for each article, in order.
        """
        ...

    def article(self, id: str) -> ThreadedArticle | None: ...

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of which there is an article; one that was put within the last second may be missing."""
        ...

    def search(self, query: Node, limit: int = 20, offset: int = 0, after: str | None = None) -> Found:
        """Articles that match, newest first (published_at, where unknown fetched_at; then id). `after`: the
        cursor of an earlier page, to go on where it ended (`offset` is 0 then); ValueError where it is none.
        """
        ...

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        """All that match, however many, in the order of search."""
        ...

    def latest_articles(self, limit: int = 50) -> list[ThreadedArticle]:
        """By fetched_at, newest first."""
        ...

    def story(self, id: str, limit: int = 200) -> list[ThreadedArticle]:
        """The articles of a story, oldest first by fetched_at; those of other stories that turned out to be
        this one are among them, whichever of the ids is asked for.
        """
        ...

    def fetched_since(self, moment: datetime) -> Iterator[ThreadedArticle]:
        """All articles fetched at that moment or later, oldest first. Complete for what was put
        before the call, whether or not search finds it yet.
        """
        ...

    def remembered_since(self, moment: datetime) -> Iterator[Remembered]:
        """Of the same articles in the same order, only what the threader remembers: many times quicker."""
        ...

    # Dead letters

    def put_dead(self, letters: Sequence[DeadLetter]) -> None: ...

    def dead_letters(self, limit: int = 50, include_replayed: bool = False) -> list[DeadEntry]:
        """Newest first."""
        ...

    def dead_letter(self, id: str) -> DeadEntry | None: ...

    def dead_of(self, key: str) -> list[DeadEntry]:
        """Those of one key, as an article's id; oldest first, replayed ones too."""
        ...

    def mark_replayed(self, id: str) -> None: ...

    def rejected(self, captures: Sequence[str]) -> dict[str, str]:
        """Those of these captures that are no articles, each with the code that says why: what the open dead
        letters of the reason `rejected` tell. One that was refused within the last second may be missing.
        """
        ...

    # Subscriptions

    def put_subscription(self, subscription: Subscription) -> None: ...

    def put_subscriptions(self, subscriptions: Sequence[Subscription]) -> None:
        """Many at once, each as put_subscription would."""
        ...

    def delete_subscription(self, id: str) -> bool:
        """False where there is none."""
        ...

    def subscriptions(self) -> list[Subscription]:
        """All of them, ordered by id; a subscription put before the call is among them."""
        ...

    def subscription_changes(self, since: str | None = None) -> Changes:
        """What was put and deleted, by whomever, after `since`, the version of an earlier answer; all there
        is without it, or where that version is not known any more. Quick where nothing has changed.
        """
        ...

    # Alerts

    def record_matches(self, alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
        """Create each alert unless one of its id is there, with a pending delivery for each webhook and named
        channel of it (none for a backfilled one); then note that the captures were matched. Returns the
        alerts that were created now.
        """
        ...

    def known_alerts(self, ids: Sequence[str]) -> set[str]:
        """Which of the ids are there: an alert that was recorded before the call is among them."""
        ...

    def alert(self, id: str) -> Alert | None: ...

    def latest_alerts(self, limit: int = 50, subscription: str | None = None) -> list[Alert]:
        """By created_at, newest first."""
        ...

    def story_alerts(self, story: str, limit: int = 200) -> list[Alert]:
        """All alerts on a story, of every subscription, oldest first."""
        ...

    def claim_deliveries(
        self,
        now: datetime,
        limit: int = 20,
        lease: timedelta = timedelta(minutes=1),
        *,
        batch: str | None = None,
        bundle: str | None = None,
    ) -> list[Delivery]:
        """Pending deliveries that are due, oldest first; nobody else gets them before the lease ends. None
        while an older one of the same thread to the same channel is pending, so that a receiver reads a
        thread in its order.

        With `batch` or `bundle`: all of that one that nobody else has, due or not.
        """
        ...

    def resolve_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Note claimed deliveries as they are from now on, and free those that are pending still. Of each the
        id tells which it is, alert and channel stay. A delivery that is not pending stays as it is.
        """
        ...

    def deliveries(self, alert: str) -> list[Delivery]:
        """Of one alert, in the order of their ids."""
        ...

    def delivered_since(self, moment: datetime, subscription: str, channel: Channel) -> list[datetime]:
        """When deliveries of a subscription to a channel were made, oldest first."""
        ...

    # Silences

    def put_silence(self, silence: Silence) -> None: ...

    def delete_silence(self, id: str) -> bool:
        """False where there is none."""
        ...

    def silences(self) -> list[Silence]:
        """All of them, over or not, ordered by id."""
        ...

    # Settlement: a capture is settled when its article was put (or refused as stale) and it was
    # matched, both durably; or when a dead letter of it is kept.

    def settled(self, captures: Sequence[str]) -> set[str]: ...

    def forget_captures(self, captures: Sequence[str]) -> None:
        """The asker has noted that they are settled; the store need not remember."""

    def counts(self) -> Counts: ...
