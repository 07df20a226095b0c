"""Archived pages as messages: our own WARC files, and those of others such as CC-NEWS.

The same record makes the same message: capture, revision and first_seen come from the record alone. A store
keeps the highest revision of an address and knows each alert by story and fact, so a replay that is run twice
changes nothing.
"""

import gzip
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from schemas.events import RawPage
from schemas.topics import RAW
from services.crawler.coding import Unreadable, inflate
from services.crawler.core import PAGE_TYPES, Outgoing, Response, read
from services.crawler.sources import Source
from services.kit import urls
from services.kit.clock import milliseconds
from services.kit.step import encode

Outcome = Literal["page", "no-page", "other-status", "too-large", "no-address", "broken"]
"""`no-page`: pictures, requests, metadata; `broken`: the record or the rest of its file cannot be read."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a record; `cause` in words where there is no message."""

    outcome: Outcome
    message: Outgoing | None = None
    at: datetime | None = None
    cause: str = ""


def replay(file: Path, sources: Mapping[str, Source], most_bytes: int) -> Iterator[Replayed]:
    """Every record of a WARC file, compressed or not. `sources` by site. OSError if it cannot be opened."""
    with file.open("rb") as stream:
        records = ArchiveIterator(stream)
        while True:
            try:
                record = next(records)
                found = _read(record, file.name, records.get_record_offset, sources, most_bytes)
            except StopIteration:
                return
            except (ArchiveLoadFailed, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OSError) as error:
                yield Replayed("broken", cause=f"{file}: {type(error).__name__}: {str(error)[:200]}")
                return
            yield found


def _read(
    record: Any, name: str, offset: Callable[[], int], sources: Mapping[str, Source], most_bytes: int
) -> Replayed:
    """`offset` reads the record to its end, so it is asked for last."""
    if record.rec_type != "response" or record.http_headers is None:
        return Replayed("no-page")
    fields = record.rec_headers
    at = _moment(fields.get_header("WARC-Date") or "")
    status = record.http_headers.get_statuscode()
    if status != "200":
        return Replayed("other-status", at=at, cause=f"HTTP {status}")
    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    url = (fields.get_header("WARC-Target-URI") or "").strip("<> ")
    if kind not in PAGE_TYPES or at is None:
        return Replayed("no-page", at=at, cause=f"{url}: it is {kind or 'undated'}")
    body = _stream(record).read(most_bytes + 1)
    coding = record.http_headers.get_header("Content-Encoding") or ""
    try:
        content, longer = inflate(body[:most_bytes], coding, most_bytes, kind)
    except Unreadable as error:
        return Replayed("broken", at=at, cause=f"{url}: {error}")
    if longer or len(body) > most_bytes:
        return Replayed("too-large", at=at, cause=f"{url}: longer than {most_bytes} bytes")
    response = Response(url, 200, "OK", tuple(record.http_headers.headers), body, content, at)
    try:
        reading = read(response)
    except ValueError as error:
        return Replayed("no-address", at=at, cause=str(error))
    capture = _capture(fields, url, at, reading.digest)
    source = sources.get(urls.site(url))
    page = RawPage(
        capture_id=capture,
        url=url,
        source=fields.get_header("Newswatch-Source") or (source.id if source else urls.site(url)),
        source_name=source.name if source else "",
        country=source.country if source else None,
        language=source.language if source else None,
        fetched_at=at,
        first_seen=_moment(fields.get_header("Newswatch-First-Seen") or "") or at,
        revision=int(fields.get_header("Newswatch-Revision") or milliseconds(at)),
        content_type=kind or "text/html",
        html=reading.html,
        archive=f"{name}#{offset()}",
    )
    value = encode(page)
    if len(value) > RAW.max_message_bytes:
        return Replayed("too-large", at=at, cause=f"{url}: a message of {len(value)} bytes")
    key = urls.article_id(reading.canonical)
    return Replayed("page", Outgoing(RAW.name, key, capture, page.archive, value, at), at)


def _stream(record: Any) -> Any:
    """The body as it was sent, without its chunks: warcio knows fewer codings than the crawler."""
    if (record.http_headers.get_header("Transfer-Encoding") or "").lower() == "chunked":
        return ChunkedDataReader(record.raw_stream)
    return record.raw_stream


def _capture(fields: Any, url: str, at: datetime, digest: str) -> str:
    if fields.get_header("Newswatch-Revision"):
        return str(fields.get_header("WARC-Record-ID")).removeprefix("<urn:uuid:").removesuffix(">")
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{url} {at.isoformat()} {digest}"))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
