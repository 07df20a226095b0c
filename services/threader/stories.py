"""Which story an article is of: the one whose event it tells, or whose articles it is like. Pure."""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from schemas.events import Event, Fact, TaggedArticle
from services.threader.columns import firsts
from services.threader.facts import (
    Told,
    answers,
    compatible,
    fact,
    lead,
    news,
    of_told,
    rounded,
    same,
    told,
)
from services.threader.features import CODE, Features, Frequencies, features, subject
from services.threader.memory import GHOST, LIVE, Memory, Row
from services.threader.postings import Postings
from services.threader.tellings import Telling, Tellings
from services.threader.tokens import Tokens

ALIKE = 0.25  # cosine from which two articles of one language are of one story
ALIKE_ABROAD = 0.18  # of two languages, which share only names, codes and numbers
OTHER_SUBJECT = (
    0.75  # of the likeness is left where main subjects differ in one language: one town, two stories
)
SHARED = 3  # features that are no codes, in one language; two names that chance repeats make no story
SHARED_ABROAD = 2
MEMBERS = 3  # of a story that an article must be like, where there are so many
CROWD = 16  # articles, from which on a story takes ever more likeness to join
CROWDING = 0.06  # of ALIKE, for each doubling
HINT = 0.4  # of ALIKE: enough beside the same event, where the event alone is not
CERTAIN = 1.3  # of ALIKE: from then on an article of two stories makes them one
SMALL = 12  # articles: of two stories that are made one, one has no more
_FOUND = 32
_COMPARED = 48
_STORIES_OF_A_PARTY = 64
_AGED = 0.3  # of the likeness is lost over the window

# Acts that states do not repeat within days: type and parties say which one is meant. Of all others
# (attacks, talks) there may be several in a day, and the articles must be alike too.
SINGULAR = frozenset(
    {
        "coup",
        "expulsion",
        "mission_closure",
        "recall",
        "relations_cut",
        "sanction_lifted",
        "summons",
        "visa_ban",
    }
)


class About:
    """What an article is about; `at` in seconds since 1970. Its features are worked out when they are
    needed: a copy's are not.
    """

    def __init__(self, article: TaggedArticle, text: Tokens, at: int, frequencies: Frequencies) -> None:
        self._article = article
        self._text = text
        self._frequencies = frequencies
        self.at = at
        self.lead = lead(article.events)
        self.told = frozenset(map(told, article.events))
        self.subject = subject(article)
        self.language = crc32(article.language.encode()) % 255 + 1 if article.language else 0

    @cached_property
    def features(self) -> Features:
        return features(self._article, self._text, self._frequencies)


@dataclass(frozen=True, slots=True)
class Place:
    """A story to join: because of its event, or by likeness (1: just enough). `same`: others that are this
    one.
    """

    story: int
    score: float
    event: bool
    same: tuple[int, ...] = ()


