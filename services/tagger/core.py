"""The tagger's pure part: an article in, the same article with its topics, names and events out."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Literal

from schemas.events import Article, Entity, Event, Mark, Place, Span, TaggedArticle, Topic
from services.tagger import topics as topics_of
from services.tagger.causes import link
from services.tagger.clause import Clause, Finding
from services.tagger.counterparts import Told, borne_out, completed
from services.tagger.dates import day_of, days
from services.tagger.events import find, first_subject
from services.tagger.gazetteer import Mention, find_mentions
from services.tagger.language import choose
from services.tagger.lexicon import Match
from services.tagger.merge import merge
from services.tagger.model import Kind, Knowledge, Language, Trigger, Word
from services.tagger.people import NameFinder, add_names
from services.tagger.phrases import Item, to_items
from services.tagger.places import where
from services.tagger.topics import Hints
from services.tagger.words import Tokens, lines, sentences, tokens

_TYPES: Final[dict[Kind, Literal["state", "organisation", "person", "place"]]] = {
    "name": "state",
    "adjective": "state",
    "people": "state",
    "owner": "state",
    "seat": "state",
    "organisation": "organisation",
    "anaphor": "organisation",
    "person": "person",
    "place": "place",
}
_DATELINE: Final = re.compile(r"\s*[^\n]{2,60}?\s(?:[-–—]{1,2}|[—–])\s|\s*[^\n.!?]{2,50}?\)\s?[-–—.:]")
_NO_HINTS: Final = Hints()
_TELLING: Final = 4000  # characters that tell the language
_TELLING_WORDS: Final = 400  # likewise
_MOST: Final = 100_000  # characters that are read, thirty times a usual article: what bounds the time
_RECENT: Final = timedelta(days=75)  # in January, "in December 2025" is not long past
_LONGEST: Final = 1500  # characters of a sentence that is parsed; what is longer is no sentence


@dataclass(frozen=True, slots=True)
class Annotations:
    """What an article is about. Spans count characters in the title or the text that was given.

    `language`: in which it was read; `note`: what could not be looked for, and why.
    """

    topics: tuple[Topic, ...]
    entities: tuple[Entity, ...]
    countries: tuple[str, ...]
    events: tuple[Event, ...]
    language: str | None = None
    note: str = ""


def tag(article: Article, knowledge: Knowledge, names: NameFinder | None = None) -> TaggedArticle:
    """The article with what it is about, its own fields unchanged. `names`: finds more names."""
    hints = Hints(article.section, article.keywords)
    found = annotate(article.title, article.text, article.language, article.published_at, knowledge, hints)
    if names is not None:
        found = with_names(found, article.title, article.text, names)
    fields = article.model_dump() | {"topics": found.topics, "entities": found.entities}
    return TaggedArticle(**fields, countries=found.countries, events=found.events)


def with_names(found: Annotations, title: str, text: str, names: NameFinder) -> Annotations:
    """The same with the names of people and organisations that `names` finds."""
    more = names.find(f"{title}\n\n{text}", found.language)
    return replace(found, entities=add_names(found.entities, more, names.source))


def annotate(
    title: str,
    text: str,
    language: str | None,
    published_at: datetime | None,
    knowledge: Knowledge,
    hints: Hints = _NO_HINTS,
) -> Annotations:
    """Topics, names, countries and events of a title and a text (paragraphs apart by blank lines).

    `language`: ISO 639-1, None where it is not known; `published_at` tells what is long past; None: unknown.
    """
    whole = len(title) <= _MOST and len(text) <= _MOST
    title, text = title[:_MOST], text[:_MOST]
    words = (("title", title, tokens(title)), ("text", text, tokens(text)))
    keys = [key for _, _, found in words for key in found.keys[:_TELLING_WORDS]]
    code = choose(language, f"{title}\n\n{text[:_TELLING]}", keys[:_TELLING_WORDS], knowledge.languages)
    spoken = knowledge.languages.get(code or "", knowledge.other)
    vocabulary = frozenset().union(*(found.texts for _, _, found in words))
    named: list[str] = []
    fields: list[_Field] = []
    for name, content, found in words:
        matches = spoken.keys.matches(found)
        mentions = find_mentions(found, matches, named, vocabulary, knowledge)
        fields.append(_Field("title" if name == "title" else "text", content, found, matches, mentions))
    published = published_at.date() if published_at else None
    diplomatic = any(map(_names_diplomats, fields))
    told = borne_out([event for field in fields for event in _events(field, published, spoken, diplomatic)])
    events = merge(completed(told, _bilateral(knowledge)))
    if len(events) > 1 or any(event.response for event in events):
        events = link(events, partial(_words_of, fields, spoken), spoken.order.final)
    parts = [topics_of.Field(each.name, each.content, each.words) for each in fields]
    topics = topics_of.find_topics(parts, hints, events, spoken.vocabulary, knowledge)
    notes = [] if whole else [f"only the first {_MOST} characters were read"]
    if spoken is knowledge.other:
        named_so = f"no rules for the language {code!r}" if code else "the language is unknown"
        notes.append(f"{named_so}: names alone were looked for")
    return Annotations(
        topics=tuple(topics),
        entities=_entities(fields),
        countries=_countries(fields),
        events=events,
        language=code,
        note="; ".join(notes),
    )


@dataclass(frozen=True, slots=True)
class _Field:
    name: Literal["title", "text"]
    content: str
    words: Tokens
    matches: list[Match]
    mentions: list[Mention]


def _bilateral(knowledge: Knowledge) -> frozenset[str]:
    """The types of what a state does to another's diplomats, missions and relations."""
    diplomatic = {"diplomat", "envoy", "mission", "relations"}
    return frozenset(code for code, event in knowledge.events.items() if event.objects & diplomatic)


