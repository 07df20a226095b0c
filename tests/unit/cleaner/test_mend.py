import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.mend import mend

WESTERN = st.characters(codec="cp1252", exclude_categories=["Cc", "Cf"], exclude_characters="&")


def read_wrongly(text: str) -> str:
    """UTF-8 taken for windows-1252, as browsers and our crawler read it, white space folded."""
    wrong = "".join(bytes([code]).decode("cp1252", "ignore") or chr(code) for code in text.encode())
    return " ".join(wrong.split())


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("It&#8217;s &amp;quot;fine&amp;quot;", "It’s \"fine\""),
        ("Fisch &amp;amp; Chips &#x26; Cr&egrave;me", "Fisch & Chips & Crème"),
        ("Bundes\u00adkanzler\u00adamt", "Bundeskanzleramt"),
        ("zero\u200bwidth\ufeff \u2060here", "zerowidth here"),
        ("it\x92s \x93quoted\x94", "it’s “quoted”"),
        ("cafe\u0301", "café"),
        ("\u202aMos\u202ccow\u200e", "Moscow"),
        ("foo\u200cbar\u200d", "foobar"),
        ("BjÃ¶rk a déjà chanté", "Björk a déjà chanté"),
        ("Ã‰cole prÃ¨s d’ici", "École près d’ici"),
        ("â€œOneâ€\x9d, he said â€“ “two”", "“One”, he said – “two”"),
    ],
)  # fmt: skip
def test_what_is_broken_is_mended(broken: str, meant: str) -> None:
    assert mend(broken) == meant


TEXTS = [
    "Москва, 5 мая: «Да»", "voilà que l’été est à Genève", "Hà Nội ưu tiên", "naïve “quotes” – and more",
    "Η Ελλάδα ψηφίζει", "مرحبا بالعالم", "Łódź, ąę", "İstanbul’da şöyle", "România și țările",
    "东京消息：会谈结束", "ประเทศไทย", "शांति वार्ता",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_utf8_that_was_read_as_windows_1252(text: str) -> None:
    assert mend(read_wrongly(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "Der „Fuß“ tut weh, „Spaß“ macht’s",
        "CAFÉ” – NÃO À «», MAÇÔES",
        "می‌خواهم نمی‌دانم",
        "क्‍ष and श्री‌मान",
        "👨‍👩‍👧 came along",
        "\u200f(שלום)\u200f 24",
        "AT&T, R&D, a < b && c; &c.",
        "Coca-Соla in two scripts",
        "½ × 3² ≈ 4½",
        "one\n\ntwo",
        "Ａ full-width ﬁ ligature",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    assert mend(text) == text


@given(st.text())
def test_any_text_is_mended_for_good(text: str) -> None:
    mended = mend(text)
    assert unicodedata.is_normalized("NFC", mended)
    assert "\u200b" not in mended
    assert len(mended) <= 4 * len(text)


@given(st.text(WESTERN, max_size=9))
def test_short_western_texts_without_doubtful_pairs_stay(text: str) -> None:
    if not any(each in "ÂÃâ" for each in text) and sum(not each.isascii() for each in text) < 3:
        assert mend(text) == text
