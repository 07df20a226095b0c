"""Is a source well? Judged by its own history: what is long silence for a wire is a night's rest for a
weekly. Pure; times in seconds since 1970.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from services.crawler.rhythm import HOUR, Rhythm, observe, rate
from services.kit.walls import KINDS

State = Literal[
    "new", "well", "silent", "sparse", "failing", "blocked", "changed", "partial", "moved", "no-articles"
]
STATES: tuple[State, ...] = get_args(State)
WELL: frozenset[State] = frozenset({"new", "well"})

# Articles that should have come in the gap for it to be no chance: e^-7 is one in a thousand, and news comes
# in bursts, which makes gaps longer than those of pure chance.
MISSED = 14.0
NO_DOUBT = 0.001  # days
LEAST_SILENCE = 6 * HOUR
LEAST_QUIET = 24 * HOUR  # of one way: for it the hours of the day are not looked at
LEARN_DAYS = 2.0
LEARN_ARTICLES = 10.0
FAILURES = 3
PAGES = 12  # last pages of which it is remembered how they came
LEAST_PAGES = 5  # of those that did not come, and half of all, until that is told
BLOCKS = frozenset({"http-401", "http-403", "http-429", "forbidden", *KINDS})
# Of what has been captured, and came with status 200: a page that scripts fill in is empty, too.
WALLS = frozenset(KINDS) - {"empty"}
CAME = frozenset({"ok", "unchanged", "same-text", "not-modified"})


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is remembered of a source. `rhythm` ends with its last article; `failing` counts the looks that
    failed since the last success, of all its ways together; `pages` are the outcomes of its last pages,
    `captures` the last of them that were captured, each with the code that says why it is no article, or an
    empty text.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    since: float = 0.0
    success: float = 0.0
    failing: int = 0
    outcome: str = ""
    cause: str = ""
    pages: tuple[str, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()

    def dumps(self) -> str:
        return json.dumps(
            {
                "rhythm": self.rhythm.dumps(),
                "since": self.since,
                "success": self.success,
                "failing": self.failing,
                "outcome": self.outcome,
                "cause": self.cause[:300],
                "pages": self.pages,
                "captures": self.captures,
            }
        )

    @staticmethod
    def loads(text: str) -> "Pulse":
        """ValueError, TypeError or KeyError where it is none."""
        said = json.loads(text)
        return Pulse(
            Rhythm.loads(said["rhythm"]),
            said["since"],
            said["success"],
            said["failing"],
            said["outcome"],
            said["cause"],
            tuple(str(outcome) for outcome in said.get("pages", ())),
            tuple((str(capture), str(code)) for capture, code in said.get("captures", ())),
        )


@dataclass(frozen=True, slots=True)
class Course:
    """What is remembered of one way of a source. `news`: when it brought something new last, and `usual`, how
    many articles a day it brought then. `failures` in a row, for `cause`. `moved`: where to, for good.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    news: float = 0.0
    usual: float = 0.0
    failures: int = 0
    cause: str = ""
    moved: str = ""

    def dumps(self) -> str:
        return json.dumps(
            {
                "rhythm": self.rhythm.dumps(),
                "news": round(self.news, 1),
                "usual": round(self.usual, 2),
                "failures": self.failures,
                "cause": self.cause[:300],
                "moved": self.moved[:2000],
            }
        )

    @staticmethod
    def loads(text: str) -> "Course":
        """ValueError, TypeError or KeyError where it is none."""
        if text.startswith("["):  # as it was once: the rhythm alone
            return Course(Rhythm.loads(text))
        said = json.loads(text)
        return Course(**{**said, "rhythm": Rhythm.loads(said["rhythm"])})


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one way of a source that is otherwise well."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Health:
    """`reason` is for people; rates are articles a day."""

    state: State
    reason: str
    seen_per_day: float


def succeeded(pulse: Pulse, now: float, arrivals: Sequence[float]) -> Pulse:
    """After a look that brought these new articles, or none."""
    since = pulse.since or now
    # Silence must not be unlearned as normal while it lasts: only articles move the rhythm on.
    rhythm = observe(pulse.rhythm, now, arrivals) if arrivals or not pulse.rhythm.last else pulse.rhythm
    return replace(pulse, rhythm=rhythm, since=since, success=now, failing=0, outcome="", cause="")


def failed(pulse: Pulse, now: float, outcome: str, cause: str) -> Pulse:
    """After a look that brought nothing: why, for metrics and for people."""
    since = pulse.since or now
    return replace(pulse, since=since, failing=pulse.failing + 1, outcome=outcome, cause=cause)


def paged(pulse: Pulse, outcome: str) -> Pulse:
    """After a page was asked for: what came of it."""
    return replace(pulse, pages=(*pulse.pages, "ok" if outcome in CAME else outcome)[-PAGES:])


def captured(pulse: Pulse, capture: str) -> Pulse:
    """After a page was captured: whether it is an article turns out later."""
    return replace(pulse, captures=(*pulse.captures, (capture, ""))[-PAGES:])


def cleaned(pulse: Pulse, rejected: Mapping[str, str]) -> Pulse:
    """After it was asked which of its captures are no articles, and why. Not for good: a page that is
    cleaned again may turn out to be one.
    """
    return replace(
        pulse, captures=tuple((capture, rejected.get(capture, "")) for capture, _ in pulse.captures)
    )


