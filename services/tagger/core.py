"""The tagger's pure part: an article in, the same article with its topics, names and events out."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from schemas.events import Article, Entity, Event, Span, TaggedArticle, Topic
from services.tagger import events as rules
from services.tagger import topics as subjects
from services.tagger.gazetteer import Mention, find_mentions
from services.tagger.merge import merge
from services.tagger.model import Kind, Knowledge
from services.tagger.phrases import Item, to_items
from services.tagger.words import Token, sentences, tokens

_CAMEO: Final = {"expulsion": "166", "mission_closure": "161"}
_TYPES: Final[dict[Kind, Literal["state", "organisation", "person", "place"]]] = {
    "name": "state",
    "adjective": "state",
    "seat": "state",
    "organisation": "organisation",
    "anaphor": "organisation",
    "person": "person",
    "place": "place",
}


@dataclass(frozen=True, slots=True)
class Annotations:
    """What an article is about. Spans count characters in the title or the text that was given."""

    topics: tuple[Topic, ...]
    entities: tuple[Entity, ...]
    countries: tuple[str, ...]
    events: tuple[Event, ...]


def tag(article: Article, knowledge: Knowledge) -> TaggedArticle:
    """The article with what it is about; its own fields unchanged."""
    found = annotate(article.title, article.text, article.language, article.published_at, knowledge)
    fields = article.model_dump() | {"topics": found.topics, "entities": found.entities}
    return TaggedArticle(**fields, countries=found.countries, events=found.events)


def annotate(
    title: str, text: str, language: str | None, published_at: datetime | None, knowledge: Knowledge
) -> Annotations:
    """Topics, names, countries and events of a title and a text (paragraphs apart by blank lines).

    `language`: ISO 639-1; topics and events are found in English alone (None counts as English), names in any
    language as far as they are written alike. `published_at` tells what is long past; None: unknown.
    """
    english = language is None or language.lower().startswith("en")
    in_title, in_text = tokens(title), tokens(text)
    vocabulary = frozenset(token.text for token in (*in_title, *in_text))
    named: list[str] = []
    fields = (
        _Field("title", title, in_title, find_mentions(in_title, knowledge, named, vocabulary)),
        _Field("text", text, in_text, find_mentions(in_text, knowledge, named, vocabulary)),
    )
    events: tuple[Event, ...] = ()
    topics: list[Topic] = []
    if english:
        year = published_at.year if published_at else None
        events = merge([event for field in fields for event in _events(field, year)])
        topics = subjects.by_events(events) + subjects.by_words(in_title, in_text, knowledge)
    mentions = [mention for field in fields for mention in field.mentions]
    return Annotations(
        topics=tuple(_quoted(topic, title, text) for topic in topics),
        entities=_entities(mentions),
        countries=_countries(mentions),
        events=events,
    )


@dataclass(frozen=True, slots=True)
class _Field:
    name: Literal["title", "text"]
    content: str
    words: list[Token]
    mentions: list[Mention]


def _events(field: _Field, year: int | None) -> list[Event]:
    found: list[Event] = []
    if not rules.may_hold(field.content):
        return found
    before: tuple[int, int] | None = None
    for start, end in sentences(field.content):
        sentence = field.content[start:end]
        if rules.may_hold(sentence):
            previous = rules.first_subject(_items(field, *before)) if before else ()
            span = Span(field=field.name, start=start, end=end, text=sentence)
            found += [
                Event(
                    type=finding.type,
                    cameo=_CAMEO[finding.type],
                    plover="SANCTION",
                    actor=finding.actor,
                    target=finding.target,
                    count=finding.count,
                    status=finding.status,
                    rule=finding.rule,
                    span=span,
                )
                for finding in rules.find(sentence, _items(field, start, end), previous, year)
            ]
        before = (start, end)
    return found


def _items(field: _Field, start: int, end: int) -> list[Item]:
    """The words of one sentence, each mention as one."""
    first = bisect_left(field.words, start, key=lambda word: word.start)
    last = bisect_left(field.words, end, key=lambda word: word.start)
    lower = bisect_left(field.mentions, first, key=lambda mention: mention.first)
    upper = bisect_left(field.mentions, last, key=lambda mention: mention.first)
    inside = [
        Mention(each.first - first, min(each.last, last) - first, each.entry)
        for each in field.mentions[lower:upper]
    ]
    return to_items(field.words[first:last], inside, field.content)


def _entities(mentions: Sequence[Mention]) -> tuple[Entity, ...]:
    found: dict[Entity, None] = {}
    for mention in mentions:
        person = mention.kind == "person"
        entity = Entity(
            name=mention.entry.name, type=_TYPES[mention.kind], id=None if person else mention.code
        )
        found[entity] = None
    return tuple(found)


def _countries(mentions: Sequence[Mention]) -> tuple[str, ...]:
    codes = Counter(mention.code for mention in mentions if _TYPES[mention.kind] in ("state", "place"))
    return tuple(code for code, _ in codes.most_common())


def _quoted(topic: Topic, title: str, text: str) -> Topic:
    spans = tuple(
        span.model_copy(update={"text": (title if span.field == "title" else text)[span.start : span.end]})
        for span in topic.evidence
    )
    return topic.model_copy(update={"evidence": spans})
