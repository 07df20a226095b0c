"""One event, one story: is an article new, a copy, an edit or a follow-up of what was seen? Pure: the
memory is in the object, and the same articles in the same order give the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import numpy as np

from schemas.events import Fact, Relation, Remembered, TaggedArticle, ThreadedArticle
from services.threader import credit
from services.threader.clock import WITNESSES, Clock
from services.threader.copies import NewText
from services.threader.features import KEPT
from services.threader.memory import GHOST, REPLACED, Memory, Row
from services.threader.postings import Postings
from services.threader.sketch import ASKED, POSTED, Sketch, same, sketch
from services.threader.stories import About, Stories
from services.threader.trace import Trace, decode, encode

MOST = 5_000_000  # articles that are remembered at most
WINDOW = timedelta(hours=72)
_COMPARED = 6  # texts with which a new one is compared: those that share most
_FEW = 3  # times fewer shared hashes than the best has, and a text is not compared
_COPIES_FOUND = 16
_EARLIER = 60  # seconds by which a text must have been published before another to be its original
_TOGETHER = 600  # seconds within which coming first tells nothing of who wrote it
_BELIEVED = timedelta(days=1)
_ITSELF = -1
_FIELDS: dict[str, Any] = dict.fromkeys(ThreadedArticle.model_fields)
_BLANK = ThreadedArticle.model_construct(None, **_FIELDS)
_NOTHING = np.empty(0, np.uint32)
_NO_TRACE = Trace(Sketch(np.empty(0, np.uint16), 0), _NOTHING, _NOTHING, np.empty(0, np.uint16), 0, 0)

RELATIONS: tuple[Relation, ...] = ("new", "copy", "edit", "follow-up")
NEW, COPY, EDIT, FOLLOW_UP = range(4)
_REASONS = (
    "nothing like it was seen",
    "the same text, word for word",
    "{score} % of the shorter text stands in the other",
    "the same address with a changed text",
    "captured again, the same text",
    "tells the same event",
    "speaks of the same people, places and things",
)
FIRST, SAME_TEXT, CONTAINED, EDITED, UNEDITED, SAME_EVENT, ALIKE = range(len(_REASONS))
_NEWS = {"event": "a new event", "count": "a new number", "status": "a new stage", "answer": "an answer"}


@dataclass(frozen=True, slots=True)
class Links:
    """What few articles have: other stories that turned out to be theirs, the story that theirs answers."""

    same_stories: tuple[int, ...] = ()
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an article. Stories and articles by their numbers in memory; None: itself."""

    relation: int
    cause: int
    story: int | None = None
    score: int = 100
    copied: int | None = None
    original: int | None = None
    links: Links = Links()


