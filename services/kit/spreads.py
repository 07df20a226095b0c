"""How long things take lately: p50 and p99 of the newest of each kind, for Prometheus."""

import threading
from collections import deque
from collections.abc import Iterable

from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

QUANTILES = (0.5, 0.99)
NEWEST = 500  # of each kind that count
MOST = 1000  # first labels that are told apart; all further ones are told together
OTHERS = "others"


class Spreads(Collector):
    """A summary by two labels, of which the first may have many values. A histogram would have a series for
    each bucket of each of them.
    """

    def __init__(
        self, name: str, documentation: str, labels: tuple[str, str], registry: CollectorRegistry
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labels = labels
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._newest: dict[tuple[str, str], deque[float]] = {}
        self._sums: dict[tuple[str, str], tuple[int, float]] = {}
        registry.register(self)

    def observe(self, first: str, second: str, seconds: float) -> None:
        with self._lock:
            if first not in self._known:
                if len(self._known) >= MOST:
                    first = OTHERS
                self._known.add(first)
            kind = (first, second)
            self._newest.setdefault(kind, deque(maxlen=NEWEST)).append(seconds)
            count, total = self._sums.get(kind, (0, 0.0))
            self._sums[kind] = (count + 1, total + seconds)

    def collect(self) -> Iterable[Metric]:
        found = Metric(self.name, self.documentation, "summary")
        with self._lock:
            rows = [(kind, sorted(newest), *self._sums[kind]) for kind, newest in self._newest.items()]
        for kind, ordered, count, total in rows:
            labels = dict(zip(self.labels, kind, strict=True))
            for quantile in QUANTILES:
                at = min(len(ordered) - 1, int(quantile * len(ordered)))
                found.add_sample(self.name, labels | {"quantile": str(quantile)}, ordered[at])
            found.add_sample(f"{self.name}_count", labels, count)
            found.add_sample(f"{self.name}_sum", labels, total)
        yield found

    def describe(self) -> Iterable[Metric]:
        return [Metric(self.name, self.documentation, "summary")]
