"""The same event told twice is one event."""

from collections.abc import Sequence

from schemas.events import Event, Place

_CARRIED_OUT = ("done", "announced")


def merge(events: Sequence[Event]) -> tuple[Event, ...]:
    """One event for each thing that happened, in order of telling; the fuller telling gives the facts."""
    merged: list[Event] = []
    for event in sorted(events, key=lambda each: -_fullness(each)):
        for place, known in enumerate(merged):
            if _same(known, event):
                merged[place] = _union(known, event)
                break
        else:
            merged.append(event)
    order = {id(event): index for index, event in enumerate(events)}
    return tuple(sorted(merged, key=lambda each: order.get(id(each), _first(each, events))))


def _first(event: Event, events: Sequence[Event]) -> int:
    return next((index for index, each in enumerate(events) if each.span == event.span), len(events))


def _fullness(event: Event) -> int:
    return (
        2 * bool(event.actor) + 2 * bool(event.target) + (event.count is not None) + (event.status == "done")
    )


def _same(known: Event, other: Event) -> bool:
    if known.type != other.type or not _same_status(known.status, other.status):
        return False
    if known.count is not None and other.count is not None and known.count != other.count:
        return False
    if (
        known.type == "mission_closure"
        and not other.actor
        and set(other.target) & {*known.actor, *known.target}
    ):
        return True
    crossed = not (set(known.actor) & set(other.actor)) and not (set(known.target) & set(other.target))
    if crossed and (known.count is None or other.count is None):
        return False
    return _fits(known.actor, other.actor) and _fits(known.target, other.target)


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or set(other) == set(one)


def _same_status(one: str, other: str) -> bool:
    return one == other or (one in _CARRIED_OUT and other in _CARRIED_OUT)


def _union(known: Event, other: Event) -> Event:
    status = "done" if "done" in (known.status, other.status) else known.status
    return known.model_copy(
        update={
            "actor": known.actor or (other.actor if not set(other.actor) & set(known.target) else ()),
            "target": known.target or (other.target if not set(other.target) & set(known.actor) else ()),
            "count": known.count if known.count is not None else other.count,
            "status": status,
            "response": known.response or other.response,
            "place": _better(known.place, other.place),
            "date": known.date or other.date,
        }
    )


def _better(one: Place | None, other: Place | None) -> Place | None:
    """The place that says more, of two that do not contradict each other."""
    if one is None or other is None:
        return one or other
    return other if not one.name and other.name and one.country in (None, other.country) else one
