"""What a found article shows of itself."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Event, Span, TaggedArticle
from services.kit.query import evidence, parse
from services.kit.query.highlight import Highlight, highlight
from tests.unit.kit.test_query_evaluate import article

FILLER = "Nothing much of note was said. " * 30


def marked(shown: Highlight) -> list[str]:
    return [shown.text[start:end] for start, end in shown.text_marks]


def test_it_shows_the_stretch_that_holds_most() -> None:
    text = f"Nato began it. {FILLER}Russia\n\n answered   NATO and Russia. {FILLER}"
    shown = highlight(parse("nato russia"), article(" Title  of NATO", text))
    assert (shown.title, shown.title_marks) == ("Title of NATO", ((9, 13),))
    assert marked(shown) == ["Russia", "NATO", "Russia"]
    assert "Russia answered NATO and Russia." in shown.text
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert 200 < len(shown.text) < 250
    assert 60 < shown.text_marks[0][0] < 140, "it is in the middle"


def test_words_are_not_cut() -> None:
    text = f"{FILLER}Russia answered. {FILLER}"
    for width in range(20, 80):
        shown = highlight(parse("russia"), article("", text), width).text
        assert set(shown.split()) <= {"…", *text.split()}
        assert len(shown) <= width + 4


def test_scripts_without_spaces_are_cut_anywhere() -> None:
    shown = highlight(parse("外交"), article("", "東" * 500 + "外交" + "東" * 500), 40)
    assert marked(shown) == ["外交"]
    assert len(shown.text) == 44


def test_without_evidence_it_shows_the_beginning() -> None:
    shown = highlight(parse("source:outlet-1"), article("T", "\n\nOne  two three.\n", source="outlet-1"))
    assert (shown.text, shown.text_marks) == ("One two three.", ())
    assert highlight(parse("*", everything=True), article("T", FILLER)).text.startswith("Nothing much")
    assert highlight(parse("sport"), article("", "")) == Highlight("", (), "", ())


def test_evidence_within_evidence_is_marked_once() -> None:
    shown = highlight(parse('"non grata" persona "persona non"'), article("", "A persona non grata."))
    assert marked(shown) == ["persona non grata"]


def test_evidence_longer_than_the_stretch_is_shown_from_its_beginning() -> None:
    span = Span(field="text", start=len(FILLER), end=2 * len(FILLER), text=FILLER)
    event = Event(type="expulsion", actor=("RU",), span=span)
    shown = highlight(parse("event:expulsion"), article("", FILLER * 3, events=(event,)), 100)
    assert marked(shown) == [shown.text.strip("… ")]
    assert marked(shown)[0].startswith("Nothing much of note")


_words = st.sampled_from(("nato", "Russia's", "東京", "xxxxxxxx" * 6, " ", "\n\n", "\t", "—", "½"))
_texts = st.text(max_size=200) | st.lists(_words, max_size=60).map(" ".join)


@given(_texts, _texts, st.integers(1, 80))
def test_marks_are_in_order_and_show_the_evidence(title: str, text: str, width: int) -> None:
    query = parse("nato OR russia OR 東 OR xxxx* OR 1 OR a*")
    of: TaggedArticle = article(title, text)
    shown = highlight(query, of, width)
    found = [" ".join(span.text.split()) for span in evidence(query, of)]
    for line, marks in ((shown.title, shown.title_marks), (shown.text, shown.text_marks)):
        assert "  " not in line
        assert "\n" not in line
        behind = 0
        for start, end in marks:
            assert behind <= start < end <= len(line)
            assert any(line[start:end] in each or each in line[start:end] for each in found)
            behind = end
