"""Silences in Elasticsearch."""

from elasticsearch import NotFoundError

from schemas.events import Silence
from services.store.elastic.bulk import Operation
from services.store.elastic.server import Server


class Silences:
    """The silences of a Server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def put(self, silence: Silence) -> None:
        index = self._server.index("silences")
        self._server.certainly(
            [Operation({"index": {"_index": index, "_id": silence.id}}, silence.model_dump(mode="json"))]
        )

    def delete(self, id: str) -> bool:
        with self._server.errors():
            try:
                self._server.client.delete(index=self._server.index("silences"), id=id)
            except NotFoundError as error:
                if "error" in error.body:
                    raise
                return False
        return True

    def all(self) -> list[Silence]:
        self._server.refresh("silences")
        hits = self._server.walk("silences", {"match_all": {}}, [{"id": "asc"}])
        return [Silence.model_validate(hit["_source"]) for hit in hits]
