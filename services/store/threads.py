"""Alerts as their reader follows them: one thread for each subscription and story, with its life."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from schemas.events import Alert, Silence
from services.kit.telling import thread_id
from services.store.protocol import Delivery, Store

State = Literal["open", "updated", "quiet", "closed"]

QUIET_AFTER = timedelta(hours=6)
CLOSED_AFTER = timedelta(hours=72)
MOST_OLDER = 50  # alerts of a thread among which one that waits is looked for


@dataclass(frozen=True, slots=True)
class Thread:
    """`alerts` oldest first. `muted`: the silence that closed it. `answers`: the thread of the event that
    this one's answers, where the same subscription told that.
    """

    id: str
    subscription: str
    story: str
    state: State
    alerts: tuple[Alert, ...]
    muted: str
    answers: str


def state_of(alerts: Sequence[Alert], muted: str, now: datetime) -> State:
    """What a thread of these alerts is now: a new fact opens one that was quiet again."""
    since = now - alerts[-1].created_at
    if muted or since >= CLOSED_AFTER:
        return "closed"
    if since >= QUIET_AFTER:
        return "quiet"
    return "updated" if len(alerts) > 1 else "open"


def threads(store: Store, now: datetime, limit: int = 200, subscription: str | None = None) -> list[Thread]:
    """Those of the newest `limit` alerts, the one with the newest first."""
    newest = store.latest_alerts(limit, subscription)
    silences = store.silences()
    found: dict[str, Thread] = {}
    known = {each.thread for each in newest}
    for alert in newest:
        if alert.thread and alert.thread not in found:
            found[alert.thread] = _thread(store, alert, silences, now, known)
    return list(found.values())


def thread(store: Store, alert: Alert, now: datetime) -> Thread:
    """The one that the alert belongs to."""
    return _thread(store, alert, store.silences(), now, None)


def thread_of(store: Store, subscription: str, story: str, now: datetime) -> Thread | None:
    """The one of that subscription and story; None where nothing was told."""
    own = store.story_alerts(story, 1, [subscription])
    return thread(store, own[0], now) if own else None


def deliveries_of(store: Store, alert: Alert) -> list[Delivery]:
    """The alert's deliveries. One that is not given out, because an older one of its thread waits still, has
    that for its reason; the store has none of its own for it.
    """
    found = store.deliveries(alert.id)
    if not any(_unexplained(each) for each in found):
        return found
    thread = store.story_alerts(alert.story, subscriptions=[alert.subscription])
    older = [each for each in thread if each.created_at <= alert.created_at and each.id != alert.id]
    waiting = [
        delivery
        for each in older[-MOST_OLDER:]
        for delivery in store.deliveries(each.id)
        if delivery.state == "pending" and (delivery.reason or delivery.error)
    ]
    return [_explained(each, waiting) if _unexplained(each) else each for each in found]


def _unexplained(delivery: Delivery) -> bool:
    return delivery.state == "pending" and not delivery.reason and not delivery.error


def _explained(delivery: Delivery, waiting: Sequence[Delivery]) -> Delivery:
    first = next((each for each in waiting if each.channel == delivery.channel), None)
    if first is None:
        return delivery
    why = "; ".join(part for part in (first.reason, first.error) if part)
    return replace(delivery, reason=f"an older alert of its thread comes first, and waits: {why}")


def as_json(found: Thread) -> dict[str, Any]:
    return {
        "id": found.id,
        "subscription": found.subscription,
        "story": found.story,
        "state": found.state,
        "muted_by": found.muted or None,
        "answers": found.answers or None,
        "opened_at": found.alerts[0].created_at.isoformat(),
        "updated_at": found.alerts[-1].created_at.isoformat(),
        "alerts": [
            {
                "id": each.id,
                "summary": each.summary,
                "news": each.news,
                "created_at": each.created_at.isoformat(),
            }
            for each in found.alerts
        ],
    }


def _thread(
    store: Store, alert: Alert, silences: Iterable[Silence], now: datetime, known: set[str] | None
) -> Thread:
    own = store.story_alerts(alert.story, subscriptions=[alert.subscription]) or [alert]
    muted = next((each.id for each in silences if _mutes(each, alert, now)), "")
    cause = next((each.answers for each in own if each.answers), None)
    answers = thread_id(alert.subscription, cause) if cause else ""
    if answers and not (known and answers in known):
        answers = answers if store.story_alerts(cause or "", 1, [alert.subscription]) else ""
    return Thread(
        alert.thread,
        alert.subscription,
        alert.story,
        state_of(own, muted, now),
        tuple(own),
        muted,
        answers,
    )


def _mutes(silence: Silence, alert: Alert, now: datetime) -> bool:
    """Whether it was made for this story, or for this subscription's part of it."""
    return (
        silence.story == alert.story
        and silence.subscription in {None, alert.subscription}
        and (silence.ends_at is None or silence.ends_at > now)
    )
