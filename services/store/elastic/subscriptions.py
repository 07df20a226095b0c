"""Subscriptions in Elasticsearch; who follows them asks by sequence number what has changed."""

from collections.abc import Sequence
from typing import Any

from elasticsearch import ConflictError, NotFoundError

from schemas.events import Subscription
from services.store.elastic.bulk import Operation
from services.store.elastic.server import CONFLICTS, Server
from services.store.protocol import Changes

Json = dict[str, Any]


class Subscriptions:
    """The subscriptions of a Server. A deleted one stays as a mark, so that its followers learn of it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def put(self, subscriptions: Sequence[Subscription]) -> None:
        index = self._server.index("subscriptions")
        self._server.certainly(
            [
                Operation({"index": {"_index": index, "_id": each.id}}, each.model_dump(mode="json"))
                for each in subscriptions
            ]
        )

    def delete(self, id: str) -> bool:
        index = self._server.index("subscriptions")
        with self._server.errors():
            for _ in range(CONFLICTS):
                try:
                    kept = self._server.client.get(index=index, id=id)
                    if kept["_source"].get("deleted"):
                        return False
                    self._server.client.index(
                        index=index,
                        id=id,
                        document={"id": id, "deleted": True},
                        if_seq_no=kept["_seq_no"],
                        if_primary_term=kept["_primary_term"],
                    )
                except NotFoundError as error:
                    if "error" in error.body:
                        raise
                    return False
                except ConflictError:
                    continue
                return True
        raise self._server.unavailable(f"{index}/{id} is changed by others all the time")

    def all(self) -> list[Subscription]:
        self._server.refresh("subscriptions")
        asked = {"bool": {"must_not": [{"term": {"deleted": True}}]}}
        hits = self._server.walk("subscriptions", asked, [{"id": "asc"}])
        return [Subscription.model_validate(hit["_source"]) for hit in hits]

    def changes(self, since: str | None = None) -> Changes:
        identity, done = self._place()
        version = f"{identity}:{done}"
        if since == version:
            return Changes(version, ())
        known, _, number = (since or "").rpartition(":")
        whole = known != identity
        self._server.refresh("subscriptions")
        asked: Json = {"match_all": {}} if whole else {"range": {"_seq_no": {"gt": int(number)}}}
        found = [hit["_source"] for hit in self._server.walk("subscriptions", asked, [{"id": "asc"}])]
        return Changes(
            version=version,
            put=tuple(Subscription.model_validate(each) for each in found if not each.get("deleted")),
            removed=() if whole else tuple(each["id"] for each in found if each.get("deleted")),
            whole=whole,
        )

    def _place(self) -> tuple[str, int]:
        """Which index it is, and the number up to which all that was written is complete: a write with a
        higher number may be there already while one with a lower number is still on its way.
        """
        index = self._server.index("subscriptions")
        with self._server.errors():
            told = self._server.client.indices.stats(index=index, level="shards", metric="docs")["indices"]
            if len(told) != 1:
                raise self._server.unavailable(f"there is no index {index}")
        (of_index,) = told.values()  # by its own name, where this one is an alias
        primary = next(shard for shard in of_index["shards"]["0"] if shard["routing"]["primary"])
        return str(of_index["uuid"]), int(primary["seq_no"]["local_checkpoint"])
