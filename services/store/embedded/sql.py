"""The embedded store's database: connections, transactions, tables, and errors told in one line."""

import contextlib
import errno
import shutil
import sqlite3
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from services.store.filelock import FileLock
from services.store.protocol import StoreUnavailable

# One script for each version of the tables; a script that was released never changes.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE articles (
        num INTEGER PRIMARY KEY,          -- what the search index knows the article by
        id TEXT NOT NULL UNIQUE,
        seq INTEGER NOT NULL UNIQUE,      -- grows with every write: the search index follows it
        revision INTEGER NOT NULL,
        story TEXT NOT NULL,
        published INTEGER NOT NULL,       -- microseconds since 1970; where unknown, fetched
        fetched INTEGER NOT NULL,         -- microseconds since 1970
        stored INTEGER NOT NULL,          -- microseconds since 1970, this machine's clock
        doc BLOB NOT NULL                 -- the message as JSON, compressed with zlib
    );
    CREATE INDEX articles_fetched ON articles (fetched, num);
    CREATE INDEX articles_story ON articles (story, fetched);

    CREATE TABLE captures (
        id TEXT PRIMARY KEY,
        indexed INTEGER NOT NULL DEFAULT 0,
        matched INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    CREATE TABLE alerts (
        id TEXT PRIMARY KEY,
        created INTEGER NOT NULL,
        subscription TEXT NOT NULL,
        doc TEXT NOT NULL
    );
    CREATE INDEX alerts_created ON alerts (created);
    CREATE INDEX alerts_subscription ON alerts (subscription, created);

    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        alert TEXT NOT NULL REFERENCES alerts (id),
        channel TEXT NOT NULL,
        created INTEGER NOT NULL,         -- of its alert
        state TEXT NOT NULL DEFAULT 'pending',
        attempts INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '',
        due INTEGER,                      -- NULL: at once
        leased INTEGER,                   -- until when it is somebody's
        finished INTEGER
    );
    CREATE INDEX deliveries_alert ON deliveries (alert);
    CREATE INDEX deliveries_pending ON deliveries (created, id) WHERE state = 'pending';

    CREATE TABLE dead (
        id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'open',
        times INTEGER NOT NULL DEFAULT 1,
        doc TEXT NOT NULL
    );
    CREATE INDEX dead_at ON dead (at);

    CREATE TABLE subscriptions (
        id TEXT PRIMARY KEY,
        doc TEXT NOT NULL
    );
    """,
    """
    -- A deleted subscription stays as an empty doc, so that whoever follows the changes learns of it.
    ALTER TABLE subscriptions ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX subscriptions_changed ON subscriptions (changed);
    CREATE TABLE identity (id TEXT NOT NULL);  -- of this database: versions of another one mean nothing here
    INSERT INTO identity VALUES (lower(hex(randomblob(8))));
    """,
    """
    -- What the threader reads when it starts again: a few hundred bytes of JSON instead of the whole article.
    CREATE TABLE remembered (num INTEGER PRIMARY KEY, doc BLOB NOT NULL);
    -- Two stories that turned out to be one.
    CREATE TABLE same_stories (
        other TEXT NOT NULL,
        story TEXT NOT NULL,
        PRIMARY KEY (other, story)
    ) WITHOUT ROWID;
    CREATE INDEX same_stories_story ON same_stories (story);
    """,
    """
    -- Which captures are no articles is asked often, and the letters hold whole pages.
    ALTER TABLE dead ADD COLUMN capture TEXT NOT NULL DEFAULT '';
    ALTER TABLE dead ADD COLUMN rejected TEXT NOT NULL DEFAULT '';  -- the code, where that is the reason
    UPDATE dead SET capture = json_extract(doc, '$.capture_id'),
        rejected = coalesce(json_extract(doc, '$.code'), '')
        WHERE json_extract(doc, '$.reason') = 'rejected';
    CREATE INDEX dead_capture ON dead (capture) WHERE rejected != '';
    """,
    """
    ALTER TABLE alerts ADD COLUMN story TEXT NOT NULL DEFAULT '';
    UPDATE alerts SET story = json_extract(doc, '$.story');
    CREATE INDEX alerts_story ON alerts (story, created);
    ALTER TABLE deliveries ADD COLUMN place TEXT NOT NULL DEFAULT '';   -- subscription and channel
    ALTER TABLE deliveries ADD COLUMN queue TEXT NOT NULL DEFAULT '';   -- thread and channel: in order
    ALTER TABLE deliveries ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN batch TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN tried INTEGER;
    CREATE INDEX deliveries_queue ON deliveries (queue, created, id) WHERE state = 'pending';
    CREATE INDEX deliveries_place ON deliveries (place, finished) WHERE state = 'delivered';
    CREATE INDEX deliveries_batch ON deliveries (batch) WHERE state = 'pending';
    ALTER TABLE dead ADD COLUMN key TEXT NOT NULL DEFAULT '';
    UPDATE dead SET key = json_extract(doc, '$.key');
    CREATE INDEX dead_key ON dead (key);
    CREATE TABLE silences (id TEXT PRIMARY KEY, doc TEXT NOT NULL);
    """,
    """
    -- Articles that were deleted and that the search index may still hold.
    CREATE TABLE gone (num INTEGER PRIMARY KEY);
    -- How each source was: one row for each day and state.
    CREATE TABLE source_health (
        id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        doc TEXT NOT NULL
    );
    CREATE INDEX source_health_at ON source_health (at);
    """,
)

_SPACE_KEPT_FREE = 16 * 1024 * 1024  # bytes; below, the next commits are likely to fail


class Database:
    """SQLite under `folder`, for many threads and processes: each use takes a connection of its own."""

    def __init__(self, folder: Path, patience: float) -> None:
        """`patience`: seconds to wait for another writer."""
        self.folder = folder
        self._path = folder / "store.sqlite"
        self._patience = patience
        self._idle: deque[sqlite3.Connection] = deque()

    def migrate(self) -> None:
        """Create the tables or bring them up to date."""
        with self._errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            # SQLite does not wait for its turn when two processes switch a new file to WAL.
            lock = FileLock(self.folder / "setup.lock")
            lock.acquire(wait=True)
            with contextlib.closing(lock), contextlib.closing(self._connect("rwc")) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > len(MIGRATIONS):
                    raise StoreUnavailable(
                        f"store {self.folder}: written by a newer newswatch (tables {version}, known here: "
                        f"{len(MIGRATIONS)}); upgrade newswatch or choose another folder"
                    )
                for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                    for statement in _statements(script):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
                connection.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; each statement sees the last commit."""
        with self._errors(), self._borrow() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is durable on leaving, or nothing of it happened."""
        with self._errors(), self._borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def version(self) -> int:
        """Of the tables; those of a newer newswatch have a higher one than is known here."""
        with self._errors(), self._borrow() as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.glob("store.sqlite*"))

    def check(self) -> None:
        """Raise StoreUnavailable unless the tables are there and can be written."""
        with self._errors(), self._borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE subscriptions SET id = id WHERE id = ''")
            connection.execute("ROLLBACK")
            free = shutil.disk_usage(self.folder).free
        if free < _SPACE_KEPT_FREE:
            raise self.unavailable("the disk is nearly full")

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def unavailable(self, cause: object) -> StoreUnavailable:
        """The error to raise: folder, cause and way out in one line."""
        return StoreUnavailable(f"store {self.folder}: {cause}{_way_out(self.folder, cause)}")

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextlib.contextmanager
    def _borrow(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect("rw")
        try:
            yield connection
        except BaseException:
            # Closing rolls back, and after an I/O error the next user starts afresh.
            connection.close()
            raise
        self._idle.append(connection)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise self.unavailable(error) from error


def _statements(script: str) -> Iterator[str]:
    """One by one, because executescript() would commit the transaction that all of them belong to."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _way_out(folder: Path, cause: object) -> str:
    code = cause.errno if isinstance(cause, OSError) else None
    text = str(cause)
    if code in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} or "full" in text or "disk I/O error" in text:
        return f"{_free(folder)}; free some space, newswatch goes on by itself"
    if code in {errno.EACCES, errno.EPERM, errno.EROFS} or "readonly" in text:
        return "; make the folder writable for this user or choose another one"
    if "unable to open" in text or "no such table" in text:
        return "; there is no store yet, or this user may not use it: start newswatch, or correct the folder"
    if "locked" in text or "busy" in text:
        return "; another process holds it for long: newswatch tries again by itself"
    if "malformed" in text or "not a database" in text:
        return "; move the folder away and restore it from a backup, or replay the archive into a new one"
    return "; newswatch tries again by itself"


def _free(folder: Path) -> str:
    try:
        return f" ({shutil.disk_usage(folder).free / 1e9:.1f} GB free)"
    except OSError:
        return ""
