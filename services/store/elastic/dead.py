"""Dead letters in Elasticsearch: created once, open again when the same message dies anew."""

import functools
from collections.abc import Sequence
from typing import Any

from schemas.events import DeadLetter
from services.store.elastic.bulk import Operation
from services.store.elastic.captures import Captures
from services.store.elastic.server import IDS_AT_ONCE, Server
from services.store.protocol import DeadEntry

Json = dict[str, Any]


class DeadLetters:
    """The dead letters of a Server; captures are noted as dead."""

    def __init__(self, server: Server, captures: Captures) -> None:
        self._server = server
        self._captures = captures

    def put(self, letters: Sequence[DeadLetter]) -> None:
        index = self._server.index("dead")
        fates = self._server.bulk([self._operation(letter) for letter in letters])
        for letter, fate in zip(letters, fates, strict=True):
            if fate.refused:
                raise self._server.unavailable(f"dead letter {letter.id}: {fate.error}")
            if fate.conflict:
                self._server.change(
                    index, letter.id, functools.partial(_died_again, letter.model_dump(mode="json"))
                )
        self._captures.note("dead", [letter.capture_id for letter in letters])

    def latest(self, limit: int = 50, include_replayed: bool = False) -> list[DeadEntry]:
        asked: Json = {"match_all": {}} if include_replayed else {"term": {"state": "open"}}
        self._server.refresh("dead")
        hits = self._server.hits("dead", asked, [{"letter.at": "desc"}, {"id": "asc"}], limit)["hits"]
        return [_dead_entry(hit["_source"]) for hit in hits]

    def get(self, id: str) -> DeadEntry | None:
        source = self._server.get("dead", id)
        return None if source is None else _dead_entry(source)

    def of(self, key: str) -> list[DeadEntry]:
        self._server.refresh("dead")
        order: list[Json] = [{"letter.at": "asc"}, {"id": "asc"}]
        hits = self._server.walk("dead", {"term": {"letter.key": key}}, order)
        return [_dead_entry(hit["_source"]) for hit in hits]

    def mark_replayed(self, id: str) -> None:
        self._server.change(self._server.index("dead"), id, lambda _: {"state": "replayed"})

    def rejected(self, captures: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(captures), IDS_AT_ONCE):
            asked = list(captures[start : start + IDS_AT_ONCE])
            terms = [{"letter.capture_id": asked}, {"letter.reason": ["rejected"]}, {"state": ["open"]}]
            with self._server.errors():
                hits = self._server.client.search(
                    index=self._server.pattern("dead"),
                    query={"bool": {"filter": [{"terms": term} for term in terms]}},
                    source={"includes": ["letter.capture_id", "letter.code"]},
                    # A capture that is replayed by another version may be refused once more.
                    size=2 * IDS_AT_ONCE,
                )["hits"]["hits"]
            letters = (hit["_source"]["letter"] for hit in hits)
            found |= {letter["capture_id"]: letter["code"] for letter in letters if letter.get("code")}
        return found

    def _operation(self, letter: DeadLetter) -> Operation:
        body = {"id": letter.id, "state": "open", "times": 1, "letter": letter.model_dump(mode="json")}
        return Operation({"create": {"_index": self._server.index("dead"), "_id": letter.id}}, body)


def _died_again(letter: Json, kept: Json) -> Json | None:
    # The letter as it is kept is the same refusal, told twice; any other one is a new death.
    if kept["state"] == "open" or kept["letter"] == letter:
        return None
    return {"state": "open", "times": kept["times"] + 1, "letter": letter}


def _dead_entry(source: Json) -> DeadEntry:
    return DeadEntry(DeadLetter.model_validate(source["letter"]), source["state"], source["times"])
