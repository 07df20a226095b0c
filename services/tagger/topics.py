"""The subjects of an article by its words, by its section, and those that its events speak for. Pure.

One of the seventeen subjects at the top is what the article is mostly about: they compete, and the one with
the most points has the highest score. The topics below them do not compete: each has a threshold of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final, Literal, NamedTuple

from schemas.events import Event, Span, Topic
from services.tagger.lexicon import Lexicon, Match
from services.tagger.model import Keyword, Knowledge
from services.tagger.words import Tokens, tokens

_EVIDENCE: Final = 3
_LOOKED_AT: Final = 2 * _EVIDENCE  # the strongest, of which some may have no place in the text
_TITLE, _LEAD, _TEXT, _SECTION, _KEYWORDS = 3.0, 2.0, 1.0, 6.0, 1.0  # what a word is worth there
_BEGINNING: Final = 60  # tokens: about a first paragraph
_AGAIN: Final = 0.5  # for each doubling of the times that a word is used
_EVENT: Final = 6.0
_LEAST: Final = 4.0  # points without which no subject is told
_ALONE: Final = 9.0  # likewise where only one word speaks for it: an unmistakable one in the title
_BESIDE: Final = 0.6  # the part of the first subject's points with which another one is told beside it
_DOUBT: Final = 4.0  # points that nobody has: a short text makes no subject sure
_LENGTH: Final = 250  # tokens of an article that the thresholds of topics are made for
_SCORES: Final = {"done": 1.0, "announced": 0.9, "reversed": 0.8, "threatened": 0.7}


class Field(NamedTuple):
    """The title or the text, and its tokens."""

    name: Literal["title", "text"]
    content: str
    tokens: Tokens


class Hints(NamedTuple):
    """What a publisher says of the article: the part of the site, and subjects in its own words."""

    section: str = ""
    keywords: Sequence[str] = ()


@dataclass(slots=True)
class _Use:
    """How a word is used: the best place, how often, and where first."""

    place: float
    times: int
    where: "_Where | None"


_Where = tuple[Field, int, int]  # tokens, the last one exclusive
_Told = list[tuple[float, _Where | Span | None]]  # what spoke for a topic, with its points


def find_topics(
    fields: Sequence[Field], hints: Hints, events: Sequence[Event], words: Lexicon, knowledge: Knowledge
) -> list[Topic]:
    """The topics, the surest first: those of the events, then those whose words occur often enough."""
    told = _by_events(events, knowledge)
    known = {topic.code for topic in told}
    evidence: dict[int, _Told] = {}
    for keyword, use in _uses(fields, hints, words).items():
        worth = use.place + _AGAIN * log2(use.times)
        for topic, weight in keyword.topics:
            evidence.setdefault(topic, []).append((weight * worth, use.where))
    length = sum(len(field.tokens) for field in fields)
    found = [*_below(evidence, length, knowledge), *_subjects(evidence, hints, events, knowledge)]
    return told + sorted(
        (topic for topic in found if topic.code not in known), key=lambda topic: (-topic.score, topic.code)
    )


def _uses(fields: Sequence[Field], hints: Hints, words: Lexicon) -> Mapping[Keyword, _Use]:
    uses: dict[Keyword, _Use] = {}
    for field in fields:
        for first, last, keyword in _longest(words.matches(field.tokens)):
            place = _TITLE if field.name == "title" else _LEAD if first < _BEGINNING else _TEXT
            use = uses.get(keyword)
            if use is None:
                uses[keyword] = _Use(place, 1, (field, first, last))
            else:
                use.times += 1
    for said in hints.keywords:
        for _, _, keyword in _longest(words.matches(tokens(said))):
            uses.setdefault(keyword, _Use(_KEYWORDS, 1, None))
    return uses


def _longest(matches: Sequence[Match]) -> Iterable[tuple[int, int, Keyword]]:
    """The keywords among `matches` that are no part of a longer one."""
    long: dict[int, int] = {}
    for first, last, _ in matches:
        if last - first > 1:
            for place in range(first, last):
                long[place] = max(long.get(place, 0), last - first)
    for first, last, meaning in matches:
        if isinstance(meaning, Keyword) and (
            not long or last - first >= max(long.get(first, 0), long.get(last - 1, 0))
        ):
            yield first, last, meaning


def _below(evidence: Mapping[int, _Told], length: int, knowledge: Knowledge) -> Iterable[Topic]:
    """The topics below the subjects whose words weigh enough for an article of `length` tokens."""
    for index, told in evidence.items():
        rule = knowledge.topics[index]
        threshold = rule.threshold * max(1.0, log2(length / _LENGTH) + 1)
        if rule.broader is not None:
            points = sum(worth for worth, _ in told)
            if points >= threshold:
                score = round(points / (points + threshold), 3)
                yield _topic(index, score, told, "words", knowledge)


def _subjects(
    evidence: Mapping[int, _Told], hints: Hints, events: Sequence[Event], knowledge: Knowledge
) -> Iterable[Topic]:
    """The subject with the most points, and those that come close to it."""
    told = {
        index: list(found) for index, found in evidence.items() if knowledge.topics[index].broader is None
    }
    section: set[int] = set()
    if hints.section:
        for _, _, meaning in _longest(knowledge.sections.matches(tokens(hints.section))):
            section.update(index for index, _ in meaning.topics)
    for index in section:
        told.setdefault(index, []).append((_SECTION, None))
    for index, worth, span in _of_events(events, knowledge):
        told.setdefault(index, []).append((worth, span))
    points = {index: sum(worth for worth, _ in found) for index, found in told.items()}
    best = max(points.values(), default=0)
    whole = sum(points.values()) + _DOUBT
    for index, worth in points.items():
        least = _LEAST if len(told[index]) > 1 or index in section else _ALONE
        if worth >= least and (worth == best or worth >= _BESIDE * best):
            by = "words+section" if index in section else "words"
            yield _topic(index, round(worth / whole, 3), told[index], by, knowledge)


def _of_events(events: Sequence[Event], knowledge: Knowledge) -> Iterable[tuple[int, float, Span | None]]:
    """What events say of the subjects: (subject, points, span), once for each type."""
    seen: set[tuple[int, str]] = set()
    for event in events:
        for index in knowledge.subjects_of.get(event.type, ()):
            if event.status in _SCORES and (index, event.type) not in seen:
                seen.add((index, event.type))
                title = event.span is not None and event.span.field == "title"
                yield index, _EVENT * _SCORES[event.status] * (1.5 if title else 1), event.span


def _by_events(events: Sequence[Event], knowledge: Knowledge) -> list[Topic]:
    """The topics below the subjects that are about these types of event, where one of them is news."""
    topics: list[Topic] = []
    for index, rule in enumerate(knowledge.topics):
        if rule.broader is None:
            continue
        current = [event for event in events if event.type in rule.events and event.status in _SCORES]
        if current:
            told: _Told = [(_SCORES[event.status], event.span) for event in current]
            topics.append(_topic(index, max(worth for worth, _ in told), told, "events", knowledge))
    return sorted(topics, key=lambda topic: (-topic.score, topic.code.isdigit(), topic.code))


def _span(where: _Where | Span) -> Span:
    if isinstance(where, Span):
        return where
    field, first, last = where
    start, end = field.tokens[first].start, field.tokens[last - 1].end
    return Span.model_construct(field=field.name, start=start, end=end, text=field.content[start:end])


def _topic(index: int, score: float, told: _Told, by: str, knowledge: Knowledge) -> Topic:
    """The topic with the spans that speak most for it."""
    rule = knowledge.topics[index]
    strongest = sorted(told, key=lambda each: -each[0])[:_LOOKED_AT]
    places = dict.fromkeys(where for _, where in strongest if where is not None)
    return Topic(
        code=rule.code,
        label=rule.label,
        score=score,
        evidence=tuple(map(_span, tuple(places)[:_EVIDENCE])),
        rule=f"{rule.code}.{by}",
    )
