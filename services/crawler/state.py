"""What the crawler remembers: feeds, entries, pages to fetch, last captures, and the outbox. SQLite.

A capture enters in one transaction: page seen, lead done, message in the outbox. What is in the outbox
is never lost; what is not in it yet is still on the list of pages to fetch.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from services.crawler.core import Capture, Lead, Outgoing, Revisit, Seen
from services.crawler.database import Database, StateError, host_of

__all__ = ["Noted", "State", "StateError", "Waiting"]

CHUNK = 500
REFRESHED = 7 * 86_400.0  # seconds; so old may the time be at which a feed last named an entry
FORGOTTEN = 45 * 86_400.0  # seconds after which an entry that no feed names is forgotten


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox; `number` grows with time."""

    number: int
    message: Outgoing


@dataclass(frozen=True, slots=True)
class Noted:
    """A capture that is archived: what was seen, for which lead, what to publish, and when to look again."""

    capture: Capture
    lead: Lead
    message: Outgoing
    again: Revisit | None = None


class State:
    """May be used from several threads at once. Every method may raise StateError: nothing happened."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder)
        self._size = 0
        self._recount()

    def close(self) -> None:
        self.database.close()

    # Feeds

    def feed(self, url: str) -> tuple[str, str, bool]:
        """ETag and Last-Modified of a feed's last answer, and whether there was one."""
        with self.database.told() as reader:
            row = reader.execute("SELECT etag, modified FROM feeds WHERE url = ?", (url,)).fetchone()
        return (row[0], row[1], True) if row else ("", "", False)

    def fingerprints(self, feed: str, urls: Sequence[str]) -> dict[str, str]:
        """URL → fingerprint as the feed gave it last."""
        statement = (
            "SELECT url, fingerprint FROM entries WHERE feed = ? AND url IN (SELECT value FROM json_each(?))"
        )
        with self.database.told() as reader:
            return dict(reader.execute(statement, (feed, json.dumps(urls))).fetchall())

    def fetched(self, urls: Sequence[str]) -> dict[str, datetime]:
        """URL → when it was fetched, or put on the list if it still is on it."""
        listed = json.dumps(urls)
        with self.database.told() as reader:
            rows = [
                *reader.execute(
                    "SELECT url, fetched FROM addresses WHERE url IN (SELECT value FROM json_each(?))",
                    (listed,),
                ),
                *reader.execute(
                    "SELECT url, discovered FROM leads WHERE url IN (SELECT value FROM json_each(?))",
                    (listed,),
                ),
            ]
        return {url: _moment(stamp) for url, stamp in rows}

    def discovered(
        self,
        feed: str,
        etag: str,
        modified: str,
        fingerprints: Iterable[tuple[str, str]],
        leads: Sequence[Lead],
        now: float = 0.0,
    ) -> None:
        """Note a feed's answer: what it named, and the pages to fetch for it."""
        with self.database.transaction() as writer:
            writer.execute(
                "INSERT INTO feeds VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, "
                "modified = excluded.modified",
                (feed, etag, modified),
            )
            writer.executemany(
                "INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT (feed, url) DO UPDATE SET "
                "fingerprint = excluded.fingerprint, at = excluded.at "
                "WHERE fingerprint != excluded.fingerprint OR at < excluded.at - ?",
                [(feed, url, mark, now, REFRESHED) for url, mark in fingerprints],
            )
            writer.executemany(
                "INSERT OR REPLACE INTO leads (url, address, feed, source, title, published, discovered, "
                "attempts, due, host) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(lead) for lead in leads],
            )

    # Pages to fetch

    def leads(self) -> list[Lead]:
        """All that is on the list, in the order in which it came."""
        with self.database.told() as reader:
            rows = reader.execute("SELECT * FROM leads ORDER BY rowid").fetchall()
        return [_lead(row) for row in rows]

    def hosts(self) -> list[str]:
        """Hosts with pages on the list."""
        with self.database.told() as reader:
            return [row[0] for row in reader.execute("SELECT DISTINCT host FROM leads")]

    def leads_of(self, host: str, now: float, limit: int) -> list[Lead]:
        """Pages of that host that may be fetched by now, in the order in which they came."""
        with self.database.told() as reader:
            rows = reader.execute(
                "SELECT * FROM leads WHERE host = ? AND due <= ? ORDER BY rowid LIMIT ?", (host, now, limit)
            ).fetchall()
        return [_lead(row) for row in rows]

    def postpone(self, url: str, attempts: int, due: float) -> None:
        """Try again at `due` (seconds since 1970)."""
        with self.database.transaction() as writer:
            writer.execute("UPDATE leads SET attempts = ?, due = ? WHERE url = ?", (attempts, due, url))

    def done(self, lead: Lead, fetched_at: datetime, why: str = "") -> None:
        """Nothing is to be published for it: unchanged, no page, or given up. `why`: for whoever asks."""
        with self.database.transaction() as writer:
            _finish(writer, lead, fetched_at, why)

    # Pages to look at again

    def revisits(self, now: float, of_each_host: int, limit: int) -> list[Revisit]:
        """Those that are due, the longest overdue first, so many of a host."""
        with self.database.told() as reader:
            rows = reader.execute(
                "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY host ORDER BY due) AS place "
                "FROM revisits WHERE due <= ?) WHERE place <= ? ORDER BY due LIMIT ?",
                (now, of_each_host, limit),
            ).fetchall()
        return [_revisit(row) for row in rows]

    def look_again(self, canonical: str, next_time: Revisit | None) -> None:
        """When to look at a page the next time; None: never."""
        with self.database.transaction() as writer:
            _look_again(writer, canonical, next_time)

    # Captures

    def seen(self, canonicals: Sequence[str]) -> dict[str, Seen]:
        """Canonical URL → its last capture."""
        statement = (
            "SELECT canonical, first_seen, revision, digest, archive, gone FROM pages "
            "WHERE canonical IN (SELECT value FROM json_each(?))"
        )
        with self.database.told() as reader:
            rows = reader.execute(statement, (json.dumps(canonicals),)).fetchall()
        return {row[0]: Seen(_moment(row[1]), row[2], row[3], row[4], bool(row[5])) for row in rows}

    def note(
        self,
        captures: Sequence[Noted],
        unchanged: Sequence[tuple[Lead, datetime, Revisit | None]] = (),
    ) -> None:
        """Note captures: pages seen, leads done, messages in the outbox; and leads whose page is as it was,
        with the time of the fetch. Either with the next look at the page. All or none, on disk on return.
        """
        # Within one lock: what has left the list is counted in the outbox, whoever looks in between.
        with self.database.told():
            with self.database.transaction() as writer:
                for lead, fetched_at, again in unchanged:
                    _finish(writer, lead, fetched_at)
                    if again is not None or lead.step:
                        _look_again(writer, lead.url if again is None else again.canonical, again)
                for noted in captures:
                    _note(writer, noted)
            self._size += len(captures)

    # Outbox

    @property
    def unsettled(self) -> int:
        """How many captures are in the outbox."""
        return self._size

    def unacknowledged(self) -> int:
        """How many of them the broker does not have."""
        with self.database.told() as reader:
            return int(reader.execute("SELECT count(*) FROM outbox WHERE acknowledged = 0").fetchone()[0])

    def waiting(self, after: int = 0, limit: int = 100) -> list[Waiting]:
        """Messages that the broker has not acknowledged, with a number above `after`, oldest first."""
        with self.database.told() as reader:
            rows = reader.execute(
                "SELECT number, topic, key, capture, archive, value, fetched FROM outbox "
                "WHERE acknowledged = 0 AND number > ? ORDER BY number LIMIT ?",
                (after, limit),
            ).fetchall()
        return [_waiting(row) for row in rows]

    def acknowledged(self, numbers: Sequence[int], settled: bool) -> None:
        """The broker has them. `settled`: that is enough, forget them."""
        statement = (
            "DELETE FROM outbox WHERE number = ?"
            if settled
            else "UPDATE outbox SET acknowledged = 1 WHERE number = ?"
        )
        with self.database.transaction() as writer:
            writer.executemany(statement, [(number,) for number in numbers])
        self._recount()

    def publish_again(self) -> None:
        """Forget every acknowledgement: the broker has forgotten too."""
        with self.database.transaction() as writer:
            writer.execute("UPDATE outbox SET acknowledged = 0 WHERE acknowledged = 1")

    def replace(self, number: int, message: Outgoing) -> None:
        """Publish this instead."""
        with self.database.transaction() as writer:
            writer.execute(
                "UPDATE outbox SET topic = ?, value = ? WHERE number = ?",
                (message.topic, zstandard.compress(message.value, 1), number),
            )

    def forget_entries(self, now: float) -> None:
        """Forget entries that no feed has named for long."""
        with self.database.transaction() as writer:
            writer.execute("DELETE FROM entries WHERE at < ?", (now - FORGOTTEN,))

    def captures(self, after: int = 0, limit: int = CHUNK) -> list[tuple[int, str]]:
        """Number and capture of what is in the outbox, oldest first."""
        with self.database.told() as reader:
            return reader.execute(
                "SELECT number, capture FROM outbox WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
            ).fetchall()

    def settled(self, captures: Iterable[str]) -> None:
        """Forget these captures: they have had their effect."""
        with self.database.transaction() as writer:
            writer.executemany("DELETE FROM outbox WHERE capture = ?", [(capture,) for capture in captures])
        self._recount()

    def _recount(self) -> None:
        with self.database.told() as reader:
            self._size = int(reader.execute("SELECT count(*) FROM outbox").fetchone()[0])


