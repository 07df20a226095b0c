"""The embedded store's search index: tantivy, following the database.

The index is never written directly. Whoever feeds it reads from the database the articles above the
last `seq` that the index holds, so a process killed between the two commits loses nothing, and an
index that lags, is damaged or missing is caught up or rebuilt in the same way. One process at a time
feeds (it holds search.lock); a process that puts articles keeps a thread that feeds, or waits for its
turn; a reader that finds articles waiting, and nobody feeding, feeds them itself.
"""

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tantivy import DocAddress, FieldType, Index, IndexWriter, Occur, Query, Searcher

from schemas.events import ThreadedArticle
from services.kit.query.evaluate import matches
from services.kit.query.tree import Node
from services.store.embedded.doc import unpack
from services.store.embedded.query import is_exact, make_document, make_schema, open_up, translate
from services.store.embedded.sql import Database
from services.store.filelock import FileLock
from services.store.protocol import Found, StoreUnavailable
from services.store.terms import cursor, place_of

_log = logging.getLogger(__name__)

_HEAP = 20_000_000  # bytes; tantivy asks for 15 MB at least
_BATCH = 1000  # articles between two commits while catching up
_SCANNED = 5000  # articles that a scan looks for at a time
_GATHER = 0.25  # seconds between a put and the commit that shows it to other processes
_POLL = 0.5  # seconds between looks for what other processes put
_RELOAD = 0.2  # seconds in which a reader does not look for news again
_LATE = 1_000_000  # microseconds after which a reader misses an article that the index lacks
_PATIENCE = 10.0  # seconds for which a reader waits for whoever feeds


Answer = TypeVar("Answer")


