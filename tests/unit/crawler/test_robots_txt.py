"""What a robots.txt allows, by RFC 9309."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.robots_txt import parse, path_of, token

SITE = "https://paper.example"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BINGBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/99.0 Safari/537.36"
)


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
        ("Disallow: /a", "/a", False),
        ("Disallow: /a", "/a.html", False),
        ("Disallow: /a", "/a/b?c=d#e", False),
        ("Disallow: /a", "/b/a", True),
        ("Disallow: /a", "/A", True),
        ("Disallow: /a*", "/abc", False),
        ("Disallow: /*a", "/xa/y", False),
        ("Disallow: *a", "/xa/y", False),
        ("Disallow: a", "/a", True),
        ("Disallow: *", "/", False),
        ("Disallow: /**", "/x", False),
        ("Disallow: $", "/", True),
        ("Disallow: /$", "/", False),
        ("Disallow: /$", "", False),
        ("Disallow: /$", "/x", True),
        ("Disallow: /$", "/?x", True),
        ("Disallow: /a$b", "/a$b", False),
        ("Disallow: /a$b", "/a", True),
        ("Disallow: /a$b", "/a%24b", False),
        ("Disallow: /a$$", "/a$", False),
        ("Disallow: /a*$", "/abc", False),
        ("Disallow: /a%24", "/a", True),
        ("Disallow: /a%24", "/a$x", False),
        ("Disallow: /*%24$", "/a$", False),
        ("Disallow: /*.gif$", "/a.gif", False),
        ("Disallow: /*.gif$", "/a.gif/b.gif", False),
        ("Disallow: /*.gif$", "/a.gifs", True),
        ("Disallow: /a*b*c", "/a-b-c-d", False),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /a*b*c$", "/a-b-c-c", False),
        ("Disallow: /*?", "/a", True),
        ("Disallow: /*?", "/a?", False),
        ("Disallow: /*?", "/a?b", False),
        ("Disallow: /a?b=1", "/a?b=12", False),
        ("Disallow: /a?b=1", "/a?c=2&b=1", True),
        ("Disallow: /*&print=1", "/a?x=1&print=1", False),
        ("Disallow: /a;v=1", "/a;v=1.2", False),
        ("Disallow: /a;", "/a", True),
        ("Disallow: /;x", ";x", False),
        ("Disallow: //a", "//a", False),
        ("Disallow: /a", "//a", True),
        ("Disallow: /private", "/public/../private/x", False),
        ("Disallow: /private", "/./private", False),
        ("Disallow: /private", "/%2e%2e/private", False),
        ("Disallow: /a#b", "/a", False),
        ("Disallow: /a", "/b#/a", True),
        ("Disallow: /a", "/b?/a", True),
        ("Disallow:", "", True),
        ("Disallow:   # nothing", "/x", True),
        ("Disallow: # /x", "/x", True),
        ("Disallow: /x#", "/x", False),
        ("# Disallow: /x", "/x", True),
        ("Allow:\nDisallow: /", "/x", False),
        ("Disallow: /\nAllow:", "/x", False),
        ("Disallow:\nDisallow: /x", "/x", False),
        ("Allow: /x\nDisallow: /", "/x", True),
        ("Disallow: /\nAllow: /x", "/x", True),
        ("Disallow: /\nAllow: /x", "/y", False),
        ("Allow: /\nDisallow: /", "/x", True),
        ("Disallow: /\nAllow: /", "/x", True),
        ("Allow: /a\nDisallow: /a*", "/ab", False),
        ("Allow: /a$\nDisallow: /a", "/a", True),
        ("Allow: /a$\nDisallow: /a", "/ab", False),
        ("Allow: /$\nDisallow: /", "/", True),
        ("Allow: /$\nDisallow: /", "/x", False),
        ("Disallow: /*/b\nAllow: /a/b", "/a/b", True),
        ("Disallow: /a/b\nAllow: /*/b", "/a/b", True),
        ("Disallow: /a/bc\nAllow: /*/b", "/a/bc", False),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Allow: /page\nDisallow: /*.php", "/page.php5", False),
        # One letter of another script is as many octets as its escapes.
        ("Allow: /\u30c4\nDisallow: /*****", "/\u30c4", True),
        ("Allow: /%E3%83%84\nDisallow: /\u30c4", "/\u30c4", True),
        ("Disallow: /foo/bar/\u30c4", "/foo/bar/%E3%83%84", False),
        ("Disallow: /foo/bar/%E3%83%84", "/foo/bar/\u30c4", False),
        ("Disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", False),
        ("Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", False),
        ("Disallow: /foo/bar/baz", "/foo/bar/%62%61%7A", False),
        ("Disallow: /foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", False),
        ("Disallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar", False),
        ("Disallow: /foo/bar?baz=https%3a//", "/foo/bar?baz=https:%2f%2Ffoo.bar", False),
        ("Disallow: /*%2F", "/a?b=%2Fc", False),
        ("Disallow: /*/c", "/a?b=/c", False),
        ("Disallow: /*/c", "/a?b=%2Fc", False),
        ("Disallow: /a?b=1%262", "/a?b=1&2", True),
        ("Disallow: /a%3Fb", "/a?b", True),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /a/b", "/a%2Fb", True),
        ("Disallow: /a%23b", "/a%23b", False),
        ("Disallow: /a%41", "/aA", False),
        ("Disallow: /a%5F", "/a_", False),
        ("Disallow: /a%2D", "/a-", False),
        ("Disallow: /a%25", "/a%25b", False),
        ("Disallow: /a%zz", "/a%zz", False),
        ("Disallow: /a b", "/a%20b", False),
        ("Disallow: /a+b", "/a%20b", True),
        ("Disallow: /a%2A", "/a%2Ab", False),
        ("Disallow: /a%2A", "/a%2ab", False),
        ("Disallow: /\u00e9", "/%E9", True),
        ('Disallow: /"x"', "/%22x%22", False),
        ("Disallow: /[x]", "/[x]", False),
        ("Allow: /a/index.htm\nDisallow: /", "/a/", True),
        ("Allow: /a/index.html\nDisallow: /", "/a/index.html", True),
        ("Disallow: /a/index.html", "/a/", True),
        ("DISALLOW:/x", "/x", False),
        ("  disallow  :  /x  ", "/x", False),
        ("\tDisallow\t:\t/x\t", "/x", False),
        ("Disallow /x", "/x", False),
        ("Disallow\t/x", "/x", False),
        ("Disallow /x y", "/x", True),
        ("Disallow", "/x", True),
        ("disalow: /x", "/x", False),
        ("diasllow: /x", "/x", False),
        ("Allow: /x\nDisallow: /\nFoo: /x", "/x", True),
        ("Disallow: /x\x00y", "/x", True),
        ("Disallow: https://paper.example/x", "/x", True),
        ("Disallow: /x:y", "/x:y", False),
        ("Clean-param: x /x\nHost: paper.example\nRequest-rate: 1/5\nVisit-time: 0600-0845", "/x", True),
        ("Disallow: /robots.txt", "/robots.txt", True),
        ("Disallow: /", "/robots.txt.html", False),
        ("Disallow: /", "/a/robots.txt", False),
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
        ("User-agent: *\nCrawl-delay: 4\n\nUser-agent: bad\nDisallow: /", "newswatch", True),
        ("User-agent: *\nCrawl-delay: 4\n\nUser-agent: bad\nDisallow: /", "bad", False),
        ("Disallow: /\nUser-agent: newswatch\nAllow: /x", "newswatch", True),
        ("User-agent: b\nAllow: /y\nUser-agent: c\nDisallow: /\nUser-agent: b\nDisallow: /", "b", False),
        ("\ufeffUser-agent: newswatch\r\nDisallow: /\r\n", "newswatch", False),
        ("User-agent: newswatch\rDisallow: /\r", "newswatch", False),
        ("", "newswatch", True),
        ("<html><body>Not found</body></html>", "newswatch", True),
        ("<html>\n<p>\nUser-agent: * <br>\nDisallow: / <br>\n", "newswatch", True),
        ("User-agent:newswatch\nDisallow:/", "newswatch", False),
        ("  User-agent : newswatch # us\nDisallow : / # all", "newswatch", False),
        ("user agent: newswatch\nuseragent: other\nDisallow: /", "newswatch", False),
        ("User-agent newswatch\nDisallow /", "newswatch", False),
        ("User-agent: newswatch\nDisallow: /", "NEWSWATCH", False),
        ("User-agent: newswatch\nDisallow: /", "newswatcher", True),
        ("User-agent: newswatcher\nDisallow: /", "newswatch", True),
        ("User-agent: news watch\nDisallow: /", "news", False),
        ("User-agent: news watch\nDisallow: /", "news watch", True),
        ("User-agent: newswatch*\nDisallow: /", "newswatch", False),
        ("User-agent: *\nDisallow: /", "anything", False),
        ("User-agent: * # all\nDisallow: /", "anything", False),
        ("User-agent: *\nDisallow: /", "*", False),
        ("User-agent: *\nDisallow: /", "", False),
        ("User-agent: newswatch\nDisallow: /", "", True),
        ("User-agent:\nDisallow: /", "newswatch", True),
        ("User-agent:\nDisallow: /", "", True),
        ("User-agent: newswatch\nUser-agent:\nDisallow: /", "newswatch", False),
        ("User-agent: *\nDisallow: /\nUser-agent: newswatch", "newswatch", True),
        ("User-agent: newswatch\nAllow: /\nUser-agent: *\nDisallow: /", "newswatch", True),
        ("User-agent: newswatch\nAllow: /\nUser-agent: *\nDisallow: /", "newswatch/0.1", True),
        ("User-agent: *\nDisallow: /y\n\nUser-agent: *\nDisallow: /x", "newswatch", False),
        ("User-agent: *\nDisallow: /x\n\nUser-agent: newswatch\nDisallow: /y", "newswatch", True),
        ("User-agent: newswatch\nFoo: 1\n# note\n\nUser-agent: *\nDisallow: /", "newswatch", False),
        ("User-agent: newswatch\nDisallow: /y\nSitemap: /s\nDisallow: /x", "newswatch", False),
        ("User-agent: a\nDisallow: /\nSitemap: /s\nUser-agent: newswatch\nDisallow: /y", "newswatch", True),
        ("Sitemap: /s\nDisallow: /x\nUser-agent: a\nDisallow: /y", "a", True),
        ("\xef\xbb\xbfUser-agent: *\nDisallow: /", "newswatch", False),
        ("User-agent: *\n\n\n\nDisallow: /", "newswatch", False),
        ("User-agent: *\r\rDisallow: /", "newswatch", False),
        ("User-agent: *\u2028Disallow: /", "newswatch", True),
        ("User-agent: 360Spider\nDisallow: /", "360Spider", False),
        ("User-agent: W3C_Validator\nDisallow: /", "W3C_Validator/1.3", False),
        ("User-agent: Googlebot\nDisallow: /", GOOGLEBOT, False),
        ("User-agent: googlebot/2.1\nDisallow: /", GOOGLEBOT, False),
        ("User-agent: Mozilla\nDisallow: /", GOOGLEBOT, False),
        ("User-agent: Mozilla\nDisallow: /\nUser-agent: Googlebot\nAllow: /", GOOGLEBOT, True),
        ("User-agent: Chrome\nDisallow: /\nUser-agent: bingbot\nAllow: /", BINGBOT, True),
        ("User-agent: bingbot\nDisallow: /", BINGBOT, False),
        (
            "User-agent: Slurp\nDisallow: /",
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://y.example/)",
            False,
        ),
        ("User-agent: googlebot\nDisallow: /", "newswatch/0.1 (like Googlebot/2.1)", True),
        ("User-agent: x\nDisallow: /", "newswatch/0.1 (+https://x/)", True),
        ("User-agent: newswatch\nDisallow: /", "newswatch/0.1 (+https://x.example)", False),
        ("User-agent: newswatch\nDisallow: /", "newswatch (a reader of news)", False),
        (GOOGLEBOT.join(("User-agent: ", "\nDisallow: /")), GOOGLEBOT, False),
    ],
)
def test_groups(text: str, agent: str, allowed: bool) -> None:
    assert parse(text).allows(agent, f"{SITE}/x") is allowed


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1,5", 1.5),
        ("10 # seconds", 10.0),
        ("10s", 10.0),
        ("10 seconds", 10.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("1/10", None),
        ("1_0", None),
        ("1e400", None),
    ],
)
def test_crawl_delay(value: str, seconds: float | None) -> None:
    text = f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x\n\nUser-agent: other\nDisallow: /y\n"
    assert parse(text).asks("newswatch").delay == seconds
    assert parse(text).asks("other").delay is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("User-agent: a\nCrawl-delay: 1\nUser-agent: b\nCrawl-delay: 2\nDisallow: /", 1.0),
        ("User-agent: b\nUser-agent: a\nCrawl-delay: 2", 2.0),
        ("User-agent: a\nDisallow: /\nCrawl-delay: 2", 2.0),
        ("User-agent: a\nDisallow: /\n\nUser-agent: a\nCrawl-delay: 2", 2.0),
        ("User-agent: a\nCrawl-delay: x\nCrawl-delay: 3", 3.0),
        ("Crawl-delay: 3\nUser-agent: a\nDisallow: /", None),
        ("User-agent: *\nCrawl-delay: 3", 3.0),
        ("User-agent: *\nCrawl-delay: 3\n\nUser-agent: a\nDisallow: /", None),
        ("User-agent: a\nRequest-rate: 1/5", None),
        ("User-agent: a\nCrawl delay: 4", 4.0),
    ],
)
def test_the_crawl_delay_of_an_agent(text: str, seconds: float | None) -> None:
    assert parse(text).asks("a").delay == seconds


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://p.example", "/"),
        ("https://p.example/", "/"),
        ("https://p.example?a", "/?a"),
        ("https://p.example#a", "/"),
        ("https://p.example;a", "/;a"),
        ("HTTPS://P.EXAMPLE/A", "/A"),
        ("https://u:p@p.example:8080/a", "/a"),
        ("https://[::1]/a", "/a"),
        ("https://[half/a", "/a"),
        ("p.example/a", "/a"),
        ("p.example", "/"),
        ("//p.example/a", "/a"),
        ("/a", "/a"),
        ("", "/"),
        ("https://p.example/a?u=https://q.example/b", "/a?u=https://q.example/b"),
        ("https://p.example/a/../../b", "/b"),
        ("https://p.example/a?b/../c", "/a?b/../c"),
    ],
)
def test_path_of_an_address(url: str, path: str) -> None:
    assert path_of(url) == path


def test_what_is_too_long_is_cut() -> None:
    filler = "#" * 1022 + "\r\n"
    assert not allows("User-agent: *\n" + filler * 499 + "Disallow: /x", "/x")
    assert allows("User-agent: *\n" + filler * 500 + "Disallow: /x", "/x")
    line = "/" + "a" * 20_000
    assert not allows(f"User-agent: *\nDisallow: {line}\n", line + "b")
    assert allows(f"User-agent: *\nDisallow: {line}\n", "/aaa")


def test_sitemaps_belong_to_no_group() -> None:
    text = "Sitemap: https://x.example/a.xml\nUser-agent: *\nDisallow: /\nsitemap:https://x.example/b.xml\n"
    assert parse(text).sitemaps == ("https://x.example/a.xml", "https://x.example/b.xml")


def test_token() -> None:
    assert token("Newswatch/0.1 (+https://x.example)") == "newswatch"
    assert token("") == "*"


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_text_has_an_answer(text: str, path: str) -> None:
    allows(text, f"/{path}")
    parse(text).allows(path, text)


LINES = st.sampled_from(
    [
        "User-agent: a",
        "User-agent: b",
        "User-agent: *",
        "Allow: /x",
        "Allow: /x/y$",
        "Disallow: /",
        "Disallow:",
    ]
)
OTHERS = st.sampled_from(["", "# note", "Sitemap: /s", "Noindex: /x", "nonsense", "a: b"])


@given(st.lists(st.tuples(LINES, OTHERS)), st.sampled_from("abc"), st.sampled_from(["/", "/x", "/x/y", "/z"]))
def test_what_is_no_rule_changes_no_rule(lines: list[tuple[str, str]], agent: str, path: str) -> None:
    """RFC 9309, 2.2.4."""
    bare = "\n".join(line for line, _ in lines)
    mixed = "\n".join(f"{line}\n{other}" for line, other in lines)
    assert allows(mixed, path, agent) == allows(bare, path, agent)


def test_a_hostile_pattern_takes_no_time() -> None:
    began = time.perf_counter()
    allows(f"User-agent: *\nDisallow: /{'*a' * 5000}$\n", "/" + "a" * 20_000 + "b")
    allows("User-agent: a\n" * 30_000, "/x")
    assert time.perf_counter() - began < 5
