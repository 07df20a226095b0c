"""A pure step of the pipeline: one message in, one message out, or a dead letter that says why not.

Nothing here does I/O. `run` never raises: whatever a step does with a message becomes an Emit or a
Dead, so that one poison message cannot stop the ones behind it.
"""

import base64
import hashlib
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from schemas.events import DeadLetter, Message, Stages
from schemas.topics import Topic
from services.kit.clock import milliseconds

CAPTURE_HEADER = "capture"
ARCHIVE_HEADER = "archive"
_DONE = "-at"  # header of a service: when it had done with the article, in milliseconds since 1970

In = TypeVar("In", bound=Message)
Out = TypeVar("Out", bound=Message)
M = TypeVar("M", bound=Message)

Reason = Literal["invalid", "rejected", "bug", "refused-by-store", "too-large"]


class Reject(Exception):
    """Raised by a core that will never accept this message. The text tells people why, `code` machines."""

    def __init__(self, error: str, code: str = "") -> None:
        super().__init__(error)
        self.code = code


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it lies in a topic. Headers travel with the article through every stage."""

    topic: str
    value: bytes
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    partition: int = -1
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Emit:
    """A message to be published."""

    topic: Topic[Message]
    key: str
    value: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dead:
    """A record that is refused: `reason` and `code` for machines, `error` one line for people."""

    record: Record
    reason: Reason
    error: str
    detail: str = ""
    code: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Step(Generic[In, Out]):
    """A named function from the message of one topic to the message of the next."""

    name: str
    source: Topic[In]
    target: Topic[Out]
    apply: Callable[[In], Out]


def decode(topic: Topic[M], record: Record) -> M | Dead:
    """The record's message, or why it is none."""
    try:
        return topic.model.model_validate_json(record.value)
    except ValidationError as error:
        return Dead(record, "invalid", f"not a {topic.model.NAME} v1: {_first(error)}")


def run(step: Step[In, Out], record: Record) -> Emit | Dead:
    """Decode, apply, encode."""
    message = decode(step.source, record)
    if isinstance(message, Dead):
        return message
    try:
        out = step.apply(message)
        value = encode(out)
    except Reject as error:
        source = str(getattr(message, "source", ""))
        return Dead(record, "rejected", str(error), code=error.code, source=source)
    except Exception as error:  # noqa: BLE001 - a poison message must not stop its neighbours
        return bug(record, error)
    if len(value) > step.target.max_message_bytes:
        return too_large(record, step.target, len(value))
    return Emit(step.target, record.key, value, record.headers)


def encode(message: Message) -> bytes:
    """A message as it travels: UTF-8 JSON, without what is at its default. Half of a surrogate pair, which
    UTF-8 has no bytes for, becomes a question mark.
    """
    try:
        return message.model_dump_json(exclude_defaults=True).encode()
    except PydanticSerializationError:
        plain = message.model_dump(mode="python", exclude_defaults=True)
        return json.dumps(plain, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: object) -> str:
    """What JSON has no type for, in messages: times."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"not to be written as JSON: {type(value).__name__}")


def bug(record: Record, error: Exception) -> Dead:
    """The dead letter of an exception that nobody foresaw."""
    return Dead(record, "bug", f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


def too_large(record: Record, target: Topic[Message], size: int) -> Dead:
    """The dead letter of a message that its topic would refuse."""
    return Dead(
        record, "too-large", f"{size} bytes, but {target.name} takes {target.max_message_bytes} at most"
    )


def stamped(headers: Mapping[str, str], service: str, at: datetime) -> dict[str, str]:
    """The headers, with when the service had done with the article."""
    return {**headers, f"{service}{_DONE}": str(milliseconds(at))}


def stages(record: Record) -> Stages:
    """When the services before had done with the record's article, as far as its headers tell."""
    return Stages(
        cleaned_at=_stamp(record, "cleaner"),
        tagged_at=_stamp(record, "tagger"),
        threaded_at=_stamp(record, "threader"),
    )


def _stamp(record: Record, service: str) -> datetime | None:
    text = record.headers.get(f"{service}{_DONE}", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 13:
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def letter(service: str, dead: Dead, at: datetime, max_payload: int = 4 * 1024 * 1024) -> DeadLetter:
    """The dead letter as a message. A payload over `max_payload` bytes is left to the archive."""
    record = dead.record
    digest = hashlib.sha256(
        b"\0".join((service.encode(), record.topic.encode(), record.key.encode(), record.value))
    )
    payload, encoding = _readable(record.value if len(record.value) <= max_payload else b"")
    return DeadLetter(
        id=digest.hexdigest(),
        service=service,
        at=at,
        reason=dead.reason,
        code=dead.code,
        source=dead.source,
        error=dead.error,
        detail=dead.detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        capture_id=record.headers.get(CAPTURE_HEADER, ""),
        archive=record.headers.get(ARCHIVE_HEADER, ""),
        payload=payload,
        payload_encoding=encoding,
    )


def payload_bytes(dead: DeadLetter) -> bytes:
    """What `letter` was given; empty where it was left to the archive."""
    return base64.b64decode(dead.payload) if dead.payload_encoding == "base64" else dead.payload.encode()


def _readable(value: bytes) -> tuple[str, Literal["utf-8", "base64"]]:
    try:
        return value.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(value).decode(), "base64"


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg']}{more}" if place else f"{first['msg']}{more}"
