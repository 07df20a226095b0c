"""Tokens: what is a word, where it stands, and that folding is stable."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import MAX_TOKEN, Token, fold_tokens, tokenize

SCRIPTS = st.sampled_from(
    "aZ9'’-.,_ß½ﬁŁøéе́йї東々かガーｶﾞทีำนم‌أنमस्त्한ㅎ²№\u200b\u00ad\ufe0f\u20e3\u0301\u3099ﷺΣςİı \n"
)
TEXTS = st.one_of(st.text(), st.text(SCRIPTS, max_size=40))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ""),
        (" --- … !? ", ""),
        ("NATO pans Russian complaints", "nato pans russian complaints"),
        ("NATO's NATO’s l’OTAN", "nato s nato s l otan"),
        ("tit-for-tat F-16 COVID-19", "tit for tat f 16 covid 19"),
        ("1,000 12,345,678 3.5 1,000.50 $3.5bn", "1000 12345678 3.5 1000.50 3.5bn"),
        ("1,2,3 1,0000 10.12.2023 9.", "1,2,3 1,0000 10.12.2023 9"),
        ("１，０００", "1000"),
        ("U.S. U.S US U.S.-led end.The", "u.s u.s us u.s led end the"),
        ("@user #tag snake_case a/b AT&T", "user tag snake case a b at t"),
        ("Łódź İstanbul Diyarbakır Straße Ångström cœur", "lodz istanbul diyarbakir strasse angstrom coeur"),
        ("Ёлка Αθήνα", "елка αθηνα"),
        ("e\u0301lite ﬁn soft\u00adhyphen", "elite fin softhyphen"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("が ｶﾞ", "が ガ"),
        ("ไทย ที่นี่", "ไ ท ย ที่ นี่"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("جداً می‌خواهم", "جدا میخواهم"),
        ("п'ять пʼять", "п ять п ять"),
        ("한국어 1️⃣", "한국어 1"),
    ],
)
def test_words(text: str, tokens: str) -> None:
    assert fold_tokens(text) == tokens


def test_places_are_those_of_the_original() -> None:
    assert tokenize("ﬁne\u00a0Straße, É.U.") == [
        Token("fine", 0, 3),
        Token("strasse", 4, 10),
        Token("e.u", 12, 15),
    ]
    assert tokenize("½") == [Token("1", 0, 1), Token("2", 0, 1)]


def test_a_word_without_end_is_cut() -> None:
    assert [len(token.text) for token in tokenize("a" * 300)] == [MAX_TOKEN, MAX_TOKEN, 300 - 2 * MAX_TOKEN]
    assert max(map(len, fold_tokens("ß" * 100_000).split())) == MAX_TOKEN


@given(TEXTS)
def test_folding_is_stable(text: str) -> None:
    folded = fold_tokens(text)
    assert fold_tokens(folded) == folded


@given(TEXTS)
def test_both_functions_give_the_same_tokens(text: str) -> None:
    assert " ".join(token.text for token in tokenize(text)) == fold_tokens(text)


@given(TEXTS)
def test_tokens_hold_no_white_space_and_are_normal(text: str) -> None:
    for token in tokenize(text):
        assert token.text
        assert not any(char.isspace() for char in token.text)
        assert len(token.text) <= MAX_TOKEN
        assert unicodedata.normalize("NFKC", token.text) == token.text


@given(TEXTS)
def test_places_are_in_order_and_hold_the_token(text: str) -> None:
    tokens = tokenize(text)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.text in fold_tokens(text[token.start : token.end]).split()
    for left, right in pairwise(tokens):
        assert left.end <= right.start or (left.start, left.end) == (right.start, right.end)


def test_every_character_folds_to_something_stable() -> None:
    for code in [*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x11000)]:
        folded = fold_tokens(f"{chr(code)} a{chr(code)}b")
        assert fold_tokens(folded) == folded, hex(code)
