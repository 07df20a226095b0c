"""How far each capture came, in Elasticsearch; kept only for a broker that forgets."""

import hashlib
from collections.abc import Sequence

from services.store.elastic.bulk import Operation
from services.store.elastic.server import CONFLICTS, Server


class Captures:
    """The captures of a Server. Where they are not tracked, every capture counts as settled."""

    def __init__(self, server: Server, *, tracked: bool) -> None:
        self._server = server
        self._tracked = tracked

    def settled(self, captures: Sequence[str]) -> set[str]:
        if not self._tracked:
            return set(captures)
        if not captures:
            return set()
        with self._server.errors():
            docs = self._server.client.mget(
                index=self._server.index("captures"), ids=[_capture_id(capture) for capture in captures]
            )["docs"]
        notes = [doc.get("_source", {}) for doc in docs]
        return {
            capture
            for capture, note in zip(captures, notes, strict=True)
            if note.get("dead") or (note.get("indexed") and note.get("matched"))
        }

    def forget(self, captures: Sequence[str]) -> None:
        if self._tracked:
            index = self._server.index("captures")
            self._server.certainly(
                [
                    Operation({"delete": {"_index": index, "_id": _capture_id(capture)}})
                    for capture in captures
                ]
            )

    def note(self, what: str, captures: Sequence[str]) -> None:
        """That each capture was indexed, was matched or is dead."""
        if self._tracked:
            index = self._server.index("captures")
            self._server.certainly(
                [
                    Operation(
                        {
                            "update": {
                                "_index": index,
                                "_id": _capture_id(capture),
                                "retry_on_conflict": CONFLICTS,
                            }
                        },
                        {"doc": {what: True}, "doc_as_upsert": True},
                    )
                    for capture in dict.fromkeys(captures)
                    if capture
                ]
            )


def _capture_id(capture: str) -> str:
    """Captures come with names of any length, Elasticsearch's ids are short."""
    return hashlib.sha256(capture.encode()).hexdigest()
