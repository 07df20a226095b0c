"""Who names a hub: headers, feeds, pages."""

import time

import pytest

from services.crawler.core import Response
from services.crawler.discovery import Feed, parse_feed
from services.crawler.websub.links import announced, links
from tests.unit.crawler.crawling import NOW

HERE = "https://news.example/feed"


def said(*values: str) -> dict[str, list[str]]:
    return links([("Content-Type", "text/xml"), *(("Link", value) for value in values)], HERE)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (['<https://hub.example/>; rel="hub"'], {"hub": ["https://hub.example/"]}),
        (["<https://hub.example/>;rel=hub"], {"hub": ["https://hub.example/"]}),
        (["<https://hub.example/> ; REL = HUB"], {"hub": ["https://hub.example/"]}),
        (["</self>; rel=self, <//hub.example/>; rel=hub"],
         {"self": ["https://news.example/self"], "hub": ["https://hub.example/"]}),
        (["<https://one.example/>; rel=hub", "<https://two.example/>; rel=hub"],
         {"hub": ["https://one.example/", "https://two.example/"]}),
        (['<https://one.example/a,b;c>; title="a, \\"b\\"; <c>"; rel="hub self"'],
         {"hub": ["https://one.example/a,b;c"], "self": ["https://one.example/a,b;c"]}),
        (["<https://one.example/>; rel=next; rel=hub"], {"next": ["https://one.example/"]}),
        (['<https://one.example/>; rel=hub; anchor="https://other.example/"'], {}),
        (["<ftp://hub.example/>; rel=hub"], {}),
        (["<https://hub.example/>"], {}),
        (["https://hub.example/; rel=hub", "", "<", "<>;;rel"], {}),
        (["<https://a.example/>; crossorigin; rel=hub"], {"hub": ["https://a.example/"]}),
    ],
)  # fmt: skip
def test_links_are_read_as_rfc_8288_says(values: list[str], found: dict[str, list[str]]) -> None:
    assert said(*values) == found


@pytest.mark.parametrize(
    "part", ["<", "<a>;", '<a>; x="', "<a>; x " + " " * 50, '<a>; x="\\', ";=", "<a>;x=y "]
)
def test_hostile_headers_are_read_in_no_time(part: str) -> None:
    started = time.perf_counter()
    said(part * (20_000 // len(part)))
    assert time.perf_counter() - started < 1


def response(*headers: tuple[str, str]) -> Response:
    return Response(HERE, 200, "OK", headers, b"", b"", NOW)


def test_headers_go_before_the_document() -> None:
    feed = Feed("rss", hubs=("https://in.example/",), topic="https://news.example/in")
    assert announced(response(), feed) == ("https://news.example/in", ("https://in.example/",))
    link = (
        "<https://by.example/>; rel=hub, <https://in.example/>; rel=hub, <https://news.example/by>; rel=self"
    )
    assert announced(response(("link", link)), feed) == (
        "https://news.example/by",
        ("https://by.example/", "https://in.example/"),
    )
    assert announced(response(), Feed("rss")) == (HERE, ())


LINKS = '<{0} rel="hub" href="https://hub.example/"{1}><{0} rel="self" href="/self"{1}>'
RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>a{}</title>'
    + LINKS.format("atom:link", "/")
    + "<item><title>t</title><link>https://news.example/a</link></item></channel></rss>"
)
DOCUMENTS = {
    "rss": RSS.format(""),
    "broken rss": RSS.format(" & b"),
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom">' + LINKS.format("link", "/")
    + '<entry><title>t</title><link href="https://news.example/a"/></entry></feed>',
    "json feed": '{"version": "https://jsonfeed.org/version/1.1", "feed_url": "/self", "items": [], '
    '"hubs": [{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "WebSub", "url": "https://hub.example/"}]}',
    "page": f"<html><head>{LINKS.format('link', '')}</head><body>"
    "<h2><a href='/2026/11/27/an-article-of-today'>A headline that has many words</a></h2></body></html>",
}  # fmt: skip


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_kind_of_document_names_its_hubs(kind: str) -> None:
    feed = parse_feed(DOCUMENTS[kind].encode(), "", HERE)
    assert (feed.error, feed.hubs, feed.topic) == (
        None,
        ("https://hub.example/",),
        "https://news.example/self",
    )
