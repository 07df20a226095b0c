"""Ordinary news, made up in any quantity: stories told by several outlets in several languages, copies,
shared quotations, the same agency text within longer pages. Each article comes with the truth about it.

Words are invented, with the spread of a real language (Zipf). A story has names and numbers that all
languages share, and words of its subject; reports of one story have no sentence in common but what they
quote.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import Any

from schemas.events import Event, TaggedArticle
from services.kit.text import fold_tokens

LANGUAGES = ("en", "en", "en", "es", "de", "fr", "ru", "pt")
_TYPES = ("expulsion", "recall", "summons", "attack", "talks", "sanction")
_SYLLABLES = [
    "ba",
    "ke",
    "lo",
    "mi",
    "nu",
    "ra",
    "se",
    "ti",
    "vo",
    "da",
    "fe",
    "go",
    "hi",
    "ju",
    "la",
    "me",
    "no",
    "pu",
    "ri",
    "sa",
    "to",
    "ve",
    "za",
    "pro",
    "sta",
    "gri",
    "klo",
    "ter",
    "men",
    "dor",
]
_RUSSIAN = str.maketrans("abdefghijklmnoprstuvz", "абдефгхийклмнопрстувз")
_VOCABULARY = 20_000
_SUBJECTS = 60
_COUNTRIES = tuple(f"{a}{b}" for a in "ABCDEFGH" for b in "KLMNOPQRST")
_START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Truth:
    """An article with the story that it is of and the article whose text it repeats."""

    article: TaggedArticle
    story: str
    copy_of: str | None


@dataclass(slots=True)
class _Story:
    id: str
    at: float
    subject: int
    names: list[str]
    numbers: list[str]
    countries: list[str]
    events: list[dict[str, Any]]
    quote: str
    texts: list[tuple[str, str, str, str]]


class News:
    """`per_day` articles a day; the same seed gives the same ones."""

    def __init__(self, per_day: int, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._per_day = per_day
        chance = random.Random(7)
        self._words = {
            language: [self._invent(chance, language) for _ in range(_VOCABULARY)]
            for language in sorted(set(LANGUAGES))
        }
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(_VOCABULARY)))
        self._names = [self._invent(chance, "en", 3).capitalize() for _ in range(30_000)]

    def articles(self, count: int) -> Iterator[Truth]:
        """In order of time. About half are of stories of their own; a fifth are copies."""
        chance = self._chance
        open_stories: list[_Story] = []
        for number in range(count):
            at = number / self._per_day * 86400
            open_stories = [each for each in open_stories if at - each.at < 129600 or chance.random() < 0.5][
                -400:
            ]
            if not open_stories or chance.random() < 0.45:
                story = self._story(f"story-{number}", at)
                if chance.random() < 0.35:
                    open_stories.append(story)
                yield self._report(story, number, at)
                continue
            # Recent stories are told most.
            story = open_stories[-1 - int(len(open_stories) * chance.random() ** 2)]
            if story.texts and chance.random() < 0.4:
                yield self._copy(story, number, at)
            else:
                yield self._report(story, number, at)

    def _story(self, id: str, at: float) -> _Story:
        chance = self._chance
        countries = chance.sample(_COUNTRIES, chance.choice((1, 1, 2)))
        events: list[dict[str, Any]] = []
        if len(countries) == 2 and chance.random() < 0.5:
            count = chance.choice((None, chance.randint(2, 30)))
            events = [
                {
                    "type": chance.choice(_TYPES),
                    "actor": countries[:1],
                    "target": countries[1:],
                    "count": count,
                }
            ]
        return _Story(
            id,
            at,
            chance.randrange(_SUBJECTS),
            chance.sample(self._names, 6),
            [str(chance.randint(11, 9999)) for _ in range(2)],
            countries,
            events,
            "",
            [],
        )

    def _report(self, story: _Story, number: int, at: float) -> Truth:
        chance = self._chance
        language = chance.choice(LANGUAGES)
        names = (
            [name.lower().translate(_RUSSIAN).capitalize() for name in story.names]
            if language == "ru"
            else story.names
        )
        sentences = [self._sentence(story, language, names) for _ in range(chance.randint(8, 30))]
        if language == "en":
            story.quote = (
                story.quote or '"' + " ".join(self._sentence(story, "en", names) for _ in range(3)) + '"'
            )
            if chance.random() < 0.4:
                sentences.insert(chance.randint(1, len(sentences)), story.quote)
        title = " ".join(
            (*chance.sample(names, 2), *self._subject(story, language, 4), chance.choice(story.numbers))
        )
        text = self._paragraphs(sentences)
        article = self._article(number, at, language, title, text, story)
        story.texts.append((article.id, language, title, text))
        return Truth(article, story.id, None)

    def _copy(self, story: _Story, number: int, at: float) -> Truth:
        """A text again: with another head and tail, cut at the end, or within a longer page."""
        chance = self._chance
        original, language, title, text = chance.choice(story.texts)
        names = story.names
        paragraphs = text.split("\n\n")
        way = chance.random()
        if way < 0.4:
            paragraphs = [
                self._sentence(story, language, names),
                *paragraphs[:-1],
                self._sentence(story, language, names),
            ]
        elif way < 0.7:
            paragraphs = paragraphs[: max(2, len(paragraphs) * 2 // 3)]
        else:
            own = [self._sentence(story, language, names) for _ in range(2 * len(paragraphs))]
            paragraphs = [*own[::2], *paragraphs, *own[1::2]]
        article = self._article(number, at, language, title, "\n\n".join(paragraphs), story)
        return Truth(article, story.id, original)

    def _sentence(self, story: _Story, language: str, names: Sequence[str]) -> str:
        chance = self._chance
        words = chance.choices(self._words[language], cum_weights=self._weights, k=chance.randint(8, 22))
        words[chance.randrange(1, len(words))] = self._subject(story, language, 1)[0]
        if chance.random() < 0.6:
            words[chance.randrange(1, len(words))] = chance.choice(names)
        if chance.random() < 0.15:
            words[chance.randrange(1, len(words))] = chance.choice(story.numbers)
        return " ".join((words[0].capitalize(), *words[1:])) + "."

    def _subject(self, story: _Story, language: str, count: int) -> list[str]:
        first = 300 + story.subject * 120
        return self._chance.choices(self._words[language][first : first + 120], k=count)

    def _paragraphs(self, sentences: Sequence[str]) -> str:
        return "\n\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))

    def _article(
        self, number: int, at: float, language: str, title: str, text: str, story: _Story
    ) -> TaggedArticle:
        moment = _START + timedelta(seconds=at)
        outlet = f"outlet{self._chance.randrange(3000)}"
        id = sha256(f"{number}/{outlet}".encode()).hexdigest()
        return TaggedArticle.model_construct(
            id=id,
            capture_id=id,
            revision=int(moment.timestamp() * 1000),
            url=f"https://{outlet}.example/{number}",
            canonical_url=f"https://{outlet}.example/{number}",
            site=f"{outlet}.example",
            source_name=outlet,
            fetched_at=moment,
            first_seen=moment,
            published_at=moment,
            title=title,
            text=text,
            title_tokens=fold_tokens(title),
            text_tokens=fold_tokens(text),
            language=language,
            countries=tuple(story.countries),
            events=tuple(Event(**event) for event in story.events),
        )

    @staticmethod
    def _invent(chance: random.Random, language: str, least: int = 1) -> str:
        word = "".join(chance.choices(_SYLLABLES, k=chance.randint(least, 4)))
        return word.translate(_RUSSIAN) if language == "ru" else word
