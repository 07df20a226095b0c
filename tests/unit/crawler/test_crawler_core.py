"""What the crawler decides."""

import base64
import gzip
import zlib
from datetime import UTC, datetime, timedelta
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import DeadLetter, RawPage
from schemas.topics import RAW
from services.crawler import core
from services.crawler.coding import Unreadable, inflate
from services.crawler.core import Lead, Response, Seen
from services.crawler.discovery import Entry, Feed
from services.crawler.sources import Source
from services.kit.clock import milliseconds

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = Source(id="one", name="One", country="GB", language="en", feeds=("https://one.example/feed",))
LEAD = Lead(
    "https://one.example/a", "https://one.example/a?utm_source=x", SOURCE.feeds[0], "one", "A", None, NOW
)
HTML = b"<html><head><link rel=canonical href='/b'></head><body>caf\xc3\xa9</body></html>"


def response(body: bytes = HTML, *, truncated: bool = False, at: datetime = NOW) -> Response:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Response("https://one.example/a?utm_source=x", 200, "OK", headers, body, body, at, truncated)


def test_an_entry_is_fetched_when_new_or_changed_and_not_again() -> None:
    entry = Entry("https://one.example/a", "A", NOW)
    assert core.worth_fetching(entry, None, None)
    assert not core.worth_fetching(entry, core.fingerprint(entry), NOW)
    assert core.worth_fetching(Entry(entry.url, "A, corrected", NOW), core.fingerprint(entry), NOW)


def test_a_page_known_through_another_feed_is_fetched_only_if_it_changed_since() -> None:
    before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert not core.worth_fetching(Entry("https://one.example/a", "A"), None, NOW)
    assert not core.worth_fetching(Entry("https://one.example/a", "A", updated=before), None, NOW)
    assert core.worth_fetching(Entry("https://one.example/a", "A", updated=after), None, NOW)


def test_the_newest_entries_are_taken_oldest_first() -> None:
    dated = [Entry(f"https://one.example/{n}", published=NOW + timedelta(hours=n)) for n in (3, 1, 2)]
    assert [entry.url[-1] for entry in core.newest(Feed("rss", tuple(dated)), 2)] == ["2", "3"]
    undated = (Entry("https://one.example/x"), Entry("https://one.example/y"), Entry("https://one.example/z"))
    assert [entry.url[-1] for entry in core.newest(Feed("rss", undated), 2)] == ["y", "x"]


def test_pauses() -> None:
    assert core.feed_pause(5, 0) == 5
    assert [core.feed_pause(5, n) for n in (1, 2, 30)] == [10, 20, 3600]
    assert core.feed_pause(7200, 3) == 7200
    assert core.feed_pause(5, 1, retry_after=100) == 100
    assert [core.page_pause(n) for n in (1, 4, 5)] == [2, 300, None]
    assert core.page_pause(1, retry_after=1e9) == 3600
    assert core.host_delay(None, 1.0, 5.0) == 5
    assert core.host_delay(0.0, 1.0, None) == 0
    assert core.host_delay(3.0, 1.0, 2.0) == 3


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("é ж".encode(), ""),
        ("é ж".encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ("é ж".encode("utf-16"), "text/html"),
        ("é ж".encode(), "text/html; charset=nonsense"),
        ("é ж".encode(), 'text/html; charset="UTF-8"'),
        ("é ж".encode(), "text/html; charset=utf-7"),
    ],
)
def test_decoding(body: bytes, content_type: str) -> None:
    assert core.decode(body, content_type) == "é ж"


def test_decoding_by_what_the_page_declares() -> None:
    page = '<html><head><meta charset="windows-1251"></head>высылка дипломатов'
    assert core.decode(page.encode("cp1251"), "text/html") == page
    assert core.decode("“quoted”".encode("cp1252"), "text/html; charset=ISO-8859-1") == "“quoted”"
    assert core.decode("外交官被驱逐".encode("gb18030"), "text/html; charset=gb2312") == "外交官被驱逐"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_fails(body: bytes, content_type: str) -> None:
    core.decode(body, content_type).encode()


@given(st.text(max_size=300))
def test_utf8_comes_through(text: str) -> None:
    expected = text.replace("\x00", "").removeprefix("\ufeff")
    if (
        not text.encode().startswith(b"\xef\xbb\xbf")
        and b"charset" not in text.encode()
        and b"encoding" not in text.encode()
    ):
        assert core.decode(text.encode(), "text/html; charset=utf-8") == expected


