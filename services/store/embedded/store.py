"""The embedded store: SQLite is the truth, tantivy finds; many processes share one folder."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from schemas.events import (
    Alert,
    Channel,
    DeadLetter,
    Remembered,
    Silence,
    Subscription,
    ThreadedArticle,
)
from services.kit.clock import Clock, utc_now
from services.kit.query.tree import Node
from services.store.embedded.deliveries import Deliveries, add_deliveries
from services.store.embedded.doc import pack, unpack, unpacked
from services.store.embedded.retention import expire, expire_dead
from services.store.embedded.search import SearchIndex
from services.store.embedded.sql import MIGRATIONS, Database
from services.store.protocol import (
    Changes,
    Counts,
    DeadEntry,
    Delivery,
    Expired,
    Found,
    Holding,
    Outcome,
    SourceHealth,
    StoreUnavailable,
)
from services.store.terms import (
    health_id,
    micros,
    moment_of,
    published_micros,
    refusal,
    remembered_of,
)

_BATCH = 200  # articles read at a time
_ONE_STORY = """
    WITH RECURSIVE one (id) AS (
        VALUES (?)
        UNION SELECT s.other FROM same_stories s JOIN one ON s.story = one.id
        UNION SELECT s.story FROM same_stories s JOIN one ON s.other = one.id
    ) SELECT id FROM one"""


class EmbeddedStore:
    """services.store.protocol.Store in a folder of its own; setup() creates it."""

    def __init__(self, folder: Path, clock: Clock = utc_now, patience: float = 10.0) -> None:
        """`patience`: seconds to wait for another process's write before StoreUnavailable."""
        self._database = Database(folder, patience)
        self._now: Callable[[], int] = lambda: micros(clock())
        self._search = SearchIndex(folder, self._database, self._now)
        self._deliveries = Deliveries(self._database)

    def setup(self) -> None:
        self._database.migrate()

    def check(self) -> None:
        self._database.check()

    def inspect(self) -> list[Holding]:
        version = self._database.version()
        newest = len(MIGRATIONS)
        flaw, way_out = "", ""
        if version < newest:
            flaw, way_out = f"tables of version {version}, wanted {newest}", "newswatch index setup"
        elif version > newest:
            flaw, way_out = f"of a newer newswatch (tables {version}, here {newest})", "upgrade newswatch"
        with self._database.read() as connection:
            (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        search = Holding("search", 0, self._search.size(), "it lags", "it catches up by itself")
        with contextlib.suppress(StoreUnavailable):
            search = Holding("search", self._search.documents(), self._search.size())
        return [Holding("store.sqlite", articles, self._database.size(), flaw, way_out), search]

    def rebuild(self, *, everything: bool = False, again: bool = False) -> Iterator[str]:
        self._database.migrate()
        yield "store.sqlite: tables are up to date"
        if everything or again:
            self._search.rebuild()
            yield "search: built anew"

    def expire(self, before: datetime, *, apply: bool = False) -> list[Expired]:
        found = expire(self._database, before, apply=apply)
        if apply and found:
            self._search.forget()
        return found

    def expire_dead(self, before: datetime, *, apply: bool = False) -> int:
        return expire_dead(self._database, before, apply=apply)

    def close(self) -> None:
        self._search.close()
        self._database.close()

    # Health of sources

    def put_source_health(self, states: Sequence[SourceHealth]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO source_health (id, at, doc) VALUES (?, ?, ?)",
                [(health_id(each), micros(each.at), _health_doc(each)) for each in states],
            )

    def source_health(self, since: datetime, limit: int = 1000) -> list[SourceHealth]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT at, doc FROM source_health WHERE at >= ? ORDER BY at DESC, id LIMIT ?",
                (micros(since), limit),
            ).fetchall()
        return [SourceHealth(**json.loads(doc), at=moment_of(at)) for at, doc in rows]

    # Articles

    def put_articles(self, articles: Sequence[ThreadedArticle]) -> list[Outcome]:
        if not articles:
            return []
        outcomes = []
        rows = [(article, refusal(article), pack(article)) for article in articles]
        stored = self._now()
        fresh: dict[int, ThreadedArticle] = {}
        with self._database.write() as connection:
            (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM articles").fetchone()
            for article, error, doc in rows:
                if error:
                    outcomes.append(Outcome("refused", error))
                    continue
                changed = connection.execute(
                    "INSERT INTO articles (id, seq, revision, story, published, fetched, stored, doc) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, "
                    "revision = excluded.revision, story = excluded.story, published = excluded.published, "
                    "fetched = excluded.fetched, stored = excluded.stored, doc = excluded.doc "
                    "WHERE excluded.revision > articles.revision",
                    (
                        article.id,
                        seq + 1,
                        article.revision,
                        article.story,
                        published_micros(article),
                        micros(article.fetched_at),
                        stored,
                        doc,
                    ),
                ).rowcount
                seq += changed
                if changed:
                    _remember(connection, article)
                    fresh[seq] = article
                outcomes.append(Outcome("stored" if changed else "stale"))
                _note(connection, "indexed", article.capture_id)
        self._search.announce(seq, fresh)
        return outcomes

    def article(self, id: str) -> ThreadedArticle | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT doc FROM articles WHERE id = ?", (id,)).fetchone()
        return unpack(row[0]) if row else None

    def known(self, ids: Sequence[str]) -> set[str]:
        statement = "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        with self._database.read() as connection:
            return {id for (id,) in connection.execute(statement, (json.dumps(list(ids)),))}

    def search(self, query: Node, limit: int = 20, offset: int = 0, after: str | None = None) -> Found:
        return self._search.search(query, limit, offset, after)

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        return self._search.scan(query)

    def latest_articles(self, limit: int = 50) -> list[ThreadedArticle]:
        return self._articles("ORDER BY fetched DESC, num DESC LIMIT ?", limit)

    def story(self, id: str, limit: int = 200) -> list[ThreadedArticle]:
        return self._articles(f"WHERE story IN ({_ONE_STORY}) ORDER BY fetched, num LIMIT ?", id, limit)

    def remembered_since(self, moment: datetime) -> Iterator[Remembered]:
        columns = "coalesce(r.doc, a.doc), r.num IS NULL"
        for doc, whole in self._since(
            moment, f"{columns} FROM articles a LEFT JOIN remembered r USING (num)"
        ):
            yield Remembered.model_validate_json(unpacked(doc) if whole else doc)

    def fetched_since(self, moment: datetime) -> Iterator[ThreadedArticle]:
        return (unpack(doc) for (doc,) in self._since(moment, "a.doc FROM articles a"))

    def _since(self, moment: datetime, asked: str) -> Iterator[tuple[Any, ...]]:
        """Columns of all articles `a` fetched since, oldest first."""
        # Page by page: a statement left open would keep SQLite from trimming its log.
        place = (micros(moment), -1)
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT a.fetched, a.num, {asked} WHERE (a.fetched, a.num) > (?, ?) "
                    "ORDER BY a.fetched, a.num LIMIT ?",
                    (*place, _BATCH),
                ).fetchall()
            if not rows:
                return
            for row in rows:
                yield row[2:]
            place = rows[-1][:2]

    def _articles(self, rest: str, *values: object) -> list[ThreadedArticle]:
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT doc FROM articles {rest}", values).fetchall()  # noqa: S608
        return [unpack(doc) for (doc,) in rows]

    # Dead letters

    def put_dead(self, letters: Sequence[DeadLetter]) -> None:
        with self._database.write() as connection:
            for letter in letters:
                # The letter as it is kept is the same refusal, told twice; any other one is a new death.
                connection.execute(
                    "INSERT INTO dead (id, at, doc, key, capture, rejected) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET at = excluded.at, doc = excluded.doc, "
                    "capture = excluded.capture, rejected = excluded.rejected, "
                    "state = 'open', times = times + 1 WHERE state = 'replayed' AND doc != excluded.doc",
                    (
                        letter.id,
                        micros(letter.at),
                        letter.model_dump_json(),
                        letter.key,
                        letter.capture_id,
                        letter.code if letter.reason == "rejected" else "",
                    ),
                )
                _note(connection, "dead", letter.capture_id)

    def dead_letters(self, limit: int = 50, include_replayed: bool = False) -> list[DeadEntry]:
        states = ("open", "replayed" if include_replayed else "open")
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT doc, state, times FROM dead WHERE state IN (?, ?) ORDER BY at DESC, id LIMIT ?",
                (*states, limit),
            ).fetchall()
        return [_dead_entry(*row) for row in rows]

    def dead_letter(self, id: str) -> DeadEntry | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT doc, state, times FROM dead WHERE id = ?", (id,)).fetchone()
        return _dead_entry(*row) if row else None

    def dead_of(self, key: str) -> list[DeadEntry]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT doc, state, times FROM dead WHERE key = ? ORDER BY at, id", (key,)
            ).fetchall()
        return [_dead_entry(*row) for row in rows]

    def mark_replayed(self, id: str) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE dead SET state = 'replayed' WHERE id = ?", (id,))

    def rejected(self, captures: Sequence[str]) -> dict[str, str]:
        statement = (
            "SELECT capture, rejected FROM dead WHERE rejected != '' AND state = 'open' "
            "AND capture IN (SELECT value FROM json_each(?))"
        )
        with self._database.read() as connection:
            return dict(connection.execute(statement, (json.dumps(list(captures)),)).fetchall())

    # Subscriptions

    def put_subscription(self, subscription: Subscription) -> None:
        self.put_subscriptions([subscription])

    def put_subscriptions(self, subscriptions: Sequence[Subscription]) -> None:
        with self._database.write() as connection:
            change = _next_change(connection)
            connection.executemany(
                "INSERT INTO subscriptions (id, doc, changed) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, changed = excluded.changed",
                [(each.id, each.model_dump_json(), change) for each in subscriptions],
            )

    def delete_subscription(self, id: str) -> bool:
        with self._database.write() as connection:
            change = _next_change(connection)
            deleted = connection.execute(
                "UPDATE subscriptions SET doc = '', changed = ? WHERE id = ? AND doc != ''", (change, id)
            )
            return deleted.rowcount > 0

    def subscriptions(self) -> list[Subscription]:
        with self._database.read() as connection:
            rows = connection.execute("SELECT doc FROM subscriptions WHERE doc != '' ORDER BY id").fetchall()
        return [Subscription.model_validate_json(doc) for (doc,) in rows]

    def subscription_changes(self, since: str | None = None) -> Changes:
        with self._database.read() as connection:
            identity, last = connection.execute(
                "SELECT id, (SELECT coalesce(max(changed), 0) FROM subscriptions) FROM identity"
            ).fetchone()
            known, _, change = (since or "").rpartition(":")
            whole = known != identity or int(change) > last
            rows = connection.execute(
                "SELECT id, doc FROM subscriptions WHERE changed > ? AND changed <= ? ORDER BY id",
                (-1 if whole else int(change), last),
            ).fetchall()
        return Changes(
            version=f"{identity}:{last}",
            put=tuple(Subscription.model_validate_json(doc) for _, doc in rows if doc),
            removed=() if whole else tuple(id for id, doc in rows if not doc),
            whole=whole,
        )

    # Alerts

    def record_matches(self, alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
        created = []
        with self._database.write() as connection:
            for alert in alerts:
                new = connection.execute(
                    "INSERT INTO alerts (id, created, subscription, story, doc) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (
                        alert.id,
                        micros(alert.created_at),
                        alert.subscription,
                        alert.story,
                        alert.model_dump_json(),
                    ),
                ).rowcount
                if not new:
                    continue
                created.append(alert)
                add_deliveries(connection, alert)
            for capture in captures:
                _note(connection, "matched", capture)
        return created

    def known_alerts(self, ids: Sequence[str]) -> set[str]:
        statement = "SELECT id FROM alerts WHERE id IN (SELECT value FROM json_each(?))"
        with self._database.read() as connection:
            return {id for (id,) in connection.execute(statement, (json.dumps(list(ids)),))}

    def alert(self, id: str) -> Alert | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT doc FROM alerts WHERE id = ?", (id,)).fetchone()
        return Alert.model_validate_json(row[0]) if row else None

    def latest_alerts(self, limit: int = 50, subscription: str | None = None) -> list[Alert]:
        where, values = ("", ()) if subscription is None else ("WHERE subscription = ?", (subscription,))
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT doc FROM alerts {where} ORDER BY created DESC, id LIMIT ?",  # noqa: S608
                (*values, limit),
            ).fetchall()
        return [Alert.model_validate_json(doc) for (doc,) in rows]

    def story_alerts(
        self, story: str, limit: int = 200, subscriptions: Sequence[str] | None = None
    ) -> list[Alert]:
        asked = None if subscriptions is None else json.dumps(list(subscriptions))
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT doc FROM alerts WHERE story = :story AND (:asked IS NULL OR subscription IN "
                "(SELECT value FROM json_each(:asked))) ORDER BY created, id LIMIT :limit",
                {"story": story, "asked": asked, "limit": limit},
            ).fetchall()
        return [Alert.model_validate_json(doc) for (doc,) in rows]

    def claim_deliveries(
        self,
        now: datetime,
        limit: int = 20,
        lease: timedelta = timedelta(minutes=1),
        *,
        batch: str | None = None,
        bundle: str | None = None,
    ) -> list[Delivery]:
        return self._deliveries.claim(now, limit, lease, batch, bundle)

    def resolve_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        self._deliveries.resolve(deliveries)

    def deliveries(self, alert: str) -> list[Delivery]:
        return self._deliveries.of(alert)

    def delivered_since(self, moment: datetime, subscription: str, channel: Channel) -> list[datetime]:
        return self._deliveries.delivered_since(moment, subscription, channel)

    # Silences

    def put_silence(self, silence: Silence) -> None:
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO silences (id, doc) VALUES (?, ?)",
                (silence.id, silence.model_dump_json()),
            )

    def delete_silence(self, id: str) -> bool:
        with self._database.write() as connection:
            return connection.execute("DELETE FROM silences WHERE id = ?", (id,)).rowcount > 0

    def silences(self) -> list[Silence]:
        with self._database.read() as connection:
            rows = connection.execute("SELECT doc FROM silences ORDER BY id").fetchall()
        return [Silence.model_validate_json(doc) for (doc,) in rows]

    # Settlement

    def settled(self, captures: Sequence[str]) -> set[str]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id FROM captures WHERE id IN (SELECT value FROM json_each(?)) "
                "AND (indexed AND matched OR dead)",
                (json.dumps(list(captures)),),
            ).fetchall()
        return {capture for (capture,) in rows}

    def forget_captures(self, captures: Sequence[str]) -> None:
        with self._database.write() as connection:
            connection.executemany("DELETE FROM captures WHERE id = ?", [(capture,) for capture in captures])

    def counts(self) -> Counts:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM articles), (SELECT count(DISTINCT story) FROM articles), "
                "(SELECT count(*) FROM alerts), (SELECT count(*) FROM dead WHERE state = 'open'), "
                "(SELECT count(*) FROM deliveries WHERE state = 'pending')"
            ).fetchone()
        return Counts(*row)