def _waiting(row: sqlite3.Row) -> Waiting:
    return Waiting(
        row["number"],
        Outgoing(
            topic=row["topic"],
            key=row["key"],
            capture=row["capture"],
            archive=row["archive"],
            value=zstandard.decompress(row["value"]),
            fetched_at=_moment(row["fetched"]),
        ),
    )


def _finish(writer: sqlite3.Connection, lead: Lead, fetched_at: datetime, why: str = "") -> None:
    # A lead that an edit replaced meanwhile stays on the list.
    writer.execute(
        "DELETE FROM leads WHERE url = ? AND discovered = ?", (lead.url, lead.discovered.timestamp())
    )
    _reached(writer, lead.url, fetched_at, why)


def _reached(writer: sqlite3.Connection, url: str, at: datetime, why: str = "") -> None:
    writer.execute(
        "INSERT OR REPLACE INTO addresses (url, fetched, why) VALUES (?, ?, ?)", (url, at.timestamp(), why)
    )


def _look_again(writer: sqlite3.Connection, canonical: str, next_time: Revisit | None) -> None:
    if next_time is None:
        writer.execute("DELETE FROM revisits WHERE canonical = ?", (canonical,))
        return
    writer.execute(
        "INSERT OR REPLACE INTO revisits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            next_time.canonical,
            next_time.address,
            next_time.feed,
            next_time.source,
            next_time.title,
            next_time.published.timestamp() if next_time.published else None,
            next_time.step,
            next_time.since,
            next_time.due,
            next_time.etag,
            next_time.modified,
            host_of(next_time.address),
        ),
    )


