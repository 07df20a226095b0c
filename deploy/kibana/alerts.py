"""The dashboard "Alerts": what was told to whom, how long it took, what is held back. Pure."""

from deploy.kibana.lens import Table, by_time, count, distinct, median, metric, percentile, table, top, xy
from deploy.kibana.objects import Dashboard, Row, search_panel
from deploy.kibana.views import Views

HELD_BACK = "state:pending AND reason:?*"
LIVE = "backfill:false"  # history that was read in later tells nothing of latency
WHOLE = "timing.whole"
STAGES = ("discovered", "fetched", "cleaned", "tagged", "threaded", "matched")


def alerts(views: Views) -> Dashboard:
    told, sent = views.alerts, views.deliveries
    number, deliveries = count("Alerts"), count("Deliveries")
    created, queued = by_time("Created", told.time), by_time("Created", sent.time)
    numbers = Row(
        6,
        (
            metric("alerts", told, number),
            metric("subscriptions", told, distinct("Subscriptions", "subscription")),
            metric("latency-median", told, median("From publication to alert: median, seconds", WHOLE), LIVE),
            metric("held", sent, count("Deliveries held back"), HELD_BACK),
        ),
    )
    volume = Row(
        14,
        (
            xy(
                "by-subscription",
                "Alerts by subscription and priority",
                "bar_horizontal_stacked",
                Table(
                    told,
                    (top("Subscription", "subscription_name", 20), top("Priority", "priority", 4)),
                    (number,),
                ),
            ),
            xy(
                "over-time",
                "Alerts by time and subscription",
                "bar_stacked",
                Table(told, (created, top("Subscription", "subscription_name", 10, others=True)), (number,)),
            ),
        ),
    )
    percentiles = [percentile(f"{percent} %", WHOLE, percent) for percent in (50, 95, 99)]
    latency = Row(
        14,
        (
            xy(
                "latency",
                "From publication to alert, seconds",
                "line",
                Table(told, (created,), percentiles, LIVE),
            ),
            xy(
                "stages",
                "Median of each stage, seconds",
                "area_stacked",
                Table(told, (created,), [median(stage, f"timing.{stage}") for stage in STAGES], LIVE),
            ),
            table(
                "latency-by-source",
                "From publication to alert by source, seconds",
                Table(told, (top("Source", "source_name", 50),), (number, *percentiles), LIVE),
            ),
        ),
    )
    delivered = (
        deliveries,
        median("50 %", "timing.delivered"),
        percentile("99 %", "timing.delivered", 99),
    )
    delivery = Row(
        14,
        (
            xy(
                "deliveries",
                "Deliveries by state",
                "bar_stacked",
                Table(sent, (queued, top("State", "state", 4)), (deliveries,)),
            ),
            table(
                "held-back",
                "Held back: why",
                Table(
                    sent,
                    (top("Reason", "reason", 20), top("Subscription", "subscription", 5)),
                    (deliveries,),
                    HELD_BACK,
                ),
            ),
            table(
                "channels",
                "Delivered: seconds from alert to receiver, by kind of channel",
                Table(sent, (top("Kind", "channel.kind", 4),), delivered, "state:delivered"),
            ),
        ),
    )
    return Dashboard(
        f"{views.prefix}-alerts",
        "Alerts",
        "newswatch: what was told to whom, how long it took, and what is held back",
        (
            numbers,
            volume,
            latency,
            delivery,
            Row(16, (search_panel("newest", views.newest_alerts),)),
            Row(12, (search_panel("undelivered", views.undelivered),)),
        ),
    )