class Threader:
    """The articles of the last `window`, `most` at most, and the stories they make."""

    def __init__(self, window: timedelta = WINDOW, most: int = MOST) -> None:
        self.window = window
        self._seconds = int(window.total_seconds())
        self._most = most
        self._memory = Memory()
        self._texts = Postings(_COPIES_FOUND)
        self._stories = Stories(self._memory, self._seconds)
        self._clock = Clock(self._seconds)
        self._links: dict[int, Links] = {}
        # What was told of an article stays; who is credited since, where that is another, stands here.
        self._heirs: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._memory)

    def thread(self, article: TaggedArticle) -> ThreadedArticle:
        """Say where the article belongs, and remember it."""
        text = NewText(article.text, article.text_tokens)
        before = self._number(article.id)
        about = self._stories.about(article, text.tokens, _at(article))
        agency = credit.agency(article)
        if before is not None and self._memory.get(before, "revision") >= article.revision:
            return self._threaded(article, before, _trace(text, about, agency))
        if before is not None:
            verdict = self._edit(article, before, text)
        else:
            verdict = self._copy(article, text, about, agency) or self._place(about)
        trace = _trace(text, about, agency, copy=verdict.copied is not None)
        number = self._remember(article, verdict, trace, before)
        answered = None if verdict.links.answers is None else self._stories.root(verdict.links.answers)
        self._stories.tell(self._memory.get(number, "story"), number, article.events, about.lead, answered)
        return self._threaded(article, number, trace)

    def recall(self, article: Remembered | ThreadedArticle) -> None:
        """Take in an article that was threaded before, by this process or another."""
        before = self._number(article.id)
        if before is not None and self._memory.get(before, "revision") >= article.revision:
            return
        at = _at(article)
        copied = self._number(article.duplicate_of)
        verdict = Verdict(
            RELATIONS.index(article.relation),
            _cause(article.reason),
            None if article.story == article.id and before is None else self._story(article.story, at),
            round(article.score * 100),
            copied,
            None if copied is None or article.original == article.id else self._number(article.original),
            Links(
                tuple(self._story(each, at) for each in article.same_stories),
                None if article.answers is None else self._story(article.answers, at),
            ),
        )
        number = self._remember(article, verdict, decode(article.trace) or _NO_TRACE, before)
        story = self._memory.get(number, "story")
        self._stories.recall(story, number, article.new_facts, article.events)

    # Finding

    def _candidates(self, text: NewText) -> list[int]:
        """The texts that share most with this one."""
        hits = self._texts.find(text.hashes[:ASKED])
        there = hits.numbers[hits.numbers >= self._memory.first]
        if not len(there):
            return []
        numbers, shared = np.unique(there, return_counts=True)
        most = np.lexsort((numbers, -shared))[:_COMPARED]
        near: list[int] = numbers[most[shared[most] * _FEW >= shared[most[0]]]].tolist()
        return near

    def _number(self, id: str | None) -> int | None:
        """Of the last capture of the article of that id, while it is remembered."""
        number = None if id is None else self._memory.find(id)
        return number if number is not None and number >= self._memory.first else None

    def _story(self, id: str, at: int) -> int:
        """The number of a story that was told before, though its first article may be forgotten."""
        memory = self._memory
        number = memory.find(id)
        if number is not None:
            story = memory.get(number, "story")
            if memory.id(story) == id:
                return story
        ghost = memory.ghost(id)
        return self._stories.begin(id, at, self._clock.now) if ghost is None else ghost

    # Judging

    def _edit(self, article: TaggedArticle, before: int, text: NewText) -> Verdict:
        memory = self._memory
        unedited = not article.difference and same(memory.sketch(before), sketch(text.hashes))
        copied, original = memory.get(before, "copied"), memory.get(before, "original")
        return Verdict(
            EDIT,
            UNEDITED if unedited else EDITED,
            memory.get(before, "story"),
            copied=copied if copied != before else None,
            original=original if original != before else None,
        )

    def _copy(self, article: TaggedArticle, text: NewText, about: About, agency: int) -> Verdict | None:
        memory = self._memory
        site = _hash(article.site)
        best: tuple[float, int, bool] | None = None
        for number in self._candidates(text):
            if memory.get(number, "state") == GHOST:
                continue
            old, story = memory.sketch(number), memory.get(number, "story")
            found = text.share(old, bool(site) and site == memory.get(number, "site"))
            if found is None:
                continue
            if self._stories.contradicts(about.lead, story) and not (
                # Another title over the same text may tell the event otherwise.
                same(old, sketch(text.hashes)) and self._stories.knows(about, story)
            ):
                continue
            if best is None or (-found.share, number) < best[:2]:
                best = (-found.share, number, found.shorter)
        if best is None:
            return None
        share, twin = -best[0], best[1]
        whole = same(memory.sketch(twin), sketch(text.hashes))
        return Verdict(
            COPY,
            SAME_TEXT if whole else CONTAINED,
            memory.get(twin, "story"),
            100 if whole else round(share * 100),
            copied=twin,
            original=self._original(article, twin, agency, about.at, shorter=best[2] and not whole),
        )

    def _original(
        self, article: TaggedArticle, twin: int, agency: int, at: int, *, shorter: bool
    ) -> int | None:
        """Who is credited with the text: the agency that is named, the first that published it, or who has
        it without a frame around it. None: the new article is.
        """
        memory = self._memory
        first = self._first_of(twin)
        if not memory.there(first):
            return first
        owner, outlet = memory.get(first, "agency"), memory.get(first, "outlet")
        if owner & credit.OWN or (outlet and credit.credits(article, outlet)):
            return first
        if agency & credit.OWN and agency - credit.OWN in (owner, memory.get(twin, "agency")):
            return None
        earlier = memory.get(first, "at") - at
        if article.published_at is not None and earlier >= _EARLIER:
            return None
        if shorter and owner and not agency and abs(earlier) < _TOGETHER:
            return None
        return first

    def _first_of(self, number: int) -> int:
        memory = self._memory
        passed: list[int] = []
        while memory.there(number):
            further = self._heirs.get(number, memory.get(number, "original"))
            if further == number:
                break
            passed.append(number)
            number = further
        # So that a text whose original changes with each copy costs no more.
        self._heirs.update(dict.fromkeys(passed[:-1], number))
        return number

    def _place(self, about: About) -> Verdict:
        found = self._stories.place(about)
        if found is None:
            return Verdict(NEW, FIRST, links=Links(answers=self._stories.answered(about)))
        cause = SAME_EVENT if found.event else ALIKE
        return Verdict(FOLLOW_UP, cause, found.story, round(found.score * 100), links=Links(found.same))

    # Remembering

    def _remember(
        self, article: TaggedArticle | Remembered, verdict: Verdict, trace: Trace, before: int | None
    ) -> int:
        memory, stories = self._memory, self._stories
        number = memory.add(
            Row(
                id=article.id,
                revision=article.revision,
                at=_at(article),
                fetched=self._clock.tick(_seconds(article.fetched_at)),
                story=_ITSELF if verdict.story is None else stories.root(verdict.story),
                copied=_ITSELF if verdict.copied is None else verdict.copied,
                original=_ITSELF if verdict.original is None else verdict.original,
                site=_hash(article.site),
                outlet=credit.outlet(article.source_name),
                sketch=trace.sketch,
                relation=verdict.relation,
                cause=verdict.cause,
                score=verdict.score,
                language=trace.language,
                agency=trace.agency,
                subject=trace.subject,
            )
        )
        if self._clock.leapt:
            for witness in range(max(memory.first, number - WITNESSES + 1), number):
                memory.set(witness, "fetched", self._clock.now)
        if before is not None:
            memory.set(before, "state", REPLACED)
            if memory.get(before, "original") == before:
                self._heirs[before] = number
        elif verdict.copied is not None and verdict.original is None and memory.there(verdict.copied):
            credited = self._first_of(verdict.copied)
            if memory.there(credited):
                self._heirs[credited] = number
        self._texts.add(number, trace.posted)
        if verdict.links != Links():
            self._links[number] = verdict.links
        story = memory.get(number, "story")
        for other in verdict.links.same_stories:
            stories.merge(other, story)
        stories.join(story, number, distinct=verdict.copied is None and before is None)
        stories.index(number, trace.keys, trace.weights)
        self._forget()
        return number

    def _forget(self) -> None:
        memory = self._memory
        base = memory.base
        gone = memory.forget(self._clock.now - self._seconds, self._most)
        self._texts.forget_before(memory.first)
        self._stories.forget(memory.first, gone)
        if memory.base != base:
            self._links = {number: links for number, links in self._links.items() if number >= memory.base}
            self._heirs = {number: heir for number, heir in self._heirs.items() if number >= memory.base}

    # Saying

    def _threaded(self, article: TaggedArticle, number: int, trace: Trace) -> ThreadedArticle:
        """What is said of a capture that is remembered: the same whenever it is asked."""
        memory = self._memory
        relation, story = memory.get(number, "relation"), memory.get(number, "story")
        copied, original = memory.get(number, "copied"), memory.get(number, "original")
        score = memory.get(number, "score")
        story_id = memory.id(story) or article.id
        duplicate_of = (memory.id(copied) or story_id) if copied != number else None
        links = self._links.get(number, Links())
        facts = tuple(self._stories.news_of(story, number))
        # The parts are valid already: validating them again would cost as much as reading the message.
        return _BLANK.model_copy(
            update={
                **article.__dict__,
                "story": story_id,
                "relation": RELATIONS[relation],
                "reason": _reason(memory.get(number, "cause"), score, facts),
                "score": score / 100,
                "duplicate_of": duplicate_of,
                "original": None if duplicate_of is None else memory.id(original) or duplicate_of,
                "new_facts": facts,
                "same_stories": tuple(filter(None, map(memory.id, links.same_stories))),
                "answers": None if links.answers is None else memory.id(links.answers),
                "trace": encode(trace),
            }
        )