def _note(writer: sqlite3.Connection, noted: Noted) -> None:
    found, message = noted.capture, noted.message
    writer.execute(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (canonical) DO UPDATE SET revision = "
        "excluded.revision, digest = excluded.digest, archive = excluded.archive, gone = excluded.gone",
        (
            found.canonical,
            found.first_seen.timestamp(),
            found.revision,
            found.digest,
            message.archive,
            found.gone_at is not None,
        ),
    )
    moved = "" if noted.lead.url == found.canonical else f"the page there is {found.canonical}"
    _finish(writer, noted.lead, message.fetched_at, moved)
    _reached(writer, found.canonical, message.fetched_at)
    if noted.again is not None or noted.lead.step:
        _look_again(writer, found.canonical, noted.again)
    writer.execute(
        "INSERT INTO outbox (capture, topic, key, archive, fetched, value) VALUES (?, ?, ?, ?, ?, ?)",
        (
            message.capture,
            message.topic,
            message.key,
            message.archive,
            message.fetched_at.timestamp(),
            zstandard.compress(message.value, 1),
        ),
    )


def _revisit(row: sqlite3.Row) -> Revisit:
    return Revisit(
        canonical=row["canonical"],
        address=row["address"],
        feed=row["feed"],
        source=row["source"],
        title=row["title"],
        published=None if row["published"] is None else _moment(row["published"]),
        step=row["step"],
        since=row["since"],
        due=row["due"],
        etag=row["etag"],
        modified=row["modified"],
    )


def _lead(row: sqlite3.Row) -> Lead:
    return Lead(
        url=row["url"],
        address=row["address"],
        feed=row["feed"],
        source=row["source"],
        title=row["title"],
        published=None if row["published"] is None else _moment(row["published"]),
        discovered=_moment(row["discovered"]),
        attempts=row["attempts"],
        due=row["due"],
    )


def _row(lead: Lead) -> tuple[object, ...]:
    published = lead.published.timestamp() if lead.published else None
    stamp = lead.discovered.timestamp()
    return (
        lead.url,
        lead.address,
        lead.feed,
        lead.source,
        lead.title,
        published,
        stamp,
        lead.attempts,
        lead.due,
        host_of(lead.address),
    )


def _moment(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
