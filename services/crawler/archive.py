"""The archive: every capture in a WARC 1.1 file, each record a gzip member of its own.

A capture is a response record, and right behind it a metadata record (how the page was found, what became
of it) and a request record (what was asked). A reference leads to the response.
"""

import io
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from yarl import URL

from services.crawler import provenance
from services.crawler.coding import READ_BACK, inflate
from services.crawler.core import Response

LEVEL = 4
SMALL = 4096  # bytes
# The body is kept without its chunks, so a record must not claim that it has some.
HOP_BY_HOP = frozenset({"transfer-encoding", "connection", "keep-alive", "trailer"})


@dataclass(frozen=True, slots=True)
class Archived:
    """A response read back: the body as it was sent, and as it reads without its content coding.
    `fields`: of its record's header; `told`: of its metadata record.
    """

    id: str
    url: str
    date: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fields: Mapping[str, str]
    body: bytes
    content: bytes
    told: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The answer that was archived."""
        at = datetime.fromisoformat(self.date)
        cut = "WARC-Truncated" in self.fields
        return Response(self.url, self.status, "", self.headers, self.body, self.content, at, cut)


@dataclass(frozen=True, slots=True)
class Item:
    """A response to be archived under a capture's id, with further fields for the record's header, and what
    its metadata record tells.
    """

    capture_id: str
    response: Response
    fields: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


class Archive:
    """WARC files in a folder. One writer; a file is begun by each process and never reopened.

    Every method may raise OSError: nothing was kept then, and the same may be tried again.
    """

    def __init__(self, folder: Path, roll_at: int, software: str) -> None:
        self.folder = folder
        self._roll_at = roll_at
        self._software = software
        self._file: BinaryIO | None = None
        self._name = ""

    def append(self, item: Item) -> str:
        """`append_all` of one."""
        return self.append_all([item])[0]

    def append_all(self, items: Sequence[Item]) -> list[str]:
        """Archive in order; returns for each where it lies, as `name.warc.gz#offset`. On disk on return."""
        references: list[str] = []
        rest = list(items)
        while rest:
            count = self._append_some(rest, references)
            rest = rest[count:]
        return references

    def _append_some(self, items: Sequence[Item], references: list[str]) -> int:
        """As many as fit into the present file, at least one; returns how many."""
        out = self._open()
        start = out.tell()
        try:
            kept = []
            for item in items:
                kept.append(f"{self._name}#{out.tell()}")
                view = memoryview(_members(item))
                while view:
                    view = view[out.write(view) :]
                if out.tell() >= self._roll_at:
                    break
            out.flush()
            os.fsync(out.fileno())
        except OSError:
            self._cut(out, start)
            raise
        if out.tell() >= self._roll_at:
            self.close()
        references += kept
        return len(kept)

    def _open(self) -> BinaryIO:
        if self._file is not None:
            return self._file
        self.folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        self._name = f"newswatch-{now:%Y%m%d%H%M%S}-{os.getpid()}-{uuid.uuid4().hex[:8]}.warc.gz"
        out = (self.folder / self._name).open("xb", buffering=0)
        try:
            writer = WARCWriter(out, gzip=True, warc_version="1.1")
            writer.write_record(
                writer.create_warcinfo_record(
                    self._name, {"software": self._software, "format": "WARC File Format 1.1"}
                )
            )
            os.fsync(out.fileno())
            _sync_folder(self.folder)
        except OSError:
            out.close()
            (self.folder / self._name).unlink(missing_ok=True)
            raise
        self._file = out
        return out

    def _cut(self, out: BinaryIO, at: int) -> None:
        """Take back what was half written; where even that fails, leave the file and begin another."""
        try:
            out.truncate(at)
            out.seek(at)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def read(self, reference: str) -> Archived:
        """The record at `name.warc.gz#offset`; LookupError where there is none."""
        return read(self.folder, reference)


def read(folder: Path, reference: str) -> Archived:
    """The response at `name.warc.gz#offset` of an archive; LookupError where none is whole."""
    name, mark, offset = reference.partition("#")
    if not mark or not offset.isdigit() or "/" in name or not name.endswith(".warc.gz"):
        raise LookupError(f"{reference!r} is no archive reference: it looks like name.warc.gz#12345")
    try:
        with (folder / name).open("rb") as stream:
            stream.seek(int(offset))
            records = iter(ArchiveIterator(stream))
            found = _archived(next(records))
            return replace(found, told=_told_of(found.id, records))
    except (FileNotFoundError, StopIteration, ArchiveLoadFailed, EOFError, ValueError) as error:
        raise LookupError(f"no whole record {reference} in {folder}") from error


def _archived(record: Any) -> Archived:
    fields = dict(record.rec_headers.headers)
    http = record.http_headers
    body = record.raw_stream.read()
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise EOFError("the record breaks off")
    headers = tuple(http.headers) if http is not None else ()
    coding, kind = _said(headers, "content-encoding"), _said(headers, "content-type")
    media_type = kind.partition(";")[0].strip().lower()
    return Archived(
        id=bare(fields.get("WARC-Record-ID", "")),
        url=fields.get("WARC-Target-URI", ""),
        date=fields.get("WARC-Date", ""),
        status=int(http.get_statuscode()) if http is not None else 0,
        headers=headers,
        fields=fields,
        body=body,
        content=inflate(body, coding, READ_BACK, media_type)[0],
    )


def _said(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _told_of(id: str, records: Iterator[Any]) -> Mapping[str, str]:
    """What the next record tells of that response; nothing where it does not speak of it."""
    try:
        record = next(records, None)
        if record is None or bare(record.rec_headers.get_header("WARC-Refers-To") or "") != id:
            return {}
        return provenance.loads(record.raw_stream.read())
    except (ArchiveLoadFailed, EOFError, ValueError):
        return {}


def bare(id: str) -> str:
    """A record's id without what WARC puts around it."""
    return id.strip("<> ").removeprefix("urn:uuid:")


