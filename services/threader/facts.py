"""Events without their wording: when two articles tell the same. Pure."""

import hashlib
from collections.abc import Iterable

from schemas.events import Event, Fact

# An expulsion that was announced and one that is done are the same event at two times.
SAME_EVENT = ("done", "announced", "threatened", "reversed")


def fact(event: Event) -> Fact:
    """The event as a fact; its id is equal for equal facts."""
    actor, target = tuple(sorted(event.actor)), tuple(sorted(event.target))
    told = "|".join((event.type, ",".join(actor), ",".join(target), str(event.count), event.status))
    return Fact(
        id=hashlib.sha256(told.encode()).hexdigest()[:16],
        type=event.type,
        actor=actor,
        target=target,
        count=event.count,
        status=event.status,
    )


def lead(events: Iterable[Event]) -> Event | None:
    """What the article is about: the event told first, the title before the text. What only recalls or
    denies an event is about something else.
    """
    told = [event for event in events if event.status in SAME_EVENT]
    return min(told, key=_place, default=None)


def same(one: Fact, other: Fact) -> bool:
    """Whether two facts can be the same event: equal type and parties, as far as both are known."""
    if one.type != other.type:
        return False
    actors, targets = set(one.actor) & set(other.actor), set(one.target) & set(other.target)
    if one.actor and other.actor and not actors:
        return False
    if one.target and other.target and not targets:
        return False
    return bool(actors or targets)


def is_news(new: Fact, known: Iterable[Fact]) -> bool:
    """Whether the fact says more than the known ones: another event, another number, another status."""
    for old in known:
        if same(new, old) and new.status == old.status and new.count in (None, old.count):
            return False
    return True


def _place(event: Event) -> tuple[int, int]:
    if event.span is None:
        return (2, 0)
    return (0 if event.span.field == "title" else 1, event.span.start)
