"""What is old goes from the embedded store: articles one by one, and dead letters."""

from collections.abc import Iterator
from datetime import datetime
from sqlite3 import Connection

from services.store.embedded.sql import Database
from services.store.protocol import Expired
from services.store.terms import micros, moment_of

_AT_ONCE = 500  # articles in one transaction: others write in between
# The last number that was given, and the last place in the order of writing, stay: both must only grow.
_OLD = "fetched < ? AND num < (SELECT max(num) FROM articles) AND seq < (SELECT max(seq) FROM articles)"


def expire(database: Database, before: datetime, *, apply: bool) -> list[Expired]:
    """By month of the latest capture; all of them go."""
    months = "strftime('%Y.%m', fetched / 1000000, 'unixepoch')"
    with database.read() as connection:
        rows = connection.execute(
            f"SELECT {months}, count(*), max(fetched) FROM articles WHERE {_OLD} GROUP BY 1 ORDER BY 1",  # noqa: S608
            (micros(before),),
        ).fetchall()
    if apply:
        for _ in _deleting(database, before):
            pass
    return [Expired(month, count, moment_of(newest), goes=True) for month, count, newest in rows]


def expire_dead(database: Database, before: datetime, *, apply: bool) -> int:
    old = (micros(before),)
    if not apply:
        with database.read() as connection:
            return int(connection.execute("SELECT count(*) FROM dead WHERE at < ?", old).fetchone()[0])
    deleted = 0
    while True:
        with database.write() as connection:
            some = connection.execute(
                "DELETE FROM dead WHERE id IN (SELECT id FROM dead WHERE at < ? LIMIT ?)", (*old, _AT_ONCE)
            ).rowcount
        deleted += some
        if some < _AT_ONCE:
            return deleted


def _deleting(database: Database, before: datetime) -> Iterator[int]:
    while True:
        with database.write() as connection:
            nums = _oldest(connection, before)
            connection.executemany("INSERT OR IGNORE INTO gone (num) VALUES (?)", nums)
            connection.executemany("DELETE FROM remembered WHERE num = ?", nums)
            connection.executemany("DELETE FROM articles WHERE num = ?", nums)
        if nums:
            yield len(nums)
        if len(nums) < _AT_ONCE:
            return


def _oldest(connection: Connection, before: datetime) -> list[tuple[int]]:
    return connection.execute(
        f"SELECT num FROM articles WHERE {_OLD} ORDER BY fetched LIMIT ?",  # noqa: S608
        (micros(before), _AT_ONCE),
    ).fetchall()
