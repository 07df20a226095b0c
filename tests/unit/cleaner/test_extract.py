"""The extractor on small pages of our own making: what is text, in which order, of which kind."""

import contextlib
import json
import time

import pytest

from services.cleaner.extract.article import Paragraph, extract
from services.cleaner.extract.blocks import GROUPS, read
from services.cleaner.extract.elements import Block
from services.cleaner.extract.features import NAMES, measure
from services.cleaner.extract.model import from_data, load
from services.cleaner.extract.parse import LARGEST, Unreadable, cut, parse

TITLE = "Harbour bridge closes for a year"
TEXT = [
    "The old bridge across the harbour will be closed to all traffic from Monday, the city council said.",
    "Inspectors had found cracks in two of its piers in the autumn, and the repair will take a year or more.",
    "Buses are to go round by the ring road, which adds a quarter of an hour to the way into the centre.",
    "“We would rather close it too early than too late,” said Ada Example, who is in charge of the works.",
    "Shops on the northern bank fear for their customers; the council promised a ferry every ten minutes.",
    "The bridge was built in 1931 and carries some forty thousand people on a working day.",
]


def paragraphs(lines: list[str] = TEXT) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def page(body: str = "", *, before: str = "", after: str = "", inside: str = "", head: str = "") -> str:
    """A page as newspapers make them, with room for what is to be told from its text."""
    links = "".join(
        f'<li><a href="/{name}">{name}</a></li>' for name in ("World", "City", "Sport", "Culture")
    )
    return (
        f'<!doctype html><html lang="en"><head><title>{TITLE}</title>{head}</head><body>'
        f'<header class="site-header"><a href="/">The Courier</a></header>'
        f'<nav class="menu"><ul>{links}</ul></nav>'
        f'{before}<main><article class="article"><h1>{TITLE}</h1>'
        f'<div class="article-body">{body or paragraphs()}{inside}</div></article></main>{after}'
        f'<footer class="footer"><p>The Courier, Harbour Street 1. All rights reserved.</p></footer>'
        "</body></html>"
    )


def lines(html: str) -> list[str]:
    return [paragraph.text for paragraph in extract(html)[1] if paragraph.text != TITLE]


def blocks(html: str) -> list[Block]:
    return read(parse(html))


def teasers(name: str) -> str:
    heads = (
        "Ferry timetable out on Friday",
        "Ring road to be widened",
        "Council votes on budget",
        "Rain until Sunday",
    )
    return (
        f'<div class="{name}"><h3>More stories</h3><ul>'
        + "".join(
            f'<li class="card"><a href="/{i}"><h4>{head}</h4></a><span class="date">2 March</span></li>'
            for i, head in enumerate(heads)
        )
        + "</ul></div>"
    )


def comments() -> str:
    said = "I have used this bridge every day for thirty years and have never seen a crack in it, not one."
    return (
        '<section id="comments" class="comments-area"><h3>Comments</h3><ol>'
        + "".join(
            f'<li class="comment"><div class="comment-body"><p>{said} ({i})</p></div></li>' for i in range(12)
        )
        + "</ol></section>"
    )


def test_text_comes_in_its_order() -> None:
    assert lines(page()) == TEXT


def test_kinds() -> None:
    body = (
        paragraphs(TEXT[:2])
        + "<h2>What happens to the buses</h2>"
        + paragraphs(TEXT[2:3])
        + "<ul><li>Line 4 goes by the ring road and the hospital.</li><li>Line 9 ends at the inn.</li></ul>"
        + f"<blockquote><p>{TEXT[3]}</p></blockquote>"
        + paragraphs(TEXT[4:])
    )
    found = extract(page(body))[1]
    assert [paragraph for paragraph in found if paragraph.text != TITLE] == [
        Paragraph("paragraph", TEXT[0]),
        Paragraph("paragraph", TEXT[1]),
        Paragraph("heading", "What happens to the buses"),
        Paragraph("paragraph", TEXT[2]),
        Paragraph("list-item", "Line 4 goes by the ring road and the hospital."),
        Paragraph("list-item", "Line 9 ends at the inn."),
        Paragraph("quote", TEXT[3]),
        Paragraph("paragraph", TEXT[4]),
        Paragraph("paragraph", TEXT[5]),
    ]


def test_lines_between_two_breaks_are_paragraphs() -> None:
    assert lines(page("<br><br>".join(TEXT))) == TEXT


def test_one_break_is_a_space() -> None:
    found = blocks("<body><p>One<br>line, <b>bold</b>\n and <a href='/'>linked</a>.</p></body>")
    assert [block.text for block in found] == ["One line, bold and linked."]
    assert (found[0].link_chars, found[0].bold_chars, found[0].links) == (6, 4, 1)


@pytest.mark.parametrize(
    "furniture",
    [
        teasers("related-articles"),
        '<div class="newsletter-signup"><p>Sign up for our newsletter</p><p>The best of the week.</p></div>',
        '<div class="social-share"><a href="#">Share</a> <a href="#">Tweet</a> <a href="#">E-mail</a></div>',
        '<div class="cookie-consent"><p>We use cookies for this and that. <a href="/p">Privacy</a></p></div>',
        '<div class="tags"><a href="/t/1">Bridges</a> <a href="/t/2">Traffic</a></div>',
    ],
    ids=["teasers", "newsletter", "share", "cookies", "tags"],
)
def test_furniture_is_not_text(furniture: str) -> None:
    assert lines(page(after=furniture)) == TEXT
    assert lines(page(inside=furniture)) == TEXT


def test_navigation_headers_and_footers_are_not_text() -> None:
    tree = parse(page())
    said = " ".join(block.text for block in read(tree))
    assert "World" not in said
    assert "All rights reserved" not in said
    assert "The Courier" not in said