class SearchIndex:
    """The index in `folder`/search-1 of the articles of `database`. `now`: microseconds since 1970."""

    def __init__(self, folder: Path, database: Database, now: Callable[[], int]) -> None:
        # A change of the index's fields takes a new number: the new index is built at its first use.
        self._path = folder / "search-1"
        self._wanted = folder / "search.rebuild"  # a reader's word to the feeder that the index is damaged
        self._database = database
        self._now = now
        self._schema = make_schema()
        self._lock = FileLock(folder / "search.lock")
        self._feeding = threading.RLock()  # held around everything that touches the lock or the writer
        self._reading = threading.Lock()  # held around everything that touches the reader
        self._writer: IndexWriter | None = None
        self._fed = 0  # the last seq that was committed by this writer
        self._highest = 0  # the highest number among all that was
        self._reader: Index | None = None
        self._stale_at = 0.0  # when the reader looks for news again
        self._shown = 0  # the last seq that the reader sees
        self._promised = 0  # the last seq that this object put
        self._fresh_articles: dict[int, ThreadedArticle] = {}  # some of what it put and has not fed yet
        self._follower: threading.Thread | None = None
        self._news = threading.Event()
        self._closed = threading.Event()

    def announce(self, seq: int, fresh: Mapping[int, ThreadedArticle]) -> None:
        """Articles up to this seq are in the database: show them within a second. `fresh`: those of them that
        were put now, by their seq, so that they need not be read again to be fed.
        """
        self._promised = max(self._promised, seq)
        if len(self._fresh_articles) + len(fresh) <= _BATCH:
            self._fresh_articles |= fresh
        if self._follower is None:
            with self._feeding:
                if self._follower is None:
                    self._follower = threading.Thread(target=self._follow, name="search-index", daemon=True)
                    self._follower.start()
        self._news.set()

    def search(self, query: Node, limit: int, offset: int, after: str | None = None) -> Found:
        place = None if after is None else place_of(after)
        return self._undamaged(lambda: self._search(query, limit, offset, place))

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        """All that match now, newest first, a page at a time: a million take no more memory than one page."""
        exact = is_exact(query)
        searcher, candidates, nums, end = self._undamaged(lambda: self._begin(query))
        while nums:
            for _, article in self._articles(self._ordered(nums, None)):
                if exact or matches(query, article):
                    yield article
            if end is None:
                return
            try:
                nums, end = self._page(searcher, candidates, end)
            except _Damaged as error:
                raise self._database.unavailable(f"search index: {error}") from error

    def _undamaged(self, ask: Callable[[], Answer]) -> Answer:
        """Asked again once the index is built anew, if it was damaged."""
        try:
            try:
                return ask()
            except _Damaged as damage:
                self._rebuild(damage)
                return ask()
        except (_Damaged, OSError) as error:
            raise self._database.unavailable(f"search index: {error}") from error

    def forget(self) -> None:
        """Drop what was deleted from the database; another process that feeds does it within a second."""
        self._feed_now()

    def documents(self) -> int:
        """How many articles the index holds; StoreUnavailable where it lags."""
        searcher = self._undamaged(self._fresh)
        return searcher.num_docs if searcher else 0

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self._path.glob("*")) if self._path.exists() else 0

    def rebuild(self) -> None:
        """Build the index anew from the database."""
        self._wanted.touch()
        self._until_rebuilt()
        self._undamaged(self._fresh)

    def close(self) -> None:
        self._closed.set()
        self._news.set()
        if self._follower is not None:
            self._follower.join()
        with self._feeding, self._reading:
            self._stop_feeding()
            self._reader = None

    # Reading

    def _search(self, query: Node, limit: int, offset: int, place: tuple[int, str] | None) -> Found:
        searcher = self._fresh()
        if searcher is None:
            return Found(0, ())
        exact = is_exact(query)
        with _damage():
            candidates = translate(query, self._schema, searcher)
            if exact:
                total = searcher.search(candidates, limit=1).count  # type: ignore[attr-defined]  # its stub lacks it
                nums = self._first(searcher, candidates, offset + limit + 1, place)
            else:
                total = 0
                nums = _nums(searcher, candidates)
        nums = self._ordered(nums, None if not exact else place)
        if not exact:
            found = [num for num, article in self._articles(nums) if matches(query, article)]
            total = len(found)
            nums = found if place is None else self._ordered(found, place)
        page = tuple(article for _, article in self._articles(nums[offset : offset + limit]))
        more = page and len(nums) > offset + limit
        return Found(total, page, cursor(page[-1]) if more else None)

    def _begin(self, query: Node) -> tuple[Searcher | None, Query, list[int], int | None]:
        """What scan goes on with: a searcher of now, what it asks it, and its first page."""
        searcher = self._fresh()
        if searcher is None:
            return None, Query.empty_query(), [], None
        with _damage():
            candidates = translate(query, self._schema, searcher)
        return searcher, candidates, *self._page(searcher, candidates, None)

    def _page(
        self, searcher: Searcher | None, query: Query, before: int | None
    ) -> tuple[list[int], int | None]:
        """The newest that match, of those published before that microsecond; and the microsecond before which
        the rest was published, None where there is none.
        """
        if searcher is None:
            return [], None
        with _damage():
            if before is not None:
                query = self._bounded(query, None, before - 1)
            hits = searcher.search(query, limit=_SCANNED, count=False, order_by_field="published").hits
            nums = set(_values(searcher, hits))
            if len(hits) < _SCANNED:
                return list(nums), None
            end = int(hits[-1][0])
            nums.update(self._at(searcher, query, end))
            return list(nums), end

    def _ordered(self, nums: list[int], place: tuple[int, str] | None) -> list[int]:
        """Newest first; those behind the place."""
        moment, id = (2**63 - 1, "") if place is None else place
        with self._database.read() as connection:
            ordered = connection.execute(
                "SELECT num FROM articles WHERE num IN (SELECT value FROM json_each(?1)) "
                "AND (published < ?2 OR published = ?2 AND id > ?3) ORDER BY published DESC, id",
                (str(nums), moment, id),
            )
            return [num for (num,) in ordered]

    def _first(
        self, searcher: Searcher, query: Query, wanted: int, place: tuple[int, str] | None
    ) -> list[int]:
        """The newest so many that may be behind the place, and all that are as old as the first and the last
        of them: their ids decide.
        """
        nums: set[int] = set()
        if place is not None:
            nums.update(self._at(searcher, query, place[0]))
            query = self._bounded(query, None, place[0] - 1)
        hits = searcher.search(query, limit=wanted, count=False, order_by_field="published").hits
        if hits:
            nums.update(self._at(searcher, query, hits[-1][0]))
            nums.update(_values(searcher, hits))
        return list(nums)

    def _at(self, searcher: Searcher, query: Query, moment: int) -> list[int]:
        """All that match and were published at that microsecond."""
        return _nums(searcher, self._bounded(query, moment, moment))

    def _bounded(self, query: Query, after: int | None, before: int | None) -> Query:
        """And published between these microseconds, both included."""
        then = Query.range_query(self._schema, "published", FieldType.Integer, after, before)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, then)])

    def _articles(self, nums: Sequence[int]) -> Iterator[tuple[int, ThreadedArticle]]:
        """With their numbers; without those that were deleted since."""
        for start in range(0, len(nums), _BATCH):
            some = nums[start : start + _BATCH]
            with self._database.read() as connection:
                docs = dict(
                    connection.execute(
                        "SELECT num, doc FROM articles WHERE num IN (SELECT value FROM json_each(?))",
                        (str(some),),
                    )
                )
            for num in some:
                if num in docs:
                    yield num, unpack(docs[num])

    def _fresh(self) -> Searcher | None:
        """A searcher that sees all that this object put, and all that others put a second ago: a feeder
        elsewhere is given that second, but where there is none, nothing has to wait.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            searcher, shown = self._reload()
            with self._database.read() as connection:
                last, missed = connection.execute(
                    "SELECT (SELECT coalesce(max(seq), 0) FROM articles), "
                    "EXISTS (SELECT 1 FROM articles WHERE seq > ? AND (seq <= ? OR stored <= ?))",
                    (shown, self._promised, self._now() - _LATE),
                ).fetchone()
            if shown > last:
                raise _Damaged("it holds more articles than the database")
            if shown == last:
                return searcher
            late = time.monotonic() > deadline
            if not late and self._feed_now():
                continue
            if not missed:
                return searcher
            if late:
                raise StoreUnavailable(
                    f"store {self._path.parent}: the search index is catching up (at {shown} of {last}); "
                    f"try again in a moment"
                )
            time.sleep(_RELOAD)

    def _reload(self) -> tuple[Searcher | None, int]:
        """A searcher, and the last seq that it sees."""
        with self._reading, _damage():
            if self._reader is None:
                if not (self._path / "meta.json").exists():
                    return None, 0
                self._reader = Index.open(str(self._path))
                open_up(self._reader)
                self._stale_at = 0.0
            if time.monotonic() >= self._stale_at:
                self._reader.reload()
                self._shown = _last(self._reader.searcher(), "seq")
                self._stale_at = time.monotonic() + _RELOAD
            return self._reader.searcher(), self._shown

    # Feeding

    def _follow(self) -> None:
        """The feeder's thread."""
        while not self._closed.is_set():
            if self._news.wait(_POLL):
                self._closed.wait(_GATHER)
            self._news.clear()
            try:
                self._feed_now()
            except (StoreUnavailable, OSError) as error:
                _log.warning("the search index lags: %s", error)
                self._closed.wait(_POLL)
            except Exception:  # noqa: BLE001  # a thread that ends in silence would end the feeding too
                _log.exception("the search index lags")
                self._closed.wait(_PATIENCE)

    def _feed_now(self) -> bool:
        """Feed all that waits. False where another process is the feeder."""
        with self._feeding:
            keep = False
            try:
                if not self._start_feeding():
                    self._fresh_articles.clear()
                    return False
                self._feed()
                keep = self._follower is not None
            except _Damaged as error:
                raise self._database.unavailable(f"search index: {error}") from error
            finally:
                if not keep:
                    self._stop_feeding()
            self._stale_at = 0.0
            return True

    def _feed(self) -> None:
        writer = self._writer
        assert writer is not None
        self._drop_gone(writer)
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    "SELECT num, seq, doc FROM articles WHERE seq > ? ORDER BY seq LIMIT ?",
                    (self._fed, _BATCH),
                ).fetchall()
            if not rows:
                self._let_go()
                return
            fresh = self._fresh_articles
            articles = [(num, seq, fresh.pop(seq) if seq in fresh else unpack(doc)) for num, seq, doc in rows]
            with _damage():
                for num, seq, article in articles:
                    if num <= self._highest:  # else it cannot be there yet, and a deletion costs as much
                        # By query: delete_documents_by_term takes a number for a signed one, finding nothing.
                        writer.delete_documents_by_query(Query.term_query(self._schema, "num", num))
                    writer.add_document(make_document(num, seq, article))
                writer.commit()
            self._highest = max(self._highest, *(num for num, _, _ in articles))
            self._fed = rows[-1][1]

    def _let_go(self) -> None:
        """Of what was fed by another process, or was put again before it was fed."""
        for seq in list(self._fresh_articles):
            if seq <= self._fed:
                del self._fresh_articles[seq]

    def _drop_gone(self, writer: IndexWriter) -> None:
        """Articles that were deleted from the database. Their numbers are not given again."""
        while True:
            with self._database.read() as connection:
                nums = connection.execute("SELECT num FROM gone LIMIT ?", (_BATCH,)).fetchall()
            if not nums:
                return
            with _damage():
                for (num,) in nums:
                    writer.delete_documents_by_query(Query.term_query(self._schema, "num", num))
                writer.commit()
            with self._database.write() as connection:
                connection.executemany("DELETE FROM gone WHERE num = ?", nums)

    def _start_feeding(self) -> bool:
        """Become the feeder, or stay it. False where another process is."""
        if self._writer is not None and not self._wanted.exists() and (self._path / "meta.json").exists():
            return True
        self._writer = None
        if not self._lock.acquire(wait=False):
            return False
        try:
            if self._wanted.exists():
                raise _Damaged("that was asked for")
            self._open_writer()
        except _Damaged as error:
            _log.warning("the search index %s is built anew: %s", self._path, error)
            self._wipe()
            self._open_writer()
            self._wanted.unlink(missing_ok=True)
        return True

    def _open_writer(self) -> None:
        with self._database.read() as connection:
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM articles").fetchone()
        self._path.mkdir(exist_ok=True)
        with _damage():
            index = Index(self._schema, str(self._path))
            open_up(index)
            index.reload()
            self._fed = _last(index.searcher(), "seq")
            self._highest = _last(index.searcher(), "num")
            if self._fed > last:
                raise _Damaged("it holds more articles than the database")
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)

    def _stop_feeding(self) -> None:
        self._writer = None
        self._lock.close()

    def _wipe(self) -> None:
        self._writer = None
        with self._reading:
            self._reader = None
        if self._path.exists():
            # Renamed first: a thread of tantivy's may still be merging in there.
            aside = self._path.with_suffix(".damaged")
            shutil.rmtree(aside, ignore_errors=True)
            self._path.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def _rebuild(self, damage: "_Damaged") -> None:
        """Have the index built anew: by this process, or by the one that feeds."""
        _log.warning("the search index %s can't be read: %s", self._path, damage)
        self._wanted.touch()
        self._until_rebuilt()

    def _until_rebuilt(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self._wanted.exists() and not self._feed_now():
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    f"store {self._path.parent}: the search index is being built anew; try again in a moment"
                )
            time.sleep(_RELOAD)
        with self._reading:
            self._reader = None


class _Damaged(Exception):
    """What tantivy keeps on disk can't be read or written."""


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """tantivy tells its troubles as ValueError or OSError, and some by a panic of Rust's."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise _Damaged(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _Damaged(str(error)) from error


def _last(searcher: Searcher, field: str) -> int:
    """The highest value of a number's field; 0 where there is nothing."""
    hits = searcher.search(Query.all_query(), limit=1, count=False, order_by_field=field).hits
    return int(hits[0][0]) if hits else 0


def _nums(searcher: Searcher, query: Query) -> list[int]:
    """All that match, in no order."""
    hits = searcher.search(query, limit=max(searcher.num_docs, 1), count=False).hits
    return _values(searcher, hits)


def _values(searcher: Searcher, hits: Sequence[tuple[Any, DocAddress]]) -> list[int]:
    """What the database knows the hits by."""
    nums = searcher.fast_field_values("num", [address for _, address in hits])
    return [int(num) for num in nums if num is not None]
