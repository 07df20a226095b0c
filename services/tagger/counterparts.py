"""The other side of an act where the sentence leaves it to the rest of the article.

"Slovenia expels a Russian attaché. The ministry summoned the ambassador": any reader knows whose.
"""

from collections.abc import Sequence

from schemas.events import Event


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
