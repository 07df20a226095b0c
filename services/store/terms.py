"""What both stores derive from messages in the same way: moments as numbers, deliveries, refusals."""

import hashlib
from datetime import UTC, datetime, timedelta

from schemas.events import Alert, Channel, Remembered, ThreadedArticle
from services.store.protocol import Delivery, SourceHealth

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST_REVISION = 2**63 - 1
_LONGEST_ID = 512  # bytes; Elasticsearch takes no longer one


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC."""
    return _EPOCH + value * _MICROSECOND


def published_micros(article: ThreadedArticle) -> int:
    """When it was published or, where unknown, fetched: what search orders by."""
    return micros(article.published_at or article.fetched_at)


def cursor(article: ThreadedArticle) -> str:
    """Where a page of search results ends."""
    return f"{published_micros(article)}:{article.id}"


def place_of(after: str) -> tuple[int, str]:
    """The moment in microseconds and the id at which a cursor stands; ValueError where it is no cursor."""
    moment, _, id = after.partition(":")
    if not id or not moment.lstrip("-").isdecimal() or len(moment) > 18:
        raise ValueError(f"{after!r} is no place in search results: take the one that the last page told")
    return int(moment), id


def refusal(article: ThreadedArticle) -> str:
    """Why no store could ever keep this article; empty where nothing is wrong."""
    if not 1 <= len(article.id.encode()) <= _LONGEST_ID:
        return f"article id of {len(article.id.encode())} bytes: 1 to {_LONGEST_ID} are possible"
    if article.revision > _LARGEST_REVISION:
        return f"article {article.id}: revision {article.revision} is larger than {_LARGEST_REVISION}"
    return ""


def pending_deliveries(alert: Alert) -> list[Delivery]:
    """One delivery for each webhook and named channel of the alert, ordered by id; none of history."""
    channels = {
        _delivery_id(alert.id, channel): channel
        for channel in reversed(alert.deliver)
        if (channel.kind == "webhook" and channel.url) or (channel.kind == "named" and channel.name)
    }
    return [
        Delivery(id=key, alert=alert, channel=channel, state="pending")
        for key, channel in sorted(channels.items(), key=lambda item: item[0])
        if not alert.backfill
    ]


def queue_of(delivery: Delivery) -> str:
    """Equal for what one channel must get in order; empty where nothing is."""
    alert = delivery.alert
    return f"{alert.thread} {place_key(alert.subscription, delivery.channel)}" if alert.thread else ""


def place_key(subscription: str, channel: Channel) -> str:
    """Where a subscription is delivered to."""
    return f"{subscription} {channel.kind} {channel.name or channel.url or ''}"


def _delivery_id(alert: str, channel: Channel) -> str:
    place = channel.url if channel.kind == "webhook" else f"named {channel.name}"
    return hashlib.sha256(f"{alert}\n{place}".encode()).hexdigest()


def health_id(health: SourceHealth) -> str:
    """Equal for one source in one state on one day (in UTC)."""
    return f"{health.at.astimezone(UTC).date().isoformat()} {health.source} {health.state}"


def remembered_of(article: ThreadedArticle) -> Remembered:
    """What the threader must read of it to remember it again."""
    return Remembered.model_construct(**{name: getattr(article, name) for name in Remembered.model_fields})
