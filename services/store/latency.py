"""How long alerts took, stage by stage: from the publisher's clock to the receiver's answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from schemas.events import Alert
from services.store.protocol import Delivery, Store

STAGES = ("discovered", "fetched", "cleaned", "tagged", "threaded", "matched", "delivered")
WHOLE = "published to delivered"
AT_DELIVERY = frozenset({"delivered", WHOLE})


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one stage, in seconds: the median, what 99 of 100 stay under, the longest; of so many alerts."""

    stage: str
    p50: float
    p99: float
    longest: float
    alerts: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Of all alerts, and by source, the one with most alerts first. Stages in their order."""

    stages: tuple[Spread, ...]
    sources: tuple[tuple[str, tuple[Spread, ...]], ...]


def latency(store: Store, limit: int = 1000, subscription: str | None = None) -> Latency:
    """Of the newest alerts; history that was read in later does not count."""
    spans: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for alert in store.latest_alerts(limit, subscription):
        if alert.backfill:
            continue
        for stage, seconds in passed(alert, store.deliveries(alert.id)):
            for group in ("", alert.source_name or alert.source or "unknown source"):
                spans[group][stage].append(seconds)
    whole = spans.pop("", {})
    ordered = sorted(spans.items(), key=lambda item: (-max(map(len, item[1].values())), item[0]))
    return Latency(_spreads(whole), tuple((name, _spreads(found)) for name, found in ordered))


def source_of(alert: Alert) -> str:
    """What alerts of one source are told together by, where a label may not grow without end."""
    return alert.source or "unknown source"


def passed(alert: Alert, deliveries: Iterable[Delivery]) -> Iterable[tuple[str, float]]:
    """Seconds between each stage that is known of the alert and the one before it, and over all of them. What
    was held back for a reason of its own (a digest, quiet hours) has no delivery that counts.
    """
    stages = alert.stages
    delivered = [
        each.finished_at
        for each in deliveries
        if each.state == "delivered" and each.finished_at is not None and not each.reason
    ]
    moments: tuple[tuple[str, datetime | None], ...] = (
        ("published", alert.published_at),
        ("discovered", alert.discovered_at),
        ("fetched", alert.fetched_at),
        ("cleaned", stages.cleaned_at if stages else None),
        ("tagged", stages.tagged_at if stages else None),
        ("threaded", stages.threaded_at if stages else None),
        ("matched", alert.created_at),
        ("delivered", min(delivered, default=None)),
    )
    known = [(stage, at) for stage, at in moments if at is not None]
    for (_, before), (stage, at) in pairwise(known):
        yield stage, max(0.0, (at - before).total_seconds())
    if known[0][0] == "published" and known[-1][0] == "delivered":
        yield WHOLE, max(0.0, (known[-1][1] - known[0][1]).total_seconds())


def timing(alert: Alert) -> dict[str, float]:
    """Seconds that each stage of an alert took, and `whole`: from its publication to the alert."""
    seconds = dict(passed(alert, ()))
    if alert.published_at is not None:
        seconds["whole"] = max(0.0, (alert.created_at - alert.published_at).total_seconds())
    return seconds


def delivery_timing(delivery: Delivery) -> dict[str, float]:
    """Seconds from alert to receiver, and `whole`: from publication; empty where it was held back."""
    seconds = dict(passed(delivery.alert, (delivery,)))
    names = (("delivered", "delivered"), ("whole", WHOLE))
    return {name: seconds[stage] for name, stage in names if stage in seconds}


def as_json(found: Latency) -> dict[str, Any]:
    def rows(spreads: Sequence[Spread]) -> list[dict[str, Any]]:
        return [
            {
                "stage": each.stage,
                "p50": each.p50,
                "p99": each.p99,
                "longest": each.longest,
                "alerts": each.alerts,
            }
            for each in spreads
        ]

    return {
        "stages": rows(found.stages),
        "sources": [{"source": name, "stages": rows(spreads)} for name, spreads in found.sources],
    }


def _spreads(found: dict[str, list[float]]) -> tuple[Spread, ...]:
    return tuple(_spread(stage, found[stage]) for stage in (*STAGES, WHOLE) if stage in found)


def _spread(stage: str, seconds: list[float]) -> Spread:
    ordered = sorted(seconds)
    count = len(ordered)
    return Spread(
        stage,
        ordered[(count - 1) // 2],
        ordered[min(count - 1, int(0.99 * count))],
        ordered[-1],
        count,
    )
