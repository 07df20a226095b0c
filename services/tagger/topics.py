"""The subjects of an article by its words, and those that its events speak for."""

from collections.abc import Sequence
from typing import Literal

from schemas.events import Event, Span, Topic
from services.tagger.lexicon import Match
from services.tagger.model import Keyword, Knowledge
from services.tagger.words import Token

_EVIDENCE = 3
_SCORES = {"done": 1.0, "announced": 0.9, "reversed": 0.8, "threatened": 0.7}
Part = tuple[Literal["title", "text"], Sequence[Token], Sequence[Match]]


def find_topics(parts: Sequence[Part], events: Sequence[Event], knowledge: Knowledge) -> list[Topic]:
    """The topics, the surest first: those of the events, then those whose words occur often enough."""
    told = _by_events(events, knowledge)
    known = {topic.code for topic in told}
    return told + [topic for topic in _by_words(parts, knowledge) if topic.code not in known]


def _by_words(parts: Sequence[Part], knowledge: Knowledge) -> list[Topic]:
    """A word counts once with its weight, in the title twice. Evidence: the first three words."""
    points: dict[int, int] = {}
    spans: dict[int, list[Span]] = {}
    seen: set[int] = set()
    for field, tokens, matches in parts:
        for first, last, meaning in matches:
            if not isinstance(meaning, Keyword) or id(meaning) in seen:
                continue
            seen.add(id(meaning))
            for topic, weight in meaning.topics:
                points[topic] = points.get(topic, 0) + (2 * weight if field == "title" else weight)
                if len(found := spans.setdefault(topic, [])) < _EVIDENCE:
                    found.append(
                        Span.model_construct(
                            field=field, start=tokens[first].start, end=tokens[last - 1].end, text=""
                        )
                    )
    topics: list[Topic] = []
    for index, worth in points.items():
        rule = knowledge.topics[index]
        if worth >= rule.threshold:
            score = round(worth / (worth + rule.threshold), 3)
            topics.append(
                Topic(
                    code=rule.code,
                    label=rule.label,
                    score=score,
                    evidence=tuple(spans[index]),
                    rule=f"{rule.code}.words",
                )
            )
    return sorted(topics, key=lambda topic: (-topic.score, topic.code))


def _by_events(events: Sequence[Event], knowledge: Knowledge) -> list[Topic]:
    """The topics that are about these types of event, where one of them is news."""
    topics: list[Topic] = []
    for rule in knowledge.topics:
        current = [event for event in events if event.type in rule.events and event.status in _SCORES]
        if not current:
            continue
        evidence = tuple(dict.fromkeys(event.span for event in current if event.span is not None))
        topics.append(
            Topic(
                code=rule.code,
                label=rule.label,
                score=max(_SCORES[event.status] for event in current),
                evidence=evidence[:_EVIDENCE],
                rule=f"{rule.code}.events",
            )
        )
    return sorted(topics, key=lambda topic: (-topic.score, topic.code.isdigit(), topic.code))
