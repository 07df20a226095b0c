"""The store on Elasticsearch: one index a month for articles, one index for each other kind of thing.

Articles are written with external versions (their revision), everything else created only if absent or
changed under optimistic concurrency, so each write may be repeated. What is read is read where it is
certain: by id in real time, lists after a refresh; only searches lag by the refresh interval of a second.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch

from schemas.events import (
    Alert,
    Channel,
    DeadLetter,
    Remembered,
    Silence,
    Subscription,
    ThreadedArticle,
)
from services.kit.query.tree import Node
from services.store.elastic.alerts import Alerts
from services.store.elastic.articles import Articles
from services.store.elastic.captures import Captures
from services.store.elastic.dead import DeadLetters
from services.store.elastic.deliveries import Deliveries
from services.store.elastic.inspect import inspect
from services.store.elastic.rebuild import rebuild
from services.store.elastic.retention import expire, expire_dead
from services.store.elastic.schema import Options, Schema, wanted
from services.store.elastic.server import Server
from services.store.elastic.setup import abilities, set_up
from services.store.elastic.silences import Silences
from services.store.elastic.sources import Sources
from services.store.elastic.subscriptions import Subscriptions
from services.store.protocol import (
    Changes,
    Counts,
    DeadEntry,
    Delivery,
    Expired,
    Found,
    Holding,
    Outcome,
    SourceHealth,
)

Json = dict[str, Any]

_STORIES_EXACT = 40_000  # above so many stories, their number is an estimate


class ElasticStore:
    """services.store.protocol.Store on a cluster; setup() creates templates and indices."""

    def __init__(
        self,
        url: str,
        prefix: str = "newswatch",
        *,
        cloud_id: str | None = None,
        api_key: str | None = None,
        basic_auth: tuple[str, str] | None = None,
        ca_certs: str | None = None,
        track_captures: bool = False,
        options: Options = Options(),  # noqa: B008  # frozen
        first_pause: float = 0.25,
    ) -> None:
        """With `cloud_id`, `url` is only what errors call it.

        `track_captures` is for a broker that forgets (the embedded one); without it the
        broker keeps what was published, and every capture counts as settled. `first_pause`: seconds
        before a bulk request is tried again, doubled each time.
        """
        self._options = options
        trust: Json = {"ca_certs": ca_certs} if ca_certs else {}
        client = Elasticsearch(
            None if cloud_id else url,
            cloud_id=cloud_id,
            api_key=api_key,
            basic_auth=basic_auth,
            request_timeout=30,
            max_retries=3,
            retry_on_timeout=True,
            retry_on_status=(429, 502, 503, 504),
            **trust,
        )
        self._server = Server(client, url, prefix, first_pause)
        self._captures = Captures(self._server, tracked=track_captures)
        self._articles = Articles(self._server, self._captures)
        self._dead = DeadLetters(self._server, self._captures)
        self._subscriptions = Subscriptions(self._server)
        self._deliveries = Deliveries(self._server)
        self._alerts = Alerts(self._server, self._deliveries, self._captures)
        self._silences = Silences(self._server)
        self._sources = Sources(self._server)

    def setup(self) -> None:
        set_up(self._server, self._options)

    def check(self) -> None:
        self._server.check()

    def close(self) -> None:
        self._server.close()

    def inspect(self) -> list[Holding]:
        return inspect(self._server, self._schema())

    def rebuild(self, *, everything: bool = False, again: bool = False) -> Iterator[str]:
        yield from rebuild(self._server, self._schema(), everything=everything, again=again)

    def expire(self, before: datetime, *, apply: bool = False) -> list[Expired]:
        return expire(self._server, before, apply=apply)

    def expire_dead(self, before: datetime, *, apply: bool = False) -> int:
        return expire_dead(self._server, before, apply=apply)

    def _schema(self) -> Schema:
        with self._server.errors():
            return wanted(self._server.prefix, self._options, abilities(self._server))

    # Health of sources

    def put_source_health(self, states: Sequence[SourceHealth]) -> None:
        self._sources.put(states)

    def source_health(self, since: datetime, limit: int = 1000) -> list[SourceHealth]:
        return self._sources.latest(since, limit)

    # Articles

    def put_articles(self, articles: Sequence[ThreadedArticle]) -> list[Outcome]:
        return self._articles.put(articles)

    def article(self, id: str) -> ThreadedArticle | None:
        return self._articles.get(id)

    def known(self, ids: Sequence[str]) -> set[str]:
        return self._articles.known(ids)

    def search(self, query: Node, limit: int = 20, offset: int = 0, after: str | None = None) -> Found:
        return self._articles.search(query, limit, offset, after)

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        return self._articles.scan(query)

    def latest_articles(self, limit: int = 50) -> list[ThreadedArticle]:
        return self._articles.latest(limit)

    def story(self, id: str, limit: int = 200) -> list[ThreadedArticle]:
        return self._articles.story(id, limit)

    def remembered_since(self, moment: datetime) -> Iterator[Remembered]:
        return self._articles.remembered_since(moment)

    def fetched_since(self, moment: datetime) -> Iterator[ThreadedArticle]:
        return self._articles.fetched_since(moment)

    # Dead letters

    def put_dead(self, letters: Sequence[DeadLetter]) -> None:
        self._dead.put(letters)

    def dead_letters(self, limit: int = 50, include_replayed: bool = False) -> list[DeadEntry]:
        return self._dead.latest(limit, include_replayed)

    def dead_letter(self, id: str) -> DeadEntry | None:
        return self._dead.get(id)

    def dead_of(self, key: str) -> list[DeadEntry]:
        return self._dead.of(key)

    def mark_replayed(self, id: str) -> None:
        self._dead.mark_replayed(id)

    def rejected(self, captures: Sequence[str]) -> dict[str, str]:
        return self._dead.rejected(captures)

    # Subscriptions

    def put_subscription(self, subscription: Subscription) -> None:
        self._subscriptions.put([subscription])

    def put_subscriptions(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions.put(subscriptions)

    def delete_subscription(self, id: str) -> bool:
        return self._subscriptions.delete(id)

    def subscriptions(self) -> list[Subscription]:
        return self._subscriptions.all()

    def subscription_changes(self, since: str | None = None) -> Changes:
        return self._subscriptions.changes(since)

    # Alerts

    def record_matches(self, alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
        return self._alerts.record(alerts, captures)

    def known_alerts(self, ids: Sequence[str]) -> set[str]:
        return self._alerts.known(ids)

    def alert(self, id: str) -> Alert | None:
        return self._alerts.get(id)

    def latest_alerts(self, limit: int = 50, subscription: str | None = None) -> list[Alert]:
        return self._alerts.latest(limit, subscription)

    def story_alerts(
        self, story: str, limit: int = 200, subscriptions: Sequence[str] | None = None
    ) -> list[Alert]:
        return self._alerts.of_story(story, limit, subscriptions)

    def claim_deliveries(
        self,
        now: datetime,
        limit: int = 20,
        lease: timedelta = timedelta(minutes=1),
        *,
        batch: str | None = None,
        bundle: str | None = None,
    ) -> list[Delivery]:
        return self._deliveries.claim(now, limit, lease, batch=batch, bundle=bundle)

    def resolve_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        self._deliveries.resolve(deliveries)

    def deliveries(self, alert: str) -> list[Delivery]:
        return self._deliveries.of(alert)

    def delivered_since(self, moment: datetime, subscription: str, channel: Channel) -> list[datetime]:
        return self._deliveries.delivered_since(moment, subscription, channel)

    # Silences

    def put_silence(self, silence: Silence) -> None:
        self._silences.put(silence)

    def delete_silence(self, id: str) -> bool:
        return self._silences.delete(id)

    def silences(self) -> list[Silence]:
        return self._silences.all()

    # Settlement

    def settled(self, captures: Sequence[str]) -> set[str]:
        return self._captures.settled(captures)

    def forget_captures(self, captures: Sequence[str]) -> None:
        self._captures.forget(captures)

    def counts(self) -> Counts:
        stories = {"cardinality": {"field": "story", "precision_threshold": _STORIES_EXACT}}
        with self._server.errors():
            articles = self._server.client.search(
                index=self._server.pattern("articles"),
                size=0,
                track_total_hits=True,
                aggs={"stories": stories},
            )
            return Counts(
                articles=articles["hits"]["total"]["value"],
                stories=articles.get("aggregations", {}).get("stories", {}).get("value", 0),
                alerts=self._server.count("alerts", {"match_all": {}}),
                dead_letters=self._server.count("dead", {"term": {"state": "open"}}),
                deliveries=self._server.count("deliveries", {"term": {"state": "pending"}}),
            )
