"""How sources were, in Elasticsearch: one document for each source, day and state."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from services.store.elastic.bulk import Operation
from services.store.elastic.server import Server
from services.store.protocol import SourceHealth
from services.store.terms import health_id


class Sources:
    """The health of sources on a Server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def put(self, states: Sequence[SourceHealth]) -> None:
        index = self._server.index("sources")
        self._server.certainly(
            [Operation({"index": {"_index": index, "_id": _id(each)}}, _body(each)) for each in states]
        )

    def latest(self, since: datetime, limit: int) -> list[SourceHealth]:
        self._server.refresh("sources")
        asked = {"range": {"at": {"gte": since.isoformat()}}}
        hits = self._server.hits("sources", asked, [{"at": "desc"}, {"id": "asc"}], limit)["hits"]
        return [_health(hit["_source"]) for hit in hits]


def _id(each: SourceHealth) -> str:
    """Sources have ids of any length."""
    return hashlib.sha256(health_id(each).encode()).hexdigest()


def _body(each: SourceHealth) -> dict[str, object]:
    return {
        "id": health_id(each),
        "source": each.source,
        "name": each.name,
        "country": each.country,
        "language": each.language,
        "state": each.state,
        "well": each.well,
        "reason": each.reason,
        "day": each.at.date().isoformat(),
        "at": each.at.isoformat(),
    }


def _health(source: dict[str, object]) -> SourceHealth:
    told = {name: source[name] for name in ("source", "name", "country", "language", "state", "reason")}
    at = datetime.fromisoformat(str(source["at"]))
    return SourceHealth(**told, well=bool(source["well"]), at=at)  # type: ignore[arg-type]
