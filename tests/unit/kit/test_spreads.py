from prometheus_client import CollectorRegistry, generate_latest

from services.kit.spreads import MOST, NEWEST, Spreads


def test_the_newest_of_each_kind_count() -> None:
    registry = CollectorRegistry()
    spreads = Spreads("alert_seconds", "How long", ("source", "stage"), registry)
    assert b"# TYPE alert_seconds summary" in generate_latest(registry)
    for seconds in range(NEWEST + 100):
        spreads.observe("courier", "fetched", float(seconds))
    spreads.observe("ledger", "fetched", 3.0)
    courier = {"source": "courier", "stage": "fetched"}
    assert registry.get_sample_value("alert_seconds_count", courier) == 600.0
    assert registry.get_sample_value("alert_seconds_sum", courier) == 179700.0

    def quantile(source: str, of: str) -> float | None:
        labels = {"source": source, "stage": "fetched", "quantile": of}
        return registry.get_sample_value("alert_seconds", labels)

    assert (quantile("courier", "0.5"), quantile("courier", "0.99")) == (350.0, 595.0)
    assert (quantile("ledger", "0.5"), quantile("ledger", "0.99")) == (3.0, 3.0)


def test_their_number_is_bounded() -> None:
    registry = CollectorRegistry()
    spreads = Spreads("alert_seconds", "How long", ("source", "stage"), registry)
    for number in range(MOST + 50):
        spreads.observe(f"source-{number}", "fetched", 1.0)
    spreads.observe("source-1", "fetched", 1.0)
    others = {"source": "others", "stage": "fetched"}
    assert registry.get_sample_value("alert_seconds_count", others) == 50.0
    assert registry.get_sample_value("alert_seconds_count", others | {"source": "source-1"}) == 2.0
