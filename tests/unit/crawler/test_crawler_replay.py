"""Archived pages become the same messages again."""

import gzip
import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
import zstandard
from typer.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from schemas.events import RawPage
from services.cli.__main__ import app
from services.crawler.archive import Archive, Item, read
from services.crawler.recorder import Recorder
from services.crawler.replay import Replayed, replay
from services.crawler.sources import Source
from services.crawler.state import State
from tests.unit.crawler.crawling import ids, page

CC_NEWS = "https://www.paper.example/2026/11/24/story"
SOURCE = Source(id="paper", name="The Paper", country="NO", feeds=("https://paper.example/feed",))


def archived(folder: Path) -> tuple[Path, list[RawPage]]:
    """A WARC file of ours, and the messages that were published for it."""
    state, archive = State(folder / "state"), Archive(folder / "archive", 10**9, "newswatch")
    recorder = Recorder(state, archive, ids())
    recorder.note(recorder.archive([page("a"), page("b", "<p>é".encode()), page("a", b"<p>edited", 5)]))
    messages = [RawPage.model_validate_json(waiting.message.value) for waiting in state.waiting()]
    archive.close()
    state.close()
    (file,) = (folder / "archive").iterdir()
    return file, messages


def common_crawl(file: Path) -> Path:
    """A WARC file as others write it."""
    with file.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        writer.write_record(writer.create_warcinfo_record(file.name, {"software": "another"}))
        for number, (status, kind, body) in enumerate(
            [
                ("200 OK", "text/html; charset=utf-8", b"<p>story"),
                ("200 OK", "image/png", b"PNG"),
                ("404 Not Found", "text/html", b"gone"),
                ("200 OK", "text/html", b"x" * 5000),
            ]
        ):
            headers = [("Content-Type", kind), ("Content-Encoding", "gzip")]
            packed = gzip.compress(body)
            record = writer.create_warc_record(
                f"{CC_NEWS}-{number}",
                "response",
                payload=io.BytesIO(packed),
                length=len(packed),
                http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": "2026-11-20T10:00:00Z"},
            )
            writer.write_record(record)
        writer.write_record(
            writer.create_warc_record(CC_NEWS, "metadata", payload=io.BytesIO(b"fetchTimeMs: 5"), length=14)
        )
    return file


def replayed(file: Path, most: int = 1000) -> list[Replayed]:
    return list(replay(file, {"paper.example": SOURCE}, most))


def pages(found: list[Replayed]) -> list[RawPage]:
    return [RawPage.model_validate_json(each.message.value) for each in found if each.message is not None]


def test_our_own_archive_gives_the_messages_that_were_published(tmp_path: Path) -> None:
    file, published = archived(tmp_path)
    again = pages(replayed(file))
    assert len(again) == 3
    same = {"capture_id", "url", "source", "fetched_at", "first_seen", "revision", "html", "archive"}
    for one, other in zip(again, published, strict=True):
        assert one.model_dump(include=same) == other.model_dump(include=same)
        assert read(tmp_path / "archive", one.archive).id == one.capture_id


def test_a_page_is_read_in_whatever_coding_it_was_sent(tmp_path: Path) -> None:
    codings = {"br": brotli.compress, "zstd": zstandard.compress, "": gzip.compress, "exi": gzip.compress}
    archive = Archive(tmp_path, 10**9, "newswatch")
    references = []
    for number, (coding, pack) in enumerate(codings.items()):
        headers = (("Content-Type", "text/html"), ("Content-Encoding", coding))
        sent = replace(page(f"{number}").response, headers=headers, body=pack(b"<p>text"))
        references.append(archive.append(Item(f"00000000-0000-4000-8000-00000000000{number}", sent)))
    archive.close()
    (file,) = tmp_path.iterdir()
    found = replayed(file)
    assert [each.html for each in pages(found)] == ["<p>text"] * 3
    assert found[-1].outcome == "broken"
    assert [read(tmp_path, reference).content for reference in references[:3]] == [b"<p>text"] * 3


def test_others_archives_are_read_and_twice_is_the_same(tmp_path: Path) -> None:
    file = common_crawl(tmp_path / "CC-NEWS-1.warc.gz")
    found = replayed(file)
    assert Counter(each.outcome for each in found) == {
        "no-page": 3,
        "page": 1,
        "other-status": 1,
        "too-large": 1,
    }
    (story,) = pages(found)
    assert (story.html, story.source, story.country) == ("<p>story", "paper", "NO")
    assert story.fetched_at == story.first_seen
    assert pages(replayed(file)) == [story]
    elsewhere = file.rename(tmp_path / "other-name.warc.gz")
    assert pages(replayed(elsewhere))[0].capture_id == story.capture_id


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_a_file_that_breaks_off_loses_only_its_end(tmp_path: Path, cut: int) -> None:
    file, _ = archived(tmp_path)
    file.write_bytes(file.read_bytes()[:-cut])
    found = replayed(file)
    assert len(pages(found)) >= 2 - (cut > 250)
    assert all(each.outcome in {"no-page", "page", "broken"} for each in found)


def test_what_is_no_warc_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"this is no archive\n" * 10)
    (found,) = replayed(tmp_path / "x")
    assert found.outcome == "broken"
    assert "x: " in found.cause


def test_the_command_counts(tmp_path: Path) -> None:
    file = common_crawl(tmp_path / "CC-NEWS-1.warc.gz")
    ran = CliRunner().invoke(app, ["replay", str(file), "--dry-run"])
    assert ran.exit_code == 0
    assert "2 page" in ran.stdout
    late = CliRunner().invoke(app, ["replay", str(file), "--dry-run", "--since", "2026-11-21"])
    assert "page," not in late.stdout.replace("no-page,", "")
    none = CliRunner().invoke(app, ["replay", str(tmp_path / "none.warc"), "--dry-run"])
    assert none.exit_code == 1
    assert json.dumps(none.stdout)
