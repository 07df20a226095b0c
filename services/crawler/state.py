"""What the crawler remembers: feeds, entries, pages to fetch, last captures, and the outbox. SQLite.

A capture enters in one transaction: page seen, lead done, message in the outbox. What is in the outbox
is never lost; what is not in it yet is still on the list of pages to fetch.
"""

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import zstandard

from services.crawler.core import Capture, Lead, Outgoing, Seen

SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (
    url TEXT PRIMARY KEY, etag TEXT NOT NULL, modified TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    feed TEXT NOT NULL, url TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (feed, url)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS addresses (
    url TEXT PRIMARY KEY, fetched REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leads (
    url TEXT PRIMARY KEY, address TEXT NOT NULL, feed TEXT NOT NULL, source TEXT NOT NULL,
    title TEXT NOT NULL, published REAL, discovered REAL NOT NULL,
    attempts INTEGER NOT NULL, due REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (
    canonical TEXT PRIMARY KEY, first_seen REAL NOT NULL, revision INTEGER NOT NULL, digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, capture TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,
    key TEXT NOT NULL, archive TEXT NOT NULL, fetched REAL NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0, value BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS waiting ON outbox (number) WHERE acknowledged = 0;
PRAGMA user_version = 1;
"""
VERSION = 1
CHUNK = 500


class StateError(OSError):
    """The state cannot be read or written now. The message names the file, the cause and the way out."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox; `number` grows with time."""

    number: int
    message: Outgoing


@dataclass(frozen=True, slots=True)
class Noted:
    """A capture that is archived: what was seen, for which lead, and what to publish."""

    capture: Capture
    lead: Lead
    message: Outgoing


class State:
    """May be used from several threads at once. Every method may raise StateError: nothing happened."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.sqlite"
        self._lock = threading.RLock()
        with ExitStack() as undo, self._told():
            self._alone = undo.enter_context(_alone(folder))
            self._database = sqlite3.connect(
                self._path, check_same_thread=False, isolation_level=None, timeout=10
            )
            undo.callback(self._database.close)
            self._database.row_factory = sqlite3.Row
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            self._migrate()
            self._size = int(self._database.execute("SELECT count(*) FROM outbox").fetchone()[0])
            undo.pop_all()

    def _migrate(self) -> None:
        version = int(self._database.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise StateError(
                f"crawler state {self._path} is of a later newswatch; install that one, or set NEWSWATCH_DATA"
            )
        self._database.executescript("BEGIN;" + SCHEMA + "COMMIT;")

    def close(self) -> None:
        with self._lock:
            self._database.close()
            self._alone.close()

    # Feeds

    def feed(self, url: str) -> tuple[str, str, bool]:
        """ETag and Last-Modified of a feed's last answer, and whether there was one."""
        with self._told():
            row = self._database.execute("SELECT etag, modified FROM feeds WHERE url = ?", (url,)).fetchone()
        return (row[0], row[1], True) if row else ("", "", False)

    def fingerprints(self, feed: str, urls: Sequence[str]) -> dict[str, str]:
        """URL → fingerprint as the feed gave it last."""
        statement = (
            "SELECT url, fingerprint FROM entries WHERE feed = ? AND url IN (SELECT value FROM json_each(?))"
        )
        with self._told():
            return dict(self._database.execute(statement, (feed, json.dumps(urls))).fetchall())

    def fetched(self, urls: Sequence[str]) -> dict[str, datetime]:
        """URL → when it was fetched, or put on the list if it still is on it."""
        listed = json.dumps(urls)
        with self._told():
            rows = [
                *self._database.execute(
                    "SELECT url, fetched FROM addresses WHERE url IN (SELECT value FROM json_each(?))",
                    (listed,),
                ),
                *self._database.execute(
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
    ) -> None:
        """Note a feed's answer: what it named, and the pages to fetch for it."""
        with self._transaction():
            self._database.execute(
                "INSERT INTO feeds VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, "
                "modified = excluded.modified",
                (feed, etag, modified),
            )
            self._database.executemany(
                "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (feed, url) DO UPDATE SET "
                "fingerprint = excluded.fingerprint",
                [(feed, url, mark) for url, mark in fingerprints],
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO leads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(lead) for lead in leads],
            )

    # Pages to fetch

    def leads(self) -> list[Lead]:
        """All that is on the list, in the order in which it came."""
        with self._told():
            rows = self._database.execute("SELECT * FROM leads ORDER BY rowid").fetchall()
        return [_lead(row) for row in rows]

    def postpone(self, url: str, attempts: int, due: float) -> None:
        """Try again at `due` (seconds since 1970)."""
        with self._transaction():
            self._database.execute(
                "UPDATE leads SET attempts = ?, due = ? WHERE url = ?", (attempts, due, url)
            )

    def done(self, lead: Lead, fetched_at: datetime) -> None:
        """Nothing is to be published for it: unchanged, no page, or given up."""
        with self._transaction():
            self._finish(lead, fetched_at)

    def _finish(self, lead: Lead, fetched_at: datetime) -> None:
        # A lead that an edit replaced meanwhile stays on the list.
        self._database.execute(
            "DELETE FROM leads WHERE url = ? AND discovered = ?", (lead.url, lead.discovered.timestamp())
        )
        self._reached(lead.url, fetched_at)

    def _reached(self, url: str, at: datetime) -> None:
        self._database.execute("INSERT OR REPLACE INTO addresses VALUES (?, ?)", (url, at.timestamp()))

    # Captures

    def seen(self, canonicals: Sequence[str]) -> dict[str, Seen]:
        """Canonical URL → its last capture."""
        statement = (
            "SELECT canonical, first_seen, revision, digest FROM pages "
            "WHERE canonical IN (SELECT value FROM json_each(?))"
        )
        with self._told():
            rows = self._database.execute(statement, (json.dumps(canonicals),)).fetchall()
        return {row[0]: Seen(_moment(row[1]), row[2], row[3]) for row in rows}

    def note(self, captures: Sequence[Noted], unchanged: Sequence[tuple[Lead, datetime]] = ()) -> None:
        """Note captures: pages seen, leads done, messages in the outbox; and leads (with the time of the
        fetch) whose page is as it was. All or none, on disk on return.
        """
        with self._transaction():
            for lead, fetched_at in unchanged:
                self._finish(lead, fetched_at)
            for noted in captures:
                found, message = noted.capture, noted.message
                self._database.execute(
                    "INSERT INTO pages VALUES (?, ?, ?, ?) ON CONFLICT (canonical) DO UPDATE SET "
                    "revision = excluded.revision, digest = excluded.digest",
                    (found.canonical, found.first_seen.timestamp(), found.revision, found.digest),
                )
                self._finish(noted.lead, message.fetched_at)
                self._reached(found.canonical, message.fetched_at)
                self._database.execute(
                    "INSERT INTO outbox (capture, topic, key, archive, fetched, value) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        message.capture,
                        message.topic,
                        message.key,
                        message.archive,
                        message.fetched_at.timestamp(),
                        zstandard.compress(message.value, 1),
                    ),
                )
        with self._lock:
            self._size += len(captures)

    # Outbox

    @property
    def unsettled(self) -> int:
        """How many captures are in the outbox."""
        return self._size

    def unacknowledged(self) -> int:
        """How many of them the broker does not have."""
        with self._told():
            return int(
                self._database.execute("SELECT count(*) FROM outbox WHERE acknowledged = 0").fetchone()[0]
            )

    def waiting(self, after: int = 0, limit: int = 100) -> list[Waiting]:
        """Messages that the broker has not acknowledged, with a number above `after`, oldest first."""
        with self._told():
            rows = self._database.execute(
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
        with self._transaction():
            self._database.executemany(statement, [(number,) for number in numbers])
        self._recount()

    def publish_again(self) -> None:
        """Forget every acknowledgement: the broker has forgotten too."""
        with self._transaction():
            self._database.execute("UPDATE outbox SET acknowledged = 0 WHERE acknowledged = 1")

    def replace(self, number: int, message: Outgoing) -> None:
        """Publish this instead."""
        with self._transaction():
            self._database.execute(
                "UPDATE outbox SET topic = ?, value = ? WHERE number = ?",
                (message.topic, zstandard.compress(message.value, 1), number),
            )

    def captures(self, after: int = 0, limit: int = CHUNK) -> list[tuple[int, str]]:
        """Number and capture of what is in the outbox, oldest first."""
        with self._told():
            return self._database.execute(
                "SELECT number, capture FROM outbox WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
            ).fetchall()

    def settled(self, captures: Iterable[str]) -> None:
        """Forget these captures: they have had their effect."""
        with self._transaction():
            self._database.executemany(
                "DELETE FROM outbox WHERE capture = ?", [(capture,) for capture in captures]
            )
        self._recount()

    def _recount(self) -> None:
        with self._told():
            self._size = int(self._database.execute("SELECT count(*) FROM outbox").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise StateError(f"crawler state {self._path}: {error}; {_way_out(str(error))}") from error


def _alone(folder: Path) -> TextIO:
    """Make the folder and take it for this process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a", encoding="utf-8")
    except OSError as error:
        raise StateError(f"crawler state {folder}: {error.strerror}; {_way_out('')}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StateError(
            f"crawler state {folder}: another crawler uses it; stop that one, or set NEWSWATCH_DATA"
        ) from error
    return lock


def _way_out(error: str) -> str:
    if "full" in error:
        return "free space on that disk"
    if "malformed" in error or "not a database" in error:
        return "move that folder away: the crawler then begins anew, the archive stays"
    return "see that the folder can be written, or set NEWSWATCH_DATA to one that can"


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
    )


def _moment(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
