"""One event, one story: is an article new, a copy, an edit or a follow-up of what was seen? Pure: the
memory is in the object, and the same articles in the same order give the same answers.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.events import Fact, Relation, TaggedArticle, ThreadedArticle
from services.threader.copies import Copies, shingles
from services.threader.facts import fact, is_news, lead, same


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of an article; said again, to the letter, when the same capture comes again."""

    story: str
    relation: Relation
    reason: str
    score: float = 1.0
    duplicate_of: str | None = None
    original: str | None = None
    new_facts: tuple[Fact, ...] = ()


@dataclass(slots=True)
class Seen:
    """An article that is remembered."""

    revision: int
    fetched_at: datetime
    fingerprint: str
    verdict: Verdict


@dataclass(slots=True)
class Story:
    """What the articles of a story have told: `leads` are what it is about, `facts` all they mention."""

    last: datetime
    articles: int = 0
    leads: list[Fact] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)


class Threader:
    """The articles of the last `window`, and the stories they make."""

    def __init__(self, window: timedelta = timedelta(hours=72)) -> None:
        self.window = window
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._stories: dict[str, Story] = {}
        self._stories_by_type: dict[str, dict[str, None]] = {}
        self._by_fingerprint: dict[str, str] = {}
        self._copies = Copies()

    def thread(self, article: TaggedArticle) -> ThreadedArticle:
        """Say where the article belongs, and remember it."""
        seen = self._seen.get(article.id)
        if seen is not None and seen.revision >= article.revision:
            return _threaded(article, seen.verdict)
        sample = shingles(article.text_tokens)
        verdict = self._edit(article, seen) if seen else self._place(article, sample)
        self._remember(article, verdict, sample)
        return _threaded(article, verdict)

    def recall(self, article: ThreadedArticle) -> None:
        """Take in an article that was threaded before, by this process or another."""
        seen = self._seen.get(article.id)
        if seen is not None and seen.revision >= article.revision:
            return
        verdict = Verdict(
            article.story,
            article.relation,
            article.reason,
            article.score,
            article.duplicate_of,
            article.original,
            article.new_facts,
        )
        self._remember(article, verdict, shingles(article.text_tokens))

    def __len__(self) -> int:
        return len(self._seen)

    def _edit(self, article: TaggedArticle, seen: Seen) -> Verdict:
        same_text = seen.fingerprint == article.fingerprint
        return Verdict(
            seen.verdict.story,
            "edit",
            "captured again, the same text" if same_text else "the same address with a changed text",
            original=seen.verdict.original,
            duplicate_of=seen.verdict.duplicate_of,
            new_facts=self._news(article, seen.verdict.story),
        )

    def _place(self, article: TaggedArticle, sample: frozenset[int]) -> Verdict:
        twin = self._by_fingerprint.get(article.fingerprint) if article.fingerprint else None
        if twin is not None and twin in self._seen:
            return self._copy(article, twin, 1.0, "the same text, word for word")
        near = self._copies.nearest(article.id, sample)
        if near is not None:
            return self._copy(
                article, near[0], near[1], f"{near[1]:.0%} of the shorter text stands in the other"
            )
        story = self._story_of(article)
        if story is not None:
            about = "tells the same event: " + _words(article)
            return Verdict(story, "follow-up", about, score=0.9, new_facts=self._news(article, story))
        return Verdict(
            article.id, "new", "nothing like it was seen", new_facts=self._news(article, article.id)
        )

    def _copy(self, article: TaggedArticle, twin: str, score: float, reason: str) -> Verdict:
        verdict = self._seen[twin].verdict
        return Verdict(
            verdict.story,
            "copy",
            reason,
            score=round(score, 3),
            duplicate_of=twin,
            original=verdict.original or twin,
            new_facts=self._news(article, verdict.story),
        )

    def _story_of(self, article: TaggedArticle) -> str | None:
        """The story that is about the same event, the latest first."""
        event = lead(article.events)
        if event is None:
            return None
        told = fact(event)
        for id in reversed(self._stories_by_type.get(told.type, {})):
            if any(same(told, known) for known in self._stories[id].leads):
                return id
        return None

    def _news(self, article: TaggedArticle, story: str) -> tuple[Fact, ...]:
        known = list(self._stories[story].facts) if story in self._stories else []
        news: list[Fact] = []
        for event in article.events:
            told = fact(event)
            if is_news(told, (*known, *news)):
                news.append(told)
        return tuple(news)

    def _remember(self, article: TaggedArticle, verdict: Verdict, sample: frozenset[int]) -> None:
        before = self._seen.pop(article.id, None)
        self._seen[article.id] = Seen(article.revision, article.fetched_at, article.fingerprint, verdict)
        story = self._stories.setdefault(verdict.story, Story(article.fetched_at))
        story.articles += before is None
        story.last = max(story.last, article.fetched_at)
        for event in article.events:
            if is_news(fact(event), story.facts):
                story.facts.append(fact(event))
        about = lead(article.events)
        if about is not None and is_news(fact(about), story.leads):
            story.leads.append(fact(about))
            by_type = self._stories_by_type.setdefault(about.type, {})
            by_type.pop(verdict.story, None)
            by_type[verdict.story] = None
        if article.fingerprint:
            self._by_fingerprint.setdefault(article.fingerprint, article.id)
        self._copies.add(article.id, sample)
        self._forget_before(article.fetched_at - self.window)

    def _forget_before(self, moment: datetime) -> None:
        while self._seen:
            id, seen = next(iter(self._seen.items()))
            if seen.fetched_at >= moment:
                return
            del self._seen[id]
            self._copies.forget(id)
            if self._by_fingerprint.get(seen.fingerprint) == id:
                del self._by_fingerprint[seen.fingerprint]
            story = self._stories.get(seen.verdict.story)
            if story is not None:
                story.articles -= 1
                if story.articles <= 0:
                    del self._stories[seen.verdict.story]
                    for stories in self._stories_by_type.values():
                        stories.pop(seen.verdict.story, None)


def _threaded(article: TaggedArticle, verdict: Verdict) -> ThreadedArticle:
    # The parts are valid already: validating them again would cost as much as reading the message.
    return ThreadedArticle.model_construct(
        _fields_set=None,
        **{name: getattr(article, name) for name in TaggedArticle.model_fields},
        story=verdict.story,
        relation=verdict.relation,
        reason=verdict.reason,
        score=verdict.score,
        duplicate_of=verdict.duplicate_of,
        original=verdict.original,
        new_facts=verdict.new_facts,
    )


def _words(article: TaggedArticle) -> str:
    event = lead(article.events)
    assert event is not None
    return f"{event.type} {', '.join(event.actor) or '?'} → {', '.join(event.target) or '?'}"
