"""The archive, read back by warcio and by ourselves."""

import gzip
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from services.crawler import provenance
from services.crawler.archive import Archive, Item, read
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


SENT = (("Host", "one.example"), ("User-Agent", "newswatch/test"), ("If-None-Match", '"e"'))


def asked(path: str, body: bytes) -> Response:
    return replace(response(path, body), sent=SENT, peer="192.0.2.7", took=0.25)


def test_request_and_provenance_stand_behind_the_response(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    new_id = ids()
    told = {
        "via": "https://one.example/feed?a=b: c",
        "feed-title": "Élan — 歡迎",
        "difference": '[{"added": ["x"]}]',
    }
    items = [
        Item(new_id(), asked(path, b"text"), {"Newswatch-Revision": "7"}, told) for path in ("a?b=ç&d", "b")
    ]
    first, second = archive.append_all(items)
    archive.close()
    (file,) = tmp_path.glob("*.warc.gz")
    with file.open("rb") as stream:
        records = [
            (r.rec_type, dict(r.rec_headers.headers), r.http_headers, r.content_stream().read())
            for r in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [kind for kind, *_ in records] == ["warcinfo", *["response", "metadata", "request"] * 2]
    (_, answer, _, _), (_, metadata, _, block), (_, request, http, _) = records[1:4]
    assert answer["WARC-IP-Address"] == request["WARC-IP-Address"] == "192.0.2.7"
    assert answer["WARC-Payload-Digest"] != answer["WARC-Block-Digest"]
    assert metadata["WARC-Refers-To"] == request["WARC-Concurrent-To"] == answer["WARC-Record-ID"]
    assert metadata["Content-Type"] == "application/warc-fields"
    assert provenance.loads(block) == told
    assert (http.protocol, http.statusline) == ("GET", "/a?b=%C3%A7&d HTTP/1.1")
    assert tuple(http.headers) == SENT
    assert answer["WARC-Date"] == metadata["WARC-Date"] == request["WARC-Date"]
    assert len({fields["WARC-Record-ID"] for _, fields, _, _ in records}) == 7
    for reference, item in ((first, items[0]), (second, items[1])):
        assert (archive.read(reference).id, archive.read(reference).told) == (item.capture_id, told)


@pytest.mark.parametrize(
    "command", [["check"], ["index", "-f", "offset,warc-type,warc-target-uri,http:status"]]
)
def test_warcios_own_commands_read_it(tmp_path: Path, command: list[str]) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    gone = replace(asked("gone", b"nothing here"), status=404, reason="Not Found")
    items = [
        Item(new_id, sent, told={"via": "x"})
        for new_id, sent in zip("ab", (asked("a", b"text"), gone), strict=True)
    ]
    references = archive.append_all(items)
    archive.close()
    (file,) = tmp_path.glob("*.warc.gz")
    program = [sys.executable, "-m", "warcio.cli", *command, str(file)]
    ran = subprocess.run(program, capture_output=True, check=True, text=True, timeout=60)
    if command != ["check"]:
        answers = [row for row in map(json.loads, ran.stdout.splitlines()) if row["warc-type"] == "response"]
        assert [row["http:status"] for row in answers] == ["200", "404"]
        assert [f"{file.name}#{row['offset']}" for row in answers] == references


WRITER = """
import sys, pathlib
from services.crawler import provenance
from services.crawler.archive import Archive, Item, read
from tests.unit.crawler.crawling import ids, response
archive, new_id = Archive(pathlib.Path(sys.argv[1]), 1 << 30, "newswatch/test"), ids()
while True:
    print(archive.append(Item(new_id(), response("a", b"text" * 5000), told={"via": "x"})), flush=True)
"""


def test_kill_9_in_the_middle_leaves_whole_records_and_another_file(tmp_path: Path) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            references = [writer.stdout.readline().strip() for _ in range(20)]
            writer.send_signal(signal.SIGKILL)
            references += [line.strip() for line in writer.stdout if line.endswith("\n")]
        assert all(read(tmp_path, reference).told == {"via": "x"} for reference in references)
    assert len(list(tmp_path.glob("*.warc.gz"))) == 3


def test_a_record_that_breaks_off_is_none(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 1 << 20, "newswatch/test")
    reference = archive.append(Item("c", response("a", os.urandom(5000))))
    archive.close()
    (file,) = tmp_path.glob("*.warc.gz")
    os.truncate(file, file.stat().st_size - 1000)
    with pytest.raises(LookupError, match="no whole record"):
        archive.read(reference)


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