def _names_diplomats(field: _Field) -> bool:
    return any(
        isinstance(match.meaning, Word) and "diplomat" in match.meaning.classes for match in field.matches
    )


def _events(field: _Field, published: date | None, language: Language, diplomatic: bool) -> list[Told]:
    """What its sentences tell; `diplomatic`: the article speaks of diplomats somewhere."""
    triggers = [match for match in field.matches if isinstance(match.meaning, Trigger)]
    if not triggers:
        return []
    starts = [field.words.starts[match.first] for match in triggers]
    topical = [
        (field.words.starts[match.first], match.meaning.classes)
        for match in field.matches
        if isinstance(match.meaning, Word)
    ]
    named = [field.words.starts[mention.first] for mention in field.mentions]

    def worth_it(start: int, end: int) -> bool:
        here = triggers[bisect_left(starts, start) : bisect_left(starts, end)]
        meanings = [match.meaning for match in here if isinstance(match.meaning, Trigger)]
        return bool(meanings) and _worth_it(meanings, topical, named, (start, end), diplomatic)

    found: list[Told] = []
    before: tuple[int, int] | None = None
    for line in lines(field.content):
        for place in sentences(field.content, *line) if worth_it(*line) else ():
            if place[1] - place[0] <= _LONGEST and worth_it(*place):
                found += _told(field, place, before, published, language)
            before = place
        before = line
    return found


def _told(
    field: _Field,
    place: tuple[int, int],
    before: tuple[int, int] | None,
    published: date | None,
    language: Language,
) -> Iterator[Told]:
    """The events that the sentence at `place` tells; `before`: the sentence or the line before it."""
    start, end = place
    previous = partial(_last_subject, field, before, language)
    span = Span(field=field.name, start=start, end=end, text=field.content[start:end])
    year = (published - _RECENT).year if published else None
    clause = Clause(_items(field, start, end, language), language, previous, year)
    words = _places(field.words, start, end)
    for finding in find(clause):
        trigger = finding.parts[0][1]
        given = days(field.words, words, language.calendar, published, finding.status)
        day = day_of(given, clause.items, trigger)
        event = _event(finding, span, where(clause, finding, trigger), day)
        yield Told(event, finding.unsure, finding.guessed)


