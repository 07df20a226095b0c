"""What the crawler has learned, beside what it has to do: of each way to find pages, each section page, each
source, each hub, and which ways found which page. Losing the last seconds of it costs only a little skill.
"""

import threading
from collections.abc import Iterable
from enum import IntFlag
from typing import Literal

from services.crawler.database import Database

Kind = Literal["way", "source", "hub", "page"]
KEPT = 7 * 86_400.0  # seconds for which it is remembered who found a page


class Found(IntFlag):
    """The ways by which a page was found."""

    FEED = 1
    SITEMAP = 2
    SECTION = 4
    HUB = 8


class Memory:
    """May be used from several threads at once. What is `put` is on disk after the next `flush`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._fresh: dict[tuple[Kind, str], str | None] = {}  # None: to be forgotten
        self._lock = threading.Lock()

    def get(self, kind: Kind, key: str) -> str | None:
        """What was put there; None where nothing was."""
        with self._lock:
            if (kind, key) in self._fresh:
                return self._fresh[kind, key]
        with self._database.told() as reader:
            statement = "SELECT value FROM memory WHERE kind = ? AND key = ?"
            row = reader.execute(statement, (kind, key)).fetchone()
        return str(row[0]) if row else None

    def all(self, kind: Kind) -> dict[str, str]:
        """Everything of a kind, by its key."""
        with self._database.told() as reader:
            rows = reader.execute("SELECT key, value FROM memory WHERE kind = ?", (kind,)).fetchall()
        with self._lock:
            fresh = {key: value for (of, key), value in self._fresh.items() if of == kind}
        known = {row[0]: row[1] for row in rows} | fresh
        return {key: value for key, value in known.items() if value is not None}

    def put(self, kind: Kind, key: str, value: str | None) -> None:
        """None: forget it."""
        with self._lock:
            self._fresh[kind, key] = value

    def flush(self) -> None:
        """Write what was put. StateError: it is kept for the next time."""
        with self._lock:
            fresh = dict(self._fresh)
        if not fresh:
            return
        with self._database.transaction() as writer:
            writer.executemany(
                "INSERT OR REPLACE INTO memory VALUES (?, ?, ?)",
                [(kind, key, value) for (kind, key), value in fresh.items() if value is not None],
            )
            writer.executemany(
                "DELETE FROM memory WHERE kind = ? AND key = ?",
                [place for place, value in fresh.items() if value is None],
            )
        with self._lock:
            for key, value in fresh.items():
                if key in self._fresh and self._fresh[key] == value:
                    del self._fresh[key]

    def found(self, source: str, urls: Iterable[str], way: Found, now: float) -> None:
        """A way of the source has found these pages."""
        with self._database.transaction() as writer:
            writer.executemany(
                "INSERT INTO finds VALUES (?, ?, ?, ?) "
                "ON CONFLICT (source, url) DO UPDATE SET ways = ways | excluded.ways",
                [(source, url, int(way), now) for url in urls],
            )

    def finds(self) -> dict[str, dict[Found, int]]:
        """Of each source, how many pages were found by just these ways lately."""
        counts: dict[str, dict[Found, int]] = {}
        with self._database.told() as reader:
            for source, ways, count in reader.execute(
                "SELECT source, ways, count(*) FROM finds GROUP BY source, ways"
            ):
                counts.setdefault(source, {})[Found(ways)] = count
        return counts

    def forget(self, now: float) -> None:
        """Forget who found pages long ago."""
        with self._database.transaction() as writer:
            writer.execute("DELETE FROM finds WHERE at < ?", (now - KEPT,))
