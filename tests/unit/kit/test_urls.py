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
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize("url", ["", "mailto:a@b.c", "ftp://example.org/x", "//example.org/x", "http://"])
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
