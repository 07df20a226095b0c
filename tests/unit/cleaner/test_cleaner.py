import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Article, Hunk, Previous, RawPage
from services.cleaner import boilerplate
from services.cleaner.core import clean
from services.cleaner.edits import of_article
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


def test_the_dateline_is_a_field_and_credits_its_agency() -> None:
    first = f"<p>OSLO, March 2 (Reuters) - {TEXT[0]}</p>"
    rest = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT[1:])
    edit = Hunk(added=(f"OSLO, March 2 (Reuters) - {TEXT[0]}",))
    given = page(f"<article><h1>Norway expels eight</h1>{first}{rest}</article>")
    found = clean(given.model_copy(update={"difference": (edit,)}))
    assert (found.dateline, found.text) == ("OSLO, March 2 (Reuters)", "\n\n".join(TEXT))
    assert found.agencies == ("Reuters",)
    assert found.difference == (edit,), "compared with the text as the page has it"
    assert article().dateline is None


def test_bylines_go() -> None:
    lines = ["By Ada Example", TEXT[0], "Ada Example was there.", *TEXT[1:], "Ada Example, Oslo"]
    text = boilerplate.strip("\n".join(lines), "Norway expels eight", ["Ada Example"])
    assert text == "\n\n".join([TEXT[0], "Ada Example was there.", *TEXT[1:]])
    assert boilerplate.strip("Ada and all others left.", "", ["Ada"]) == "Ada and all others left."


FURNITURE = [
    "Read more: Ring road to be widened", "See also | Ferry timetable", "Read more about it here.",
    "▶ Watch next",
    "Lesen Sie auch: Acht Diplomaten müssen gehen", "À lire aussi : Huit diplomates expulsés", "Lire aussi",
    "Leer también: Ocho diplomáticos", "Leia também: Oito diplomatas", "Leggi anche: Otto diplomatici",
    "Lees ook: Acht diplomaten", "Les også: Åtte diplomater", "Læs også: Otte diplomater",
    "Läs också: Åtta diplomater", "Lue myös: Kahdeksan diplomaattia", "Czytaj także: Ośmiu dyplomatów",
    "Čtěte také: Osm diplomatů", "Читайте также: Восемь дипломатов", "Читайте також: Вісім дипломатів",
    "Διαβάστε επίσης: Οκτώ διπλωμάτες", "Baca juga: Delapan diplomat", "Đọc thêm: Tám nhà ngoại giao",
    "อ่านเพิ่มเติม: นักการทูต", "यह भी पढ़ें: आठ राजनयिक", "আরও পড়ুন: আট কূটনীতিক",
    "اقرأ أيضا: ثمانية دبلوماسيين",
    "بیشتر بخوانید: هشت دیپلمات", "קראו גם: שמונה דיפלומטים",
    "相关阅读：八名外交官", "関連記事", "관련기사: 외교관 8명",
]  # fmt: skip


@pytest.mark.parametrize("line", FURNITURE)
def test_lines_before_other_articles_are_furniture(line: str) -> None:
    assert boilerplate.is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "The minister said oops!",
        "Read the treaty before you sign it.",
        "He was filmed, and now everybody has seen the video",
        "Share prices fell by a tenth.",
        "Tags are worn by sheep in the north.",
        "Read more slowly, the teacher said, and share this story with those who could not come.",
        "Читайте также по вечерам, советует врач.",
        "Leer más no basta, dijo el ministro, que lo sabe.",
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


# Edits


def test_an_edit_of_title_or_text_stays() -> None:
    title = Hunk(removed=("Norway expels six",), added=("Norway expels eight",))
    text = Hunk(before=TEXT[0], removed=("Their conduct did not fit.",), added=(TEXT[1],))
    part = Hunk(added=("no names were given",))
    struck = Hunk(before=TEXT[2], removed=("A tenth is thought to stay.",))
    hunks = (title, text, part, struck)
    assert of_article(hunks, "Norway expels eight", "\n\n".join(TEXT)) == hunks


def test_an_edit_of_what_stands_around_does_not() -> None:
    around = (
        Hunk(before="Sport", removed=("Rain",), added=("Sun",)),
        Hunk(before=TEXT[2], removed=("Most read: a storm",), added=("Most read: a flood",)),
        Hunk(before="Most read", removed=("A storm comes to the north",)),
        Hunk(added=("the eight",)),
    )
    assert of_article(around, "Norway expels eight", "\n\n".join(TEXT)) == ()


def test_lines_that_are_not_the_articles_are_taken_out_of_an_edit() -> None:
    mixed = Hunk(
        before=TEXT[1],
        removed=("An answer in kind is not expected.", "Most read: a storm"),
        added=(TEXT[2], "Most read: a flood"),
    )
    (kept,) = of_article((mixed,), "Norway expels eight", "\n\n".join(TEXT))
    assert (kept.removed, kept.added) == (("An answer in kind is not expected.",), (TEXT[2],))


def test_an_edited_page_gives_an_article_with_its_edit() -> None:
    edit = Hunk(removed=("Six had to leave.",), added=(TEXT[0],))
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    given = page(f"<article><h1>Norway expels eight</h1>{paragraphs}</article>").model_copy(
        update={"previous": Previous(revision=7, fetched_at=NOW), "difference": (edit, Hunk(added=("Ad",)))}
    )
    found = clean(given)
    assert (found.previous_revision, found.difference) == (7, (edit,))
    elsewhere = clean(given.model_copy(update={"difference": (Hunk(added=("Ad",)),)}))
    assert (elsewhere.previous_revision, elsewhere.difference) == (7, ())
    assert (article().previous_revision, article().difference) == (None, ())
