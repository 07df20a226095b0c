"""The archive: every capture as a record of a WARC 1.1 file, each record a gzip member of its own."""

import gzip
import io
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from services.crawler.coding import READ_BACK, inflate
from services.crawler.core import Response

LEVEL = 4
# The body is kept without its chunks, so a record must not claim that it has some.
HOP_BY_HOP = frozenset({"transfer-encoding", "connection", "keep-alive", "trailer"})


@dataclass(frozen=True, slots=True)
class Archived:
    """A record read back: the body as it was sent, and as it reads without its content coding."""

    id: str
    url: str
    date: str
    status: int
    headers: Mapping[str, str]
    fields: Mapping[str, str]
    body: bytes
    content: bytes

    def response(self) -> Response:
        """The answer that was archived."""
        headers = tuple(self.headers.items())
        return Response(
            self.url, self.status, "", headers, self.body, self.content, datetime.fromisoformat(self.date)
        )


@dataclass(frozen=True, slots=True)
class Item:
    """A response to be archived under a capture's id, with further fields for the record's header."""

    capture_id: str
    response: Response
    fields: Mapping[str, str] = field(default_factory=dict)


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
                _write(out, item)
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
    """The response record at `name.warc.gz#offset` of an archive; LookupError where there is none."""
    name, mark, offset = reference.partition("#")
    if not mark or not offset.isdigit() or "/" in name or not name.endswith(".warc.gz"):
        raise LookupError(f"{reference!r} is no archive reference: it looks like name.warc.gz#12345")
    try:
        with (folder / name).open("rb") as stream:
            stream.seek(int(offset))
            record = next(iter(ArchiveIterator(stream)))
            return _archived(record)
    except (FileNotFoundError, StopIteration) as error:
        raise LookupError(f"no record {reference} in {folder}") from error


def _archived(record: object) -> Archived:
    fields = dict(record.rec_headers.headers)  # type: ignore[attr-defined]
    http = record.http_headers  # type: ignore[attr-defined]
    body = record.raw_stream.read()  # type: ignore[attr-defined]
    headers = dict(http.headers) if http is not None else {}
    said = {name.lower(): value for name, value in headers.items()}
    kind = said.get("content-type", "").partition(";")[0].strip().lower()
    return Archived(
        id=fields.get("WARC-Record-ID", "").removeprefix("<urn:uuid:").removesuffix(">"),
        url=fields.get("WARC-Target-URI", ""),
        date=fields.get("WARC-Date", ""),
        status=int(http.get_statuscode()) if http is not None else 0,
        headers=headers,
        fields=fields,
        body=body,
        content=inflate(body, said.get("content-encoding", ""), READ_BACK, kind)[0],
    )


def _write(out: BinaryIO, item: Item) -> None:
    response = item.response
    headers = [
        (f"X-Archive-Orig-{name}" if name.lower() in HOP_BY_HOP else name, value)
        for name, value in response.headers
    ]
    # Built in memory: a record must not be half in the file when building it fails. Compressed here,
    # because warcio's level 9 takes three times as long for a few per cent.
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False, warc_version="1.1")
    fields = {
        "WARC-Record-ID": f"<urn:uuid:{item.capture_id}>",
        "WARC-Date": response.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        **({"WARC-Truncated": "length"} if response.truncated else {}),
        **item.fields,
    }
    record = writer.create_warc_record(
        response.url,
        "response",
        payload=io.BytesIO(response.body),
        length=len(response.body),
        http_headers=StatusAndHeaders(
            f"{response.status} {response.reason}".strip(), headers, protocol="HTTP/1.1"
        ),
        warc_headers_dict=fields,
    )
    writer.write_record(record)
    view = memoryview(gzip.compress(buffer.getvalue(), LEVEL, mtime=0))
    while view:
        view = view[out.write(view) :]


def _sync_folder(folder: Path) -> None:
    """Without this the file's name may be lost in a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
