"""The metrics that every service keeps. docs/metrics.md lists them; a test fails if one is missing there.

Labels never hold URLs or hosts, whose number is unbounded; ids of the catalogue's sources they may hold.
"""

from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from services.kit.spreads import Spreads

LATENCY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800, 3600, 21600)
WORK_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.messages = Counter(
            "newswatch_messages",
            "Messages by what became of them: each is counted once",
            ("service", "status"),
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "newswatch_dead_letters",
            "Messages refused, by reason; rejected ones by the code that docs/operations.md explains",
            ("service", "reason", "code"),
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "newswatch_batch_seconds",
            "Time that a batch took, without waiting for the broker",
            ("service",),
            buckets=WORK_BUCKETS,
            registry=self.registry,
        )
        self.retries = Counter(
            "newswatch_retries",
            "Batches tried again because broker or store were out of reach",
            ("service",),
            registry=self.registry,
        )
        self.lag = Gauge(
            "newswatch_consumer_lag",
            "Messages in the topic behind the one last read, by high-water mark",
            ("service", "topic", "partition"),
            registry=self.registry,
        )
        self.latency = Histogram(
            "newswatch_latency_seconds",
            "Time from the capture to the end of the stage",
            ("service",),
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.fetches = Counter(
            "newswatch_fetches", "Fetches by kind and outcome", ("kind", "outcome"), registry=self.registry
        )
        self.sources = Gauge(
            "newswatch_sources",
            "Sources by how they are: well, new, silent, sparse, failing, blocked, changed, partial, moved, "
            "no-articles",
            ("state",),
            registry=self.registry,
        )
        self.recall = Gauge(
            "newswatch_recall_share",
            "Share of what the sources publish that is caught, at most, as estimated of a week",
            registry=self.registry,
        )
        self.source_unwell = Gauge(
            "newswatch_source_unwell",
            "1 for each source that is not well, by its id in the catalogue and how it is",
            ("source", "state"),
            registry=self.registry,
        )
        self.source_recall = Gauge(
            "newswatch_source_recall_share",
            "Share of what the source publishes that is caught, at most, as estimated of a week",
            ("source",),
            registry=self.registry,
        )
        self.hub_subscriptions = Gauge(
            "newswatch_hub_subscriptions",
            "Subscriptions at WebSub hubs by how they are: active, asked, failing or ending",
            ("state",),
            registry=self.registry,
        )
        self.hub_deliveries = Counter(
            "newswatch_hub_deliveries",
            "What hubs delivered, by what became of it",
            ("outcome",),
            registry=self.registry,
        )
        self.outbox = Gauge(
            "newswatch_outbox_captures",
            "Captures that are not settled yet",
            ("state",),
            registry=self.registry,
        )
        self.alert_seconds = Spreads(
            "newswatch_alert_seconds",
            "Time that alerts took from one stage to the next, by source: p50 and p99 of the newest 500. "
            "Stages: discovered, fetched, cleaned, tagged, threaded, matched, delivered, and "
            "published to delivered",
            ("source", "stage"),
            self.registry,
        )
        self.delivery_seconds = Histogram(
            "newswatch_delivery_seconds",
            "Time that a channel took to answer",
            ("channel",),
            buckets=WORK_BUCKETS,
            registry=self.registry,
        )
        self.deliveries = Counter(
            "newswatch_deliveries",
            "Deliveries by channel and outcome",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.ready = Gauge(
            "newswatch_ready", "1 if the service says that it is ready", ("service",), registry=self.registry
        )
        self.ready.labels(service).set(0)

    def tell_source(self, id: str, before: str | None, state: str, *, well: bool) -> None:
        """How a source is, and how it was when it was told last."""
        if before is not None and before != state:
            with suppress(KeyError):
                self.source_unwell.remove(id, before)
        if not well:
            self.source_unwell.labels(id, state).set(1)
