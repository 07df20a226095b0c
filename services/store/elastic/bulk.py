"""Many writes in few requests, with the fate of each: the library's own helper loses some silently."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from services.store.elastic.errors import Trouble
from services.store.protocol import StoreUnavailable

_CHUNK_BYTES = 8_000_000
_CHUNK_LINES = 500
_LEAST_LINES = 20
_SERVER_PATIENCE = "20s"  # for a shard that is not there; less than the client's own, so that it says why
_RETRIES = 8
_LONGEST_PAUSE = 4.0  # seconds
# Nothing is wrong with the document: the cluster may hold no more shards, or the index lacks a field of ours.
_ABOUT_THE_SERVER = frozenset({"validation_exception", "strict_dynamic_mapping_exception"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One write: `action` as in {"index": {"_index": ..., "_id": ...}}; `body` none for a delete, text where
    it is JSON already.
    """

    action: dict[str, dict[str, Any]]
    body: dict[str, Any] | str | None = None

    def lines(self) -> str:
        action = json.dumps(self.action) + "\n"
        if self.body is None:
            return action
        body = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return f"{action}{body}\n"


@dataclass(frozen=True, slots=True)
class Fate:
    """What the server answered about one write; `error` is empty where it was done."""

    status: int
    error: str = ""

    @property
    def conflict(self) -> bool:
        return self.status == 409

    @property
    def refused(self) -> bool:
        """For good, because of what was to be written: trying again is no use."""
        return self.status in {400, 413}


def bulk(
    client: Elasticsearch,
    operations: Sequence[Operation],
    unavailable: Callable[[object], StoreUnavailable],
    first_pause: float = 0.25,
) -> list[Fate]:
    """The fate of each operation, in order: done, in conflict, refused, or for a delete not there.

    What the server can't do now is tried again with growing pauses (seconds). Raises what
    `unavailable` makes of the cause if that does not help; some operations may have been done then.
    """
    fates: list[Fate | None] = [None] * len(operations)
    lines = [operation.lines() for operation in operations]
    cause: object = None
    at_once = _CHUNK_LINES
    for attempt in range(_RETRIES + 1):
        if attempt:
            time.sleep(min(first_pause * 2 ** (attempt - 1), _LONGEST_PAUSE))
            # A server that is short of threads or memory takes less at a time.
            at_once = max(at_once // 2, _LEAST_LINES)
        for chunk in _chunks(lines, [number for number, fate in enumerate(fates) if fate is None], at_once):
            try:
                answers = _send(client, lines, chunk)
            except TransportError as error:
                cause = error
                break
            except ApiError as error:
                cause = error
                if not _passing(error.meta.status):
                    raise unavailable(error) from error
                break
            for number, (name, answer) in zip(chunk, answers, strict=True):
                fate = _fate(name, answer)
                if fate is None:
                    cause = _trouble(answer)
                fates[number] = fate
        known = [fate for fate in fates if fate is not None]
        if len(known) == len(fates):
            return known
    raise unavailable(cause)


def _send(client: Elasticsearch, lines: list[str], chunk: list[int]) -> list[tuple[str, dict[str, Any]]]:
    """What the server answers about each operation of the chunk: its name and the item."""
    try:
        response = client.options(max_retries=0).bulk(
            operations=[lines[number] for number in chunk],  # type: ignore[misc]  # text is sent as it is
            timeout=_SERVER_PATIENCE,
        )
    except ApiError as error:
        if error.meta.status != 413:
            raise
        if len(chunk) == 1:
            return [("", {"status": 413, "error": "larger than the server takes"})]
        half = len(chunk) // 2
        return _send(client, lines, chunk[:half]) + _send(client, lines, chunk[half:])
    return [next(iter(item.items())) for item in response["items"]]


def _fate(name: str, answer: dict[str, Any]) -> Fate | None:
    """None where the answer is about the server or its settings, not about what was to be written."""
    status = int(answer["status"])
    error = answer.get("error")
    if 200 <= status < 300 or status == 409 or (status == 404 and error is None and name == "delete"):
        return Fate(status)
    trouble = _trouble(answer)
    if status in {400, 413} and trouble.kind not in _ABOUT_THE_SERVER:
        return Fate(status, trouble.words)
    return None


def _trouble(answer: dict[str, Any]) -> Trouble:
    error = answer.get("error")
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    return Trouble(int(answer["status"]), kind, _reason(answer))


def _reason(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    if not isinstance(error, dict):
        return f"{answer['status']} {error or ''}".strip()
    causes = [error]
    while isinstance(cause := causes[-1].get("caused_by"), dict):
        causes.append(cause)
    return ": ".join(dict.fromkeys(str(cause.get("reason") or cause.get("type")) for cause in causes))


def _passing(status: int) -> bool:
    return status in {408, 429} or status >= 500


def _chunks(lines: list[str], numbers: list[int], at_once: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    size = 0
    for number in numbers:
        length = len(lines[number].encode())
        if chunk and (size + length > _CHUNK_BYTES or len(chunk) >= at_once):
            yield chunk
            chunk, size = [], 0
        chunk.append(number)
        size += length
    if chunk:
        yield chunk
