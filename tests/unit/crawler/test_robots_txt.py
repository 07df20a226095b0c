"""What a robots.txt allows, by RFC 9309."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.robots_txt import parse, token

SITE = "https://paper.example"


def allows(text: str, path: str, agent: str = "newswatch") -> bool:
    return parse(text).allows(agent, SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /archive/", "/archive/1999", False),
        ("Disallow: /archive/", "/archive", True),
        ("Disallow: /archive", "/archives", False),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Disallow: /a/b\nAllow: /a", "/a/b/c", False),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /", "", False),
        ("Disallow: /", "?page=2", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /*.pdf$", "/report.pdf", False),
        ("Disallow: /*.pdf$", "/report.pdf?page=2", True),
        ("Disallow: /*.pdf$", "/report.pdf.html", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/a/", True),
        ("Disallow: /*/print", "/news/1/print", False),
        ("Disallow: /*session=", "/a?x=1&session=2", False),
        ("Disallow: /ab*bc$", "/abc", True),
        ("Disallow: /ab*bc$", "/abbc", False),
        ("Disallow: /News", "/news", True),
        ("Disallow: /café", "/caf%C3%A9", False),
        ("Disallow: /caf%c3%a9", "/café", False),
        ("Disallow: /%7Eann", "/~ann", False),
        ("Disallow: /~ann", "/%7eann", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a%2fb", "/a%2Fb", False),
        ("Disallow: /a%2A", "/a*b", False),
        ("Disallow: /a%2A", "/ab", True),
        ("Disallow: /price-%24", "/price-$5", False),
        ("Disallow: /x # not the whole site", "/x/1", False),
        ("Disallow: /x # not the whole site", "/y", True),
        ("disallow /x", "/x", False),
        ("dissallow: /x", "/x", False),
        ("Disallow: /\nAllow: /world/index.html", "/world/", True),
        ("Disallow: /\nAllow: /world/index.html", "/world/a", False),
        ("Noindex: /x", "/x", True),
    ],
)
def test_paths(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


@pytest.mark.parametrize(
    ("text", "agent", "allowed"),
    [
        ("User-agent: newswatch\nDisallow: /", "newswatch", False),
        ("USER-AGENT: NewsWatch\nDISALLOW: /", "newswatch", False),
        ("User-agent: newswatch/2.0\nDisallow: /", "newswatch/0.1 (+https://x.example)", False),
        ("User-agent: news\nDisallow: /", "newswatch", True),
        ("User-agent: newswatch-images\nDisallow: /", "newswatch", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: newswatch\nDisallow:", "newswatch", True),
        ("User-agent: newswatch\nDisallow:\n\nUser-agent: *\nDisallow: /", "other", False),
        ("User-agent: other\nUser-agent: newswatch\nDisallow: /", "newswatch", False),
        ("User-agent: other\n\nUser-agent: newswatch\n\nDisallow: /", "other", False),
        ("User-agent: newswatch\nSitemap: https://x/s\nUser-agent: *\nDisallow: /", "newswatch", False),
        ("User-agent: newswatch\nCrawl-delay: 4\nUser-agent: *\nDisallow: /", "newswatch", True),
        ("Disallow: /\nUser-agent: newswatch\nAllow: /x", "newswatch", True),
        ("User-agent: b\nAllow: /y\nUser-agent: c\nDisallow: /\nUser-agent: b\nDisallow: /", "b", False),
        ("\ufeffUser-agent: newswatch\r\nDisallow: /\r\n", "newswatch", False),
        ("User-agent: newswatch\rDisallow: /\r", "newswatch", False),
        ("", "newswatch", True),
        ("<html><body>Not found</body></html>", "newswatch", True),
    ],
)
def test_groups(text: str, agent: str, allowed: bool) -> None:
    assert parse(text).allows(agent, f"{SITE}/x") is allowed


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("0.5", 0.5), ("-1", None), ("nan", None), ("soon", None), ("", None), ("1e400", None)],
)
def test_crawl_delay(value: str, seconds: float | None) -> None:
    text = f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x\n\nUser-agent: other\nDisallow: /y\n"
    assert parse(text).asks("newswatch").delay == seconds
    assert parse(text).asks("other").delay is None


def test_sitemaps_belong_to_no_group() -> None:
    text = "Sitemap: https://x.example/a.xml\nUser-agent: *\nDisallow: /\nsitemap:https://x.example/b.xml\n"
    assert parse(text).sitemaps == ("https://x.example/a.xml", "https://x.example/b.xml")


def test_token() -> None:
    assert token("Newswatch/0.1 (+https://x.example)") == "newswatch"
    assert token("") == "*"


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_text_has_an_answer(text: str, path: str) -> None:
    allows(text, f"/{path}")


def test_a_hostile_pattern_takes_no_time() -> None:
    began = time.perf_counter()
    allows(f"User-agent: *\nDisallow: /{'*a' * 5000}$\n", "/" + "a" * 20_000 + "b")
    allows("User-agent: a\n" * 30_000, "/x")
    assert time.perf_counter() - began < 5
