"""The subjects of an article by its words, and the topic of diplomatic expulsions by its events."""

from collections.abc import Sequence
from typing import Literal

from schemas.events import Event, Span, Topic
from services.tagger.model import Knowledge
from services.tagger.words import Token

_EVIDENCE = 3
_SCORES = {"done": 1.0, "announced": 0.9, "reversed": 0.8, "threatened": 0.7}


def by_words(title: Sequence[Token], text: Sequence[Token], knowledge: Knowledge) -> list[Topic]:
    """The subjects whose words occur often enough, the surest first. Evidence: the first three words."""
    hits: list[dict[str, Span]] = [{} for _ in knowledge.topics]
    weight = [0] * len(knowledge.topics)
    parts: tuple[tuple[Literal["title", "text"], int, Sequence[Token]], ...] = (
        ("title", 2, title),
        ("text", 1, text),
    )
    for field, worth, tokens in parts:
        for phrase, (first, last, found) in _keywords(tokens, knowledge).items():
            span = Span.model_construct(field=field, start=first.start, end=last.end, text="")
            for topic in found:
                if phrase not in hits[topic]:
                    hits[topic][phrase] = span
                    weight[topic] += worth
    topics: list[Topic] = []
    for rule, spans, points in zip(knowledge.topics, hits, weight, strict=True):
        if points >= knowledge.threshold:
            score = round(points / (points + knowledge.threshold), 3)
            topics.append(
                Topic(
                    code=rule.code, label=rule.label, score=score, evidence=tuple(spans.values())[:_EVIDENCE]
                )
            )
    return sorted(topics, key=lambda topic: (-topic.score, topic.code))


def _keywords(
    tokens: Sequence[Token], knowledge: Knowledge
) -> dict[str, tuple[Token, Token, tuple[int, ...]]]:
    """The key words and phrases: where each first begins and ends, and the topics that it speaks for."""
    lows = [token.text.lower() for token in tokens]
    found: dict[str, tuple[Token, Token, tuple[int, ...]]] = {}
    seen: set[str] = set()
    for index, low in enumerate(lows):
        for rest, topics in knowledge.key_phrases.get(low, ()):
            end = index + len(rest) + 1
            if end <= len(lows) and (*lows[index + 1 : end - 1], _singular(lows[end - 1])) == rest:
                found.setdefault(" ".join((low, *rest)), (tokens[index], tokens[end - 1], topics))
        if low in seen:
            continue
        seen.add(low)
        word = low if low in knowledge.keywords else _singular(low)
        if word in knowledge.keywords:
            found.setdefault(word, (tokens[index], tokens[index], knowledge.keywords[word]))
    return found


def by_events(events: Sequence[Event]) -> list[Topic]:
    """The topic of diplomatic expulsions, and IPTC's diplomacy, where an expulsion is news."""
    current = [event for event in events if event.type == "expulsion" and event.status in _SCORES]
    if not current:
        return []
    score = max(_SCORES[event.status] for event in current)
    evidence = tuple(dict.fromkeys(event.span for event in current if event.span is not None))
    return [
        Topic(
            code="newswatch:diplomatic-expulsion",
            label="diplomatic expulsion",
            score=score,
            evidence=evidence,
        ),
        Topic(code="20000639", label="diplomacy", score=score, evidence=evidence),
    ]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
