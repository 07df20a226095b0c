"""Golden sentences of every language: what is found in them, and that false friends give nothing at all."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.events import Event
from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge

GOLDEN: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "sentences").glob("*.yaml"))
}
KNOWLEDGE = load_knowledge()
PUBLISHED = datetime(2023, 5, 10, tzinfo=UTC)
SHORT = {
    "expulsion": "e",
    "mission_closure": "c",
    "recall": "r",
    "relations_cut": "x",
    "summons": "s",
}
FLOORS = {"e": 1486, "c": 323, "r": 244, "x": 234, "s": 289}  # they only rise
FINDS = [(language, case) for language, golden in GOLDEN.items() for case in golden["finds"]]
NOTHING = [(language, sentence) for language, golden in GOLDEN.items() for sentence in golden["nothing"]]


def short(event: Event) -> str:
    count = "-" if event.count is None else event.count
    kind = SHORT.get(event.type, event.type)
    return f"{kind} {','.join(event.actor)} > {','.join(event.target)} {count} {event.status}"


@pytest.mark.parametrize(("language", "case"), FINDS, ids=[f"{code}: {case[0]}" for code, case in FINDS])
def test_finds(language: str, case: list[str]) -> None:
    sentence, *expected = case
    for field, title, text in (("title", sentence, ""), ("text", "", sentence)):
        events = annotate(title, text, language, PUBLISHED, KNOWLEDGE).events
        assert [short(event) for event in events] == expected
        assert all(event.span is not None and event.span.field == field for event in events)


@pytest.mark.parametrize(("language", "sentence"), NOTHING, ids=[f"{code}: {text}" for code, text in NOTHING])
def test_false_friends_give_nothing(language: str, sentence: str) -> None:
    found = annotate("", sentence, language, PUBLISHED, KNOWLEDGE)
    assert [short(event) for event in found.events] == []
    assert "newswatch:diplomatic-expulsion" not in {topic.code for topic in found.topics}


def test_there_are_enough_sentences() -> None:
    assert set(GOLDEN) == set(KNOWLEDGE.languages)
    events = Counter(expected.split()[0] for _, case in FINDS for expected in case[1:])
    for kind, floor in FLOORS.items():
        assert events[kind] >= floor, kind
    for kind in set(KNOWLEDGE.events) - set(SHORT):
        assert events[kind] >= 54, kind
    assert len(NOTHING) >= 1286
