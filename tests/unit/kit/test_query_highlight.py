"""What a found article shows of itself."""

from hypothesis import given
from hypothesis import strategies as st

from services.kit.query import parse
from services.kit.query.highlight import highlight
from services.kit.text import fold_tokens
from tests.unit.alerter.test_matcher import article

FILLER = "Nothing much of note was said. " * 30


def test_it_shows_the_stretch_that_holds_most() -> None:
    text = f"Nato began it. {FILLER}Russia\n\n answered   NATO and Russia. {FILLER}"
    shown = highlight(parse("nato russia"), article("Title of NATO", text, title_tokens="", text_tokens=""))
    assert shown.title_marks == ((9, 13),)
    assert [shown.text[start:end] for start, end in shown.text_marks] == ["Russia", "NATO", "Russia"]
    assert "Russia answered NATO and Russia." in shown.text
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert len(shown.text) < 260


def test_without_evidence_it_shows_the_beginning() -> None:
    shown = highlight(parse("source:outlet-1"), article("T", "One two three.", text_tokens=""))
    assert (shown.text, shown.text_marks) == ("One two three.", ())


@given(st.text(max_size=400), st.integers(1, 80))
def test_any_text_is_shown_with_its_marks_inside(text: str, width: int) -> None:
    words = fold_tokens(text).split()
    query = parse(" OR ".join(f'"{word}"' for word in words[:5])) if words else parse("nato")
    shown = highlight(query, article("t", text, title_tokens="", text_tokens=""), width)
    assert all(0 <= start < end <= len(shown.text) for start, end in shown.text_marks)
