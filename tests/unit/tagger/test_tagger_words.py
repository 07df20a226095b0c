"""Texts as tokens, lines and sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tagger.words import Token, lines, sentences, tokens

PIECES = st.text(st.sampled_from("aZé'’-.:,!S t1½أًー日\u0301\u200b\n\t"), max_size=12)


@given(PIECES, PIECES)
def test_a_token_does_not_depend_on_what_white_space_parts_from_it(one: str, other: str) -> None:
    behind = len(one) + 1
    moved = [each._replace(start=each.start + behind, end=each.end + behind) for each in tokens(other)]
    assert list(tokens(f"{one} {other}")) == [*tokens(one), *moved]


@given(PIECES)
def test_tokens_stand_where_they_say(text: str) -> None:
    for token in tokens(text):
        assert text[token.start : token.end] == token.text


def test_tokens_by_place() -> None:
    found = tokens("U.S. envoy, expelled")
    assert found[1] == Token("envoy", 5, 10, "envoy")
    assert found[-1].key == "expelled"
    assert [each.text for each in found[:3]] == ["U.S.", "envoy", ","]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mr. Smith left. He said so.", [["Mr. Smith left.", "He said so."]]),
        ("  One. Two.  \n\n \n“Three.” Four\n", [["One.", "Two."], ["“Three.”", "Four"]]),
        ("挪威驱逐外交官。俄罗斯抗议。\n完", [["挪威驱逐外交官。", "俄罗斯抗议。"], ["完"]]),
        (" \n\t", []),
    ],
)
def test_a_text_is_lines_of_sentences(text: str, told: list[list[str]]) -> None:
    assert [[text[start:end] for start, end in sentences(text, *line)] for line in lines(text)] == told
