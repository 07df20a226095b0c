"""The other side of an act where the sentence leaves it to the rest of the article.

"Slovenia expels a Russian attaché. The ministry summoned the ambassador": any reader knows whose.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.events import Event


class Told(NamedTuple):
    """An event as it is told; `unsure`: nothing in its sentence says that those are diplomats, or whose;
    `guessed`: nobody is named who does it, so its owner may."""

    event: Event
    unsure: bool
    guessed: bool = False


def borne_out(told: Sequence[Told]) -> list[Event]:
    """The events without the unsure ones that nothing else in the article speaks for.

    "Russia throws out three Swedes": the article also tells of embassy staff, or of what Sweden did first.
    """
    return [
        _unguessed(each.event) if each.guessed and _contradicted(each.event, told) else each.event
        for place, each in enumerate(told)
        if not each.unsure
        or any(_speaks_for(other, each.event) for at, other in enumerate(told) if at != place)
    ]


def _contradicted(event: Event, told: Sequence[Told]) -> bool:
    """Does the article say that the other side closes it?"""
    return any(
        other.event.type == event.type and not other.guessed and other.event.target == event.actor
        for other in told
    )


def _unguessed(event: Event) -> Event:
    return event.model_copy(update={"actor": (), "target": event.actor})


def _speaks_for(other: Told, event: Event) -> bool:
    if other.event.type != event.type:
        return False
    mirrored = other.event.actor == event.target and other.event.target == event.actor
    same = other.event.actor == event.actor and other.event.target == event.target
    one_sided = other.event.actor == event.actor and bool(other.event.target) != bool(event.target)
    return one_sided or ((mirrored or same) and not other.unsure)


def completed(events: Sequence[Event], bilateral: frozenset[str]) -> list[Event]:
    """The events, with the missing side of those of the types `bilateral` where all others agree on it."""
    known = [
        (event.actor, event.target)
        for event in events
        if event.type in bilateral and event.actor and event.target
    ]
    return [_completed(event, known) if event.type in bilateral else event for event in events]


def _completed(event: Event, known: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> Event:
    if bool(event.actor) == bool(event.target):
        return event
    side = event.actor or event.target
    others = {target for actor, target in known if actor == side} | {
        actor for actor, target in known if target == side
    }
    if len(others) != 1:
        return event
    (other,) = others
    return event.model_copy(update={"target": other} if event.actor else {"actor": other})