def _health_doc(health: SourceHealth) -> str:
    told = asdict(health)
    del told["at"]
    return json.dumps(told, ensure_ascii=False)


def _next_change(connection: Connection) -> int:
    """Within a write, of which there is one at a time."""
    row = connection.execute("SELECT coalesce(max(changed), 0) + 1 FROM subscriptions").fetchone()
    return int(row[0])


def _remember(connection: Connection, article: ThreadedArticle) -> None:
    """What the threader will ask for."""
    connection.execute(
        "INSERT OR REPLACE INTO remembered (num, doc) SELECT num, ? FROM articles WHERE id = ?",
        (remembered_of(article).model_dump_json(exclude_defaults=True).encode(), article.id),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO same_stories (other, story) VALUES (?, ?)",
        [(other, article.story) for other in article.same_stories],
    )


def _note(connection: Connection, what: str, capture: str) -> None:
    """That the capture was indexed, was matched or is dead."""
    if capture:
        connection.execute(
            f"INSERT INTO captures (id, {what}) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET {what} = 1",  # noqa: S608
            (capture,),
        )


def _dead_entry(doc: str, state: str, times: int) -> DeadEntry:
    letter = DeadLetter.model_validate_json(doc)
    return DeadEntry(letter, "replayed" if state == "replayed" else "open", times)
