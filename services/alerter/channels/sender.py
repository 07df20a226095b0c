"""What the dispatcher asks of a channel."""

from dataclasses import dataclass
from typing import Protocol

from schemas.events import Channel, Notification, Priority


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said. `error`: why it did not take the notification, in one line; empty where it did.
    `final`: another try is of no use. `retry_after`: seconds that it asks to be left alone.
    """

    error: str = ""
    final: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel asks for: messages an hour at most, and alerts of no lower priority."""

    per_hour: int | None = None
    min_priority: Priority = "low"


NO_LIMITS = Limits()


class Sender(Protocol):
    """Takes notifications to one channel. `send` never raises, is done within the time that the settings
    allow, and may be called again with the same notification: whoever receives it can tell by its id.
    """

    async def send(self, notification: Notification) -> Answer: ...


class Senders(Protocol):
    """A sender for each channel there is; one that is not set up gets a sender that says so."""

    def sender(self, channel: Channel) -> Sender: ...

    def limits(self, channel: Channel) -> Limits: ...
