"""The archive, read back by warcio and by ourselves."""

import gzip
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from services.crawler.archive import Archive, Item
from services.crawler.core import Response
from tests.unit.crawler.crawling import NOW, ids, response


def test_records_are_read_back_as_they_were_sent(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    body = gzip.compress("<p>élan".encode())
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Note", "naïve"))
    sent = Response("https://one.example/a?b=ç", 200, "OK", headers, body, b"", NOW)
    reference = archive.append(
        Item("11111111-1111-4111-8111-111111111111", sent, {"Newswatch-Source": "one"})
    )
    other = archive.append(Item("22222222-2222-4222-8222-222222222222", response("b", b"second")))
    archive.close()

    found = archive.read(reference)
    assert (found.id, found.url, found.status) == ("11111111-1111-4111-8111-111111111111", sent.url, 200)
    assert (found.body, found.content) == (body, "<p>élan".encode())
    assert found.date == "2026-11-23T12:00:00.123456Z"
    assert found.fields["Newswatch-Source"] == "one"
    assert archive.read(other).content == b"second"
    assert "Transfer-Encoding" not in dict(archive.read(other).headers)


def test_the_file_is_a_sound_warc(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    new_id = ids()
    references = archive.append_all([Item(new_id(), response(f"{n}", b"x" * n)) for n in range(3)])
    archive.close()
    (file,) = tmp_path.glob("*.warc.gz")
    with file.open("rb") as stream:
        reader = ArchiveIterator(stream, check_digests="raise")
        records = [
            (r.rec_type, r.rec_headers.protocol, r.content_stream().read(), reader.get_record_offset())
            for r in reader
        ]
    assert [record[0] for record in records] == ["warcinfo", "response", "response", "response"]
    assert {record[1] for record in records} == {"WARC/1.1"}
    assert [record[2] for record in records[1:]] == [b"", b"x", b"xx"]
    assert references == [f"{file.name}#{record[3]}" for record in records[1:]]

    checker = Checker(type("Arguments", (), {"inputs": [str(file)], "verbose": False}))
    checker.process_all()
    assert checker.exit_value == 0


def test_a_new_file_is_begun_at_the_size_asked_for(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 2000, "newswatch/test")
    new_id = ids()
    bodies = [str(n).encode() * 400 for n in range(8)]
    references = archive.append_all([Item(new_id(), response(str(n), body)) for n, body in enumerate(bodies)])
    archive.close()
    assert len(list(tmp_path.glob("*.warc.gz"))) > 1
    assert [archive.read(reference).content for reference in references] == bodies


def test_a_failed_write_leaves_no_trace_and_can_be_tried_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    new_id = ids()
    first = archive.append(Item(new_id(), response("a")))
    (file,) = tmp_path.glob("*.warc.gz")
    size = file.stat().st_size

    class Full:
        """A disk that is full after some bytes of the record."""

        def __init__(self, real: object) -> None:
            self.real = real
            self.room = 40

        def write(self, data: bytes) -> int:
            if self.room <= 0:
                raise OSError(28, "No space left on device")
            taken = int(self.real.write(data[: self.room]))  # type: ignore[attr-defined]
            self.room -= taken
            return taken

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    real = archive._file
    archive._file = Full(real)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space"):
        archive.append(Item(new_id(), response("b")))
    assert file.stat().st_size == size
    archive._file = real
    second = archive.append(Item(new_id(), response("b", b"second")))
    archive.close()
    assert archive.read(first).content == b"<p>text"
    assert archive.read(second).content == b"second"


def test_references_that_lead_nowhere(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    for reference in ("", "x", "none.warc.gz#0", "../x.warc.gz#0", "x.warc.gz#minus"):
        with pytest.raises(LookupError):
            archive.read(reference)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Archive(tmp_path / "file" / "archive", 1 << 20, "x").append(Item("c", response()))