def test_no_encoding_that_a_page_claims_makes_decoding_fail() -> None:
    for name in {*aliases, *aliases.values(), "unicode-escape", "raw-unicode-escape", "idna", "undefined"}:
        for body in (b"\\ud800+2AA-\xd8\x00\xd8\x00", b"\x1b$B", b"+ADw-script+AD4-"):
            text = core.decode(body, f"text/html; charset={name}")
            assert "<" not in text, name
            text.encode()


def test_first_seen_stays_and_revisions_grow() -> None:
    reading = core.read(response())
    assert reading.canonical == "https://one.example/b"
    first = core.capture(reading, "c1", NOW, None)
    assert (first.first_seen, first.revision, first.same) == (NOW, milliseconds(NOW), False)
    seen = Seen(first.first_seen, first.revision, first.digest)
    assert core.capture(reading, "c2", NOW + timedelta(hours=1), seen).same
    earlier = core.capture(core.read(response(b"<p>other")), "c3", NOW - timedelta(hours=1), seen)
    assert (earlier.first_seen, earlier.revision, earlier.same) == (NOW, first.revision + 1, False)


def outgoing(found: core.Capture, given: Response) -> core.Outgoing:
    page = core.raw_page(found, given, LEAD, SOURCE, core.Edit())
    return core.outgoing(found, given, page.model_copy(update={"archive": "x.warc.gz#12"}))


def test_the_message_of_a_capture() -> None:
    found = core.capture(core.read(response()), "c1", NOW, None)
    message = outgoing(found, response())
    page = RawPage.model_validate_json(message.value)
    assert (page.capture_id, page.first_seen, page.archive, page.country) == ("c1", NOW, "x.warc.gz#12", "GB")
    assert "café" in page.html
    assert message.headers() == {"capture": "c1", "archive": "x.warc.gz#12"}
    assert message.topic == RAW.name


@pytest.mark.parametrize("truncated", [True, False])
def test_a_page_too_large_becomes_a_dead_letter_that_names_its_record(truncated: bool) -> None:
    given = (
        response(b"short", truncated=True) if truncated else response(b'"' * (RAW.max_message_bytes // 2 + 1))
    )
    found = core.capture(core.read(given), "c1", NOW, None)
    message = outgoing(found, given)
    letter = DeadLetter.model_validate_json(message.value)
    assert message.topic == RAW.dead.name
    assert (letter.service, letter.reason, letter.archive, letter.capture_id) == (
        "crawler",
        "too-large",
        "x.warc.gz#12",
        "c1",
    )
    assert letter.topic == RAW.name


def test_discover_as_a_filter() -> None:
    body = b"<rss version='2.0'><channel><item><title>A</title><link>/a</link></item></channel></rss>"
    line = {
        "id": 1,
        "url": "https://one.example/feed",
        "content_type": "",
        "body_b64": base64.b64encode(body).decode(),
    }
    found = core.discover_line(line)
    assert found["kind"] == "rss"
    assert found["entries"] == [
        {"url": "https://one.example/a", "title": "A", "published": None, "updated": None}
    ]
    assert (found["children"], found["error"]) == ([], None)
    with pytest.raises(ValueError, match="body_b64"):
        core.discover_line({"body_b64": "%%%"})


@given(st.binary(max_size=2000))
def test_content_codings_are_undone_within_bounds(body: bytes) -> None:
    raw = zlib.compressobj(wbits=-15)
    for coding, sent in (
        ("", body),
        ("gzip", gzip.compress(body)),
        ("deflate", zlib.compress(body)),
        ("deflate", raw.compress(body) + raw.flush()),
    ):
        assert inflate(sent, coding, 2000) == (body, False)
        assert inflate(sent, coding, 10) == (body[:10], len(body) > 10)


def test_content_codings_that_cannot_be_undone() -> None:
    assert inflate(gzip.compress(b"x" * 100_000)[:-20], "gzip", 200_000)[0][:10] == b"x" * 10
    for coding in ("br", "gzip"):
        with pytest.raises(Unreadable):
            inflate(b"nonsense", coding, 100)