def looked(course: Course, now: float, arrivals: Sequence[float] | None, moved: str = "") -> Course:
    """After a look at a way that brought these new articles; None where there was nothing to learn."""
    rhythm = course.rhythm if arrivals is None else observe(course.rhythm, now, arrivals)
    news, usual = course.news or now, course.usual
    if arrivals:
        # Of few articles nothing can be said: their gaps are long by chance.
        enough = _known(rhythm) and rhythm.articles >= LEARN_ARTICLES / 2
        news, usual = now, rhythm.articles / rhythm.days if enough else 0.0
    return Course(rhythm, news, usual, moved=moved)


def delivered(course: Course, now: float, arrivals: Sequence[float]) -> Course:
    """After a hub brought these new articles, which says nothing of how looks go."""
    return replace(
        looked(course, now, arrivals), failures=course.failures, cause=course.cause, moved=course.moved
    )


def trouble(url: str, course: Course, now: float) -> Trouble | None:
    """What is wrong with a way, judged by its own past."""
    if course.failures >= FAILURES:
        return Trouble("partial", f"{url}: {course.failures} looks in a row failed: {course.cause}")
    quiet = now - course.news
    missed = course.usual * quiet / 86_400
    if course.news and quiet >= LEAST_QUIET and missed >= MISSED:
        return Trouble(
            "partial", f"{url}: nothing new for {quiet / HOUR:.0f} hours; usual are {missed:.0f} articles"
        )
    if course.moved:
        return Trouble("moved", f"{url}: has moved to {course.moved}; write that into the catalogue")
    return None


def judge(
    pulse: Pulse, now: float, expected_per_day: float | None = None, troubles: Sequence[Trouble] = ()
) -> Health:
    """How it is with the source; `troubles` of single ways count where the whole is well."""
    seen = seen_per_day(pulse, now)
    if pulse.failing >= FAILURES:
        state: State = "blocked" if pulse.outcome in BLOCKS else "failing"
        if pulse.outcome == "changed":
            state = "changed"
        return Health(state, f"{pulse.failing} looks in a row failed: {pulse.cause}", seen)
    of_pages = _judge_pages(pulse.pages, seen) or _judge_captures(pulse.captures, seen)
    if of_pages is not None:
        return of_pages
    gap = now - pulse.rhythm.last
    known = _known(pulse.rhythm)
    if known and gap >= LEAST_SILENCE:
        missed = expected(pulse.rhythm, now)
        if missed >= MISSED:
            reason = f"nothing new for {gap / HOUR:.0f} hours, in which {missed:.0f} articles would be usual"
            return Health("silent", reason, seen)
    watched = (now - pulse.since) / 86_400
    if expected_per_day is not None and watched >= LEARN_DAYS and seen < expected_per_day / 2:
        reason = f"{seen:.1f} articles a day; at least {expected_per_day:g} are expected"
        return Health("sparse", reason, seen)
    if troubles:
        worst = min(troubles, key=lambda each: each.state == "moved")
        return Health(worst.state, "; ".join(each.reason for each in troubles[:3]), seen)
    if not known:
        return Health("new", "too little is known of it yet", seen)
    return Health("well", "", seen)


def _known(rhythm: Rhythm) -> bool:
    """Whether enough was seen to say what is usual."""
    return rhythm.days >= LEARN_DAYS or (rhythm.articles >= LEARN_ARTICLES and rhythm.days >= LEARN_DAYS / 8)


def _judge_pages(pages: Sequence[str], seen: float) -> Health | None:
    """A feed may be well while its pages are kept from us. One page among many says nothing."""
    lost = [outcome for outcome in pages if outcome != "ok"]
    if len(lost) < max(LEAST_PAGES, len(pages) / 2):
        return None
    state: State = "blocked" if sum(outcome in BLOCKS for outcome in lost) * 2 >= len(lost) else "failing"
    return Health(state, f"{len(lost)} of the last {len(pages)} pages: {_counted(lost)}", seen)


def _judge_captures(captures: Sequence[tuple[str, str]], seen: float) -> Health | None:
    """Its pages may come and be none of its articles: walls that say 200, lists, players, errors."""
    codes = [code for _, code in captures if code]
    if len(codes) < max(LEAST_PAGES, len(captures) / 2):
        return None
    state: State = "blocked" if sum(code in WALLS for code in codes) * 2 >= len(codes) else "no-articles"
    reason = f"{len(codes)} of the last {len(captures)} pages are no articles: {_counted(codes)}"
    return Health(state, reason, seen)


def _counted(outcomes: Sequence[str]) -> str:
    counts = Counter(outcomes).most_common()
    return ", ".join(f"{count} {outcome}" if len(counts) > 1 else outcome for outcome, count in counts)


def seen_per_day(pulse: Pulse, now: float) -> float:
    """The recent rate, the time since the last article included."""
    rhythm = pulse.rhythm
    if not rhythm.last:
        return 0.0
    days = rhythm.days + max(0.0, now - rhythm.last) / 86_400
    return rhythm.articles / days if days > 0.04 else 0.0


def expected(rhythm: Rhythm, now: float) -> float:
    """Articles that by its rhythm should have come since the last one."""
    total, at = 0.0, rhythm.last
    end = min(now, at + 60 * 86_400)
    while at < end:
        step = min(HOUR - at % HOUR, end - at)
        total += rate(rhythm, at, NO_DOUBT) * step / 86_400
        at += step
    return total
