"""The ways of invented publishers, found from a web in memory."""

import asyncio
from collections.abc import Mapping

import pytest
from lxml import html

from services.crawler.core import Response
from services.crawler.sources.about import about
from services.crawler.sources.find import Ways, announced, find, linked
from tests.unit.crawler.crawling import NOW

HOME = "https://www.courier.example/"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
ALTERNATE = '<link rel="alternate" type="application/rss+xml" href='


def feed(*pages: str) -> str:
    rows = "".join(
        f"<item><title>The title of {page}</title><link>{HOME}{page}</link></item>" for page in pages
    )
    return f"<rss><channel>{rows}</channel></rss>"


def front(*rows: tuple[str, str], head: str = "<title>The Courier</title>") -> str:
    links = "".join(f'<p><a href="{url}">{title}</a></p>' for url, title in rows)
    return f"<html><head>{head}</head><body>{links}</body></html>"


def stories(name: str, count: int = 6) -> list[tuple[str, str]]:
    return [(f"/{name}/2026/11/26/the-story-of-{n}", f"The story of the number {n}") for n in range(count)]


def ways(web: Mapping[str, str], given: str = HOME) -> Ways:
    asked: list[str] = []

    async def get(url: str) -> Response:
        assert url not in asked or url == given, f"asked twice: {url}"
        asked.append(url)
        page = web.get(url.removeprefix(HOME) if url.startswith(HOME) else url)
        body = (page or "").encode()
        headers = (("Content-Type", "text/html; charset=utf-8"),) if "<html" in (page or "") else ()
        return Response(url, 200 if page is not None else 404, "", headers, body, body, NOW)

    return asyncio.run(find(given, get))


def test_what_a_page_announces_is_found_and_tried() -> None:
    found = ways(
        {
            "": f"<html><title>The Paper | Home</title>{ALTERNATE}feed>{ALTERNATE}/comments/feed>"
            '<a href="/rss/world">RSS</a>',
            "feed": feed("1", "2"),
            "robots.txt": f"Sitemap: {HOME}news.xml",
            "news.xml": f"<urlset xmlns:n='{NEWS}'><url><loc>{HOME}1</loc><n:news/></url></urlset>",
        }
    )
    assert found.about.name == "The Paper"
    assert found.feeds == (f"{HOME}feed",)
    assert found.news_sitemaps == (f"{HOME}news.xml",)
    assert found.sections == ()
    assert any("HTTP 404" in tried.summary for tried in found.tried)


def test_a_feed_that_brings_nothing_of_its_own_is_left_out() -> None:
    found = ways(
        {
            "": front(head=f"{ALTERNATE}'/all'>{ALTERNATE}'/some'>{ALTERNATE}'/sport'>"),
            "all": feed("1", "2", "3"),
            "some": feed("2", "3"),
            "sport": feed("3", "4"),
        }
    )
    assert found.feeds == (f"{HOME}all", f"{HOME}sport")


def test_a_page_that_lists_feeds_is_read() -> None:
    found = ways(
        {
            "": front(("/rss", "RSS")),
            "rss": front(("/feeds/world.xml", "World"), ("/feeds/sport.xml", "Sport"), ("/about", "About")),
            "feeds/world.xml": feed("1"),
            "feeds/sport.xml": feed("2"),
        }
    )
    assert found.feeds == (f"{HOME}feeds/world.xml", f"{HOME}feeds/sport.xml")


@pytest.mark.parametrize("url", ["https://feeds.feedburner.com/courier", "https://rss.courier.example/all"])
def test_feeds_of_other_hosts_are_found(url: str) -> None:
    assert ways({"": front((url, "Follow us")), url: feed("1")}).feeds == (url,)
    assert ways({"": front(head=f"{ALTERNATE}'{url}'>"), url: feed("1")}).feeds == (url,)


def test_the_usual_places_are_tried_last() -> None:
    assert ways({"": front(), "rss.xml": feed("1")}).feeds == (f"{HOME}rss.xml",)


def test_an_article_leads_to_its_site() -> None:
    article = (
        f'<html><meta property="og:type" content="article"><title>A story</title>{ALTERNATE}"/sport.rss">'
    )
    web = {
        "a/story": article,
        "": front(head=f"<title>The Courier</title>{ALTERNATE}'/all'>"),
        "all": feed("1"),
    }
    found = ways(web | {"sport.rss": feed("2")}, f"{HOME}a/story")
    assert (found.home, found.about.name) == (HOME, "The Courier")
    assert found.feeds == (f"{HOME}all", f"{HOME}sport.rss")


def test_a_feed_leads_to_its_site() -> None:
    found = ways({"some.rss": feed("1"), "": front()}, f"{HOME}some.rss")
    assert (found.home, found.about.name, found.feeds) == (HOME, "The Courier", (f"{HOME}some.rss",))