def _last_subject(field: _Field, place: tuple[int, int] | None, language: Language) -> tuple[str, ...]:
    """Who the last sentence of `place` is about."""
    if place is None:
        return ()
    start, end = sentences(field.content, *place)[-1]
    return first_subject(_items(field, start, end, language), language) if end - start <= _LONGEST else ()


def _worth_it(
    triggers: Sequence[Trigger],
    topical: Sequence[tuple[int, frozenset[str]]],
    named: Sequence[int],
    span: tuple[int, int],
    diplomatic: bool,
) -> bool:
    """Does the sentence hold a trigger and what it must be about: a class of nouns, or somebody named?"""
    start, end = span
    low = bisect_left(topical, start, key=lambda each: each[0])
    high = bisect_left(topical, end, key=lambda each: each[0])
    held = frozenset().union(*(classes for _, classes in topical[low:high]))
    if bisect_left(named, start) < bisect_left(named, end):
        if any(not trigger.event.objects or trigger.rule.alone for trigger in triggers):
            return True
        held |= {"people", "diplomat"} if diplomatic else {"people"}
    if "cover" in held:
        held |= {"diplomat"}
    if held & {"mission", "mission_weak"}:
        held |= {"envoy"}  # "the head of the Swiss mission"
    return any(trigger.event.objects & held for trigger in triggers)


def _words_of(fields: Sequence[_Field], language: Language, event: Event) -> list[Item]:
    """The words of the sentence that tells the event."""
    span = event.span
    field = next((each for each in fields if span is not None and each.name == span.field), None)
    return _items(field, span.start, span.end, language) if field is not None and span is not None else []


def _event(finding: Finding, span: Span, place: Place | None, day: date | None) -> Event:
    return Event(
        type=finding.type.code,
        cameo=finding.type.cameo,
        plover=finding.type.plover,
        actor=finding.actor,
        target=finding.target,
        count=finding.count,
        status=finding.status,
        rule=finding.rule,
        span=span,
        score=_score(finding),
        response=finding.response,
        place=place,
        date=day,
        marks=tuple(Mark(part=part, start=start, end=end) for part, start, end in finding.parts),
    )


def _score(finding: Finding) -> float:
    """How sure the rule is: a telling that names both sides is nearly never wrong."""
    return round(
        0.5 + 0.2 * bool(finding.actor) + 0.2 * bool(finding.target) + 0.05 * (finding.count is not None), 2
    )


def _items(field: _Field, start: int, end: int, language: Language) -> list[Item]:
    """The words of one sentence, each mention as one."""
    place = _places(field.words, start, end)
    return to_items((field.content, field.words, field.mentions, field.matches), place, language)


def _places(words: Tokens, start: int, end: int) -> tuple[int, int]:
    """The first and last (exclusive) of the words between the characters `start` and `end`."""
    return bisect_left(words.starts, start), bisect_left(words.starts, end)


def _entities(fields: Sequence[_Field]) -> tuple[Entity, ...]:
    found: dict[Entity, None] = {}
    for mention in (mention for field in fields for mention in field.mentions):
        nameless = mention.kind == "person" or mention.entry.agency
        entity = Entity(
            name=mention.entry.name, type=_TYPES[mention.kind], id=None if nameless else mention.code
        )
        found[entity] = None
    return tuple(found)


def _countries(fields: Sequence[_Field]) -> tuple[str, ...]:
    """The most central first: the title counts thrice, the first paragraph twice, the dateline nothing."""
    weights: dict[str, int] = {}
    for field in fields:
        lead = field.content.find("\n\n") if field.name == "text" else -1
        match = _DATELINE.match(field.content) if field.name == "text" else None
        dateline = match.end() if match else 0
        last = bisect_left(field.words.starts, dateline) - 1
        if last >= 0 and field.words[last].end > dateline:
            dateline = 0
        for mention in field.mentions:
            place = field.words.starts[mention.first]
            if _TYPES[mention.kind] not in ("state", "place") or place < dateline:
                continue
            worth = 3 if field.name == "title" else 2 if place < lead else 1
            weights[mention.code] = weights.get(mention.code, 0) + worth
    return tuple(sorted(weights, key=lambda code: -weights[code]))
