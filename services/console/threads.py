"""Alert threads as the pages show them. Pure: `now` is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Alert, Quote, Silence
from services.console.core import AlertRow, FactRow, When, alert_row, story_page, when
from services.console.deliveries import DeliveryRow, delivery_row
from services.kit.passages import Segments, segments
from services.kit.stories import Story
from services.store.protocol import Delivery
from services.store.threads import CLOSED_AFTER, QUIET_AFTER, State, Thread

_NEWS = {"event": "what happened", "count": "a new number", "status": "a new stage", "answer": "an answer"}


@dataclass(frozen=True, slots=True)
class ToldRow:
    """An alert of a thread: what is new in it, the sentences that show it, and what became of it."""

    alert: AlertRow
    news: str
    quotes: tuple[Segments, ...]
    deliveries: tuple[DeliveryRow, ...]
    history: bool


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list, by its first and its newest alert."""

    state: State
    first: AlertRow
    newest: AlertRow
    alerts: int


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """`life`: what began when, in order; what is yet to come is last. `facts`: with those it was not asked
    for. `outlets`: that tell the story in words of their own, the first first.
    """

    state: State
    first: AlertRow
    life: tuple[tuple[str, When], ...]
    told: tuple[ToldRow, ...]
    facts: tuple[FactRow, ...]
    outlets: tuple[str, ...]
    copies: int
    answers: str


def thread_row(thread: Thread, now: datetime) -> ThreadRow:
    rows = [alert_row(each, now) for each in (thread.alerts[0], thread.alerts[-1])]
    return ThreadRow(thread.state, rows[0], rows[1], len(thread.alerts))


def thread_page(
    thread: Thread,
    story: Story | None,
    deliveries: Mapping[str, Sequence[Delivery]],
    silences: Sequence[Silence],
    now: datetime,
) -> ThreadPage:
    """`story`: as far as the store has it by now; `deliveries`: by the alert's id."""
    shown = story_page(story, now) if story is not None else None
    tellers = [row.source for row, _ in shown.articles] if shown else [thread.alerts[0].source_name]
    return ThreadPage(
        state=thread.state,
        first=alert_row(thread.alerts[0], now),
        life=tuple((words, when(at, now)) for words, at in life(thread, silences)),
        told=tuple(_told(each, deliveries.get(each.id, ()), now) for each in thread.alerts),
        facts=shown.facts if shown else (),
        outlets=tuple(dict.fromkeys(teller for teller in tellers if teller)),
        copies=shown.copies if shown else 0,
        answers=next((each.answers for each in thread.alerts if each.answers), "") if thread.answers else "",
    )


def life(thread: Thread, silences: Sequence[Silence]) -> list[tuple[str, datetime]]:
    """What the thread has been through, in order of time; then what comes next if nothing new does."""
    first, last = thread.alerts[0].created_at, thread.alerts[-1].created_at
    passed = [("opened", first)]
    passed += [("updated", each.created_at) for each in thread.alerts[1:]]
    muting = next((each for each in silences if each.id == thread.muted), None)
    if thread.state == "closed" and muting is not None:
        return [*passed, (f"closed by the silence {muting.id}: {muting.reason}", muting.created_at)]
    quiet, closed = last + QUIET_AFTER, last + CLOSED_AFTER
    match thread.state:
        case "closed":
            return [*passed, ("quiet", quiet), ("closed", closed)]
        case "quiet":
            return [*passed, ("quiet", quiet), ("closes, if nothing new comes,", closed)]
    return [*passed, ("goes quiet, if nothing new comes,", quiet)]


def quote_segments(quote: Quote) -> Segments:
    return segments(quote.text, [(mark.start, mark.end) for mark in quote.marks])


def _told(alert: Alert, deliveries: Sequence[Delivery], now: datetime) -> ToldRow:
    return ToldRow(
        alert=alert_row(alert, now),
        news=_NEWS.get(alert.news, ""),
        quotes=tuple(quote_segments(quote) for quote in alert.quotes),
        deliveries=tuple(delivery_row(each, now) for each in deliveries),
        history=alert.backfill,
    )
