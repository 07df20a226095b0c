"""What is done with a delivery now: send it, hold it back or drop it; always with a reason. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.events import Channel, Priority, Silence, Subscription
from services.alerter.channels.sender import NO_LIMITS, Limits
from services.kit.timetable import next_digest, quiet_until, zone_of
from services.store.protocol import Delivery

HOUR = timedelta(hours=1)
OUTLETS_AWAITED = timedelta(hours=72)
_PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
_LOOK_AGAIN = (timedelta(seconds=2), timedelta(minutes=10))  # at least and at most between two looks


@dataclass(frozen=True, slots=True)
class Send:
    """Now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Later: at `until` with all others of the same `batch`; alone, where that is empty."""

    until: datetime
    why: str
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """Never."""

    why: str


Verdict = Send | Hold | Drop


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the verdict depends on besides the delivery.

    `subscription`: as it is now; None where it was deleted. `silences`: those that hold for this alert.
    `told`: ids of the subscriptions that told of the story in this channel. `outlets`: that report the story
    independently. `sent`: when the subscription's latest deliveries to this channel were made, oldest first;
    `sent_by_all`: when any subscription's were. `limits`: what the channel asks for.
    """

    subscription: Subscription | None
    silences: Sequence[Silence] = ()
    told: frozenset[str] = frozenset()
    outlets: int = 1
    sent: Sequence[datetime] = ()
    sent_by_all: Sequence[datetime] = ()
    limits: Limits = NO_LIMITS


def decide(delivery: Delivery, seen: Circumstances, now: datetime) -> Verdict:
    """The first rule that objects decides. What was held with its batch until now is not held by the same
    rule again, but by the channel's limit, which is for all subscriptions together.
    """
    subscription = seen.subscription
    if subscription is None:
        return Drop("the subscription was deleted")
    if not subscription.enabled:
        return Drop("the subscription is switched off")
    if subscription.expires_at is not None and subscription.expires_at <= now:
        return Drop(f"the subscription expired on {subscription.expires_at:%Y-%m-%d %H:%M} UTC")
    if seen.silences:
        silence = seen.silences[0]
        return Drop(f"silenced by {silence.id}: {silence.reason}")
    if _PRIORITIES.index(subscription.priority) < _PRIORITIES.index(seen.limits.min_priority):
        return Drop(
            f"of {subscription.priority} priority, and the channel takes {seen.limits.min_priority} or higher"
        )
    others = seen.told.intersection(subscription.yields_to)
    if others:
        return Drop(f"told in this channel by {', '.join(sorted(others))} already")
    if seen.outlets < subscription.min_outlets:
        return _await_outlets(delivery, subscription, seen.outlets, now)
    if subscription.priority == "urgent" or delivery.bundle:
        return Send()
    verdict = _by_the_clock(delivery, subscription, seen, now)
    return _within_channel(delivery, seen, now) if isinstance(verdict, Send) else verdict


def channel_key(channel: Channel) -> str:
    """Equal for what is delivered to the same place."""
    return f"{channel.kind}:{channel.name or channel.url or ''}"


def _await_outlets(delivery: Delivery, subscription: Subscription, outlets: int, now: datetime) -> Verdict:
    age = now - delivery.alert.created_at
    reported = f"reported by {outlets} of {subscription.min_outlets} independent outlets"
    if age >= OUTLETS_AWAITED:
        return Drop(f"{reported} within {OUTLETS_AWAITED // HOUR} hours")
    shortest, longest = _LOOK_AGAIN
    return Hold(now + min(max(age / 4, shortest), longest), reported)


def _within_channel(delivery: Delivery, seen: Circumstances, now: datetime) -> Verdict:
    most = seen.limits.per_hour
    until = _room(seen.sent_by_all, most, now)
    if until is None:
        return Send()
    place = f"{delivery.alert.subscription} {channel_key(delivery.channel)}"
    return Hold(until, f"the channel takes {most} an hour", f"channel {place}")


def _room(sent: Sequence[datetime], most: int | None, now: datetime) -> datetime | None:
    """When there is room for one more within an hour; None: now."""
    recent = [moment for moment in sent if moment > now - HOUR]
    return recent[-most] + HOUR if most is not None and len(recent) >= most else None


def _by_the_clock(
    delivery: Delivery, subscription: Subscription, seen: Circumstances, now: datetime
) -> Verdict:
    zone = zone_of(subscription.zone)
    rule = delivery.batch.partition(" ")[0]
    place = f"{subscription.id} {channel_key(delivery.channel)}"
    gathered = rule in {"digest", "quiet"}
    if subscription.digest is not None and not gathered:
        due = next_digest(delivery.alert.created_at, subscription.digest, zone)
        if due > now:
            return Hold(
                due, f"for the digest of {due.astimezone(zone):%a %H:%M} {zone.key}", f"digest {place}"
            )
    if subscription.quiet is not None:
        until = quiet_until(now, subscription.quiet, zone)
        if until is not None:
            return Hold(
                until, f"quiet hours until {until.astimezone(zone):%H:%M} {zone.key}", f"quiet {place}"
            )
    if gathered:
        return Send()
    if subscription.wait_seconds and not rule:
        due = delivery.alert.created_at + timedelta(seconds=subscription.wait_seconds)
        if due > now:
            return Hold(due, f"gathered for {subscription.wait_seconds} s", f"wait {place}")
    room = _room(seen.sent, subscription.per_hour, now)
    if room is not None and rule != "limit":
        return Hold(room, f"more than {subscription.per_hour} in an hour", f"limit {place}")
    return Send()
