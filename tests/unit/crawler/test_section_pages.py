"""Pages of our own making, in many layouts and languages: their links to articles carry `data-article`."""

import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from lxml import html

from services.crawler.discovery import Entry, parse_feed
from services.crawler.discovery.links import of_address, of_title, same_publisher, shape

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def listed(text: str) -> tuple[str, set[str]]:
    """The page's address, which its first comment gives, and those of its articles."""
    found = re.search(r"<!-- (\S+) -->", text)
    assert found is not None
    marked = [link for link in html.fromstring(text).iter("a") if link.get("data-article") is not None]
    return found[1], {urldefrag(urljoin(found[1], link.get("href")))[0] for link in marked}


def entries(text: str) -> dict[str, Entry]:
    base, _ = listed(text)
    return {entry.url: entry for entry in parse_feed(text.encode(), "text/html", base).entries}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_articles_and_nothing_else_are_found(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(entries(text)) == listed(text)[1]


def test_titles_are_the_headlines() -> None:
    found = entries((PAGES[0].parent / "wordpress.html").read_text(encoding="utf-8"))
    url = "https://www.paper.example/2026/11/26/harbour-dredging-delayed/"
    assert found[url].title == "Harbour dredging delayed"


@pytest.mark.parametrize(
    ("url", "least"),
    [
        ("https://a.example/2026/11/26/leader-resigns", 2),
        ("https://a.example/a-b-c-d-e-f", 3),
        ("https://a.example/x/1234567", 2),
        ("https://a.example/x/ASV3M5JT1V3M", 2),
        ("https://a.example/legal/court-hears-the-case-of-2026-11-26/", 5),
        ("https://a.example/leadership/a-study-of-many-schools/2025/11", 5),
    ],
)
def test_addresses_of_articles_have_points(url: str, least: int) -> None:
    assert of_address(url) >= least


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/",
        "https://a.example/picture-of-the-day-2026.jpg",
        "https://a.example/author/jane-doe-of-the-paper",
        "https://a.example/tag/a-b-c-d-e",
        "https://a.example/2026/11/26/",
        "https://a.example/26-11-2026",
        "https://jobs.a.example/senior-reporter-in-the-capital-77121",
        "https://a.example/2026/11/26/a-story-of-the-day/?share=email",
        "https://a.example/print.php?id=123456",
        "https://a.example/privacy-policy-of-the-paper",
        "https://a.example/topics/war-in-the-east",
    ],
)
def test_addresses_of_other_pages_have_none(url: str) -> None:
    assert of_address(url) < 1


@pytest.mark.parametrize(
    ("title", "points"),
    [
        ("", -2),
        ("Sport", -1),
        ("Bread gets dearer", 1),
        ("Ministers agree on a budget", 2),
        ("国际", -2),
        ("北约驱逐八名俄罗斯外交官", 2),
    ],
)
def test_points_of_words(title: str, points: int) -> None:
    assert of_title(title) == points


def test_shapes() -> None:
    one = shape("https://a.example/politics/leader-resigns")
    other = shape("https://a.example/world/envoy-recalled")
    assert one.general == other.general == "/w/w"
    assert (one.exact, other.exact) == ("/politics/w", "/world/w")
    assert shape("https://a.example/index.php?id=12") == shape("https://a.example/index.php?id=9")
    assert shape("https://a.example/x?id=12") != shape("https://a.example/x?cat=12")
    assert shape("https://a.example/2026/11/a-long-name-here.html").general == "/Y/n/s.html"


def test_hosts_of_one_publisher() -> None:
    assert same_publisher("https://sport.paper.example/a", "https://news.paper.example/")
    assert same_publisher("https://a.bbc.co.uk/", "https://www.bbc.co.uk/")
    assert not same_publisher("https://other.co.uk/", "https://paper.co.uk/")
    assert not same_publisher("https://one.blogspot.com/", "https://two.blogspot.com/")
