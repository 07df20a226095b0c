"""New alerts are published before they are recorded: each at least once, and none again."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from schemas.events import Alert, Subscription, ThreadedArticle
from schemas.topics import THREADED
from services.alerter.__main__ import Alerter
from services.kit.errors import Unavailable
from services.kit.metrics import Metrics
from services.kit.step import Record, encode
from services.store.embedded.store import EmbeddedStore
from tests.unit.alerter.test_alerts import NOW, article


class Topic:
    """Keeps what is announced; out of reach, where it is told to be."""

    def __init__(self) -> None:
        self.taken: list[Alert] = []
        self.away = False

    def __call__(self, alerts: Sequence[Alert]) -> None:
        if self.away:
            raise Unavailable("broker")
        self.taken += alerts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path)
    store.setup()
    store.put_subscription(Subscription(id="desk", name="Desk", query="event:expulsion"))
    yield store
    store.close()


def alerter(store: EmbeddedStore, topic: Topic) -> Alerter:
    return Alerter(store, Metrics("alerter"), lambda: NOW, topic)


def records(*articles: ThreadedArticle) -> list[Record]:
    return [Record(THREADED.name, encode(each)) for each in articles]


def test_each_new_alert_is_announced_once_history_too(store: EmbeddedStore) -> None:
    topic = Topic()
    ours = alerter(store, topic)
    old = article("old", story="old", backfill=True)
    batch = records(article("a"), article("b"), old)
    ours.handle(batch)
    assert [(each.story, each.backfill) for each in topic.taken] == [("a", False), ("old", True)]
    ours.handle(batch)
    alerter(store, topic).handle(batch)
    assert len(topic.taken) == 2, "a replay announces nothing again"


def test_each_stage_is_measured_and_history_is_not(store: EmbeddedStore) -> None:
    metrics = Metrics("alerter")
    alerter = Alerter(store, metrics, lambda: NOW, Topic())
    known = article(source="courier", discovered_at=NOW, fetched_at=NOW)
    alerter.handle([Record(THREADED.name, encode(known))])
    labels = {"source": "courier", "stage": "fetched"}
    told = metrics.registry.get_sample_value("newswatch_alert_seconds_count", labels)
    assert told == len(store.latest_alerts()) > 0
    history = known.model_copy(update={"story": "h", "backfill": True})
    alerter.handle([Record(THREADED.name, encode(history))])
    assert metrics.registry.get_sample_value("newswatch_alert_seconds_count", labels) == told


def test_what_cannot_be_announced_is_not_recorded(store: EmbeddedStore) -> None:
    topic = Topic()
    topic.away = True
    ours = alerter(store, topic)
    with pytest.raises(Unavailable):
        ours.handle(records(article()))
    assert store.latest_alerts() == []
    topic.away = False
    assert ours.handle(records(article()))[1] == store.latest_alerts() == topic.taken


def test_killed_between_topic_and_store_it_is_announced_again(store: EmbeddedStore) -> None:
    topic = Topic()
    dying = alerter(store, topic)
    store_record, store.record_matches = store.record_matches, killed  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        dying.handle(records(article()))
    store.record_matches = store_record  # type: ignore[method-assign]
    alerter(store, topic).handle(records(article()))
    first, again = topic.taken
    assert first.id == again.id


def killed(alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
    raise SystemExit
