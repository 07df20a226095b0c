"""What the sample newsroom publishes: pure, and the same edition is always the same.

An edition is two minutes of news. Every edition tells other events: other states, numbers, persons and
wordings. The facts are invented or modelled on past events; edition 1 retells the expulsion of 18 Russian
diplomats by the Czech Republic and Russia's answer (April 2021).
"""

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import combinations, islice
from typing import Literal

from services.newsroom.wording import Wording, capital, deal

Kind = Literal["story", "copy", "edit", "false-friend", "ordinary"]

DURATION = 118.0  # seconds from the first to the last publication of an edition

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PAST_PAIRS = (("CZ", "RU"), ("VE", "NO"))  # edition 1: who expels whom, who closes its embassy where
_PAST_COUNTS = (18, 20)
_COUNTS = range(3, 30)
_FEWEST_WORDS = 155
_FEWEST_WORDS_STREAM = 260  # more of its own words for each, so that reports of one template stay distinct


@dataclass(frozen=True, slots=True)
class State:
    """A state as sentences need it. `bare` is its name without the article ("Czech Republic")."""

    code: str
    bare: str
    name: str
    adj: str
    capital: str
    de: str
    de_adj: str
    fr: str
    fr_adj: str
    es: str
    es_adj: str
    minister: str
    official: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number in digits and in the words of four languages."""

    n: int
    en: str
    de: str
    fr: str
    es: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why diplomats are sent home, in four languages."""

    en: str
    de: str
    fr: str
    es: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sample outlet. `layout` and `feed` are template files; `tracking` is appended to the feed's links."""

    id: str
    name: str
    country: str
    language: str
    layout: str
    feed: str
    feed_path: str
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A later revision of a story: a paragraph added, or words replaced. `at` in seconds from the start."""

    at: float
    add: str = ""
    find: str = ""
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The template of one article; texts in the notation of wording.py, `body` in paragraphs."""

    id: str
    kind: Kind
    outlet: str
    section: str
    title: str
    summary: str
    body: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()
    at: float | None = None
    thread: str = ""
    stream: bool = False
    private: bool = False
    events: tuple[str, ...] = ()
    copy_of: str = ""
    credit: str = ""
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that an edition is drawn from. `words` by language, then by table; `numbers` from 2 on."""

    stories: tuple[Story, ...]
    outlets: tuple[Outlet, ...]
    states: tuple[State, ...]
    reasons: tuple[Reason, ...]
    numbers: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    closings: Mapping[str, Sequence[str]]
    months: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that the article truly reports: what a tagger should find. Codes are ISO 3166-1 alpha-2."""

    type: Literal["expulsion", "mission_closure"]
    actor: str
    target: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """The text that replaces a publication's text at `at` seconds from the start."""

    at: float
    title: str
    summary: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """One article at one address. `published_at` in seconds from the start; `revisions` in order of time.

    `thread` names the event that several publications report; `copy_of` is the id of the original of a copy.
    """

    id: str
    outlet: str
    slug: str
    path: str
    title: str
    summary: str
    author: str
    section: str
    language: str
    published_at: float
    body: tuple[str, ...]
    kind: Kind
    revisions: tuple[Revision, ...] = ()
    expected: tuple[Expected, ...] = ()
    thread: str = ""
    copy_of: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class _Issue:
    """One deal of the cards: what every text of an edition, or one text of a stream, is drawn with."""

    library: Library
    turn: int
    start: datetime

    def wording(self, story: Story, language: str, facts: "_Facts | None") -> Wording:
        """The wording of a story with its variables drawn."""
        variables: dict[str, object] = {
            "states": self.library.states,
            "weekday": _WEEKDAYS[self.start.weekday()],
        }
        if facts is not None:
            variables |= facts.variables()
        wording = Wording(self.turn, story.id, language, self.library.words[language], variables)
        for name, slot in story.variables:
            variables[name] = wording.draw(slot, name)
        return wording

    def path(self, outlet: str, slug: str) -> str:
        return f"/{outlet}/{self.start:%Y/%m/%d}/{slug}"