def test_comments_are_never_text_however_many() -> None:
    assert lines(page(after=comments())) == TEXT
    assert lines(page(paragraphs(TEXT[:3]), after=comments())) == TEXT[:3]


def test_an_aside_is_never_text() -> None:
    aside = f"<aside><p>{TEXT[0].replace('bridge', 'tunnel')}</p></aside>"
    assert lines(page(inside=aside)) == TEXT


def test_a_heading_whose_text_was_furniture_goes() -> None:
    assert lines(page(inside="<h2>Newsletter</h2>" + teasers("related"))) == TEXT


def test_navigation_that_nobody_closed_does_not_swallow_the_page() -> None:
    html = f"<html><body><nav><a href='/'>Home</a><div><h1>{TITLE}</h1>{paragraphs()}</div><nav></nav></body>"
    assert lines(html) == TEXT


def test_a_page_that_ends_twice_is_read_to_the_end() -> None:
    assert lines(page(before="</body></html>")) == TEXT


def test_scripts_styles_and_drawings_are_cut_but_linked_data_stays() -> None:
    html = (
        '<script>1</script><p>a</p><script type="application/ld+json">{}</script><style>2</style>'
        '<svg class="x" /><p>b</p><svg><text>3</text></svg><p>c</p><noscript>4</noscript><script>never closed'
    )
    assert cut(html) == (
        '<p>a</p><script type="application/ld+json">{}</script><p>b</p><p>c</p><script>never closed'
    )


def linked(text: str) -> str:
    data = json.dumps({"@graph": [{"@type": "NewsArticle", "articleBody": text}]})
    return f'<script type="application/ld+json">{data}</script>'


def test_where_scripts_fill_the_page_its_linked_data_is_the_text() -> None:
    html = f"<html><head>{linked(chr(10).join(TEXT))}</head><body><div id='root'></div></body></html>"
    assert lines(html) == TEXT


def test_markup_in_linked_data_is_taken_out() -> None:
    html = f"<html><head>{linked(paragraphs().replace('“', '&ldquo;'))}</head><body></body></html>"
    assert lines(html) == TEXT


def test_linked_data_is_not_taken_for_a_body_that_is_there() -> None:
    assert lines(page(head=linked("Another text altogether, for search engines alone. " * 5))) == TEXT


def test_names_tell_what_an_element_is_for() -> None:
    (block,) = blocks(
        '<body><div class="js-readMore x12"><p class="comment_text" role="complementary">A</p></div></body>'
    )
    groups = {GROUPS[i] for i in range(len(GROUPS)) if block.element.within >> i & 1}
    assert {"related", "comment", "<aside>"} <= groups
    assert "summary" not in groups


def test_elements_of_one_class_have_one_shape_whatever_the_number_in_it() -> None:
    one, two, other = (
        block.element.shape
        for block in blocks('<body><p class="p-1">a</p><p class="p-2">b</p><p class="q">c</p></body>')
    )
    assert one == two != other


def test_rows_have_all_features() -> None:
    rows = [row for row in measure(blocks(page()), "") if row is not None]
    assert len(rows) >= len(TEXT)
    assert {len(row) for row in rows} == {len(NAMES)}


def test_a_model_of_other_features_is_refused() -> None:
    with pytest.raises(ValueError, match="train_extraction"):
        from_data({"features": ["other"], "trees": []})


def test_trees_are_added_up() -> None:
    model = from_data({"features": list(NAMES), "trees": [[0, 5, -0.25, 0.5], [1, 2, 0.125, 0.25]]})
    assert model.score([5.0, 3.0]) == 0.0
    assert model.score([6.0, 1.0]) == 0.625


def test_what_is_sure_early_is_not_asked_further() -> None:
    trees: list[object] = [*([0.1] * 20), -9.0]
    assert from_data({"features": list(NAMES), "trees": trees}).score([]) == pytest.approx(2.0)
    assert len(load().stages) > 1


def test_a_page_larger_than_any_article_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="characters of HTML"):
        extract(" " * (LARGEST + 1))


@pytest.mark.parametrize("html", ["", " \n", "<!-- nothing -->"])
def test_nothing_is_unreadable(html: str) -> None:
    with pytest.raises(Unreadable):
        extract(html)


@pytest.mark.parametrize(
    "html",
    [
        "<html><body>" + '<div class="a b">text' * 100_000,
        "<html><body>" + "<p>Some text of a paragraph, and it is of some length.</p>" * 80_000,
        "<html><body>" + "<div><a>x</a></div>" * 200_000,
        "<html><body><div " + " ".join(f"a{i}=x" for i in range(100_000)) + ">text</div>",
        "<html><body><p>" + "word " * 800_000,
        "<html><body>" + "<p><b><i><a href=x>x" * 100_000,
        "<svg>" * 400_000,
        "<script " * 400_000,
        "<" * 3_000_000,
        "<table>" + "<tr><td>some text in a cell that is long enough to be a line of it" * 40_000,
        '<html><frameset cols="1,2"><frame src="a"><frame src="b"></frameset></html>',
        "%PDF-1.4\n" + "\x00\x01ÿ<" * 300_000,
        "\ud800\udfff\x00" * 1000,
        page()[:400],
        page().encode("utf-16").decode("latin-1"),
    ],
    ids=[
        "nested", "paragraphs", "links", "attributes", "words", "unclosed", "drawings", "scripts", "signs",
        "cells", "frameset", "pdf", "surrogates", "cut off", "wrong charset",
    ],
)  # fmt: skip
def test_no_page_takes_long(html: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Unreadable):
        extract(html)
    assert time.process_time() - began < 3  # a third of a second on a machine that is not busy
