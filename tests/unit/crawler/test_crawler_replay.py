"""Archived pages become the same messages again."""

import gzip
import io
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from schemas.events import RawPage
from services.cli.__main__ import app
from services.cli.replay import named_files
from services.crawler.archive import Archive, Item, read
from services.crawler.members import members
from services.crawler.recorder import Page, Recorder
from services.crawler.replay import Replayed, replay
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit.urls import article_id
from tests.unit.crawler.crawling import NOW, ids, page, response

CC_NEWS = "https://www.paper.example/2026/11/24/story"
SOURCE = Source(id="paper", name="The Paper", country="NO", feeds=("https://paper.example/feed",))


def archived(folder: Path) -> tuple[Path, list[RawPage]]:
    """A WARC file of ours, and the messages that were published for it."""
    state, archive = State(folder / "state"), Archive(folder / "archive", 10**9, "newswatch")
    recorder = Recorder(state, archive, ids())
    source = SOURCE.model_copy(update={"id": "one", "name": "Ønè, News", "language": "nb"})

    def record(*batch: Page) -> None:
        recorder.note(recorder.archive(batch))

    named = page("a", "<p>It is so — é.".encode())
    title = replace(named.lead, title="A title: with\u2028 a break", published=NOW - timedelta(minutes=9))
    packed = gzip.compress(b"<p>b") + gzip.compress(b"<p>and more")
    coded = replace(
        page("b").response, body=packed, content=b"<p>b<p>and more", sent=(("Host", "x"),), peer="192.0.2.1"
    )
    headers = (*coded.headers, ("Content-Encoding", "gzip"), ("content-type", "text/plain; charset=x"))
    record(
        replace(named, lead=title, source=source),
        replace(page("b"), response=replace(coded, headers=headers)),
        page("a", "<p>It was so — é.".encode(), 5),
    )
    absent = page("a", b"nothing", 9)
    record(
        replace(absent, response=replace(absent.response, status=404), lead=replace(absent.lead, step=1)),
        page("c", b"x" * 10),
    )
    record(page("c", b"y" * 10, 12))
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


def test_our_own_archive_gives_the_messages_that_were_published_field_by_field(tmp_path: Path) -> None:
    file, published = archived(tmp_path)
    found = list(replay(file, {}, 1000))
    again = {page.capture_id: page for page in pages(found)}
    assert again == {page.capture_id: page for page in published}
    assert len(again) == 6
    told = next(page for page in published if page.previous and page.gone_at is None)
    assert (told.difference[0].removed, told.difference[0].added) == (("It is so — é.",), ("It was so — é.",))
    assert published[0].feed_title == "A title: with  a break"
    assert published[0].source_name == "Ønè, News"
    assert Counter(each.outcome for each in found) == {"other-record": 8, "page": 5, "gone": 1}
    for each in found:
        if each.message is not None:
            page = again[each.message.capture]
            assert each.message.key == article_id(page.url)
            assert each.message.archive == page.archive


def test_a_gone_page_whose_last_capture_is_elsewhere_is_told(tmp_path: Path) -> None:
    file, _ = archived(tmp_path)
    moved = file.rename(tmp_path / "other.warc.gz")
    (gone,) = [each for each in replay(moved, {}, 1000) if each.outcome == "other-status"]
    assert "gone, but no whole record" in gone.cause


def test_files_that_tell_nothing_beside_the_answers_are_read_as_well(tmp_path: Path) -> None:
    """As they were written before there were metadata records."""
    archive = Archive(tmp_path, 10**9, "newswatch")
    fields = {"Newswatch-Source": "one", "Newswatch-First-Seen": "2026-11-01T00:00:00+00:00"}
    archive.append_all([Item("c1", response("a"), fields | {"Newswatch-Revision": "77"})])
    archive.close()
    (file,) = tmp_path.iterdir()
    (page,) = pages(list(replay(file, {"one.example": SOURCE}, 1000)))
    assert (page.capture_id, page.revision, page.source, page.source_name) == ("c1", 77, "one", "The Paper")
    assert page.first_seen == datetime(2026, 11, 1, tzinfo=UTC)


def member_offsets(data: bytes) -> list[int]:
    return [member.offset for member in members(io.BytesIO(data), 10**6, b"WARC/")]


