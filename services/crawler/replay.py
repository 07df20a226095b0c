"""Archived pages as messages: our own WARC files, and those of others such as CC-NEWS.

The same record makes the same message: capture, revision and first_seen come from the record alone, and
from our own files the whole message, as it was published. A store keeps the highest revision of an address
and knows each alert by story and fact, so a replay that is run twice changes nothing.
"""

import io
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from schemas.events import RawPage
from schemas.topics import RAW
from services.crawler import archive, provenance
from services.crawler.coding import inflate
from services.crawler.core import PAGE_TYPES, Outgoing, Response, read
from services.crawler.members import members
from services.crawler.sources import Source
from services.kit import urls
from services.kit.clock import milliseconds
from services.kit.step import encode

Outcome = Literal[
    "page", "gone", "no-page", "other-status", "other-record", "too-large", "no-address", "broken"
]
"""`gone`: a page that was found gone, its last capture once more; `no-page`: pictures and the like;
`other-record`: requests, metadata; `broken`: a record, or the rest of its file, that cannot be read."""

STDIN = Path("-")
BESIDE = 1 << 20  # bytes of a record that are no page: headers and the like
UNREADABLE = (ArchiveLoadFailed, EOFError, ValueError, OSError, zstandard.ZstdError)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a record; `cause` in words where there is no message."""

    outcome: Outcome
    message: Outgoing | None = None
    at: datetime | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response record: `body` is without its content coding. `where`: its reference."""

    id: str
    fields: Mapping[str, str]
    response: Response
    where: str
    longer: bool = False

    @property
    def ours(self) -> bool:
        return "newswatch-revision" in self.fields


@dataclass(frozen=True, slots=True)
class Told:
    """Any other record: the fields of its block, if it is about the record `of`; the name of its `file`."""

    of: str
    fields: Mapping[str, str]
    file: str = ""


def replay(file: Path, sources: Mapping[str, Source], most_bytes: int) -> Iterator[Replayed]:
    """Every record of a WARC file (`-`: of standard input), compressed with gzip, zstd or not at all.
    `sources` by site, for pages of others. OSError if it cannot be opened.
    """
    waiting: Answer | None = None
    name = "" if file == STDIN else file.name
    with nullcontext(sys.stdin.buffer) if file == STDIN else file.open("rb") as stream:
        for record, offset in _records(cast("io.BufferedReader", stream), most_bytes):
            found = record if isinstance(record, Replayed) else _read(record, name, offset, most_bytes)
            if waiting is not None:
                # What is told of an answer stands right behind it, if anywhere.
                told = found.fields if isinstance(found, Told) and found.of == waiting.id else {}
                yield _message(waiting, told, file.parent, sources)
            waiting = found if isinstance(found, Answer) else None
            if isinstance(found, Told):
                name = name or found.file
                yield Replayed("other-record")
            elif isinstance(found, Replayed):
                yield replace(found, cause=f"{file}: {found.cause}") if found.outcome == "broken" else found
    if waiting is not None:
        yield _message(waiting, {}, file.parent, sources)


def _records(stream: io.BufferedReader, most_bytes: int) -> Iterator[tuple[Any, Callable[[], int]]]:
    """warcio's records, or a Replayed where one is broken, and what tells where each begins. That reads the
    record to its end.
    """
    head = stream.peek(4)[:4]
    if head.startswith(b"\x1f\x8b"):
        yield from _members(stream, most_bytes)
        return
    plain: BinaryIO = stream
    if head == b"\x28\xb5\x2f\xfd":
        plain = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    records = ArchiveIterator(plain)
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except UNREADABLE as error:
            yield Replayed("broken", cause=f"{type(error).__name__}: {str(error)[:200]}"), int
            return
        yield record, records.get_record_offset


def _members(stream: BinaryIO, most_bytes: int) -> Iterator[tuple[Any, Callable[[], int]]]:
    for member in members(stream, most_bytes + BESIDE, b"WARC/"):
        where = f"at byte {member.offset}"
        if member.cause:
            outcome: Outcome = "too-large" if member.whole else "broken"
            yield Replayed(outcome, cause=f"{where}: {member.cause}"), int
            continue
        try:
            for record in ArchiveIterator(io.BytesIO(member.content)):
                yield record, partial(_read_to_end, record, member.offset)
        except UNREADABLE as error:
            yield Replayed("broken", cause=f"{where}: {type(error).__name__}: {str(error)[:200]}"), int


def _read_to_end(record: Any, offset: int) -> int:
    while record.raw_stream.read(BESIDE):
        pass
    return offset


