"""Feeds as they come: well formed, broken, hostile."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.discovery import parse_feed

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>
<atom:link rel="next" href="/page2.xml"/>
<item><title>First &amp; foremost</title><link>/a?x=1</link>
<pubDate>Mon, 23 Nov 2026 10:00:00 +0100</pubDate></item>
<item><title>Second</title><link>https://news.example/b</link></item>
<item><title>Second again</title><link>https://news.example/b</link></item>
<item><title>Not ours to fetch</title><link>ftp://news.example/c</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>Un été</title>
<link rel="alternate" href="https://news.example/ete"/><published>2026-11-23T09:00:00Z</published>
<updated>2026-11-23T11:30:00+02:00</updated></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title></channel>
<item rdf:about="https://news.example/r"><title>R</title><link>https://news.example/r</link>
<dc:date>2026-11-23T08:00:00Z</dc:date></item></rdf:RDF>"""

SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{news}>
<url><loc>https://news.example/s</loc><lastmod>2026-11-23</lastmod>{entry}</url></urlset>"""
NEWS = SITEMAP.format(
    news=' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
    entry="<news:news><news:publication_date>2026-11-22T10:00:00Z</news:publication_date>"
    "<news:title>Titled</news:title></news:news>",
)
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://news.example/one.xml</loc></sitemap><sitemap><loc>/two.xml</loc></sitemap></sitemapindex>"""
HERE = "https://news.example/feed.xml"


def test_rss_gives_absolute_addresses_in_its_order_and_dates_in_utc() -> None:
    feed = parse_feed(RSS.encode(), "application/rss+xml", HERE)
    assert (feed.kind, feed.error) == ("rss", None)
    assert [entry.url for entry in feed.entries] == [
        "https://news.example/a?x=1",
        "https://news.example/b",
        "https://news.example/b",
    ]
    assert feed.entries[0].title == "First & foremost"
    assert feed.entries[0].published == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert feed.children == ("https://news.example/page2.xml",)


def test_atom_tells_published_from_updated() -> None:
    (entry,) = parse_feed(ATOM.encode(), "application/atom+xml", HERE).entries
    assert entry.title == "Un été"
    assert entry.published == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert entry.updated == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_rss_1_0_is_rss() -> None:
    feed = parse_feed(RDF.encode(), "application/xml", HERE)
    assert (feed.kind, [entry.url for entry in feed.entries]) == ("rss", ["https://news.example/r"])


def test_json_feed() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": 1, "url": "/j", "title": "J", "date_published": "2026-11-23T10:00:00+01:00"},
            "nonsense",
        ],
        "next_url": "/more.json",
    }
    feed = parse_feed(json.dumps(document).encode(), "application/feed+json", HERE)
    assert (feed.kind, feed.children) == ("json-feed", ("https://news.example/more.json",))
    assert feed.entries[0].published == datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [(NEWS, "news-sitemap", "Titled"), (SITEMAP.format(news="", entry=""), "sitemap", "")],
)
def test_sitemaps(text: str, kind: str, title: str) -> None:
    feed = parse_feed(gzip.compress(text.encode()), "application/gzip", HERE)
    assert feed.kind == kind
    assert (feed.entries[0].url, feed.entries[0].title) == ("https://news.example/s", title)
    assert feed.entries[0].updated == datetime(2026, 11, 23, tzinfo=UTC)


def test_sitemap_index_names_children() -> None:
    feed = parse_feed(INDEX.encode(), "text/xml", HERE)
    assert feed.kind == "sitemap-index"
    assert feed.children == ("https://news.example/one.xml", "https://news.example/two.xml")


def test_section_page_takes_headlines_of_its_own_site() -> None:
    page = b"""<!doctype html><html><head><link rel=next href="?page=2"></head><body>
    <nav><a href="/world">World</a></nav>
    <a href="/2026/11/embassy-closed-after-talks">Embassy closed after talks broke down</a>
    <a href="https://other.example/2026/11/a-long-slug">A headline of somebody else</a></body></html>"""
    feed = parse_feed(page, "text/html; charset=utf-8", "https://www.news.example/world")
    assert feed.kind == "section-page"
    assert [entry.url for entry in feed.entries] == [
        "https://www.news.example/2026/11/embassy-closed-after-talks"
    ]
    assert feed.children == ("https://www.news.example/world?page=2",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    declared = "iso-8859-1" if encoding == "iso-8859-1" else "utf-16" if encoding == "utf-16" else "utf-8"
    body = f'<?xml version="1.0" encoding="{declared}"?>{ATOM}'.encode(encoding)
    assert parse_feed(body, "application/xml", HERE).entries[0].title == "Un été"


def test_a_feed_cut_in_the_middle_gives_what_it_has() -> None:
    feed = parse_feed(RSS[: RSS.index("<item><title>Second again")].encode(), "application/rss+xml", HERE)
    assert [entry.url for entry in feed.entries] == ["https://news.example/a?x=1", "https://news.example/b"]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "is empty"),
        (b"404 page not found", "neither a feed nor a page"),
        (b'{"version": "2", "items": []}', "no JSON Feed"),
        (b'{"version": ', "cannot be read"),
        (b"<rss><<<", "is broken"),
        (b"\x1f\x8bnot gzip", "gzip"),
    ],
)
def test_what_is_no_feed_says_why(body: bytes, cause: str) -> None:
    feed = parse_feed(body, "text/xml", HERE)
    assert feed.entries == ()
    assert cause in (feed.error or "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("root", ["rss", "urlset"])
def test_entities_that_expand_are_refused(encoding: str, root: str) -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{bomb}]>'
    text = f'<?xml version="1.0"?>{doctype}<{root}><channel><title>&l9;</title></channel></{root}>'
    assert "entities" in (parse_feed(text.encode(encoding), "application/xml", HERE).error or "")


def test_a_local_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(RSS.replace("news.example", "secret.example"), encoding="utf-8")
    doctype = f'<!DOCTYPE x [<!ENTITY f SYSTEM "{secret.as_uri()}">]>'
    body = f"{doctype}<urlset><url><loc>https://a.example/&f;</loc></url></urlset>".encode()
    assert "secret.example" not in repr(parse_feed(body, "application/xml", HERE))
    assert "secret.example" not in repr(parse_feed(str(secret).encode(), "text/plain", HERE))


@given(st.binary(max_size=400), st.text(max_size=40))
def test_nothing_makes_it_raise(body: bytes, content_type: str) -> None:
    parse_feed(body, content_type, HERE)


@given(st.integers(0, len(RSS) - 1), st.binary(max_size=6))
def test_no_damage_makes_it_raise(place: int, damage: bytes) -> None:
    body = RSS.encode()
    parse_feed(body[:place] + damage + body[place + 3 :], "application/rss+xml", HERE)
