"""What a subscriber to hubs decides: what to ask of a hub, what to confirm, what to believe. Pure.

By the W3C's Recommendation of 23 January 2018, https://www.w3.org/TR/websub/. Times are in seconds since
1970, spans in seconds. A subscription is asked for, the hub verifies that it was us, and leases it for a
time; before that is over we ask again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args
from urllib.parse import urlsplit

HOUR, DAY = 3600.0, 86_400.0
LEASE, MOST_LEASE = 10 * DAY, 30 * DAY
LEAST_LEASE = HOUR  # a hub that leases for less is asked at this pace all the same; in between we poll
RENEWED = 0.8  # the share of a lease after which it is renewed, less up to
SPREAD = 0.05  # so much, lest all that was asked together be renewed together
# Seconds until hubs that failed, each in its turn, are asked again; after the last they are left alone.
PAUSES = (60.0, 300.0, 1800.0, 7200.0, 14_400.0, 21_600.0, 39_600.0)
LEFT_ALONE = 7 * DAY
GOODBYES = 3  # attempts to unsubscribe; then the hub learns by our 404
VERIFIED_WITHIN = HOUR  # a hub that has taken a request and does not come back by then has failed
GRACE = 120.0  # so long may a delivery come after polling has found what is in it
SETTLED = (
    6 * HOUR
)  # for so long a request stands before silence, or a feed that says other things, changes it
LONGEST_CHALLENGE = 4096
MOST_HUBS = 4
DIGESTS = frozenset({"sha1", "sha256", "sha384", "sha512"})

Status = Literal["active", "asked", "failing", "ending"]
STATUSES: tuple[Status, ...] = get_args(Status)
Reason = Literal["unknown", "ended", "unsigned", "wrong-signature"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What we want of a hub for a way, the address at which we poll.

    `hub` is one of `hubs`: the one to ask, or asked. `callback`: where it reaches us, an address that nobody
    can guess. `asked`: it was asked at `asked_at`, and has neither failed nor verified it yet. `due`: when to
    ask, to renew, or to stop waiting. `ending`: we want it no more. `delivered`: when news came last, in this
    run; `doubted`: since when polling has found what did not come; 0 where it has not.
    """

    way: str
    topic: str
    hubs: tuple[str, ...]
    hub: str
    callback: str
    secret: str
    asked: bool = False
    asked_at: float = 0.0
    attempts: int = 0
    due: float = 0.0
    lease_until: float = 0.0
    ending: bool = False
    delivered: float = 0.0
    doubted: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """News of a topic, as its hub has signed it, for the way at which the topic is polled."""

    way: str
    topic: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that is not believed, and the HTTP status that its sender is told."""

    reason: Reason
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """To a hub's GET: HTTP status, plain text, and what becomes of the subscription (None: it is over)."""

    status: int
    text: str
    subscription: Subscription | None


# What is wanted


def wanted(
    way: str, topic: str, hubs: Sequence[str], callback: str, secret: str, now: float
) -> Subscription | None:
    """A subscription to ask for at once; None where no hub may be asked."""
    usable = trusted(way, hubs)
    if not usable:
        return None
    return Subscription(way, topic, usable, usable[0], callback, secret, due=now)


def trusted(way: str, hubs: Sequence[str]) -> tuple[str, ...]:
    """The hubs that may be asked, in their order. What is polled by TLS is delivered by TLS: else whoever
    listens learns the secret. Many feeds still name the http address of a hub that has long had both.
    """
    if way.startswith("https:"):
        hubs = [hub for named in hubs if (hub := _by_tls(named)).startswith("https:")]
    return tuple(dict.fromkeys(hubs))[:MOST_HUBS]


def _by_tls(hub: str) -> str:
    parts = urlsplit(hub)
    return parts._replace(scheme="https").geturl() if parts.port is None else hub


def stands(sub: Subscription, topic: str, hubs: Sequence[str], now: float) -> bool:
    """Whether the subscription is good for what the feed names now. One that was asked for just now stands
    in any case, lest a feed that says another thing each time makes us ask each time.
    """
    same = sub.topic == topic and sub.hub in trusted(sub.way, hubs)
    return same or (sub.asked_at > 0 and now < sub.asked_at + SETTLED)


def ended(sub: Subscription, now: float) -> Subscription | None:
    """A subscription that is no longer wanted, to be told to the hub; None where there is nothing to tell."""
    if not is_leased(sub, now):
        return None
    return replace(sub, ending=True, hubs=(sub.hub,), asked=False, attempts=0, due=now, doubted=0.0)


# How it is


def is_leased(sub: Subscription, now: float) -> bool:
    return now < sub.lease_until


def is_active(sub: Subscription, now: float) -> bool:
    """Whether deliveries are welcome."""
    return is_leased(sub, now) and not sub.ending


def delivers(sub: Subscription, now: float) -> bool:
    """Whether the hub can be relied on: it has delivered in this run, and polling finds nothing else."""
    return is_active(sub, now) and sub.delivered > 0 and not sub.doubted


def status(sub: Subscription, now: float) -> Status:
    if sub.ending:
        return "ending"
    if is_active(sub, now):
        return "active"
    return "failing" if sub.attempts else "asked"


# Asking


def due(sub: Subscription) -> float:
    """When there is something to do."""
    if not sub.doubted:
        return sub.due
    return min(sub.due, max(sub.doubted + GRACE, sub.asked_at + SETTLED))


def over(sub: Subscription, now: float) -> bool:
    """Whether to forget it: the hub was told, or will find out."""
    return sub.ending and (sub.attempts >= GOODBYES or not is_leased(sub, now))