def _members(item: Item) -> bytes:
    """The records of a capture. Built in memory: none must be half in the file when building it fails."""
    response = item.response
    date = response.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    id = f"<urn:uuid:{item.capture_id}>"
    peer = {"WARC-IP-Address": response.peer} if response.peer else {}
    cut = {"WARC-Truncated": "length"} if response.truncated else {}
    headers = [
        (f"X-Archive-Orig-{name}" if name.lower() in HOP_BY_HOP else name, value)
        for name, value in response.headers
    ]
    answer = StatusAndHeaders(f"{response.status} {response.reason}".strip(), headers, protocol="HTTP/1.1")
    fields = {"WARC-Record-ID": id, "WARC-Date": date, **peer, **cut, **item.fields}
    members = [_member(response.url, "response", response.body, fields, answer)]
    beside = {"WARC-Date": date, "WARC-Concurrent-To": id}
    if item.told:
        payload = provenance.dumps(item.told)
        members.append(_member(response.url, "metadata", payload, {**beside, "WARC-Refers-To": id}))
    if response.sent:
        line = f"GET {_target(response.url)} HTTP/1.1"
        asked = StatusAndHeaders(line, list(response.sent), is_http_request=True)
        members.append(_member(response.url, "request", b"", {**beside, **peer}, asked))
    return b"".join(members)


def _member(
    url: str, kind: str, payload: bytes, fields: Mapping[str, str], http: StatusAndHeaders | None = None
) -> bytes:
    # Compressed here, because warcio's level 9 takes three times as long for a few per cent.
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        http_headers=http,
        warc_headers_dict=dict(fields),
        warc_content_type="application/warc-fields" if kind == "metadata" else "",
    )
    writer.write_record(record)
    return _packed(buffer.getvalue())


def _packed(data: bytes) -> bytes:
    # A small record needs no large window: to make ready its memory takes five times as long as the rest.
    window, memory = (12, 5) if len(data) <= SMALL else (15, 8)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + window, memory)
    return packer.compress(data) + packer.flush()


def _target(url: str) -> str:
    return (URL(url, encoded=True) if url.isascii() else URL(url)).raw_path_qs or "/"


def _sync_folder(folder: Path) -> None:
    """Without this the file's name may be lost in a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
