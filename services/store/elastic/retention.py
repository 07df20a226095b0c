"""What is old goes: whole months of articles, in which nothing is inside the term, and dead letters."""

from datetime import UTC, datetime
from typing import Any

from services.store.elastic.bulk import Operation
from services.store.elastic.names import month_of
from services.store.elastic.rebuild import open_for_writing
from services.store.elastic.server import Server
from services.store.elastic.setup import Index, indices_there
from services.store.protocol import Expired
from services.store.terms import micros, moment_of

Json = dict[str, Any]

_AT_ONCE = 1000


def expire(server: Server, before: datetime, *, apply: bool) -> list[Expired]:
    """The months that are over at that moment; none goes that has an article captured since."""
    with server.errors():
        there = [index for index in indices_there(server) if index.live and index.place.month]
        return [
            _expire(server, index, before, apply=apply)
            for index in there
            if index.place.month <= month_of(before.astimezone(UTC))
        ]


def expire_dead(server: Server, before: datetime, *, apply: bool) -> int:
    asked: Json = {"range": {"letter.at": {"lt": before.isoformat()}}}
    server.refresh("dead")
    with server.errors():
        count = server.count("dead", asked)
    if apply:
        batch: list[Operation] = []
        for hit in server.walk("dead", asked, [{"id": "asc"}], fields=["id"]):
            batch.append(Operation({"delete": {"_index": server.index("dead"), "_id": hit["_id"]}}))
            if len(batch) == _AT_ONCE:
                server.certainly(batch)
                batch = []
        server.certainly(batch)
    return count


def _expire(server: Server, index: Index, before: datetime, *, apply: bool) -> Expired:
    found = _judged(server, index, before)
    if not (found.goes and apply):
        return found
    # What comes in while it is looked at would go unseen.
    server.client.indices.add_block(index=index.name, block="write")
    try:
        found = _judged(server, index, before)
        if found.goes:
            server.client.indices.delete(index=index.name)
    finally:
        open_for_writing(server, index.name)
    return found


def _judged(server: Server, index: Index, before: datetime) -> Expired:
    server.client.indices.refresh(index=index.name)
    answer = server.client.search(
        index=index.name,
        size=0,
        track_total_hits=True,
        aggs={
            "fetched": {"max": {"field": "search.fetched"}},
            "inside": {"filter": {"range": {"search.fetched": {"gte": micros(before)}}}},
        },
    )
    articles = int(answer["hits"]["total"]["value"])
    inside = int(answer["aggregations"]["inside"]["doc_count"])
    newest = moment_of(int(answer["aggregations"]["fetched"]["value"] or 0))
    reason = f"{inside} captured since" if inside else ""
    return Expired(index.place.month, articles, newest, goes=not inside, reason=reason)