def test_a_section_is_taken_as_it_was_given() -> None:
    web = {"world": front(*stories("world")), "": front()}
    found = ways(web, f"{HOME}world")
    assert (found.home, found.sections) == (f"{HOME}world", (f"{HOME}world",))


def test_sections_are_found_where_there_is_no_feed() -> None:
    menu = [
        ("/world", "World"),
        ("/sport", "Sport"),
        ("/about-us", "About us"),
        ("/same", "Same"),
        ("/gone", "Gone"),
    ]
    found = ways(
        {
            "": front(*menu, *stories("world")),
            "world": front(*menu, *stories("world", 12)),
            "sport": front(*menu, *stories("sport")),
            "same": front(*menu, *stories("world")),
        }
    )
    assert found.sections == (HOME, f"{HOME}world", f"{HOME}sport")


def test_a_sitemap_of_news_within_an_index_is_found() -> None:
    children = "".join(f"<sitemap><loc>{HOME}{name}.xml</loc></sitemap>" for name in ("pages", "news"))
    index = f"<sitemapindex>{children}</sitemapindex>"
    found = ways(
        {
            "": front(),
            "robots.txt": f"Sitemap: {HOME}index.xml",
            "index.xml": index,
            "news.xml": f"<urlset xmlns:n='{NEWS}'><url><loc>{HOME}1</loc><n:news/></url></urlset>",
        }
    )
    assert (found.news_sitemaps, found.sitemaps) == ((f"{HOME}news.xml",), (f"{HOME}index.xml",))


def test_an_address_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="HTTP 404; name its home page"):
        ways({}, HOME)


@pytest.mark.parametrize("given", ["mailto:desk@courier.example", "courier.example", "/home"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="write it as https://"):
        ways({}, given)


def test_feeds_of_comments_authors_and_searches_are_none_of_news() -> None:
    head = "".join(
        f"{ALTERNATE}'{url}'>"
        for url in ("/feed", "/a/feed/comments", "/author/x/feed", "/tag/y/feed", "/?s=z&feed=rss2")
    )
    tree = html.fromstring(front(("/wp-json/oembed", "RSS"), ("/rss-2", "Follow"), ("/x", "RSS"), head=head))
    assert announced(tree, HOME) == [f"{HOME}feed"]
    assert linked(tree, HOME) == [f"{HOME}rss-2", f"{HOME}x"]


LD = '<script type="application/ld+json">%s</script>'


@pytest.mark.parametrize(
    ("head", "url", "name", "language", "country"),
    [
        ("<title>Home | The Courier – News</title>", HOME, "The Courier", None, None),
        ("<title>Breaking News, World News & Video - Courier</title>", HOME, "Courier", None, None),
        ("<title>Courier: Nachrichten aus der Region</title>", HOME, "Courier", None, None),
        ("<title>Forside | Kystposten – Nyheter</title>", HOME, "Kystposten", None, None),
        ("<title>News</title>", HOME, "courier.example", None, None),
        ("", "https://www.bbc.co.uk/", "bbc.co.uk", None, "GB"),
        (
            '<meta property="og:site_name" content="Der Bote"><title>Home</title>',
            HOME,
            "Der Bote",
            None,
            None,
        ),
        (
            LD % '{"@graph":[{"@type":"Organization","name":"Il Foglio","address":{"addressCountry":"IT"}}]}',
            HOME,
            "Il Foglio",
            None,
            "IT",
        ),
        (
            LD % '{"@type":"NewsArticle","publisher":{"@type":"Organization","name":"X"}}',
            HOME,
            "X",
            None,
            None,
        ),
        (LD % "{broken", HOME, "courier.example", None, None),
        ('<meta property="og:locale" content="nb_NO">', HOME, "courier.example", "nb", "NO"),
        ('<meta property="og:locale" content="en_US">', HOME, "courier.example", "en", None),
        ('<meta property="og:locale" content="de_DE">', "https://a.at/", "a.at", "de", "AT"),
        ("", "https://a.eu/", "a.eu", None, None),
    ],
)
def test_what_a_page_says_of_its_publisher(
    head: str, url: str, name: str, language: str | None, country: str | None
) -> None:
    found = about(html.fromstring(f"<html><head>{head}</head><body>x</body></html>"), url)
    assert (found.name, found.language, found.country) == (name, language, country)


@pytest.mark.parametrize(
    ("lang", "language", "country"),
    [
        ("en-GB", "en", "GB"),
        ("zh-Hans-CN", "zh", "CN"),
        ("ar", "ar", None),
        ("", None, None),
        ("x-none", None, None),
    ],
)
def test_language_and_country_by_the_page_s_own_word(
    lang: str, language: str | None, country: str | None
) -> None:
    found = about(html.fromstring(f'<html lang="{lang}"><body>x</body></html>'), HOME)
    assert (found.language, found.country) == (language, country)
