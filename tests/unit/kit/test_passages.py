from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Quote, Span, ThreadedArticle
from services.kit.passages import PASSAGE, passage, quotes, segments

PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@given(st.text(max_size=40), PLACES)
def test_segments_add_up_and_mark_what_was_asked(text: str, places: list[tuple[int, int]]) -> None:
    found = segments(text, places)
    assert "".join(part.text for part in found) == text
    marked = [part.marked for part in found for _ in part.text]
    assert marked == [any(start <= at < end for start, end in places) for at in range(len(text))]
    assert all(one.marked != next_.marked for one, next_ in pairwise(found))


def test_a_passage_is_the_sentence_with_the_piece_marked() -> None:
    text = "First. It will expel eight “at once.” Last one."
    start = text.index("expel")
    found = passage(text, start, start + 11)
    assert [(part.text, part.marked) for part in found] == [
        ("It will ", False),
        ("expel eight", True),
        (" “at once.”", False),
    ]


def test_a_long_passage_is_cut_on_both_sides() -> None:
    found = passage("x" * 1000 + "HERE" + "y" * 1000, 1000, 1004)
    assert found[0].text == "… "
    assert found[-1].text == " …"
    assert sum(len(part.text) for part in found) == 2 * PASSAGE + 4 + 4


def article(title: str, text: str) -> ThreadedArticle:
    return ThreadedArticle(
        id="a",
        capture_id="c",
        revision=1,
        url="https://x.example/",
        canonical_url="https://x.example/",
        fetched_at=NOW,
        first_seen=NOW,
        title=title,
        text=text,
        story="a",
        relation="new",
    )


def span(field: str, text: str, part: str) -> Span:
    start = text.index(part)
    return Span.model_validate({"field": field, "start": start, "end": start + len(part), "text": part})


def marked(quote: Quote) -> list[str]:
    return [quote.text[mark.start : mark.end] for mark in quote.marks]


def test_a_quote_is_a_sentence_with_all_that_is_marked_in_it() -> None:
    text = "Before. The state expelled eight diplomats. After it, others expelled none."
    found = quotes([span("text", text, "expelled eight"), span("text", text, "state")], article("T", text))
    assert [(each.text, marked(each)) for each in found] == [
        ("The state expelled eight diplomats.", ["state", "expelled eight"])
    ]


def test_the_title_is_quoted_where_the_text_has_nothing() -> None:
    known = article("Eight expelled", "Nothing here.")
    assert [each.text for each in quotes([span("title", known.title, "Eight")], known)] == ["Eight expelled"]
    assert quotes([Span(field="text", start=0, end=3, text="gone")], known) == ()


def test_of_a_sentence_without_end_what_stands_around() -> None:
    text = "x" * 1000 + "HERE" + "y" * 1000
    (found,) = quotes([span("text", text, "HERE")], article("T", text))
    assert len(found.text) == 2 * PASSAGE + 8
    assert (found.text[:2], found.text[-2:]) == ("… ", " …")
    assert marked(found) == ["HERE"]