class Stories:
    def __init__(self, memory: Memory, window: int) -> None:
        """`window` in seconds."""
        self._memory = memory
        self._window = window
        self._frequencies = Frequencies()
        self._index = Postings(_FOUND, weighted=True)
        self._facts = Tellings()
        self._by_party: defaultdict[tuple[str, str, str], deque[int]] = defaultdict(
            lambda: deque(maxlen=_STORIES_OF_A_PARTY)
        )
        self._alias: dict[int, int] = {}
        self._scratch = np.zeros(1024, np.float32)

    def about(self, article: TaggedArticle, text: Tokens, at: int) -> About:
        """`text`: its text's tokens."""
        return About(article, text, at, self._frequencies)

    def root(self, story: int) -> int:
        """The story that this one turned out to be."""
        while story in self._alias:
            story = self._alias[story]
        return story

    def contradicts(self, about: Told | None, story: int) -> bool:
        """Whether the story is known to be of another event of the same kind."""
        if about is None:
            return False
        leads = [each.told for each in self._facts.of(self.root(story)) if each.lead]
        alike = [each for each in leads if each.type == about.type]
        return bool(alike) and not any(compatible(about, each) for each in alike)

    def knows(self, about: About, story: int) -> bool:
        """Whether the story may mean one of the events that the article tells, if not its first."""
        leads = [each.told for each in self._facts.of(self.root(story)) if each.lead]
        return any(compatible(one, other) for one in about.told for other in leads)

    # Finding

    def place(self, about: About) -> Place | None:
        """The story to which the article belongs, if any does."""
        likeness = self._likeness(about)
        best: tuple[bool, float, int] | None = None
        fitting: list[int] = []
        for story in {*likeness, *self._of_event(about)}:
            like = likeness.get(story, 0.0)
            event = about.lead is not None and self._tells(about.lead, story, like)
            if not event and (like < 1 or like < self._needed(story) or self.contradicts(about.lead, story)):
                continue
            if event and self._too_far(about, story):
                continue
            if like >= CERTAIN:
                fitting.append(story)
            if best is None or (event, like, story) > best:
                best = (event, like, story)
        if best is None:
            return None
        event, like, story = best
        one = self._all_one(story, fitting) if like >= CERTAIN else ()
        oldest = min((story, *one))
        return Place(
            oldest,
            0.9 if event else min(1.0, 0.5 + 0.25 * like),
            event,
            tuple(each for each in (story, *one) if each != oldest),
        )

    def answered(self, about: About) -> int | None:
        """The story to whose event the article's event may be the answer."""
        if about.lead is None:
            return None
        best: tuple[bool, int] | None = None
        for party in about.lead.actor:
            for story in map(self.root, self._by_party.get((about.lead.type, "target", party), ())):
                known = [each.told for each in self._facts.of(story) if each.lead]
                near = self._memory.alive(story) and not self._too_far(about, story)
                if near and any(answers(about.lead, each) for each in known):
                    best = max(best or (False, -1), (not about.told.isdisjoint(known), story))
        return best[1] if best else None

    def _of_event(self, about: About) -> set[int]:
        """Stories with an event of the same type and one party at least."""
        if about.lead is None:
            return set()
        found: set[int] = set()
        for key in _parties(about.lead):
            found.update(map(self.root, self._by_party.get(key, ())))
        return {story for story in found if self._memory.alive(story)}

    def _tells(self, about: Told, story: int, like: float) -> bool:
        """Whether the article tells the event that the story is about, as far as type, parties and numbers
        say, and likeness where they do not say enough.
        """
        leads = [each.told for each in self._facts.of(story) if each.lead and same(about, each.told)]
        if not leads:
            return False
        whole = bool(about.actor and about.target) and any(each.actor and each.target for each in leads)
        numbers = {each.count for each in leads if each.count is not None}
        count = about.count
        differs = count is not None and bool(numbers) and not any(rounded(count, each) for each in numbers)
        sure = whole and about.type in SINGULAR and not differs
        return sure or like >= HINT

    def _likeness(self, about: About) -> dict[int, float]:
        """Stories whose articles share features with this one: the mean of the likeness to the MEMBERS most
        like it, as a multiple of ALIKE.
        """
        memory, asked = self._memory, about.features
        hits = self._index.find(asked.keys)
        base = memory.base
        live = hits.numbers >= memory.first
        touched, which = hits.numbers[live] - base, hits.asked[live]
        if not len(touched):
            return {}
        if len(self._scratch) <= memory.next - base:
            self._scratch = np.zeros(2 * (memory.next - base), np.float32)
        scratch = self._scratch
        shares = (asked.weights[which] * hits.weights[live] / 255).astype(np.float32)
        np.add.at(scratch, touched, shares)
        near = scratch[touched] >= HINT * ALIKE_ABROAD
        places, which = touched[near], which[near]
        found = np.sort(places)
        found = found[firsts(found)]
        if not len(found):
            scratch[touched] = 0
            return {}
        scores = scratch[found]
        scratch[touched] = 0
        if len(found) > _COMPARED:
            most = np.sort(np.lexsort((found, -scores))[:_COMPARED])
            found, scores = found[most], scores[most]
        numbers = found + base
        languages = memory.column(numbers, "language")
        home = (languages == about.language) | (languages == 0) | (about.language == 0)
        apart = np.abs(memory.column(numbers, "at").astype(np.int64) - about.at)
        shared = self._shared(found, places[asked.kinds[which] != CODE])
        fit = (
            (memory.column(numbers, "state") == LIVE)
            & (apart <= self._window)
            & (shared >= np.where(home, SHARED, SHARED_ABROAD))
        )
        likes = scores / np.where(home, ALIKE, ALIKE_ABROAD) * (1 - _AGED * apart / self._window)
        if about.subject:
            subjects = memory.column(numbers, "subject")
            likes[home & (subjects != about.subject) & (subjects != 0)] *= OTHER_SUBJECT
        least = 1 if about.lead is None else HINT
        if not (fit & (likes >= least)).any():
            return {}
        by_story: defaultdict[int, list[float]] = defaultdict(list)
        for story, like in zip(
            memory.column(numbers[fit], "story").tolist(), likes[fit].tolist(), strict=True
        ):
            by_story[self.root(story)].append(like)
        return {
            story: sum(sorted(likes, reverse=True)[:MEMBERS]) / max(1, min(MEMBERS, memory.size(story)))
            for story, likes in by_story.items()
            if max(likes) >= least
        }

    @staticmethod
    def _shared(found: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each of the sorted places that were found is among these."""
        at = np.minimum(found.searchsorted(places), len(found) - 1)
        return np.bincount(at[found[at] == places], minlength=len(found))

    def _needed(self, story: int) -> float:
        """How much likeness it takes to join."""
        return 1 + CROWDING * max(0.0, math.log2(max(1, self._memory.size(story)) / CROWD))

    def _too_far(self, about: About, story: int) -> bool:
        """Whether the article is of another time than the story."""
        memory = self._memory
        latest = memory.latest(story)
        ended = memory.get(latest, "at") if memory.there(latest) else memory.began(story)
        return not memory.began(story) - self._window <= about.at <= ended + self._window

    def _all_one(self, story: int, others: Iterable[int]) -> tuple[int, ...]:
        """Those of the others that turn out to be this story: no fact of them speaks against it."""
        leads = [each.told for each in self._facts.of(story) if each.lead]
        size = self._memory.size(story)
        return tuple(
            other
            for other in others
            if other != story
            and min(size, self._memory.size(other)) <= SMALL
            and not any(
                one.type == each.told.type and (not compatible(one, each.told) or _differ(one, each.told))
                for each in self._facts.of(other)
                if each.lead
                for one in leads
            )
        )

    # Remembering

    def begin(self, id: str, at: int, fetched: int) -> int:
        """A story whose first article is not known any more."""
        return self._memory.add(Row(id, 0, at, fetched, -1, -1, -1, state=GHOST))

    def join(self, story: int, number: int, *, distinct: bool) -> None:
        """Count an article. `distinct`: its text is its own."""
        self._memory.join(story, number, distinct=distinct)

    def index(self, number: int, keys: NDArray[np.uint32], weights: NDArray[np.uint16]) -> None:
        """Find the article by these features from now on."""
        if len(keys):
            self._index.add(number, keys, weights)
            self._frequencies.count(keys)

    def merge(self, other: int, story: int) -> None:
        """From now on, the other one is this story."""
        other, story = self.root(other), self.root(story)
        if other == story:
            return
        self._alias[other] = story
        known = self._facts.of(story)
        told_before = {each.told for each in known}
        further = tuple(each for each in self._facts.of(other) if each.told not in told_before)
        self._facts.forget(other)
        if further:
            self._facts.keep(story, (*known, *further))
        self._memory.absorb(story, other)

    def tell(
        self, story: int, number: int, events: Sequence[Event], about: Told | None, answered: int | None
    ) -> None:
        """Note what the article tells; what of it is news is told by `news_of`."""
        known = self._facts.of(story)
        before = [each.told for each in known]
        if answered is not None:
            before += [each.told for each in self._facts.of(answered)]
        further: list[Telling] = []
        for event in events:
            one = told(event)
            past = event.status == "historical" and known
            kind = None if past else news(one, before, response=event.response)
            if kind is not None:
                further.append(Telling(one, number, kind, one == about))
                before.append(one)
        self._keep(story, number, known, further, about)

    def recall(self, story: int, number: int, new_facts: Iterable[Fact], events: Sequence[Event]) -> None:
        """Note what the article told, as far as it told it first."""
        about = lead(events)
        known = self._facts.of(story)
        firsts = [Telling(of_told(each), number, each.kind, of_told(each) == about) for each in new_facts]
        before = {each.told for each in (*known, *firsts)}
        rest = [
            Telling(one, -1, "event", one == about)
            for one in dict.fromkeys(map(told, events))
            if one not in before and one.status != "historical" and news(one, before) is not None
        ]
        self._keep(story, number, known, [*firsts, *rest], about)

    def _keep(
        self, story: int, number: int, known: tuple[Telling, ...], further: list[Telling], about: Told | None
    ) -> None:
        if about is not None and not any(each.lead and each.told == about for each in (*known, *further)):
            # Told before, but not as what an article is about; or told again in other words.
            further.append(Telling(about, -1, "event", lead=True))
        if further:
            self._facts.keep(story, (*known, *further))
        if about is not None:
            for key in _parties(about):
                stories = self._by_party[key]
                if not stories or stories[-1] != story:
                    if story in stories:
                        stories.remove(story)
                    stories.append(story)

    def news_of(self, story: int, number: int) -> Iterator[Fact]:
        """The facts that the article was the first to tell."""
        known = self._facts.of(self.root(story))
        return (fact(each.told, each.kind) for each in known if each.number == number)

    def forget(self, first: int, gone: Iterable[int]) -> None:
        """Forget articles before that number, and stories that are gone."""
        self._index.forget_before(first)
        for story in gone:
            self._facts.forget(story)
            self._alias.pop(story, None)


def _parties(one: Told) -> Iterator[tuple[str, str, str]]:
    for role, parties in (("actor", one.actor), ("target", one.target)):
        for party in parties:
            yield one.type, role, party


def _differ(one: Told, other: Told) -> bool:
    return one.count is not None and other.count is not None and not rounded(one.count, other.count)
