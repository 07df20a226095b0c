"""Silences as the page shows and takes them. Pure: `now` is handed in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.events import Silence
from services.console.core import NewSilence, Refused, When, in_one_line, labels, slug, when
from services.kit.span import ahead

FORM = ("reason", "for", "subscription", "labels", "story", "query", "everything", "by", "id")


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence in a list. `ends`: None where it holds until it is ended."""

    id: str
    reason: str
    by: str
    what: tuple[tuple[str, str], ...]
    made: When
    ends: When | None
    over: bool


def silence_row(silence: Silence, now: datetime) -> SilenceRow:
    named = (("subscription", silence.subscription), ("story", silence.story), ("query", silence.query))
    labels = tuple(("label", f"{name}={value}") for name, value in silence.labels.items())
    return SilenceRow(
        id=silence.id,
        reason=silence.reason,
        by=silence.by,
        what=(*((name, value) for name, value in named if value), *labels),
        made=when(silence.created_at, now),
        ends=when(silence.ends_at, now) if silence.ends_at else None,
        over=is_over(silence, now),
    )


def is_over(silence: Silence, now: datetime) -> bool:
    return silence.ends_at is not None and silence.ends_at <= now


def ended(silence: Silence, now: datetime) -> Silence:
    """The silence, over from now on; one that was over before stays as it is."""
    return silence if is_over(silence, now) else silence.model_copy(update={"ends_at": now})


def kept(new: NewSilence, there: Iterable[Silence], now: datetime) -> Silence:
    """The silence to keep. Refused where one of its id holds."""
    if any(each.id == new.id and not is_over(each, now) for each in there):
        raise Refused(f"a silence {new.id!r} holds already; end it first, or give another id", 409)
    return new.kept(now)


def from_form(fields: Mapping[str, str], now: datetime) -> NewSilence:
    """The form of the page. Refused where something is missing or cannot be read."""
    given = {name: fields[name].strip() for name in FORM if fields.get(name, "").strip()}
    if not given.keys() & {"subscription", "labels", "story", "query", "everything"}:
        raise Refused(
            "what: name a subscription, labels, a story or a query; or tick that nobody is told anything"
        )
    made: dict[str, Any] = {name: given.get(name) for name in ("subscription", "story", "query")}
    made |= {"reason": given.get("reason", ""), "by": given.get("by", "")}
    made["id"] = given.get("id") or slug(given.get("reason", "")) or "silence"
    made["labels"] = labels(given.get("labels", ""))
    try:
        made["ends_at"] = now + ahead(given["for"]) if "for" in given else None
        return NewSilence.model_validate(made)
    except ValidationError as error:
        raise Refused(in_one_line(error)) from error
    except ValueError as error:
        raise Refused(f"for: {error}") from error
