"""What no newspaper writes: nothing raises, and the time is bounded for every article."""

import time

import pytest

from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge
from services.tagger.topics import Hints

KNOWLEDGE = load_knowledge()
MEGABYTE = 1_000_000
LANGUAGES = (*sorted(KNOWLEDGE.languages), "sw", None)

HEADLINES = {
    "en": "Russia expelled eight diplomats from Poland after the election in Georgia ",
    "de": "Russland weist acht Diplomaten aus Polen nach der Wahl in Georgien aus ",
    "ar": "روسيا تطرد ثمانية دبلوماسيين من بولندا بعد الانتخابات ",
    "zh": "俄罗斯驱逐八名波兰外交官选举后",
    "ja": "ロシアはポーランドの外交官八人を追放した",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_at_all(language: str | None) -> None:
    for title, text in (("", ""), (" ", "\n\n"), ("", "\x00\x07\x1b\u200b\ufeff"), ("…", "—")):
        found = annotate(title, text, language, None, KNOWLEDGE)
        assert (found.topics, found.events, found.entities, found.countries) == ((), (), (), ())


@pytest.mark.parametrize("language", sorted(HEADLINES))
@pytest.mark.parametrize("claimed", [True, False])
def test_one_sentence_of_a_megabyte(language: str, claimed: bool) -> None:
    text = (HEADLINES[language] * MEGABYTE)[:MEGABYTE].replace("\n", " ")
    start = time.process_time()
    found = annotate("", text, language if claimed else None, None, KNOWLEDGE)
    assert time.process_time() - start < 5, "seconds for a megabyte"
    assert found.events == (), "a sentence without end is no sentence"
    assert "PL" in found.countries
    assert "only the first 100000 characters were read" in found.note


@pytest.mark.parametrize(
    "piece", ["expelled ", "museum ", "Georgia ", "a", "외", "\u0301", "👩\u200d👩", "_ "]
)
@pytest.mark.parametrize("language", ["en", "zh", None])
def test_a_hundred_thousand_times_the_same(piece: str, language: str | None) -> None:
    start = time.process_time()
    annotate(piece, piece * (100_000 // len(piece)), language, None, KNOWLEDGE)
    assert time.process_time() - start < 5, "seconds for 100,000 characters"


def test_control_characters_inside_words_part_them() -> None:
    title, text = "Police\x00 arrest\x1f thief", "The\x07 thief stole\x0b a painting."
    found = annotate(title, text, "en", None, KNOWLEDGE)
    assert found.topics[0].code == "02000000"


def test_languages_mixed_by_paragraph() -> None:
    text = (
        "Norway expelled two Russian diplomats on Monday.\n\nРоссия выслала двух дипломатов Норвегии.\n\n"
        "挪威驱逐外交官。"
    )
    for language in ("en", "ru", "zh", None):
        found = annotate("", text, language, None, KNOWLEDGE)
        assert found.language in ("en", "ru", "zh", None)
        assert len(found.events) <= 1


@pytest.mark.parametrize("claim", ["", "x", "klingon", "en-Latn-GB", "EN", "e\x00n", "zz", "日本", "-"])
def test_any_claim_of_a_language(claim: str) -> None:
    found = annotate("Police arrest thief", "The thief stole a painting.", claim, None, KNOWLEDGE)
    assert found.language == "en"


def test_hints_of_any_kind() -> None:
    hints = Hints("\x00" * 1000 + "Sport " * 1000, ("",) * 1000 + ("tennis " * 1000,))
    found = annotate("", "They met.", "en", None, KNOWLEDGE, hints)
    assert [topic.code for topic in found.topics] == ["15000000"]
