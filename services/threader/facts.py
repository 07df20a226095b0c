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


def news(new: Told, known: Iterable[Told]) -> Kind | None:
    """What is new in the fact beside the known ones: another event, an answer, a further stage, another
    number. None where it says no more than they do.
    """
    known = list(known)
    alike = [old for old in known if same(new, old)]
    if not alike:
        return "answer" if any(answers(new, old) for old in known) else "event"
    stage = _STAGES.get(new.status)
    if new.status == "denied" and all(old.status != "denied" for old in alike):
        return "status"
    if stage is None:
        return None
    if all(stage > _STAGES.get(old.status, -1) for old in alike if old.status != "denied"):
        return "status"
    return "count" if new.count is not None and all(new.count != old.count for old in alike) else None


def _place(event: Event) -> tuple[int, int]:
    if event.span is None:
        return (2, 0)
    return (0 if event.span.field == "title" else 1, event.span.start)
