"""Which event of an article another one answers. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

from schemas.events import Cause, Event
from services.tagger.phrases import PREPOSITIONS, Item, Items

_REACH: Final = 10  # words behind "in response to" that may name the cause
_NAMED: Final = {
    "sanctions": "sanction",
    "visas": "visa_ban",
    "diplomat": "expulsion",
    "relations": "relations_cut",
}


def link(
    events: Sequence[Event], items_of: Callable[[Event], Items], final: bool = False
) -> tuple[Event, ...]:
    """The events, each with its cause if the text gives one; what is answered is past, unless it is told
    beside its answer as news itself. `items_of`: the words of its sentence; `final`: verbs stand last."""
    causes: dict[int, int] = {}
    named: dict[int, Cause] = {}
    for index, event in enumerate(events):
        others = [place for place, other in enumerate(events) if place != index and _mirrors(event, other)]
        others = [place for place in others if causes.get(place) != index]
        items = items_of(event) if event.response or others else ()
        if event.response and _is_answer(event, index, events, items):
            told = _told(event, index, others, events)
            if told is not None:
                causes[index] = told
            elif (cause := _only_named(event, items)) is not None:
                named[index] = cause
        elif others and (first := _led_to(event, others, events, items_of)) is not None:
            causes[index] = first
    linked = [_with_cause(event, index, events, causes, named) for index, event in enumerate(events)]
    for answer, place in causes.items():
        event = events[place]
        if event.status == "done" and _is_background(event, events[answer], items_of(event), final):
            linked[place] = linked[place].model_copy(update={"status": "historical"})
    return tuple(linked)


def _is_background(event: Event, answer: Event, items: Items, final: bool) -> bool:
    """Is it told only as what is answered: "after London threw out", "in response to the expulsion of"?"""
    if not _same_sentence(event, answer) and _marker(items) is None:
        return False
    trigger = _trigger(event)
    place = next((index for index, item in enumerate(items) if item.start >= trigger), len(items))
    if any(each.form == "noun" for item in items[place : place + 1] for each in item.triggers):
        return True
    leading = items[place + 1 : place + 6] if final else items[:place]
    return any(item.has("after", "because", "retaliation") for item in leading)


def _with_cause(
    event: Event, index: int, events: Sequence[Event], causes: dict[int, int], named: dict[int, Cause]
) -> Event:
    if index in causes:
        other = events[causes[index]]
        cause = Cause(index=causes[index], type=other.type, actor=other.actor, target=other.target)
        return event.model_copy(update={"cause": cause})
    if index in named:
        return event.model_copy(update={"cause": named[index]})
    if event.response and any(
        cause == index and _same_sentence(event, events[answer]) for answer, cause in causes.items()
    ):
        return event.model_copy(update={"response": False})  # the marker is the other one's
    return event


def _mirrors(event: Event, other: Event) -> bool:
    """Can the one be an answer to the other: done by whom that was done to?"""
    if event.status in ("denied", "historical") or other.status in ("denied", "threatened"):
        return False
    one = not event.actor or not other.target or bool(set(event.actor) & set(other.target))
    back = not event.target or not other.actor or bool(set(event.target) & set(other.actor))
    sure = bool(set(event.actor) & set(other.target)) or bool(set(event.target) & set(other.actor))
    return one and back and sure and not set(event.actor) & set(other.actor)


def _trigger(event: Event) -> int:
    return next((mark.start for mark in event.marks if mark.part == "trigger"), 0)


def _same_sentence(event: Event, other: Event) -> bool:
    return event.span is not None and event.span == other.span


def _beside(event: Event, index: int, events: Sequence[Event]) -> list[int]:
    """The events of the same sentence that others did."""
    return [
        place
        for place, other in enumerate(events)
        if place != index and _same_sentence(event, other) and not set(event.actor) & set(other.actor)
    ]


def _marker(items: Items) -> int | None:
    return next((index for index, item in enumerate(items) if item.has("retaliation")), None)


def _names_cause(items: Items, marker: int) -> bool:
    """Does the cause follow the marker: "in response to", "als Reaktion auf", "в ответ на"?"""
    words = items[marker].key.split(" ")
    following = items[marker + 1] if marker + 1 < len(items) else None
    if words[-1] in ("to", "for") or following is None:
        return following is not None
    behind = items[marker + 1 : marker + 5]
    if any(item.has("after") for item in behind[:3]):
        return True  # "a tit-for-tat step after"
    told = next((item.triggers for item in behind if item.triggers), ())
    if told and not following.has("comma") and all(each.form == "noun" for each in told):
        return True  # "eine Antwort auf die Ausweisung"
    if words[-1] == "应" and following.mention is not None:
        return True  # 回应里加上月驱逐 …
    return bool(following.classes & PREPOSITIONS) and not following.has("by")


def _is_answer(event: Event, index: int, events: Sequence[Event], items: Items) -> bool:
    """Is it the answer, or what the sentence says is answered?"""
    marker = _marker(items)
    beside = [events[place] for place in _beside(event, index, events)]
    if marker is None:
        return True
    if not beside:
        return not _is_answered(event, items)
    at, mine, other = items[marker].start, _trigger(event), _trigger(beside[0])
    if _names_cause(items, marker):
        behind = [place for place in (mine, other) if place > at]
        return not behind or mine != min(behind)
    return mine > other


def _is_answered(event: Event, items: Items) -> bool:
    """ "This is a response to (the expulsion)", 追放したことへの対抗措置: is the event what is answered?"""
    marker, trigger = _marker(items), _trigger(event)
    if marker is None:
        return False
    if items[marker].start < trigger:
        return _names_cause(items, marker)
    owned = any(item.has("possessive", "post_to") for item in items[max(0, marker - 2) : marker])
    return owned and sum(trigger < item.start < items[marker].start for item in items) <= _REACH


def _told(event: Event, index: int, others: Sequence[int], events: Sequence[Event]) -> int | None:
    """The event that it answers: of the same sentence, or the last told before, or the first."""
    beside = _beside(event, index, events)
    if beside:
        return beside[0]
    if not others:
        return None
    before = [place for place in others if _order(events[place]) < _order(event)]
    return before[-1] if before else others[0]


def _order(event: Event) -> tuple[bool, int]:
    return (event.span is None or event.span.field == "text", event.span.start if event.span else 0)


def _led_to(
    event: Event, others: Sequence[int], events: Sequence[Event], items_of: Callable[[Event], Items]
) -> int | None:
    """The event behind an "after": "(it flared) after NATO revoked the credentials of eight Russians"."""
    for place in others:
        other = events[place]
        items = items_of(other)
        if other.response and not _same_sentence(event, other) and _is_answered(other, items):
            return place
        if other.response:
            continue
        trigger = _trigger(other)
        before = [item for item in items if item.end <= trigger]
        last = next((index for index in range(len(before) - 1, -1, -1) if _opens(before[index])), None)
        if last is None or not before[last].has("after"):
            continue
        if not _same_sentence(event, other) or _trigger(event) < before[last].start:
            return place
    return None


def _opens(item: Item) -> bool:
    return item.has("after", "semicolon", "colon") or bool(
        [trigger for trigger in item.triggers if trigger.form != "noun"]
    )


def _only_named(event: Event, items: Items) -> Cause | None:
    """ "in response to the sanctions": a cause that is named and not told."""
    marker = _marker(items)
    if marker is None or not _names_cause(items, marker):
        return None
    actor: tuple[str, ...] = ()
    kind: str | None = None
    for item in items[marker + 1 : marker + 1 + _REACH]:
        if item.mention is not None and item.mention.code not in event.actor and not actor:
            actor = (item.mention.code,)
        noun = next((each.event.code for each in item.triggers if each.form == "noun"), None)
        kind = kind or noun or next((_NAMED[each] for each in item.classes if each in _NAMED), None)
    if kind is None and not actor:
        return None
    return Cause(type=kind, actor=actor, target=event.actor if kind is not None else ())
