"""Why an article was tagged as it was, in lines of text. Pure."""

from collections.abc import Iterator

from schemas.events import Event
from services.tagger.core import Annotations

_MARKS = {"trigger": ("[", "]"), "object": ("{", "}"), "actor": ("<", ">"), "target": ("<", ">")}


def explain(title: str, text: str, found: Annotations) -> Iterator[str]:
    """Each event with its sentence, the parts that the rule saw marked: [trigger], {object}, <actor>."""
    yield f"language: {found.language or 'unknown'}{f' ({found.note})' if found.note else ''}"
    for event in found.events:
        yield _told(event)
        if event.span is not None:
            content = title if event.span.field == "title" else text
            yield f"  {event.span.field}: {_marked(event, content)}"
    for topic in found.topics:
        words = ", ".join(dict.fromkeys(span.text for span in topic.evidence))
        yield f"topic {topic.code} {topic.label}, score {topic.score:.2f}, seen by {topic.rule}: {words}"
    if found.countries:
        yield f"countries, most central first: {' '.join(found.countries)}"


def _told(event: Event) -> str:
    parties = f"{','.join(event.actor) or '?'} → {','.join(event.target) or '?'}"
    count = "" if event.count is None else f", {event.count}"
    answer = _answered(event)
    place = ", ".join(filter(None, (event.place.name, event.place.country))) if event.place else ""
    where = f" in {place}" if place else ""
    when = f" on {event.date.isoformat()}" if event.date else ""
    return (
        f"event {event.type}: {parties}{count}{where}{when}, {event.status}{answer}; "
        f"CAMEO {event.cameo or '–'}, PLOVER {event.plover or '–'}, score {event.score:.2f}, "
        f"seen by {event.rule}"
    )


def _answered(event: Event) -> str:
    cause = event.cause
    if cause is None:
        return ", an answer" if event.response else ""
    parties = f"{','.join(cause.actor) or '?'} → {','.join(cause.target) or '?'}"
    return f", an answer to {cause.type or 'what was done'}: {parties}"


def _marked(event: Event, content: str) -> str:
    if event.span is None:
        return ""
    opened: dict[int, str] = {}
    closed: dict[int, str] = {}
    for mark in sorted(event.marks, key=lambda each: each.start - each.end):
        before, behind = _MARKS[mark.part]
        opened[mark.start] = opened.get(mark.start, "") + before
        closed[mark.end] = behind + closed.get(mark.end, "")
    places = range(event.span.start, event.span.end + 1)
    return "".join(
        closed.get(place, "")
        + opened.get(place, "")
        + (content[place] if place < event.span.end and place < len(content) else "")
        for place in places
    )
