"""Events without their wording: when two articles tell the same, and what of it is news. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from schemas.events import Event, Fact

Kind = Literal["event", "count", "status", "answer"]

# An expulsion that was announced and one that is done are the same event at two times.
_STAGES = {"threatened": 0, "announced": 1, "done": 2, "reversed": 3}
ROUNDED = 0.1  # of a number, by which a round one may differ from it
_PART = 0.5  # of the highest number known: what is lower is told of a part of them


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says; parties sorted."""

    type: str
    actor: tuple[str, ...]
    target: tuple[str, ...]
    count: int | None
    status: str

    def __str__(self) -> str:
        return f"{self.type} {', '.join(self.actor) or '?'} → {', '.join(self.target) or '?'}"


def told(event: Event) -> Told:
    return _one(event.type, event.actor, event.target, event.count, event.status)


@lru_cache(maxsize=65_536)
def _one(type: str, actor: tuple[str, ...], target: tuple[str, ...], count: int | None, status: str) -> Told:
    # Equal ones are mostly one object: stories remember them by the hundred thousand.
    return Told(type, tuple(sorted(set(actor))), tuple(sorted(set(target))), count, status)


def fact(one: Told, kind: Kind = "event") -> Fact:
    """As a message; its id is equal for equal facts."""
    words = "|".join((one.type, ",".join(one.actor), ",".join(one.target), str(one.count), one.status))
    return Fact(
        id=hashlib.sha256(words.encode()).hexdigest()[:16],
        type=one.type,
        actor=one.actor,
        target=one.target,
        count=one.count,
        status=one.status,
        kind=kind,
    )


def of_told(known: Fact) -> Told:
    return _one(known.type, known.actor, known.target, known.count, known.status)


def lead(events: Iterable[Event]) -> Told | None:
    """What the article is about: the event told first, the title before the text. What only recalls or
    denies an event is about something else.
    """
    first = min((event for event in events if event.status in _STAGES), key=_place, default=None)
    return None if first is None else told(first)


def same(one: Told, other: Told) -> bool:
    """Whether both can be the same event: equal type and parties, as far as both are known."""
    if one.type != other.type:
        return False
    actors, targets = set(one.actor) & set(other.actor), set(one.target) & set(other.target)
    if one.actor and other.actor and not actors:
        return False
    if one.target and other.target and not targets:
        return False
    return bool(actors or targets)


def answers(one: Told, other: Told) -> bool:
    """Whether the one may be the answer to the other: the same, done by the other side."""
    return (
        one.type == other.type
        and bool(set(one.actor) & set(other.target))
        and bool(set(one.target) & set(other.actor))
    )


def news(new: Told, known: Iterable[Told], *, response: bool = False) -> Kind | None:
    """What is new in the fact beside the known ones of its story: another event or party, an answer, a
    further stage, another number. None where it says no more than they do. `response`: its text calls it an
    answer.
    """
    known = list(known)
    alike = [old for old in known if compatible(new, old)]
    if not alike:
        return "answer" if response or any(answers(new, old) for old in known) else "event"
    stage = _STAGES.get(new.status)
    if new.status == "denied" and all(old.status != "denied" for old in alike):
        return "status"
    if stage is None:
        return None
    if all(stage > _STAGES.get(old.status, -1) for old in alike if old.status != "denied"):
        return "status"
    if _further(new.actor, [old.actor for old in alike]) or _further(
        new.target, [old.target for old in alike]
    ):
        return "event"
    return "count" if _another(new.count, [old.count for old in alike if old.count is not None]) else None


def compatible(one: Told, other: Told) -> bool:
    """Whether one story may mean the same by both: what is not said contradicts nothing."""
    return (
        one.type == other.type
        and (not one.actor or not other.actor or not set(one.actor).isdisjoint(other.actor))
        and (not one.target or not other.target or not set(one.target).isdisjoint(other.target))
    )


def _further(parties: tuple[str, ...], known: Iterable[tuple[str, ...]]) -> bool:
    """Whether there is a party that is in none of those known, where any is."""
    seen = {party for each in known for party in each}
    return bool(seen) and not seen.issuperset(parties)


def _another(count: int | None, known: list[int]) -> bool:
    """Whether the number is news: no rounding of a known one, nor a part of it, as 3 of the 8 are."""
    if count is None:
        return False
    if not known:
        return True
    return count >= _PART * max(known) and not any(rounded(count, old) for old in known)


def rounded(one: int, other: int) -> bool:
    """Whether both may be the same number, one of them told roundly: 30 and 28, 1,200 and 1,183."""
    if one == other:
        return True
    near = abs(one - other) <= ROUNDED * max(one, other)
    return near and any(
        each % step == 0 and each >= 2 * step and abs(one - other) <= step // 2
        for each in (one, other)
        for step in (10, 50, 100, 500, 1000, 5000, 10_000, 100_000, 1_000_000)
    )


def _place(event: Event) -> tuple[int, int]:
    if event.span is None:
        return (2, 0)
    return (0 if event.span.field == "title" else 1, event.span.start)
