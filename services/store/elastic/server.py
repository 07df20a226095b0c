"""Elasticsearch as the store asks it: names of indices, requests, and errors told in one line."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError, TransportError

from services.store.elastic.bulk import Fate, Operation, bulk
from services.store.elastic.errors import trouble_of, way_out
from services.store.protocol import StoreUnavailable

Json = dict[str, Any]

CONFLICTS = 20  # times that somebody else may change a document while we do
IDS_AT_ONCE = 1000
WINDOW = 10_000  # results that Elasticsearch gives by number; beyond, it has to walk
_PAGE = 500  # articles asked for at a time while walking
_SMALL_PAGE = 4000  # likewise, where a few fields are asked for


class Server:
    """A client, and the indices of one newswatch on it."""

    def __init__(self, client: Elasticsearch, url: str, prefix: str, first_pause: float) -> None:
        """`url` is how the server is named in errors. `first_pause`: seconds before a bulk request is tried
        again, doubled each time.
        """
        self.client = client
        self.prefix = prefix
        self._url = url
        self._first_pause = first_pause

    def check(self) -> None:
        with self.errors():
            health = self.client.cluster.health(index=f"{self.prefix}-*", timeout="5s", level="indices")
        red = sorted(name for name, index in health["indices"].items() if index["status"] == "red")
        if red:
            raise self.unavailable(f"index {', '.join(red)} has lost its primary shard")

    def close(self) -> None:
        self.client.close()

    def index(self, kind: str) -> str:
        return f"{self.prefix}-{kind}"

    def pattern(self, kind: str) -> str:
        """What to read from: where there is no article yet, a pattern finds none instead of failing."""
        return f"{self.index(kind)}-*" if kind == "articles" else self.index(kind)

    def refresh(self, kind: str) -> None:
        with self.errors():
            self.client.indices.refresh(index=self.pattern(kind))

    def get(self, kind: str, id: str) -> Json | None:
        with self.errors():
            try:
                source: Json = self.client.get(index=self.index(kind), id=id)["_source"]
            except NotFoundError as error:
                if "error" in error.body:
                    raise
                return None
        return source

    def count(self, kind: str, query: Json) -> int:
        return int(self.client.count(index=self.pattern(kind), query=query)["count"])

    def hits(
        self,
        kind: str,
        query: Json,
        order: list[Json],
        limit: int,
        offset: int = 0,
        place: tuple[int, str] | None = None,
    ) -> Json:
        with self.errors():
            answer = self.client.search(
                index=self.pattern(kind),
                query=query,
                sort=order,
                size=min(limit, WINDOW - offset),
                from_=offset,
                search_after=None if place is None else list(place),
                track_total_hits=True,
                seq_no_primary_term=True,
            )
        hits: Json = answer["hits"]
        return hits

    def walk(
        self,
        kind: str,
        query: Json,
        order: list[Json],
        place: tuple[int, str] | None = None,
        fields: list[str] | None = None,
    ) -> Iterator[Json]:
        """All hits as of now, page by page; those behind the place; of each, the named fields alone."""
        page = _PAGE if fields is None else _SMALL_PAGE
        after: Json = {} if place is None else {"search_after": list(place)}
        yield from self._pages(
            self.pattern(kind),
            {"query": query, "sort": order, "size": page, "source_includes": fields},
            after,
        )

    def walk_index(self, index: str, query: Json, page: int, *, source: bool = True) -> Iterator[Json]:
        """All hits in one index as of now, in no order, with their versions."""
        asked: Json = {
            "query": query,
            "sort": ["_shard_doc"],
            "size": page,
            "version": True,
            "source": source,
        }
        yield from self._pages(index, asked, {})

    def _pages(self, index: str, asked: Json, after: Json) -> Iterator[Json]:
        with self.errors():
            pit = self.client.open_point_in_time(index=index, keep_alive="5m")["id"]
        try:
            while True:
                with self.errors():
                    answer = self.client.search(pit={"id": pit, "keep_alive": "5m"}, **asked, **after)
                pit = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < asked["size"]:
                    return
                after = {"search_after": hits[-1]["sort"]}
        finally:
            # It expires by itself too.
            with contextlib.suppress(ApiError, TransportError):
                self.client.close_point_in_time(id=pit)

    def bulk(self, operations: Sequence[Operation]) -> list[Fate]:
        return bulk(self.client, operations, self.unavailable, self._first_pause) if operations else []

    def certainly(self, operations: Sequence[Operation]) -> list[Fate]:
        """What is of our own making and must not be refused."""
        fates = self.bulk(operations)
        for fate in fates:
            if fate.refused:
                raise self.unavailable(fate.error)
        return fates

    def change(self, index: str, id: str, change: Callable[[Json], Json | None]) -> None:
        """Read the document and write what `change` makes of it, unless None; nothing where there is none."""
        with self.errors():
            for _ in range(CONFLICTS):
                try:
                    doc = self.client.get(index=index, id=id)
                    fields = change(doc["_source"])
                    if fields is None:
                        return
                    self.client.update(
                        index=index,
                        id=id,
                        doc=fields,
                        if_seq_no=doc["_seq_no"],
                        if_primary_term=doc["_primary_term"],
                    )
                except NotFoundError as error:
                    if "error" in error.body:
                        raise
                except ConflictError:
                    continue
                return
        raise self.unavailable(f"{index}/{id} is changed by others all the time")

    def unavailable(self, cause: object, way: str = "") -> StoreUnavailable:
        """The error to raise: address, cause and way out in one line."""
        trouble = trouble_of(cause)
        return StoreUnavailable(f"Elasticsearch at {self._url}: {trouble}; {way or way_out(trouble)}")

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except (ApiError, TransportError) as error:
            raise self.unavailable(error) from error
