"""Walls are told apart from articles."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.crawler import walls
from services.crawler.core import Response
from tests.unit.crawler.crawling import NOW

HERE = Path(__file__).resolve().parents[4] / "shared" / "data" / "pages"
PAGES = Path(os.environ.get("NEWSWATCH_TEST_PAGES", HERE))
ASKED = "https://one.example/2026/11/a-long-story-about-something"
TEXT = "<p>" + "A sentence of an article that somebody wrote for people to read. " * 40
ARTICLE = (
    f"<html><head><title>A story</title></head><body><article><h1>A story</h1>{TEXT}</article></body></html>"
)


def answer(body: str, url: str = ASKED, status: int = 200, **headers: str) -> Response:
    given = {"content-type": "text/html; charset=utf-8", **headers}
    named = tuple((name.replace("_", "-"), value) for name, value in given.items())
    return Response(url, status, "", named, body.encode(), body.encode(), NOW)


def kind(response: Response, asked: str = ASKED) -> str | None:
    found = walls.wall(asked, response)
    return found.kind if found else None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<title>Just a moment...</title><script>window._cf_chl_opt={};</script>Enable JS", "challenge"),
        ("<title>Just a moment...</title><p>Checking</p>", "challenge"),
        ("<title>Attention Required! | Cloudflare</title><p>Sorry", "challenge"),
        ("<div id='sec-if-cpt-container'></div><script>x", "challenge"),
        ("<p>Please enable JS</p><script src='https://ct.captcha-delivery.com/c.js'></script>", "challenge"),
        ("<title>Access to this page has been denied.</title><div id='px-captcha'></div>", "challenge"),
        ("<p>Request unsuccessful. Incapsula incident ID: 123-456</p>", "challenge"),
        ("<iframe src='/_Incapsula_Resource?x=1'>Request unsuccessful.</iframe>", "challenge"),
        ("<script>window.gokuProps = {};</script><p>Verify", "challenge"),
        ("<script>sucuri_cloudproxy_js='';</script>You are being redirected", "challenge"),
        ("<title>Bloomberg - Are you a robot?</title><p>To continue", "challenge"),
        ("<TITLE>Access Denied</TITLE><H1>Access Denied</H1>You don't have permission", "denied"),
        ("<title>403 Forbidden</title><h1>403 Forbidden</h1>", "denied"),
        ("<title>Sorry</title><p>Our website is not available in your region at this time.", "denied"),
        ("<title>DPG Media Privacy Gate</title><p>" + "We value your privacy. " * 80, "consent"),
        ("<title>Before you continue to YouTube</title><p>We use cookies", "consent"),
        ("<title>Log in | One</title><form><input name=p type=password></form>", "login"),
        ("", "empty"),
        (" \n ", "empty"),
        ("<html><head><title>One</title></head><body><script>var a = 1;</script></body></html>", "empty"),
        ("<body><noscript>You need to enable JavaScript to run this app.</noscript><div id=root>", "empty"),
        ("<body><p>Please enable JavaScript to view this page.</p><script>x</script>", "empty"),
        ("<body><p>Bitte aktivieren Sie JavaScript</p>", "empty"),
        (ARTICLE, None),
        ("<p>text", None),
        ("<html><title>page</title><body><p>Text 1, élan</p></body></html>", None),
        # About walls, with banners, with scripts of those who build walls
        (ARTICLE.replace("A story", "Just a moment... how Cloudflare went down"), None),
        (ARTICLE.replace("A story", "Access denied"), None),
        (ARTICLE + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>", None),
        (ARTICLE + "<script src='https://js.datadome.co/tags.js'></script>", None),
        (ARTICLE + "<div class=banner>We use cookies. <button>Accept all</button></div>", None),
        (ARTICLE + "<form>Log in <input type=password></form>", None),
        (ARTICLE.replace("somebody", "captcha-delivery.com and _cf_chl_opt"), None),
        ("<title>Forbidden</title><meta property='og:type' content='article'><p>A short review.", None),
        ("<title>Login</title><p>A short film called Login.", None),
        ("<script type='application/ld+json'>{\"articleBody\": \"Text\"}</script><div id=root></div>", None),
        ("<p>How to enable JavaScript in your browser, in ten steps. " + "Step. " * 200, None),
    ],
)  # fmt: skip
def test_by_body(body: str, expected: str | None) -> None:
    assert kind(answer(body)) == expected


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        (ASKED, "https://consent.one.example/?back=x", "consent"),
        (ASKED, "https://consent.example/collect?x", "consent"),
        (ASKED, "https://one.example/consent/tcf/?target=x", "consent"),
        (ASKED, "https://myprivacy.dpg.example/consent?siteKey=x", "consent"),
        (ASKED, "https://one.example/privacy-gate?x", "consent"),
        (ASKED, "https://one.example/login?next=x", "login"),
        (ASKED, "https://one.example/user/login", "login"),
        (ASKED, "https://login.one.example/x", "login"),
        (ASKED, "https://one.example/cdn-cgi/challenge", "challenge"),
        (ASKED, "https://one.example/", "home"),
        (ASKED, "https://www.one.example/en/", "home"),
        (ASKED, "https://one.example/index.html", "home"),
        (ASKED, "https://www.one.example/2026/11/a-long-story", None),
        (ASKED, "https://one.example/?p=12345", None),
        ("https://one.example/", "https://www.one.example/en", None),
        ("https://short.example/abc123", "https://one.example/film/consent", None),
        ("https://short.example/abc123", "https://one.example/film/login", None),
        ("https://consent.example/a", "https://consent.example/b", None),
        (ASKED, "https://one.example/politics/consent-of-the-governed", None),
    ],
)
def test_by_address(asked: str, answered: str, expected: str | None) -> None:
    assert kind(answer(ARTICLE, answered), asked) == expected


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (403, {"cf_mitigated": "challenge"}, "challenge"),
        (202, {"x_amzn_waf_action": "challenge"}, "challenge"),
        (403, {"x_datadome": "protected"}, "challenge"),
        (200, {"x_datadome": "protected"}, None),
        (403, {"server": "AkamaiGHost"}, "denied"),
        (200, {"server": "AkamaiGHost"}, None),
        (403, {"server": "Sucuri/Cloudproxy"}, "denied"),
        (403, {}, None),
        (404, {"server": "AkamaiGHost"}, None),
    ],
)
def test_by_headers(status: int, headers: dict[str, str], expected: str | None) -> None:
    assert kind(answer(ARTICLE, status=status, **headers)) == expected


@pytest.mark.parametrize("body", ["<script " * 300_000, "<!-- " * 300_000, "<" * 2_000_000, "1 " * 1_000_000])
@pytest.mark.timeout(20)
def test_hostile_markup_takes_no_time(body: str) -> None:
    kind(answer(body))
    kind(answer("without " + body))


def real_pages() -> Iterator[tuple[str, bytes]]:
    for truth in sorted(PAGES.glob("*/truth.jsonl")):
        for line in truth.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            body = gzip.decompress((truth.parent / f"{row['id']}.html.gz").read_bytes())
            yield row.get("url") or ASKED, body


def test_no_article_of_hundreds_is_a_wall() -> None:
    if not PAGES.is_dir():
        pytest.skip(
            f"no real pages: {PAGES} is not there, so that articles stay articles is NOT shown; "
            "name them in NEWSWATCH_TEST_PAGES"
        )
    found = {}
    count = 0
    for url, body in real_pages():
        count += 1
        response = Response(url, 200, "", (("content-type", "text/html"),), body, body, NOW)
        wall = walls.wall(url, response)
        if wall is not None:
            found[url] = wall
    assert count > 500
    assert found == {}