def _reason(cause: int, score: int, facts: Sequence[Fact]) -> str:
    reason = _REASONS[cause].format(score=score)
    if cause in (SAME_EVENT, ALIKE):
        return (
            f"{reason}: {', '.join(_NEWS[each.kind] for each in facts)}"
            if facts
            else f"{reason}: no new facts"
        )
    return reason


def _cause(reason: str) -> int:
    """The cause that was told so; of an older version's wording, the first."""
    told = reason.split(":", maxsplit=1)[0]
    share = "stands in the other"
    return next(
        (at for at, words in enumerate(_REASONS) if words == told or (share in words and share in told)),
        FIRST,
    )


def _trace(text: NewText, about: About, agency: int, *, copy: bool = False) -> Trace:
    keys, weights = _NOTHING, np.empty(0, np.uint16)
    if not copy:
        keys = about.features.keys[:KEPT]
        weights = np.maximum(np.round(about.features.weights[:KEPT] * 255), 1).astype(np.uint16)
    return Trace(
        sketch(text.hashes), text.hashes[:POSTED], keys, weights, agency, about.language, about.subject
    )


def _at(article: TaggedArticle | Remembered) -> int:
    """When it was published, as far as that can be believed: no later than a day after it was fetched."""
    published, fetched = article.published_at, article.fetched_at
    return _seconds(fetched if published is None or published - fetched > _BELIEVED else published)


def _seconds(moment: datetime) -> int:
    return min(max(0, int(moment.timestamp())), 0xFFFFFFFF)


def _hash(name: str) -> int:
    return crc32(name.encode()) if name else 0
