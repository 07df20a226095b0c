"""Tokens: what is a word, where it stands, and that folding is stable."""

import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import text as module
from services.kit.text import MAX_TOKEN, Token, fold_tokens, tokenize, words

SCRIPTS = st.sampled_from(
    "aZ9'’-.,_ß½ﬁŁøéе́йї東々かガーｶﾞทีำนم‌أنमस्त्한ㅎ²№\u200b\u00ad\ufe0f\u20e3\u0301\u3099ﷺΣςİı \n"
)
SEPARATORS = st.sampled_from(
    "aB1é東ำ.,'’“”—-_@/ \t\n\r\0\x07\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x7f\x85\xa0\u1680\u180e\u2000\u2007"
    "\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u202f\u205f\u2060\u2066\u3000\ufeff\uff0c\uff0e\ud800\udfff"
)
ANY = st.characters(exclude_categories=())  # the halves of surrogate pairs, too
TEXTS = st.one_of(st.text(ANY), st.text(SCRIPTS, max_size=40), st.text(SEPARATORS, max_size=40))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ""),
        (" --- … !? ", ""),
        # words, apostrophes, hyphens
        ("NATO pans Russian complaints", "nato pans russian complaints"),
        ("NATO's NATO’s l’OTAN", "nato s nato s l otan"),
        ("don't don’t donʼt don′t don`t don´t", "don t don t don t don t don t don t"),
        ("rock ‘n’ roll, O'Brien", "rock n roll o brien"),
        ("п'ять пʼять", "п ять п ять"),
        ("tit-for-tat F-16 COVID-19", "tit for tat f 16 covid 19"),
        ("a\u2010b c\u2011d e\u2012f g\u2013h i\u2014j k\u2015l", "a b c d e f g h i j k l"),
        ("a\u2212b c\u2e3ad e\ufe63f g\uff0dh", "a b c d e f g h"),
        ("soft\u00adhyphen \u00ad \u00ada b\u00ad", "softhyphen a b"),
        ("…word… «mot» „Wort“ “word,” ¿Qué?", "word mot wort word que"),
        # numbers
        ("1,000 12,345,678 3.5 1,000.50 $3.5bn", "1000 12345678 3.5 1000.50 3.5bn"),
        ("1,000,000.50 12,5 0,5 1.000.000 1.000,50", "1000000.50 12,5 0,5 1.000.000 1.000,50"),
        ("1,2,3 1,0000 10.12.2023 9.", "1,2,3 1,0000 10.12.2023 9"),
        ("1,00 1,000,00 1..2 1.,2 .5 5. -5 +5", "1,00 1,000,00 1 2 1 2 5 5 5 5"),
        ("10,000m 5% €5 1st 9/11 24/7 4x4 MH17 192.168.0.1", "10000m 5 5 1st 9 11 24 7 4x4 mh17 192.168.0.1"),
        ("１，０００ １．５ 1\u00a0000 1'000", "1000 1.5 1 000 1 000"),
        ("½ 3½ x² H₂O Ⅳ №5 ①", "1 2 31 2 x2 h2o iv 5 1"),
        ("١,٠٠٠ ٣.٥ १,०००", "١٠٠٠ ٣.٥ १०००"),
        # abbreviations
        ("U.S. U.S US U.S.-led end.The", "u.s u.s us u.s led end the"),
        ("U.S.A. U.K.'s J.R.R. Tolkien, p.m., Ph.D.", "u.s.a u.k s j.r.r tolkien p.m ph d"),
        ("U.S.Army A.B1 1.A A.1 U. S.", "u.s army a b1 1 a a 1 u s"),
        ("Ｕ．Ｓ． É.U. А.С. Пушкин", "u.s e.u а.с пушкин"),
        # names of the net
        ("@user #tag snake_case a/b AT&T", "user tag snake case a b at t"),
        ("first.last+tag@sub.example.com", "first last tag sub example com"),
        ("https://www.example.com/a-b_c?q=1&r=%20#top", "https www example com a b c q 1 r 20 top"),
        ("C++ C# .NET R&D node.js", "c c net r d node js"),
        # emoji
        ("😀 a😀b 👨\u200d👩\u200d👧 🇺🇸 ❤\ufe0f 👍🏽 ©2020", "a b 2020"),
        ("한국어 1️⃣", "한국어 1"),
        # Latin, Greek, Cyrillic and their kin
        ("Łódź İstanbul Diyarbakır Straße Ångström cœur", "lodz istanbul diyarbakir strasse angstrom coeur"),
        ("İSTANBUL ISTANBUL istanbul ıstanbul i\u0307", "istanbul istanbul istanbul istanbul i"),
        ("straße STRASSE STRAẞE ſ", "strasse strasse strasse s"),
        ("Việt Nam VIE\u0323\u0302T NAM Đà Nẵng", "viet nam viet nam da nang"),
        ("Ёлка Αθήνα", "елка αθηνα"),
        ("Йод Київ їжак ΟΔΌΣ οδός ᾳ", "иод киів іжак οδοσ οδοσ αι"),
        ("e\u0301lite ﬁn soft\u00adhyphen", "elite fin softhyphen"),
        ("ﬁ ﬀ ﬃ ﬆ ĳ ǆ æ œ ǽ ø ǿ", "fi ff ffi st ij dz ae oe ae o o"),
        ("ＡＢＣ ａｂｃ １２３ ！", "abc abc 123"),
        ("\u0301 a\u0301\u0302\u0303 \u0301b q\u0308 c\u20dd 5\u0301", "a b q c 5"),
        ("Հայաստան ქართული አማርኛ", "հայաստան ქართული አማርኛ"),
        # written without spaces
        ("東京タワー", "東 京 タ ワ ー"),
        ("東京2020 中A国 々 \U00020000 ㈱", "東 京 2020 中 a 国 々 \U00020000"),
        ("が ｶﾞ", "が ガ"),
        ("ｶﾀｶﾅ ﾊﾟ か\u3099 ヽ・ヿ", "カ タ カ ナ パ が ヽ コ ト"),
        ("ไทย ที่นี่", "ไ ท ย ที่ นี่"),
        ("น้ำ น้า ນ້ຳ ๑๒๓ ไทยABC", "น้ํ า น้ า ນ້ໍ າ ๑๒๓ ไ ท ย abc"),
        ("ភាសាខ្មែរ ភាសាလမ်း", "ភា សា ខ្ មែ រ ភា សា လ မ်း"),
        # scripts whose marks stay, and those whose marks are optional
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("हिन्दी नहीं क\u093c \u0958 தமிழ் বাংলা", "हिन्दी नहीं क\u093c क\u093c தமிழ் বাংলা"),
        ("대한민국이 \u1100\u1161\u11a8 각", "대한민국이 각 각"),
        ("جداً می\u200cخواهم", "جدا میخواهم"),
        ("العَرَبِيَّةُ مُحَمَّد كـــتاب ﻻ", "العربية محمد كتاب لا"),
        ("שָׁלוֹם שלום צה״ל ג׳ורג׳", "שלום שלום צה ל ג ורג"),
        # what cannot be seen
        ("a\u200bb a\u200cb a\u200db a\u2060b \ufeffa \u200e", "a b ab ab ab a"),
        ("\u202aabc\u202c \u2066NATO\u2069, x\u061c", "abc nato x"),
        ("a\ud800b \udfff \ud83d\ude00", "a b"),
        ("a\0b \x07 c\x7fd", "a b c d"),
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


