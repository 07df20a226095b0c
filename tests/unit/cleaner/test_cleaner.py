import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Article, RawPage
from services.cleaner import boilerplate
from services.cleaner.core import clean
from services.kit.step import Reject
from services.kit.urls import article_id

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = [
    "The ministry in Oslo said on Monday that the eight had to leave by the end of the week.",
    "Their conduct, it went on, did not fit what they had been accredited for; no names were given.",
    "An answer in kind is expected before the talks on the northern border begin again.",
]


def page(html: str) -> RawPage:
    url = "https://www.courier.example/world/1?utm_source=feed"
    return RawPage(
        capture_id="c", url=url, source="courier", fetched_at=NOW, first_seen=NOW, revision=1, html=html
    )


def article(head: str = "", extra: str = "", title: str = "Norway expels eight") -> Article:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    return clean(
        page(
            f"<!doctype html><html lang='nb-NO'><head><title>{title} | Courier</title>{head}</head><body>"
            f"<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
            f"<article><h1>{title}</h1>{paragraphs}{extra}</article>"
            f"<footer>All rights reserved</footer></body></html>"
        )
    )


def test_text_title_language_and_address() -> None:
    found = article()
    assert found.title == "Norway expels eight"
    assert found.text == "\n\n".join(TEXT)
    assert found.language == "en", "the text is English, whatever its template claims"
    assert found.canonical_url == "https://www.courier.example/world/1"
    assert found.id == article_id(found.canonical_url)
    assert found.site == "courier.example"
    assert found.text_tokens.startswith("the ministry in oslo said")


def test_linked_data_gives_dates_and_authors() -> None:
    found = article(
        '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle",'
        '"headline": "Norway expels eight",'
        '"datePublished": "2026-03-02T10:15:00+01:00", "dateModified": "2026-03-02T10:00:00Z",'
        '"author": [{"name": "Ada Example"}, {"name": "By Bo Sample and Cy Model"}]}]}</script>'
    )
    assert found.published_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert found.authors == ("Ada Example", "Bo Sample", "Cy Model")


def test_meta_tags_serve_where_there_is_no_linked_data() -> None:
    found = article(
        '<meta property="article:published_time" content="2026-03-01">'
        '<meta name="author" content="Ada Example">'
        '<script type="application/ld+json">{broken</script>'
    )
    assert found.published_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.authors == ("Ada Example",)


def test_a_page_from_the_future_was_published_when_it_was_fetched() -> None:
    assert (
        article('<meta property="article:published_time" content="2026-03-05T00:00:00Z">').published_at == NOW
    )


def test_furniture_between_the_paragraphs_goes() -> None:
    extra = "".join(
        f"<p>{line}</p>"
        for line in ("Oops!", "·3 min read", "Read more: Otters return", "Tags: News, Norway")
    )
    assert article(extra=extra).text == "\n\n".join(TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "The minister said oops!",
        "Read the treaty before you sign it.",
        "He was filmed, and now everybody has seen the video",
        "Share prices fell by a tenth.",
        "Tags are worn by sheep in the north.",
    ],
)
def test_sentences_are_no_furniture(line: str) -> None:
    assert not boilerplate.is_boilerplate(line)


@pytest.mark.parametrize(
    "html", ["", "<html></html>", "not a page", "<html><body><nav>Home</nav></body></html>"]
)
def test_a_page_without_an_article_is_rejected_with_its_address(html: str) -> None:
    with pytest.raises(Reject, match=r"courier\.example"):
        clean(page(html))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_no_page_is_a_bug(html: str) -> None:
    with contextlib.suppress(Reject):
        clean(page(html))