def _read(record: Any, name: str, offset: Callable[[], int], most_bytes: int) -> Answer | Told | Replayed:
    fields = {key.lower(): value for key, value in record.rec_headers.headers}
    answers = record.rec_type == "response" and record.http_headers is not None
    body, longer, place = b"", False, 0
    try:
        if answers:
            body, longer = _body(record, fields, most_bytes)
        elif record.rec_type == "metadata":
            body = record.raw_stream.read(BESIDE)
        place = offset()
    except UNREADABLE as error:
        return Replayed("broken", cause=f"{type(error).__name__}: {str(error)[:200]}")
    if getattr(record.raw_stream, "limit", 0) > 0:
        return Replayed("broken", cause=f"at byte {place}: the record breaks off")
    if answers:
        return _answer(record, fields, f"{name}#{place}" if name else "", body, longer)
    of = archive.bare(fields.get("warc-refers-to", ""))
    return Told(of, provenance.loads(body), fields.get("warc-filename", ""))


def _answer(
    record: Any, fields: Mapping[str, str], where: str, body: bytes, longer: bool
) -> Answer | Replayed:
    at = _moment(fields.get("warc-date", ""))
    url = fields.get("warc-target-uri", "").strip("<> ")
    status = record.http_headers.get_statuscode()
    if at is None or not status.isdigit():
        return Replayed("no-page", at=at, cause=f"{url}: it has no date, or no status")
    headers = tuple(record.http_headers.headers)
    response = Response(url, int(status), "", headers, body, body, at)
    if response.status == 200 and response.media_type not in PAGE_TYPES:
        return Replayed("no-page", at=at, cause=f"{url}: it is {response.media_type}")
    return Answer(archive.bare(fields.get("warc-record-id", "")), fields, response, where, longer)


def _body(record: Any, fields: Mapping[str, str], most_bytes: int) -> tuple[bytes, bool]:
    """Without its codings, and whether it is longer than it may be. Ours as it was read then."""
    http, stream = record.http_headers, record.raw_stream
    if (http.get_header("Transfer-Encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(stream)  # not warcio's reader of bodies: it knows fewer codings than we
    body = stream.read(most_bytes + 1)
    kind = (http.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    content, longer = inflate(body[:most_bytes], http.get_header("Content-Encoding") or "", most_bytes, kind)
    cut = "newswatch-revision" in fields and "warc-truncated" in fields
    return content, longer or cut or len(body) > most_bytes


def _message(
    answer: Answer, told: Mapping[str, str], folder: Path, sources: Mapping[str, Source]
) -> Replayed:
    at, url = answer.response.fetched_at, answer.response.url
    if answer.longer:
        return Replayed("too-large", at=at, cause=f"{url}: longer than is read; raise NEWSWATCH_PAGE_BYTES")
    try:
        if answer.response.status == 200:
            return _page("page", answer, answer.response, answer.where, told, sources)
        if answer.ours and provenance.LAST_CAPTURE in told:
            where = told[provenance.LAST_CAPTURE]
            then = archive.read(folder, where).response()
            return _page("gone", answer, then, where, told, sources)
    except LookupError as error:
        return Replayed("other-status", at=at, cause=f"{url}: gone, but {error.args[0]}")
    except ValueError as error:
        return Replayed("no-address", at=at, cause=str(error))
    return Replayed("other-status", at=at, cause=f"HTTP {answer.response.status}")


def _page(
    outcome: Literal["page", "gone"],
    answer: Answer,
    shown: Response,
    where: str,
    told: Mapping[str, str],
    sources: Mapping[str, Source],
) -> Replayed:
    """The message of an answer that has the text of the response `shown`. ValueError where it has no
    address, or where what is told of it is damaged.
    """
    at, url = answer.response.fetched_at, shown.url
    reading = read(shown)
    page = RawPage.model_validate(
        {
            "capture_id": answer.id if answer.ours else _capture(url, at, reading.digest),
            "url": url,
            "fetched_at": shown.fetched_at,
            "content_type": shown.media_type or "text/html",
            "html": reading.html,
            "archive": where,
            "first_seen": _moment(answer.fields.get("newswatch-first-seen", "")) or at,
            "revision": answer.fields.get("newswatch-revision") or milliseconds(at),
        }
        | (provenance.restored(told) if told else _by_site(url, answer, sources))
    )
    value = encode(page)
    if len(value) > RAW.max_message_bytes:
        return Replayed("too-large", at=at, cause=f"{url}: a message of {len(value)} bytes")
    key = urls.article_id(reading.canonical)
    return Replayed(outcome, Outgoing(RAW.name, key, page.capture_id, where, value, shown.fetched_at), at)


def _by_site(url: str, answer: Answer, sources: Mapping[str, Source]) -> dict[str, Any]:
    """Whose page it is, where only its address can tell."""
    site = urls.site(url)
    source = sources.get(site)
    named = (
        {"source_name": source.name, "country": source.country, "language": source.language} if source else {}
    )
    id = answer.fields.get("newswatch-source") or (source.id if source else site)
    return {"source": id, **named}


def _capture(url: str, at: datetime, digest: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{url} {at.isoformat()} {digest}"))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
