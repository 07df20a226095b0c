"""Golden sentences: what is found in them, and that false friends give nothing at all."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.events import Event
from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge

GOLDEN: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("tagger_sentences.yaml").read_text(encoding="utf-8")
)
KNOWLEDGE = load_knowledge()
PUBLISHED = datetime(2023, 5, 10, tzinfo=UTC)


def short(event: Event) -> str:
    kind = {"expulsion": "e", "mission_closure": "c"}[event.type]
    count = "-" if event.count is None else event.count
    return f"{kind} {','.join(event.actor)} > {','.join(event.target)} {count} {event.status}"


@pytest.mark.parametrize("case", GOLDEN["finds"], ids=lambda case: case[0])
@pytest.mark.parametrize("field", ["title", "text"])
def test_finds(case: list[str], field: str) -> None:
    sentence, *expected = case
    title, text = (sentence, "") if field == "title" else ("", sentence)
    events = annotate(title, text, "en", PUBLISHED, KNOWLEDGE).events
    assert [short(event) for event in events] == expected
    assert all(event.span is not None and event.span.field == field for event in events)


@pytest.mark.parametrize("sentence", GOLDEN["nothing"])
def test_false_friends_give_nothing(sentence: str) -> None:
    found = annotate("", sentence, "en", PUBLISHED, KNOWLEDGE)
    assert [short(event) for event in found.events] == []
    assert not {"newswatch:diplomatic-expulsion", "20000639"} & {topic.code for topic in found.topics}


def test_there_are_enough_sentences() -> None:
    assert len(GOLDEN["finds"]) >= 60
    assert len(GOLDEN["nothing"]) >= 35
