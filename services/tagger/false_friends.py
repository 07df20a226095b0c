"""What makes an event something else: a film, a club, a holiday, another act that has the same verb."""

from typing import Final

from services.tagger.clause import Place
from services.tagger.model import EventType
from services.tagger.nouns import Object
from services.tagger.phrases import Items

_NEAR: Final = ("body", "work", "stay", "consultations")  # classes that cancel only where they stand near


def cancelled(items: Items, event: EventType, place: Place, target: Object | None) -> bool:
    """Does it happen in a film, to a club, for the holidays: a word of `cancel` classes near by?"""
    if not event.cancel:
        return False
    far = event.cancel - {*_NEAR}
    if any(not far.isdisjoint(item.classes) for item in items):
        return True
    low, high = place.first, place.end
    if target is not None:
        low, high = min(low, target.first), max(high, target.last)
    return (
        ("body" in event.cancel and _from_a_body(items, place, target))
        or ("work" in event.cancel and _in_a_work(items))
        or ("stay" in event.cancel and _on_a_day(items, low, high))
        or ("consultations" in event.cancel and _for_consultations(items, low, high))
    )


def _from_a_body(items: Items, place: Place, target: Object | None) -> bool:
    """ "(expelled) from the committee"."""
    start = target.last if target is not None and target.head >= place.first else place.end
    for index in range(start, min(start + 4, len(items))):
        if items[index].has("from") and any(each.has("body") for each in items[index + 1 : index + 6]):
            return True
        if items[index].has("comma", "semicolon"):
            break
    return False


def _in_a_work(items: Items) -> bool:
    """ "In the latest novel …", "The play tells of …"."""
    for index, item in enumerate(items):
        if item.has("narrate") and index and items[index - 1].mention is not None and len(items) > index + 1:
            behind = items[index + 1]
            if behind.has("own"):
                return True  # "Un diplomate finlandais raconte son départ"
        if not item.has("work"):
            continue
        if any(
            each.has("narrate") for each in (*items[max(0, index - 1) : index], *items[index + 1 : index + 8])
        ):
            return True
        for before in range(index - 1, max(-1, index - 5), -1):
            if items[before].has("in") and items[before].mention is None:
                return True
            if items[before].has("comma", "on") or items[before].triggers:
                break
    return False


def _on_a_day(items: Items, low: int, high: int) -> bool:
    """ "(The embassy) will be closed on 3 May": opening hours."""
    near = items[max(0, low - 4) : high + 6]
    if not any(item.has("stay") for item in items[low : high + 1]):
        return False
    return any(
        item.has("month")
        and any(each.number is not None and each.number <= 31 for each in near[max(0, at - 2) : at + 3])
        for at, item in enumerate(near)
    )


def _for_consultations(items: Items, low: int, high: int) -> bool:
    """ "(called his ambassador) home for consultations": a recall, if no other verb stands between."""
    for index in range(low, min(high + 8, len(items))):
        if items[index].has("consultations"):
            return True
        if index >= high and (items[index].triggers or items[index].has("semicolon")):
            return False
    return False