def form(sub: Subscription) -> dict[str, str]:
    """What is posted to the hub."""
    fields = {
        "hub.mode": "unsubscribe" if sub.ending else "subscribe",
        "hub.topic": sub.topic,
        "hub.callback": sub.callback,
    }
    if not sub.ending:
        fields |= {"hub.secret": sub.secret, "hub.lease_seconds": f"{LEASE:.0f}"}
    return fields


def asking(sub: Subscription, now: float) -> Subscription:
    """As it is while the hub is being asked: some hubs verify before they answer. One that was silent has to
    deliver before it is relied on again.
    """
    delivered = 0.0 if sub.doubted else sub.delivered
    return replace(sub, asked=True, asked_at=now, due=now + VERIFIED_WITHIN, delivered=delivered, doubted=0.0)


def failed(
    sub: Subscription, now: float, retry_after: float = 0.0, pause: float | None = None
) -> Subscription:
    """After a hub refused a request, did not answer, or did not verify in time: the next hub is asked at
    once, the first again after a pause. What is leased stays leased.
    """
    attempts = sub.attempts + 1
    rounds, left = divmod(attempts, len(sub.hubs))
    following = sub.hubs[(sub.hubs.index(sub.hub) + 1) % len(sub.hubs)]
    if left:
        return replace(sub, hub=following, asked=False, attempts=attempts, due=now)
    if pause is None:
        pause = PAUSES[rounds - 1] if rounds <= len(PAUSES) else LEFT_ALONE
    wait = max(pause, min(retry_after, DAY))
    return replace(sub, hub=following, asked=False, attempts=attempts, due=now + wait)


# Verification of intent


def verify(sub: Subscription | None, query: Mapping[str, str], now: float) -> Answer:
    """The answer to a hub's GET. Confirmed is only what we want."""
    if sub is None or query.get("hub.topic") != sub.topic:
        return Answer(404, "", sub)
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge", "")
    if mode == "denied":
        return Answer(200, "", None if sub.ending else _denied(sub, now))
    if mode != ("unsubscribe" if sub.ending else "subscribe"):
        return Answer(404, "", sub)
    if not (is_leased(sub, now) or 0 < sub.asked_at <= now < sub.asked_at + VERIFIED_WITHIN):
        return Answer(404, "", sub)  # nothing was asked yet, or too long ago
    if not 0 < len(challenge) <= LONGEST_CHALLENGE:
        return Answer(400, "", sub)
    if sub.ending:
        return Answer(200, challenge, None)
    return Answer(200, challenge, _leased(sub, _seconds(query.get("hub.lease_seconds", "")), now))


def _denied(sub: Subscription, now: float) -> Subscription:
    return failed(replace(sub, lease_until=0.0, delivered=0.0, doubted=0.0), now, pause=LEFT_ALONE)


def _seconds(given: str) -> float:
    """Of a lease; what we asked for where the hub does not say, as those before the Recommendation."""
    seconds = float(given) if given.isascii() and given.isdecimal() and len(given) < 12 else 0.0
    return min(seconds, MOST_LEASE) or LEASE


def _leased(sub: Subscription, lease: float, now: float) -> Subscription:
    chance = int(hashlib.sha256(sub.callback.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    renewal = max(lease, LEAST_LEASE) * (RENEWED - SPREAD * chance)
    return replace(sub, asked=False, attempts=0, due=now + renewal, lease_until=now + lease)


# Deliveries


def closed(sub: Subscription | None, now: float) -> Refused | None:
    """Why nothing that comes to this callback is welcome, whatever it is."""
    if sub is None:
        return Refused("unknown", 404)
    return None if is_active(sub, now) else Refused("ended", 410)


def accept(
    sub: Subscription | None, headers: Mapping[str, str], body: bytes, now: float
) -> Delivery | Refused:
    """Whether a hub's POST is believed: by its signature. One with a wrong signature is answered like any
    other, so that nobody learns anything by trying. `headers` by their names in lower case.
    """
    refused = closed(sub, now)
    if sub is None or refused is not None:
        return refused or Refused("unknown", 404)
    signature = headers.get("x-hub-signature", "").strip()
    if not signature:
        return Refused("unsigned", 202)
    if not _signed(sub.secret, signature, body):
        return Refused("wrong-signature", 202)
    return Delivery(sub.way, sub.topic, headers.get("content-type", ""), body)


def _signed(secret: str, signature: str, body: bytes) -> bool:
    method, _, digest = signature.partition("=")
    if method.lower() not in DIGESTS:
        return False
    ours = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(ours.encode(), digest.strip().lower().encode())


def delivered(sub: Subscription, now: float) -> Subscription:
    """After news came that could be read."""
    return replace(sub, delivered=now, doubted=0.0)


def missed(sub: Subscription, now: float) -> Subscription:
    """After polling found what the hub has not delivered. If that does not come either, it is asked anew."""
    return replace(sub, doubted=now) if delivers(sub, now) else sub


# Keeping


def dumps(sub: Subscription) -> str:
    return json.dumps(asdict(sub), ensure_ascii=False)


def loads(text: str) -> Subscription:
    """ValueError or TypeError where it is none. What came in an earlier run does not count: while we were
    away deliveries may have been lost, so we poll until one comes.
    """
    sub = Subscription(**json.loads(text))
    if not sub.hubs or sub.hub not in sub.hubs:
        raise ValueError("a subscription has a hub")
    return replace(sub, hubs=tuple(sub.hubs), delivered=0.0, doubted=0.0)
