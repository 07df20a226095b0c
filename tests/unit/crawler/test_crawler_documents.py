"""What becomes of sitemaps, section pages and feeds, known and unknown."""

from datetime import timedelta

from services.crawler.core import newest_children, plan, worth_fetching
from services.crawler.discovery import Entry, Feed, parse_feed
from tests.unit.crawler.crawling import NOW

CHINESE = "\u5317\u7ea6\u9a71\u9010\u516b\u540d\u4fc4\u7f57\u65af\u5916\u4ea4\u5b98\u5458"
PAGE = f"""<html><body>
<nav><a href="/world/some-long-section-name-here-2026">A long link of the navigation bar</a></nav>
<article>
  <h2><a href="/2026/11/24/ministers-agree-on-a-budget">Ministers agree on a budget</a></h2>
  <a href="/2026/11/24/ministers-agree-on-a-budget#comments">14 comments</a>
  <time datetime="2026-11-24T08:00Z"></time>
</article>
<div><a href="/politik/koalition-streit-um-haushalt-a-1234567.html"><img alt="x">
  <h3>Koalition: Streit um Haushalt</h3></a></div>
<div><a href="/news/20261124/abcde">{CHINESE}</a></div>
<a href="/author/jane-doe-of-the-paper">Jane Doe, our correspondent</a>
<a href="/tag/some-long-tag-name">Some long tag name here</a>
<a href="https://other.example/2026/11/24/a-story-of-somebody-else">A story of somebody else entirely</a>
<a href="/login">Log in</a> <a href="javascript:void(0)">Menu of the whole site is here</a>
<a href="/page/2" rel="next">Next</a>
</body></html>"""


def dated(name: str, hours: float) -> Entry:
    return Entry(f"https://a.example/{name}", updated=NOW - timedelta(hours=hours))


def test_articles_are_told_from_the_rest_of_a_page() -> None:
    feed = parse_feed(PAGE.encode(), "text/html", "https://www.paper.example/")
    assert feed.kind == "section-page"
    assert [(entry.url.removeprefix("https://www.paper.example"), entry.title) for entry in feed.entries] == [
        ("/2026/11/24/ministers-agree-on-a-budget", "Ministers agree on a budget"),
        ("/politik/koalition-streit-um-haushalt-a-1234567.html", "Koalition: Streit um Haushalt"),
        (
            "/news/20261124/abcde",
            "\u5317\u7ea6\u9a71\u9010\u516b\u540d\u4fc4\u7f57\u65af\u5916\u4ea4\u5b98\u5458",
        ),
    ]
    assert feed.entries[0].published is not None
    assert feed.children == ("https://www.paper.example/page/2",)


def test_a_page_full_of_links_is_read_in_bounded_time() -> None:
    text = "<div>" * 3000 + '<a href="/2026/a-b-c-d-e">x</a>' * 30_000
    assert parse_feed(text.encode(), "text/html", "https://a.example/").kind == "section-page"


def test_the_first_look_at_a_section_page_only_learns() -> None:
    feed = Feed("section-page", (dated("a", 1), dated("b", 2)))
    assert plan("section", feed, False, NOW).wanted == ()
    known = plan("section", feed, True, NOW)
    assert known.wanted == feed.entries
    assert worth_fetching(feed.entries[0], None, None, known.by_address)
    # A headline that is tried out in another wording is no new article.
    assert not worth_fetching(feed.entries[0], "listed", None, known.by_address)


def test_of_a_sitemap_only_what_is_recent_counts() -> None:
    old, day, new = dated("old", 24 * 30), dated("day", 40), dated("new", 2)
    undated = tuple(Entry(f"https://a.example/{number}") for number in range(5000))
    feed = Feed("sitemap", (old, new, day, *undated))
    first = plan("sitemap", feed, False, NOW)
    assert first.wanted == (new,)
    assert len(first.entries) == 2002
    later = plan("sitemap", feed, True, NOW)
    assert later.wanted[:2] == (day, new)
    assert old not in later.entries


def test_an_address_that_is_named_twice_counts_as_it_was_named_first() -> None:
    one, other, again = Entry("https://a.example/1", "One"), dated("2", 1), Entry("https://a.example/1", "I")
    assert plan("feed", Feed("rss", (one, other, again)), True, NOW).entries == (one, other)
    assert plan("sitemap", Feed("sitemap", (one, again)), True, NOW).entries == (one,)


def test_the_newest_sitemaps_of_an_index() -> None:
    urls = tuple(f"https://a.example/s{number}.xml" for number in range(10))
    dates = tuple(NOW - timedelta(days=number) for number in range(10))
    assert newest_children(Feed("sitemap-index", children=urls, child_dates=dates), 3) == urls[:3]
    without = Feed("sitemap-index", children=(*urls, "https://a.example/news.xml", "https://a.example/z.xml"))
    assert newest_children(without, 3) == ("https://a.example/news.xml", urls[0], "https://a.example/z.xml")
