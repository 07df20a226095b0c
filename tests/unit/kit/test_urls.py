import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.urls import article_id, canonical, canonical_of_page, site


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.ORG:80/a?b=2&a=1#top", "http://www.example.org/a?a=1&b=2"),
        ("https://example.org", "https://example.org/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://example.org/x?utm_source=feed&id=7&fbclid=q", "https://example.org/x?id=7"),
        ("https://example.org/x?cid=7", "https://example.org/x?cid=7"),
        ("https://example.org/caf%C3%A9", "https://example.org/caf%C3%A9"),
        ("https://example.org/café", "https://example.org/caf%C3%A9"),
        ("http://example.com/%7Eusername/", "http://example.com/~username/"),
        ("http://example.com/a%c2%b1b", "http://example.com/a%C2%B1b"),
        ("http://example.com/foo/./bar/baz/../qux", "http://example.com/foo/bar/qux"),
        ("http://example.com/a/b/../../../c", "http://example.com/c"),
        ("http://example.com/a%2Fb", "http://example.com/a%2Fb"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://EXAMPLE.com:443", "https://example.com/"),
        ("http://user:pw@example.com/", "http://example.com/"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://münchen.example/straße", "http://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("http://example.com/index.html", "http://example.com/"),
        ("http://example.com/news/index.php", "http://example.com/news/"),
        ("http://example.com/index.php?id=5", "http://example.com/index.php?id=5"),
        (
            "https://www.google.com/amp/s/www.bbc.co.uk/news/amp/world-1",
            "https://www.bbc.co.uk/news/amp/world-1",
        ),
        (
            "https://www-bbc-co-uk.cdn.ampproject.org/c/s/www.bbc.co.uk/news/world-1",
            "https://www.bbc.co.uk/news/world-1",
        ),
        (
            "https://www-bbc-co-uk.cdn.ampproject.org/v/s/www.bbc.co.uk/news/world-1?amp_js_v=0.1",
            "https://www.bbc.co.uk/news/world-1",
        ),
        ("https://x-com.cdn.ampproject.org/c/x.com/a", "http://x.com/a"),
        ("https://www.google.com/amp/x.com/a", "http://x.com/a"),
        ("https://amp.theguardian.com/a/b", "https://www.theguardian.com/a/b"),
        ("https://m.spiegel.de/a.html", "https://www.spiegel.de/a.html"),
        ("https://en.m.wikipedia.org/wiki/NATO", "https://en.wikipedia.org/wiki/NATO"),
        ("https://www.x.com/story-1/amp/", "https://www.x.com/story-1/"),
        ("https://www.x.com/story-1/amp", "https://www.x.com/story-1"),
        ("https://www.x.com/story-1.amp.html", "https://www.x.com/story-1.html"),
        ("https://www.x.com/amp/story-1", "https://www.x.com/story-1"),
        ("https://www.x.com/a?amp", "https://www.x.com/a"),
        ("https://www.x.com/a?outputType=amp&id=3", "https://www.x.com/a?id=3"),
        ("https://www.x.com/a;jsessionid=ABC?x=1", "https://www.x.com/a?x=1"),
        ("https://www.x.com/a?b=%E9&c", "https://www.x.com/a?b=%E9&c="),
        ("https://www.x.com/a#!/b/5", "https://www.x.com/a#!/b/5"),
        ("https://www.x.com/a#comments", "https://www.x.com/a"),
        ("https://www.x.com/a?", "https://www.x.com/a"),
        ("https://www.x.com/a%", "https://www.x.com/a%25"),
        ("https://www.x.com/a b", "https://www.x.com/a%20b"),
        ("https://www.x.com/a?q=a b", "https://www.x.com/a?q=a+b"),
        ("HTTPS:\\\\www.x.com\\a", "https://www.x.com/a"),
        ("https://www.x.com//a//b", "https://www.x.com//a//b"),
        ("https://www.x.com/a?page=2", "https://www.x.com/a?page=2"),
        ("https://www.x.com/amp", "https://www.x.com/amp"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("https://x.com/a?source=rss&p=1", "https://x.com/a?p=1"),
        ("https://x.com/a/../..", "https://x.com/"),
        ("https://x.com/a/.", "https://x.com/a/"),
        ("https://example.org/café?utm_campaign=a&UTM_Source=b", "https://example.org/caf%C3%A9"),
        ("https://example.org/a?feature=emb_logo&v=7", "https://example.org/a?feature=emb_logo&v=7"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mailto:a@b.c",
        "ftp://example.org/x",
        "//example.org/x",
        "http://",
        "http://a:b/",
        "http://[::1/",
        "http://./",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"not an http\(s\) address"):
        canonical(url)


PATHS = st.text(alphabet="abcXYZ019/-_.~%é ", max_size=30)


@given(PATHS, st.dictionaries(st.text("abc", min_size=1), st.text("xyz é&=", max_size=5), max_size=3))
def test_canonical_twice_is_canonical_once(path: str, query: dict[str, str]) -> None:
    url = f"https://example.org/{path}?" + "&".join(f"{key}={value}" for key, value in query.items())
    assert canonical(canonical(url)) == canonical(url)


def page(href: str) -> str:
    return f'<html><head><link href="{href}" rel="canonical"></head></html>'


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("/a?utm_medium=x", "https://example.org/a"),
        ("https://www.example.org/a", "https://www.example.org/a"),
        ("https://other.example/a", "https://example.org/b?page=2"),
        ("https://example.org/", "https://example.org/b?page=2"),
        ("javascript:void(0)", "https://example.org/b?page=2"),
        ("", "https://example.org/b?page=2"),
    ],
)
def test_a_page_may_name_its_own_address_on_its_own_site(href: str, expected: str) -> None:
    assert canonical_of_page("https://example.org/b?page=2", page(href)) == expected


def test_id_and_site() -> None:
    assert len(article_id("https://example.org/")) == 64
    assert site("https://www.example.org/a") == site("https://m.example.org/a") == "example.org"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("/world", "/world/norway-expels-eight/photos"),
        ("/world/", "/world/norway-expels-eight/photos"),
        ("/world/norway-expels-eight", "/world/norway-expels-eight"),
        ("/world/norway-expels-eight/photos/", "/world/norway-expels-eight/photos/"),
        ("/12345", "/12345"),
    ],
)
def test_a_section_above_the_page_is_not_its_canonical_address(named: str, expected: str) -> None:
    host = "https://example.org"
    html = f'<link rel="canonical" href="{named}">'
    assert canonical_of_page(f"{host}/world/norway-expels-eight/photos", html) == host + expected
