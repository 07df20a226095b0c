"""The crawler's SQLite file: one process, any thread, errors in words."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

# What each version adds to the one before it.
MIGRATIONS = (
    """
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
    """,
    """
    -- Pages to fetch are read host by host.
    ALTER TABLE leads ADD COLUMN host TEXT NOT NULL DEFAULT '';
    UPDATE leads SET host = host_of(address);
    CREATE INDEX leads_by_host ON leads (host);
    -- Pages to look at again.
    CREATE TABLE revisits (
        canonical TEXT PRIMARY KEY, address TEXT NOT NULL, feed TEXT NOT NULL, source TEXT NOT NULL,
        title TEXT NOT NULL, published REAL, step INTEGER NOT NULL, since REAL NOT NULL,
        due REAL NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL, host TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX revisits_by_time ON revisits (due);
    ALTER TABLE pages ADD COLUMN archive TEXT NOT NULL DEFAULT '';
    ALTER TABLE pages ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    -- What was learned of each way to find pages, and of each source.
    CREATE TABLE memory (
        kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    -- Which ways found a page; `ways` is a set of bits.
    CREATE TABLE finds (
        source TEXT NOT NULL, url TEXT NOT NULL, ways INTEGER NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (source, url)
    ) WITHOUT ROWID;
    ALTER TABLE entries ADD COLUMN at REAL NOT NULL DEFAULT 0;
    UPDATE entries SET at = unixepoch();
    """,
    """
    -- Why nothing was kept of an address; empty where something was.
    ALTER TABLE addresses ADD COLUMN why TEXT NOT NULL DEFAULT '';
    """,
)


class StateError(OSError):
    """The state cannot be read or written now. The message names the file, the cause and the way out."""


class Database:
    """May be used from several threads at once. Taken for one process until closed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.sqlite"
        self._lock = threading.RLock()
        with ExitStack() as undo, self._in_words():
            self._alone = undo.enter_context(_alone(folder))
            self.connection = sqlite3.connect(
                self._path, check_same_thread=False, isolation_level=None, timeout=10
            )
            undo.callback(self.connection.close)
            self.connection.row_factory = sqlite3.Row
            self.connection.create_function("host_of", 1, host_of, deterministic=True)
            self.connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            self._migrate()
            undo.pop_all()

    def _migrate(self) -> None:
        version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StateError(
                f"crawler state {self._path} is of a later newswatch; install that one, or set NEWSWATCH_DATA"
            )
        for number, migration in enumerate(MIGRATIONS[version:], version + 1):
            self.connection.executescript(f"BEGIN; {migration} PRAGMA user_version = {number}; COMMIT;")

    def close(self) -> None:
        with self._lock:
            self.connection.close()
            self._alone.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on disk at its end."""
        with self.told():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def told(self) -> Iterator[sqlite3.Connection]:
        """For reading: an error of SQLite becomes a StateError."""
        with self._in_words():
            yield self.connection

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise StateError(f"crawler state {self._path}: {error}; {_way_out(str(error))}") from error


def host_of(url: str) -> str:
    """Host and port: what shares a queue."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


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
