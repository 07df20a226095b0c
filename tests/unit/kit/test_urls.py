import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kit.urls import article_id, canonical, canonical_of_page, outward, site


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
        ("https://www.x.com/a?b=%E9&c", "https://www.x.com/a?b=%E9&c"),
        ("https://www.x.com/a#!/b/5", "https://www.x.com/a#!/b/5"),
        ("https://www.x.com/a#comments", "https://www.x.com/a"),
        ("https://www.x.com/a?", "https://www.x.com/a"),
        ("https://www.x.com/a%", "https://www.x.com/a%25"),
        ("https://www.x.com/a b", "https://www.x.com/a%20b"),
        ("https://www.x.com/a?q=a b", "https://www.x.com/a?q=a%20b"),
        ("HTTPS:\\\\www.x.com\\a", "https://www.x.com/a"),
        ("https://www.x.com//a//b", "https://www.x.com//a//b"),
        ("https://www.x.com/a?page=2", "https://www.x.com/a?page=2"),
        ("https://www.x.com/amp", "https://www.x.com/amp"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("https://x.com/a?source=rss&p=1", "https://x.com/a?p=1"),
        ("https://x.com/a/../..", "https://x.com/"),
        ("https://x.com/a/.", "https://x.com/a/"),
        ("https://example.org/café?utm_campaign=a&UTM_Source=b", "https://example.org/caf%C3%A9"),
        # Escapes, RFC 3986, 6.2.2
        ("eXAMPLE://a/./b/../b/%63/%7bfoo%7d".replace("eXAMPLE", "HTTP"), "http://a/b/c/%7Bfoo%7D"),
        ('http://x.com/{a}|b^c`"<d>', "http://x.com/%7Ba%7D%7Cb%5Ec%60%22%3Cd%3E"),
        ("http://x.com/a[1]", "http://x.com/a%5B1%5D"),
        ("http://x.com/?a[]=1&a%5b%5D=2", "http://x.com/?a%5B%5D=1&a%5B%5D=2"),
        ("http://x.com/a!$&'()*+,;=:@b", "http://x.com/a!$&'()*+,;=:@b"),
        ("http://x.com/a%21%24%26%27", "http://x.com/a%21%24%26%27"),
        ("http://x.com/%2e/%2E%2e/a", "http://x.com/a"),
        ("http://x.com/a%252Fb", "http://x.com/a%252Fb"),
        ("http://x.com/a%25zz%zz", "http://x.com/a%25zz%25zz"),
        ("http://x.com/a%00b", "http://x.com/a%00b"),
        ("http://x.com/a\x01b", "http://x.com/a%01b"),
        ("http://x.com/a\tb\nc\r", "http://x.com/abc"),
        (" \x00http://x.com/a \n", "http://x.com/a"),
        ("http://x.com/\u6771\u4eac", "http://x.com/%E6%9D%B1%E4%BA%AC"),
        ("http://x.com/%e6%9d%b1", "http://x.com/%E6%9D%B1"),
        ("http://x.com/%E9", "http://x.com/%E9"),
        ("http://x.com/a+b%20c", "http://x.com/a+b%20c"),
        ("http://x.com/?q=a+b%20c%2Bd", "http://x.com/?q=a+b%20c%2Bd"),
        ("http://x.com/?u=http://y.com/?z", "http://x.com/?u=http://y.com/?z"),
        ("http://x.com/?u=http%3a%2f%2fy.com", "http://x.com/?u=http%3A%2F%2Fy.com"),
        ("http://x.com/?q=a\\b", "http://x.com/?q=a%5Cb"),
        ("http://x.com/?q=\u00e9", "http://x.com/?q=%C3%A9"),
        ("http://x.com/?a=1,2;3:4", "http://x.com/?a=1,2;3:4"),
        ("http://x.com/?a=1%262", "http://x.com/?a=1%262"),
        # Parameters
        ("http://x.com/?12345", "http://x.com/?12345"),
        ("http://x.com/?a=", "http://x.com/?a="),
        ("http://x.com/?a==b", "http://x.com/?a==b"),
        ("http://x.com/?=b", "http://x.com/?=b"),
        ("http://x.com/?&&a=1&&", "http://x.com/?a=1"),
        ("http://x.com/?b=2&a=3&b=1", "http://x.com/?a=3&b=1&b=2"),
        ("http://x.com/?a=1&a=1", "http://x.com/?a=1&a=1"),
        ("http://x.com/?a=1&amp;utm_source=x&amp;b=2", "http://x.com/?a=1&b=2"),
        ("http://x.com/?%75tm_source=x&b=2", "http://x.com/?b=2"),
        ("http://x.com/?utm_source=x#b", "http://x.com/"),
        ("http://x.com/?A=1&a=2", "http://x.com/?A=1&a=2"),
        ("http://x.com/a?sid=12", "http://x.com/a?sid=12"),
        ("http://x.com/a?sid=0123456789abcdef0123456789abcdef", "http://x.com/a"),
        ("http://x.com/a?PHPSESSID=12&id=3", "http://x.com/a?id=3"),
        ("http://x.com/a?cid=social_twitter&id=3", "http://x.com/a?id=3"),
        ("http://x.com/a?mod=view&aid=3", "http://x.com/a?aid=3&mod=view"),
        ("http://x.com/a?mod=rss_markets_main", "http://x.com/a"),
        ("http://x.com/a?at_medium=RSS&at_campaign=KARANGA", "http://x.com/a"),
        (
            "http://x.com/a?ns_mchannel=x&ito=y&ocid=z&smid=tw&spm=1.2&s_cid=q&yclid=1&_ga=2&cmp=3",
            "http://x.com/a",
        ),
        ("http://x.com/a?partner=rss&emc=rss", "http://x.com/a"),
        ("http://x.com/a?INTCMP=x&srcref=rss&IR=C", "http://x.com/a"),
        ("http://x.com/a?partner=7", "http://x.com/a?partner=7"),
        (
            "http://x.com/?p=1&page=2&article=3&v=4&q=5&story=6&id=7&lang=de&date=8&cat=9",
            "http://x.com/?article=3&cat=9&date=8&id=7&lang=de&p=1&page=2&q=5&story=6&v=4",
        ),
        ("http://x.com/a?_=1700000000000", "http://x.com/a"),
        # Fragments
        ("http://x.com/a#:~:text=b", "http://x.com/a"),
        ("http://x.com/a#/b", "http://x.com/a"),
        ("http://x.com/a#!b c", "http://x.com/a#!b%20c"),
        ("http://x.com/a#!", "http://x.com/a"),
        ("http://x.com/#", "http://x.com/"),
        ("http://x.com/a?#b", "http://x.com/a"),
        # Paths
        ("http://x.com?a=1", "http://x.com/?a=1"),
        ("http://x.com#a", "http://x.com/"),
        ("http://x.com/a/", "http://x.com/a/"),
        ("http://x.com/a/..", "http://x.com/"),
        ("http://x.com/a/./", "http://x.com/a/"),
        ("http://x.com/..a/b..", "http://x.com/..a/b.."),
        ("http://x.com/a;v=1/b;c", "http://x.com/a;v=1/b;c"),
        ("http://x.com/a;PHPSESSID=1/b", "http://x.com/a/b"),
        ("http://x.com/a/;jsessionid=1", "http://x.com/a/"),
        ("http://x.com/Index.HTML", "http://x.com/"),
        ("http://x.com/my-index.html", "http://x.com/my-index.html"),
        ("http://x.com/default.aspx", "http://x.com/"),
        ("http://x.com/default.asp?id=1", "http://x.com/default.asp?id=1"),
        ("http://x.com/index.html/", "http://x.com/index.html/"),
        ("http://x.com/a/index.html/amp", "http://x.com/a/"),
        ("http://x.com/amp-review", "http://x.com/amp-review"),
        ("http://x.com/a-amp", "http://x.com/a-amp"),
        ("http://x.com/champ", "http://x.com/champ"),
        ("http://x.com/a?amp=0", "http://x.com/a?amp=0"),
        ("http://x.com/a?amp=1&id=2", "http://x.com/a?id=2"),
        ("https://www-x-com.bing-amp.com/c/s/www.x.com/a", "https://www.x.com/a"),
        ("https://www.google.co.uk/amp/s/amp.x.com/a/amp/%3famp=1", "https://www.x.com/a/amp/%3Famp=1"),
        ("https://www.google.com/search?q=amp", "https://www.google.com/search?q=amp"),
        # Hosts
        ("http://m.com/", "http://m.com/"),
        ("http://m.co.uk/", "http://m.co.uk/"),
        ("http://m.x.co.uk/", "http://www.x.co.uk/"),
        ("http://mobile.x.com/", "http://www.x.com/"),
        ("http://mobile.com/", "http://mobile.com/"),
        ("http://m.www.x.com/", "http://www.x.com/"),
        ("http://touch.m.x.com/", "http://www.x.com/"),
        ("http://amp.dev/a", "http://amp.dev/a"),
        ("http://news.x.com/", "http://news.x.com/"),
        ("http://x.com:/", "http://x.com/"),
        ("http://x.com:0080/", "http://x.com/"),
        ("http://x.com:443/", "http://x.com:443/"),
        ("https://x.com:80/", "https://x.com:80/"),
        ("http://user@x.com/", "http://x.com/"),
        ("http://user:@x.com/a@b", "http://x.com/a@b"),
        ("http://a:b@c:d@x.com/", "http://x.com/"),
        ("http://X.COM./", "http://x.com/"),
        ("http://%65xample.com/", "http://example.com/"),
        ("http://XN--MNCHEN-3YA.example/", "http://xn--mnchen-3ya.example/"),
        ("http://M\u00dcNCHEN.example/", "http://xn--mnchen-3ya.example/"),
        ("http://mu\u0308nchen.example/", "http://xn--mnchen-3ya.example/"),
        ("http://stra\u00dfe.example/", "http://xn--strae-oqa.example/"),
        ("http://\uff58\u3002com/", "http://x.com/"),
        ("http://\u2603.example/", "http://xn--n3h.example/"),
        ("http://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/", "http://xn--e1afmkfd.xn--p1ai/"),
        ("http://1.2.3.4/", "http://1.2.3.4/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0177.0.0.01/", "http://127.0.0.1/"),
        ("http://1.2.3.4./", "http://1.2.3.4/"),
        ("http://[2001:0db8:0:0:0:0:0:1]/", "http://[2001:db8::1]/"),
        ("http://[::ffff:1.2.3.4]/", "http://[::ffff:102:304]/"),
        ("http://a_b.x.com/", "http://a_b.x.com/"),
        # What browsers forgive
        ("http:/www.x.com/a", "http://www.x.com/a"),
        ("http:///www.x.com/a", "http://www.x.com/a"),
        ("http:\\\\www.x.com\\a?b\\c", "http://www.x.com/a?b%5Cc"),
        ("http://x.com\\@y.com/", "http://x.com/@y.com/"),
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
        "http:",
        "http:///",
        "http:///path",
        "http://?a=1",
        "http://:80/",
        "http://user@/",
        "http://a b/",
        "http://a%00b/",
        "http://a%2Fb/",
        "http://a<b>/",
        "http://a..b/",
        "http://.a/",
        "http://-a.com/",
        "http://a.com:99999/",
        "http://a.com:-1/",
        "http://1.2.3.256/",
        "http://1.2.3.4.5/",
        "http://0xzz.1/",
        "http://[::g]/",
        "http://[fe80::1%25eth0]/",
        "http://\u00ad/",
        f"http://{'a' * 64}.com/",
        "www.x.com/a",
        "/a",
        "javascript:void(0)",
        "data:text/html,x",
        "feed://x.com/a",
        "httpx://x.com/a",
        "http//x.com",
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


@given(st.text(max_size=60))
@example("http://m.m.x.com/amp/amp/index.html/amp")
@example("http://x.com/..;sid=1/a/amp/index.html")
@example("http://www.google.com/amp/s/www.google.com/amp/amp.x.com/a")
def test_any_text_is_refused_or_becomes_one_form(text: str) -> None:
    for url in (text, f"http://{text}", f"http://x.com/{text}", f"https://x.com/?{text}"):
        try:
            found = canonical(url)
        except ValueError:
            continue
        assert canonical(found) == found
        assert found.isascii()


NAMES = st.sampled_from(["id", "p", "article", "page", "v", "q", "story", "lang"])


@given(
    st.lists(st.sampled_from(["a", "b", "%2F", "-", "1"]), min_size=1, max_size=4), NAMES, st.integers(1, 3)
)
def test_addresses_of_different_articles_stay_apart(parts: list[str], name: str, value: int) -> None:
    path = "".join(parts)
    ways = [
        f"https://x.com/{path}",
        f"https://x.com/z{path}",
        f"https://x.com/{path}?{name}={value}",
        f"https://x.com/{path}?{name}={value}0",
        f"https://y.com/{path}",
    ]
    assert len({canonical(f"{way}#top") for way in ways}) == len(ways)


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


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//x.example/", "http:///x", "ftp://x.example", "http://["],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert outward(url) is None
    assert outward("https://x.example/a") == "https://x.example/a"
