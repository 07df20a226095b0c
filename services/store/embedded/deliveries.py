"""Deliveries in the embedded store: a queue in SQLite that several processes draw from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from schemas.events import Alert, Channel
from services.store.embedded.sql import Database
from services.store.protocol import Delivery
from services.store.terms import micros, moment_of, pending_deliveries, place_key, queue_of

_COLUMNS = (
    "d.id, a.doc, d.channel, d.state, d.attempts, d.error, d.due, d.finished, d.reason, d.batch, d.bundle, "
    "d.tried FROM deliveries d JOIN alerts a ON a.id = d.alert"
)
_FIRST_OF_ITS_QUEUE = (
    "(d.queue = '' OR NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.queue = d.queue AND e.state = 'pending' "
    "AND (e.created, e.id) < (d.created, d.id)))"
)


def add_deliveries(connection: Connection, alert: Alert) -> None:
    """The deliveries of a new alert, within its transaction."""
    connection.executemany(
        "INSERT INTO deliveries (id, alert, channel, created, place, queue) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                delivery.id,
                alert.id,
                delivery.channel.model_dump_json(),
                micros(alert.created_at),
                place_key(alert.subscription, delivery.channel),
                queue_of(delivery),
            )
            for delivery in pending_deliveries(alert)
        ],
    )


class Deliveries:
    """What services.store.protocol.Store says of deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, now: datetime, limit: int, lease: timedelta, batch: str | None, bundle: str | None
    ) -> list[Delivery]:
        if batch is not None:
            which, value = "d.batch = ?3", batch
        elif bundle is not None:
            which, value = "d.bundle = ?3", bundle
        else:
            which, value = f"ifnull(d.due, ?1) <= ?1 AND {_FIRST_OF_ITS_QUEUE} AND ?3 = ''", ""
        asked = f"d.state = 'pending' AND ifnull(d.leased, ?1) <= ?1 AND {which}"
        values = (micros(now), limit, value)
        with self._database.read() as connection:
            if not connection.execute(
                f"SELECT EXISTS (SELECT 1 FROM deliveries d WHERE {asked} AND ?2 > 0)",  # noqa: S608
                values,
            ).fetchone()[0]:
                return []
        with self._database.write() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} WHERE {asked} ORDER BY d.created, d.id LIMIT ?2",
                values,
            ).fetchall()
            connection.executemany(
                "UPDATE deliveries SET leased = ? WHERE id = ?",
                [(micros(now + lease), row[0]) for row in rows],
            )
        return [_delivery(row) for row in rows]

    def resolve(self, deliveries: Sequence[Delivery]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE deliveries SET state = ?, attempts = ?, error = ?, due = ?, finished = ?, "
                "reason = ?, batch = ?, bundle = ?, tried = ?, leased = NULL "
                "WHERE id = ? AND state = 'pending'",
                [
                    (
                        each.state,
                        each.attempts,
                        each.error,
                        _number(each.due_at),
                        _number(each.finished_at),
                        each.reason,
                        each.batch,
                        each.bundle,
                        _number(each.tried_at),
                        each.id,
                    )
                    for each in deliveries
                ],
            )

    def of(self, alert: str) -> list[Delivery]:
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} WHERE d.alert = ? ORDER BY d.id",
                (alert,),
            ).fetchall()
        return [_delivery(row) for row in rows]

    def delivered_since(self, moment: datetime, subscription: str, channel: Channel) -> list[datetime]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT finished FROM deliveries WHERE place = ? AND state = 'delivered' AND finished >= ? "
                "ORDER BY finished",
                (place_key(subscription, channel), micros(moment)),
            ).fetchall()
        return [moment_of(finished) for (finished,) in rows]


def _number(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _moment(number: int | None) -> datetime | None:
    return None if number is None else moment_of(number)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    key, alert, channel, state, attempts, error, due, finished, reason, batch, bundle, tried = row
    return Delivery(
        id=key,
        alert=Alert.model_validate_json(alert),
        channel=Channel.model_validate_json(channel),
        state=state,
        attempts=attempts,
        error=error,
        due_at=_moment(due),
        finished_at=_moment(finished),
        reason=reason,
        batch=batch,
        bundle=bundle,
        tried_at=_moment(tried),
    )