@pytest.mark.parametrize("harm", ["zeros", "noise", "head", "missing"])
def test_after_a_broken_member_the_next_ones_are_read(tmp_path: Path, harm: str) -> None:
    file, published = archived(tmp_path)
    data = file.read_bytes()
    at = int(published[1].archive.partition("#")[2])  # of the page b
    end = member_offsets(data)[member_offsets(data).index(at) + 1]
    broken = {
        "zeros": data[: at + 40] + bytes(60) + data[at + 100 :],
        "noise": data[: at + 30] + random.Random(1).randbytes(200) + data[at + 230 :],
        "head": data[:at] + b"\x1f\x8b\x08" * 7 + data[at + 21 :],
        "missing": data[: at + 50] + data[end:],
    }[harm]
    file.write_bytes(broken)
    found = list(replay(file, {}, 1000))
    kept = {page.capture_id for page in pages(found)}
    assert kept == {page.capture_id for page in published} - {published[1].capture_id} - (
        # What lies behind has moved, so that nothing leads to the last capture of what is gone.
        {page.capture_id for page in published if page.gone_at} if harm == "missing" else set()
    )
    (told,) = [each for each in found if each.outcome == "broken"]
    assert f"{file}: at byte {at}: it " in told.cause


@pytest.mark.parametrize("form", ["plain", "zstd"])
def test_other_compressions_are_read(tmp_path: Path, form: str) -> None:
    file = common_crawl(tmp_path / "CC-NEWS-1.warc.gz")
    expected = [each.outcome for each in replayed(file)]
    plain = gzip.decompress(file.read_bytes())
    data = plain if form == "plain" else zstandard.compress(plain[:700]) + zstandard.compress(plain[700:])
    other = tmp_path / "other.warc"
    other.write_bytes(data)
    assert [each.outcome for each in replayed(other)] == expected
    other.write_bytes(plain[:-12] if form == "plain" else zstandard.compress(plain[:-12]))
    assert replayed(other)[-1].outcome == "broken"


def test_a_record_beyond_all_measure_does_not_break_its_file(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 10**9, "newswatch")
    archive.append_all([Item("c1", response("a", bytes(3_000_000))), Item("c2", response("b"))])
    archive.close()
    (file,) = tmp_path.iterdir()
    assert [each.outcome for each in replay(file, {}, 1000)] == ["other-record", "too-large", "page"]


def test_a_member_beyond_all_measure_is_passed_over() -> None:
    bomb, small = gzip.compress(bytes(50_000_000)), gzip.compress(b"WARC/1.1 ")
    first, second = members(io.BytesIO(bomb + small), 1000, b"WARC/")
    assert (first.content, "in one piece" in first.cause) == (b"", True)
    assert (second.offset, second.content) == (len(bomb), b"WARC/1.1 ")


@given(st.lists(st.binary(max_size=99), max_size=5), st.binary(max_size=200))
def test_any_bytes_are_read_to_their_end(contents: list[bytes], noise: bytes) -> None:
    whole = b"".join(gzip.compress(b"WARC/" + content) for content in contents)
    found = list(members(io.BytesIO(noise + whole), 10**6, b"WARC/"))
    assert [member.content for member in found if member.content.startswith(b"WARC/")] == [
        b"WARC/" + content for content in contents
    ]


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
    found = [each for each in replayed(file) if each.outcome != "other-record"]
    assert [each.html for each in pages(found)] == ["<p>text"] * 3
    assert found[-1].outcome == "broken"
    assert [read(tmp_path, reference).content for reference in references[:3]] == [b"<p>text"] * 3


def test_others_archives_are_read_and_twice_is_the_same(tmp_path: Path) -> None:
    file = common_crawl(tmp_path / "CC-NEWS-1.warc.gz")
    found = replayed(file)
    assert Counter(each.outcome for each in found) == {
        "no-page": 1,
        "other-record": 2,
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


@pytest.mark.parametrize("cut", [1, 40, 600])
def test_a_file_that_breaks_off_loses_only_its_end(tmp_path: Path, cut: int) -> None:
    file, _ = archived(tmp_path)
    file.write_bytes(file.read_bytes()[:-cut])
    found = replayed(file)
    assert len(pages(found)) == 5 + (cut < 250)
    assert found[-1].outcome == "broken"


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


def test_files_are_named_by_folders_patterns_and_a_dash(tmp_path: Path) -> None:
    for name in ("b.warc.gz", "sub/a.warc", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    both = [tmp_path / "b.warc.gz", tmp_path / "sub/a.warc"]
    assert named_files([str(tmp_path)]) == both
    assert named_files([str(tmp_path / "*.gz"), str(both[0]), str(both[1])]) == both
    assert named_files(["-", str(tmp_path / "none-*")]) == [Path("-"), tmp_path / "none-*"]


def test_standard_input_is_read_and_our_files_know_their_name(tmp_path: Path) -> None:
    file, published = archived(tmp_path)
    program = (
        "from pathlib import Path; from services.crawler.replay import replay\n"
        "for each in replay(Path('-'), {}, 1000): print(each.outcome, each.message and each.message.archive)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], input=file.read_bytes(), capture_output=True, check=True, timeout=60
    )
    rows = ran.stdout.decode().splitlines()
    assert {row for row in rows if row.startswith("page ")} == {
        f"page {page.archive}" for page in published if page.gone_at is None
    }