def test_every_white_space_splits_and_nothing_is_counted_twice() -> None:
    spaces = [char for char in map(chr, range(sys.maxunicode + 1)) if char.isspace()]
    assert len(spaces) > 20
    for space in spaces:
        assert tokenize(f"a{space}b{space}{space}c") == [Token("a", 0, 1), Token("b", 2, 3), Token("c", 5, 6)]
        assert words(f"a{space}b{space}{space}c") == ["a", "b", "c"]


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
def test_the_joined_tokens_are_the_words(text: str) -> None:
    assert fold_tokens(text) == " ".join(words(text))
    assert fold_tokens(text).split() == words(text)


@given(TEXTS, TEXTS)
def test_texts_apart_are_folded_apart(left: str, right: str) -> None:
    assert words(f"{left} {right}") == words(left) + words(right)


@given(TEXTS)
def test_what_stands_around_a_stretch_changes_nothing(text: str) -> None:
    """A stretch within currency signs takes the long way through the expression, whatever it is."""
    assert words(" ".join(f"¤{stretch}¤" for stretch in text.split())) == words(text)


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


def test_only_short_stretches_are_remembered_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_known", known := type(module._known)())
    monkeypatch.setattr(module, "_STRETCHES", 10)
    long = "https://www.example.com/a/path/that/is/not/seen/again"
    assert words(long) == words(long)
    assert not known
    for number in range(100):
        assert words(f"No.{number}") == ["no", str(number)]
        assert len(known) <= 10


def test_threads_share_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STRETCHES", 10)
    texts = [" ".join(f"Né{number}, x{number % 7}’s" for number in range(at, at + 50)) for at in range(40)]
    expected = [[token.text for token in tokenize(text)] for text in texts]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(words, texts)) == expected
