"""Deliveries as the pages and the API show them. Pure: `now` is handed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.core import When, when
from services.store.protocol import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One way of an alert to a channel. `state`: in words; `why`: what held it back, dropped it or failed."""

    kind: str
    where: str
    condition: str
    state: str
    attempts: int
    tried: When | None
    finished: When | None
    why: str


def delivery_row(delivery: Delivery, now: datetime) -> DeliveryRow:
    channel = delivery.channel
    condition, state = delivery.state, str(delivery.state)
    if delivery.state == "pending":
        held = delivery.due_at is not None and delivery.due_at > now
        state = f"held until {delivery.due_at:%-d %b %Y, %H:%M:%S} UTC" if held else "on its way"
    return DeliveryRow(
        kind=channel.kind,
        where=channel.name or channel.url or "",
        condition=condition,
        state=state,
        attempts=delivery.attempts,
        tried=when(delivery.tried_at, now) if delivery.tried_at else None,
        finished=when(delivery.finished_at, now) if delivery.finished_at else None,
        why="; ".join(part for part in (delivery.reason, delivery.error) if part),
    )


def as_plain(delivery: Delivery) -> dict[str, Any]:
    """For JSON."""
    return {
        "id": delivery.id,
        "channel": delivery.channel.model_dump(mode="json"),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "reason": delivery.reason,
        "due_at": delivery.due_at,
        "tried_at": delivery.tried_at,
        "finished_at": delivery.finished_at,
    }