@dataclass(frozen=True, slots=True)
class _Facts:
    """The events of an edition: actor expels count of target, target answers, closer leaves host."""

    actor: State
    target: State
    count: Count
    answer: Count
    closer: State
    host: State
    reason: Reason

    def variables(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def event(self, name: str) -> Expected:
        match name:
            case "expulsion":
                return Expected("expulsion", self.actor.code, self.target.code, self.count.n)
            case "answer":
                return Expected("expulsion", self.target.code, self.actor.code, self.answer.n)
            case "closure":
                return Expected("mission_closure", self.closer.code, self.host.code, None)
        raise KeyError(name)


def edition(library: Library, number: int, start: datetime) -> tuple[Publication, ...]:
    """The publications of edition `number` (1, 2, 3 ...), in order of time.

    No pair of states comes again, in either role, before several hundred editions have gone by. Raises
    ValueError for a number below 1.
    """
    if number < 1:
        raise ValueError(f"edition {number}: editions are numbered from 1")
    turn = number - 1
    facts = _facts(library, turn)
    times = _times(library.stories, number)
    issue = _Issue(library, turn, start)
    done: dict[str, Publication] = {}
    for place, story in enumerate(library.stories, start=1):
        original = done[story.copy_of] if story.copy_of else None
        serial = f"{number * 1000 + place}"
        publication = _publication(issue, story, facts, serial, original=original, closing=place)
        done[story.id] = replace(publication, published_at=times[story.id])
    return tuple(sorted(done.values(), key=lambda publication: (publication.published_at, publication.id)))


def stream(
    library: Library, rate: float, count: int, start: datetime, *, seed: int = 1, event_every: int = 10
) -> Iterator[Publication]:
    """`count` distinct publications in English, `rate` per second, for benchmarks and crash tests.

    Every `event_every`-th reports an expulsion of its own, told once; the others are columns of short
    unrelated items and report none. Pairs of states are distinct for as long as there are pairs (about
    2,000); then they return with other numbers.
    """
    outlets = [outlet.id for outlet in library.outlets if outlet.language == "en"]
    reports = [story for story in library.stories if story.stream]
    briefs = [story for story in library.stories if story.kind == "ordinary" and story.outlet in outlets]
    pairs = _ordered_pairs(library.states, seed)
    for index in range(count):
        issue = _Issue(library, seed * 1_000_003 + index, start)
        serial = f"{seed}-{index:07d}"
        nth, place = divmod(index, event_every)
        outlet = outlets[(index + nth) % len(outlets)]
        if place == event_every - 1:
            actor, target = pairs[nth % len(pairs)]
            facts = _event_facts(library, actor, target, issue.turn, nth // len(pairs))
            report = replace(deal(reports, issue.turn, "stream"), outlet=outlet, kind="story", edit=None)
            publication = _publication(issue, report, facts, serial, fewest=_FEWEST_WORDS_STREAM)
        else:
            publication = _column(issue, briefs, outlet, serial)
        yield replace(publication, published_at=index / rate)


def _publication(
    issue: _Issue,
    story: Story,
    facts: _Facts,
    serial: str,
    *,
    original: Publication | None = None,
    closing: int = 0,
    fewest: int = _FEWEST_WORDS,
) -> Publication:
    outlet = next(outlet for outlet in issue.library.outlets if outlet.id == story.outlet)
    wording = issue.wording(story, outlet.language, facts)
    title = capital(wording.fill(story.title, "title"))
    summary = wording.fill(story.summary, "summary")
    if original is None:
        body = tuple(capital(wording.fill(text, str(n))) for n, text in enumerate(story.body))
        closings = _closings(issue.library, story, outlet.language)
        while sum(len(text.split()) for text in body) < fewest:
            last = closings[(issue.turn + closing + len(body)) % len(closings)]
            body = (*body, capital(wording.fill(last, f"closing/{len(body)}")))
        author = str(wording.draw("@person", "author"))
    else:
        body, author = original.body, story.credit
    slug = f"{_slug(title) or story.id}-{serial}"
    return Publication(
        id=f"{story.id}-{serial}",
        outlet=outlet.id,
        slug=slug,
        path=f"/private/{outlet.id}/{slug}" if story.private else issue.path(outlet.id, slug),
        title=title,
        summary=summary,
        author=author,
        section=story.section,
        language=outlet.language,
        published_at=0.0,
        body=body,
        kind=story.kind,
        revisions=() if story.edit is None else (_revision(story.edit, title, summary, body, wording),),
        expected=original.expected if original else tuple(facts.event(name) for name in story.events),
        thread=f"{story.thread}-{issue.turn + 1}" if story.thread else "",
        copy_of=original.id if original else "",
        credit=story.credit,
    )


def _closings(library: Library, story: Story, language: str) -> Sequence[str]:
    general = library.closings[language]
    return library.closings.get(f"{language}-diplomacy", general) if story.thread else general


def _revision(edit: Edit, title: str, summary: str, body: tuple[str, ...], wording: Wording) -> Revision:
    if edit.find:
        body = tuple(text.replace(edit.find, edit.replacement) for text in body)
    if edit.add:
        body = (*body, wording.fill(edit.add, "edit"))
    return Revision(at=edit.at, title=title, summary=summary, body=body)


def _column(issue: _Issue, briefs: Sequence[Story], outlet: str, serial: str) -> Publication:
    chosen = random.Random(f"column/{issue.turn}").sample(briefs, 6)
    wordings = [issue.wording(story, "en", None) for story in chosen]
    items = [capital(one.fill(story.body[0], "0")) for one, story in zip(wordings, chosen, strict=True)]
    places = [str(one.draw("@town", "dateline")) for one in wordings]
    title = f"In brief: {places[0]}, {places[1]} and {places[2]}"
    slug = f"{_slug(title)}-{serial}"
    return Publication(
        id=f"column-{serial}",
        outlet=outlet,
        slug=slug,
        path=issue.path(outlet, slug),
        title=title,
        summary="",
        author=str(wordings[0].draw("@person", "author")),
        section="briefs",
        language="en",
        published_at=0.0,
        body=tuple(f"{place}. {item}" for place, item in zip(places, items, strict=True)),
        kind="ordinary",
    )


def _facts(library: Library, turn: int) -> _Facts:
    pairs = _unordered_pairs(library.states)
    actor, target = pairs[2 * turn % len(pairs)]
    closer, host = pairs[(2 * turn + 1) % len(pairs)]
    facts = _event_facts(library, actor, target, turn, 0)
    if turn == 0:
        count, answer = (_count(library, number) for number in _PAST_COUNTS)
        facts = replace(facts, count=count, answer=answer)
    return replace(facts, closer=closer, host=host)


def _event_facts(library: Library, actor: State, target: State, turn: int, again: int) -> _Facts:
    # A pair that comes again must come with another number, so the number moves on each time (`again`).
    base = random.Random(f"count/{actor.code}/{target.code}").randrange(len(_COUNTS))
    count = _COUNTS[(base + again) % len(_COUNTS)]
    answer = max(2, min(29, count + deal((0, 2, -1, 1, 3), turn, "answer")))
    reason = library.reasons[turn % len(library.reasons)]
    return _Facts(actor, target, _count(library, count), _count(library, answer), actor, target, reason)


def _count(library: Library, number: int) -> Count:
    words = {language: names[number - 2] for language, names in library.numbers.items()}
    return Count(n=number, **words)


@lru_cache(maxsize=4)
def _unordered_pairs(states: tuple[State, ...]) -> tuple[tuple[State, State], ...]:
    by_code = {state.code: state for state in states}
    first = [(by_code[one], by_code[other]) for one, other in _PAST_PAIRS]
    rest = [pair for pair in combinations(states, 2) if set(pair) not in [set(known) for known in first]]
    chance = random.Random("pairs")
    chance.shuffle(rest)
    turned = [pair if chance.random() < 0.5 else (pair[1], pair[0]) for pair in rest]
    return (*first, *turned)


def _ordered_pairs(states: tuple[State, ...], seed: int) -> list[tuple[State, State]]:
    pairs = [(one, other) for one in states for other in states if one is not other]
    random.Random(f"pairs/{seed}").shuffle(pairs)
    return pairs


def _times(stories: Sequence[Story], number: int) -> dict[str, float]:
    """Seconds from the start: the story's own time, the others spread evenly in the edition's own order."""
    free = [story.id for story in stories if story.at is None]
    random.Random(f"times/{number}").shuffle(free)
    step = DURATION / max(1, len(free) - 1)
    spread = {story_id: round(place * step, 3) for place, story_id in enumerate(free)}
    return {story.id: spread[story.id] if story.at is None else story.at for story in stories}


def _slug(title: str) -> str:
    """ASCII words joined by hyphens, at most nine; empty for a script without ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return "-".join(islice(re.findall(r"[a-z0-9]+", plain.lower()), 9))
