"""The store on Elasticsearch: one index a month for articles, one index for each other kind of thing.

Articles are written with external versions (their revision), everything else created only if absent or
changed under optimistic concurrency, so each write may be repeated. What is read is read where it is
certain: by id in real time, lists after a refresh; only searches lag by the refresh interval of a second.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib import resources
from itertools import islice
from typing import Any

from elasticsearch import (
    ApiError,
    BadRequestError,
    ConflictError,
    Elasticsearch,
    NotFoundError,
    TransportError,
)

from schemas.events import (
    Alert,
    Channel,
    DeadLetter,
    Remembered,
    Silence,
    Subscription,
    ThreadedArticle,
)
from services.kit.query.evaluate import prepare
from services.kit.query.tree import Node
from services.store.elastic_bulk import Fate, Operation, bulk
from services.store.elastic_query import translate
from services.store.latency import delivery_timing, timing
from services.store.protocol import (
    Changes,
    Counts,
    DeadEntry,
    Delivery,
    Found,
    Outcome,
    StoreUnavailable,
)
from services.store.terms import (
    cursor,
    micros,
    pending_deliveries,
    place_key,
    place_of,
    published_micros,
    queue_of,
    refusal,
)

Json = dict[str, Any]

_KINDS = ("articles", "alerts", "deliveries", "dead", "subscriptions", "silences", "captures")
_IDS_AT_ONCE = 1000
_WINDOW = 10_000  # results that Elasticsearch gives by number; beyond, it has to walk
_PAGE = 500  # articles asked for at a time while walking
_SMALL_PAGE = 4000  # likewise, where a few fields are asked for
_MOST_LINKS = 1000  # articles of a story that are asked which other stories it is
_DELIVERED_IN_ORDER: list[dict[str, Any]] = [{"created_at": "asc"}, {"id": "asc"}]
_CONFLICTS = 20  # times that somebody else may change a document while we do
_STORIES_EXACT = 40_000  # above so many stories, their number is an estimate

_NEWEST: list[Json] = [{"search.published": "desc"}, {"id": "asc"}]


class ElasticStore:
    """services.store.protocol.Store on a cluster; setup() creates templates and indices."""

    def __init__(
        self,
        url: str,
        prefix: str = "newswatch",
        *,
        api_key: str | None = None,
        basic_auth: tuple[str, str] | None = None,
        ca_certs: str | None = None,
        track_captures: bool = False,
        replicas: int = 1,
        analyzer: str = "standard",
        first_pause: float = 0.25,
    ) -> None:
        """`analyzer`: how Elasticsearch reads `title` and `text` for people; newswatch's own search does
        not use it. `track_captures` is for a broker that forgets (the embedded one); without it the
        broker keeps what was published, and every capture counts as settled. `first_pause`: seconds
        before a bulk request is tried again, doubled each time.
        """
        self._url = url
        self._prefix = prefix
        self._track_captures = track_captures
        self._replicas = replicas
        self._analyzer = analyzer
        self._first_pause = first_pause
        options: Json = {"ca_certs": ca_certs} if ca_certs else {}
        self._client = Elasticsearch(
            url,
            api_key=api_key,
            basic_auth=basic_auth,
            request_timeout=30,
            max_retries=3,
            retry_on_timeout=True,
            retry_on_status=(429, 502, 503, 504),
            **options,
        )

    def setup(self) -> None:
        with self._errors():
            self._put_settings()
            for kind in _KINDS:
                mappings = self._put_index_template(kind)
                if kind != "articles":
                    self._create(self._index(kind))
                # Templates shape new indices; those that are there learn new fields.
                self._client.indices.put_mapping(
                    index=self._pattern(kind),
                    properties=mappings["properties"],
                    allow_no_indices=True,
                )

    def check(self) -> None:
        with self._errors():
            health = self._client.cluster.health(index=f"{self._prefix}-*", timeout="5s", level="indices")
        red = sorted(name for name, index in health["indices"].items() if index["status"] == "red")
        if red:
            raise self._unavailable(f"index {', '.join(red)} has lost its primary shard")

    def close(self) -> None:
        self._client.close()

    # Articles

    def put_articles(self, articles: Sequence[ThreadedArticle]) -> list[Outcome]:
        errors = [refusal(article) for article in articles]
        sound = [article for article, error in zip(articles, errors, strict=True) if not error]
        fates = iter(self._bulk([self._article_operation(article) for article in sound]))
        outcomes = [
            Outcome("refused", error) if error else _outcome(article, next(fates))
            for article, error in zip(articles, errors, strict=True)
        ]
        kept = [
            article.capture_id
            for article, outcome in zip(articles, outcomes, strict=True)
            if outcome.status != "refused"
        ]
        self._note("indexed", kept)
        return outcomes

    def article(self, id: str) -> ThreadedArticle | None:
        # In real time, which is by index; nobody knows here in which month the article was seen first.
        with self._errors():
            try:
                indices = self._client.indices.get_alias(name=self._index("articles"))
                docs = self._client.mget(docs=[{"_index": index, "_id": id} for index in indices])["docs"]
            except NotFoundError:
                return None
        found = [doc for doc in docs if doc.get("found")]
        return _article(max(found, key=lambda doc: int(doc["_version"]))) if found else None

    def known(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), _IDS_AT_ONCE):
            asked = list(ids[start : start + _IDS_AT_ONCE])
            with self._errors():
                hits = self._client.search(
                    index=self._index("articles"),
                    query={"ids": {"values": asked}},
                    source=False,
                    # One that was found under two addresses may be there in two months.
                    size=2 * _IDS_AT_ONCE,
                    ignore_unavailable=True,
                )["hits"]["hits"]
            found |= {hit["_id"] for hit in hits}
        return found

    def search(self, query: Node, limit: int = 20, offset: int = 0, after: str | None = None) -> Found:
        asked = translate(query)
        place = None if after is None else place_of(after)
        if offset + limit >= _WINDOW:
            walk = self._walk("articles", asked, _NEWEST, place)
            with self._errors():
                total = self._client.count(index=self._pattern("articles"), query=asked)["count"]
            hits = list(islice(walk, offset, offset + limit + 1))
        else:
            answer = self._hits("articles", asked, _NEWEST, limit + 1, offset, place)
            total, hits = answer["total"]["value"], answer["hits"]
        page = tuple(map(_article, hits[:limit]))
        return Found(total, page, cursor(page[-1]) if page and len(hits) > limit else None)

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        yield from map(_article, self._walk("articles", translate(query), _NEWEST))

    def latest_articles(self, limit: int = 50) -> list[ThreadedArticle]:
        order: list[Json] = [{"search.fetched": "desc"}, {"id": "asc"}]
        return [_article(hit) for hit in self._hits("articles", {"match_all": {}}, order, limit)["hits"]]

    def story(self, id: str, limit: int = 200) -> list[ThreadedArticle]:
        order: list[Json] = [{"search.fetched": "asc"}, {"id": "asc"}]
        ids, asked = {id}, set[str]()
        while ids != asked:  # until no article names a further story that is this one
            asked = set(ids)
            any_of = [{"terms": {field: sorted(asked)}} for field in ("story", "same_stories")]
            linked: Json = {"bool": {"filter": [{"exists": {"field": "same_stories"}}], "should": any_of}}
            linked["bool"]["minimum_should_match"] = 1
            for hit in self._hits("articles", linked, order, _MOST_LINKS)["hits"]:
                ids.update((hit["_source"]["story"], *hit["_source"]["same_stories"]))
        hits = self._hits("articles", {"terms": {"story": sorted(ids)}}, order, limit)["hits"]
        return [_article(hit) for hit in hits]

    def remembered_since(self, moment: datetime) -> Iterator[Remembered]:
        self._refresh("articles")
        asked = {"range": {"search.fetched": {"gte": micros(moment)}}}
        fields = sorted(Remembered.model_fields)
        for hit in self._walk("articles", asked, [{"search.fetched": "asc"}], fields=fields):
            yield Remembered.model_validate(hit["_source"])

    def fetched_since(self, moment: datetime) -> Iterator[ThreadedArticle]:
        self._refresh("articles")
        asked = {"range": {"search.fetched": {"gte": micros(moment)}}}
        yield from map(_article, self._walk("articles", asked, [{"search.fetched": "asc"}]))

    def _article_operation(self, article: ThreadedArticle) -> Operation:
        index = f"{self._index('articles')}-{article.first_seen.year:04d}.{article.first_seen.month:02d}"
        body = article.model_dump(mode="json")
        # The evaluator's own view of the article: what it compares is what is indexed. The mapping copies
        # the tokens from title_tokens and text_tokens; articles without them get them here.
        view = prepare(article)
        tokens = {"title": article.title_tokens, "text": article.text_tokens}
        body["search"] = {
            **{field: sorted(values) for field, values in view.keywords.items()},
            **{field: held.spaced for field, held in view.tokens.items() if not tokens[field]},
            "published": published_micros(article),
            "fetched": micros(article.fetched_at),
        }
        # A revision says which version of the article it is: an older or equal one is a conflict.
        action = {
            "_index": index,
            "_id": article.id,
            "version": article.revision,
            "version_type": "external",
        }
        return Operation({"index": action}, body)

    # Dead letters

    def put_dead(self, letters: Sequence[DeadLetter]) -> None:
        index = self._index("dead")
        fates = self._bulk([self._dead_operation(letter) for letter in letters])
        for letter, fate in zip(letters, fates, strict=True):
            if fate.refused:
                raise self._unavailable(f"dead letter {letter.id}: {fate.error}")
            if fate.conflict:
                self._change(index, letter.id, functools.partial(_died_again, letter.model_dump(mode="json")))
        self._note("dead", [letter.capture_id for letter in letters])

    def dead_letters(self, limit: int = 50, include_replayed: bool = False) -> list[DeadEntry]:
        asked: Json = {"match_all": {}} if include_replayed else {"term": {"state": "open"}}
        self._refresh("dead")
        hits = self._hits("dead", asked, [{"letter.at": "desc"}, {"id": "asc"}], limit)["hits"]
        return [_dead_entry(hit["_source"]) for hit in hits]

    def dead_letter(self, id: str) -> DeadEntry | None:
        source = self._get("dead", id)
        return None if source is None else _dead_entry(source)

    def dead_of(self, key: str) -> list[DeadEntry]:
        self._refresh("dead")
        order: list[Json] = [{"letter.at": "asc"}, {"id": "asc"}]
        return [
            _dead_entry(hit["_source"]) for hit in self._walk("dead", {"term": {"letter.key": key}}, order)
        ]

    def mark_replayed(self, id: str) -> None:
        self._change(self._index("dead"), id, lambda _: {"state": "replayed"})

    def rejected(self, captures: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(captures), _IDS_AT_ONCE):
            asked = list(captures[start : start + _IDS_AT_ONCE])
            terms = [{"letter.capture_id": asked}, {"letter.reason": ["rejected"]}, {"state": ["open"]}]
            with self._errors():
                hits = self._client.search(
                    index=self._pattern("dead"),
                    query={"bool": {"filter": [{"terms": term} for term in terms]}},
                    source={"includes": ["letter.capture_id", "letter.code"]},
                    # A capture that is replayed by another version may be refused once more.
                    size=2 * _IDS_AT_ONCE,
                )["hits"]["hits"]
            letters = (hit["_source"]["letter"] for hit in hits)
            found |= {letter["capture_id"]: letter["code"] for letter in letters if letter.get("code")}
        return found

    def _dead_operation(self, letter: DeadLetter) -> Operation:
        body = {"id": letter.id, "state": "open", "times": 1, "letter": letter.model_dump(mode="json")}
        return Operation({"create": {"_index": self._index("dead"), "_id": letter.id}}, body)

    # Subscriptions

    def put_subscription(self, subscription: Subscription) -> None:
        self.put_subscriptions([subscription])

    def put_subscriptions(self, subscriptions: Sequence[Subscription]) -> None:
        index = self._index("subscriptions")
        self._certainly(
            [
                Operation({"index": {"_index": index, "_id": each.id}}, each.model_dump(mode="json"))
                for each in subscriptions
            ]
        )

    def delete_subscription(self, id: str) -> bool:
        index = self._index("subscriptions")
        with self._errors():
            for _ in range(_CONFLICTS):
                try:
                    kept = self._client.get(index=index, id=id)
                    if kept["_source"].get("deleted"):
                        return False
                    self._client.index(
                        index=index,
                        id=id,
                        document={"id": id, "deleted": True},
                        if_seq_no=kept["_seq_no"],
                        if_primary_term=kept["_primary_term"],
                    )
                except NotFoundError as error:
                    if "error" in error.body:
                        raise
                    return False
                except ConflictError:
                    continue
                return True
        raise self._unavailable(f"{index}/{id} is changed by others all the time")

    def subscriptions(self) -> list[Subscription]:
        self._refresh("subscriptions")
        asked = {"bool": {"must_not": [{"term": {"deleted": True}}]}}
        hits = self._walk("subscriptions", asked, [{"id": "asc"}])
        return [Subscription.model_validate(hit["_source"]) for hit in hits]

    def subscription_changes(self, since: str | None = None) -> Changes:
        identity, done = self._place_in_subscriptions()
        version = f"{identity}:{done}"
        if since == version:
            return Changes(version, ())
        known, _, number = (since or "").rpartition(":")
        whole = known != identity
        self._refresh("subscriptions")
        asked: Json = {"match_all": {}} if whole else {"range": {"_seq_no": {"gt": int(number)}}}
        found = [hit["_source"] for hit in self._walk("subscriptions", asked, [{"id": "asc"}])]
        return Changes(
            version=version,
            put=tuple(Subscription.model_validate(each) for each in found if not each.get("deleted")),
            removed=() if whole else tuple(each["id"] for each in found if each.get("deleted")),
            whole=whole,
        )

    def _place_in_subscriptions(self) -> tuple[str, int]:
        """Which index it is, and the number up to which all that was written is complete: a write with a
        higher number may be there already while one with a lower number is still on its way.
        """
        index = self._index("subscriptions")
        with self._errors():
            told = self._client.indices.stats(index=index, level="shards", metric="docs")["indices"]
            if index not in told:
                raise self._unavailable(f"there is no index {index}")
            shards = told[index]["shards"]["0"]
        primary = next(shard for shard in shards if shard["routing"]["primary"])
        return str(told[index]["uuid"]), int(primary["seq_no"]["local_checkpoint"])

    # Alerts

    def record_matches(self, alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
        # Deliveries first: killed in between, the alert is still to be created, and nothing is forgotten.
        deliveries = [delivery for alert in alerts for delivery in pending_deliveries(alert)]
        self._certainly([self._delivery_operation(delivery) for delivery in deliveries])
        fates = self._certainly([self._alert_operation(alert) for alert in alerts])
        self._note("matched", captures)
        return [alert for alert, fate in zip(alerts, fates, strict=True) if not fate.conflict]

    def known_alerts(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), _IDS_AT_ONCE):
            asked = list(ids[start : start + _IDS_AT_ONCE])
            with self._errors():
                docs = self._client.mget(index=self._index("alerts"), ids=asked, source=False)["docs"]
            found.update(doc["_id"] for doc in docs if doc.get("found"))
        return found

    def alert(self, id: str) -> Alert | None:
        source = self._get("alerts", id)
        return None if source is None else Alert.model_validate(source)

    def latest_alerts(self, limit: int = 50, subscription: str | None = None) -> list[Alert]:
        asked: Json = {"match_all": {}} if subscription is None else {"term": {"subscription": subscription}}
        self._refresh("alerts")
        hits = self._hits("alerts", asked, [{"created_at": "desc"}, {"id": "asc"}], limit)["hits"]
        return [Alert.model_validate(hit["_source"]) for hit in hits]

    def story_alerts(self, story: str, limit: int = 200) -> list[Alert]:
        self._refresh("alerts")
        order: list[Json] = [{"created_at": "asc"}, {"id": "asc"}]
        hits = self._hits("alerts", {"term": {"story": story}}, order, limit)["hits"]
        return [Alert.model_validate(hit["_source"]) for hit in hits]

    def claim_deliveries(
        self,
        now: datetime,
        limit: int = 20,
        lease: timedelta = timedelta(minutes=1),
        *,
        batch: str | None = None,
        bundle: str | None = None,
    ) -> list[Delivery]:
        later = {"gt": now.isoformat()}
        pending: Json = {"term": {"state": "pending"}}
        which: list[Json] = []
        taken: list[Json] = [{"range": {"leased_until": later}}]
        if batch is not None:
            which = [{"term": {"batch": batch}}]
        elif bundle is not None:
            which = [{"term": {"bundle": bundle}}]
        else:
            taken.append({"range": {"due_at": later}})
        asked: Json = {"bool": {"filter": [pending, *which], "must_not": taken}}
        self._refresh("deliveries")
        hits = self._hits("deliveries", asked, _DELIVERED_IN_ORDER, limit)["hits"]
        if not which:
            hits = self._first_of_their_queues(hits)
        fates = self._certainly(
            [self._update(hit, {"leased_until": (now + lease).isoformat()}) for hit in hits]
        )
        return [_delivery(hit["_source"]) for hit, fate in zip(hits, fates, strict=True) if not fate.conflict]

    def resolve_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        left = {each.id: each for each in deliveries}
        for _ in range(_CONFLICTS):
            if not left:
                return
            with self._errors():
                docs = self._client.mget(index=self._index("deliveries"), ids=list(left))["docs"]
            open_ = [doc for doc in docs if doc.get("found") and doc["_source"]["state"] == "pending"]
            fates = self._certainly([self._update(doc, _resolved(left[doc["_id"]])) for doc in open_])
            left = {
                doc["_id"]: left[doc["_id"]] for doc, fate in zip(open_, fates, strict=True) if fate.conflict
            }
        raise self._unavailable("deliveries are changed by others all the time")

    def delivered_since(self, moment: datetime, subscription: str, channel: Channel) -> list[datetime]:
        asked: Json = {
            "bool": {
                "filter": [
                    {"term": {"state": "delivered"}},
                    {"term": {"place": place_key(subscription, channel)}},
                    {"range": {"finished_at": {"gte": moment.isoformat()}}},
                ]
            }
        }
        self._refresh("deliveries")
        hits = self._walk("deliveries", asked, [{"finished_at": "asc"}], fields=["finished_at"])
        return [datetime.fromisoformat(hit["_source"]["finished_at"]) for hit in hits]

    def _first_of_their_queues(self, hits: list[Json]) -> list[Json]:
        """Those of which no older one is pending for the same channel and thread."""
        queues = sorted({hit["_source"]["queue"] for hit in hits if hit["_source"].get("queue")})
        if not queues:
            return hits
        asked: Json = {"bool": {"filter": [{"term": {"state": "pending"}}, {"terms": {"queue": queues}}]}}
        with self._errors():
            answer = self._client.search(
                index=self._pattern("deliveries"),
                query=asked,
                collapse={"field": "queue"},
                sort=_DELIVERED_IN_ORDER,
                size=len(queues),
                source=False,
            )
        first = {hit["_id"] for hit in answer["hits"]["hits"]}
        return [hit for hit in hits if not hit["_source"].get("queue") or hit["_id"] in first]

    def _update(self, hit: Json, fields: Json) -> Operation:
        """Unless somebody else has changed it since."""
        place = {
            "_index": self._index("deliveries"),
            "_id": hit["_id"],
            "if_seq_no": hit["_seq_no"],
            "if_primary_term": hit["_primary_term"],
        }
        return Operation({"update": place}, {"doc": fields})

    def deliveries(self, alert: str) -> list[Delivery]:
        self._refresh("deliveries")
        hits = self._walk("deliveries", {"term": {"alert_id": alert}}, [{"id": "asc"}])
        return [_delivery(hit["_source"]) for hit in hits]

    def _alert_operation(self, alert: Alert) -> Operation:
        body = alert.model_dump(mode="json") | {"timing": timing(alert)}
        return Operation({"create": {"_index": self._index("alerts"), "_id": alert.id}}, body)

    def _delivery_operation(self, delivery: Delivery) -> Operation:
        alert = delivery.alert.model_dump(mode="json")
        body = {
            "id": delivery.id,
            "alert_id": delivery.alert.id,
            "alert": alert,
            "channel": delivery.channel.model_dump(mode="json"),
            "state": delivery.state,
            "attempts": delivery.attempts,
            "error": delivery.error,
            "created_at": alert["created_at"],
            "place": place_key(delivery.alert.subscription, delivery.channel),
            "queue": queue_of(delivery),
        }
        return Operation({"create": {"_index": self._index("deliveries"), "_id": delivery.id}}, body)

    # Silences

    def put_silence(self, silence: Silence) -> None:
        index = self._index("silences")
        self._certainly(
            [Operation({"index": {"_index": index, "_id": silence.id}}, silence.model_dump(mode="json"))]
        )

    def delete_silence(self, id: str) -> bool:
        with self._errors():
            try:
                self._client.delete(index=self._index("silences"), id=id)
            except NotFoundError as error:
                if "error" in error.body:
                    raise
                return False
        return True

    def silences(self) -> list[Silence]:
        self._refresh("silences")
        hits = self._walk("silences", {"match_all": {}}, [{"id": "asc"}])
        return [Silence.model_validate(hit["_source"]) for hit in hits]

    # Settlement

    def settled(self, captures: Sequence[str]) -> set[str]:
        if not self._track_captures:
            return set(captures)
        if not captures:
            return set()
        with self._errors():
            docs = self._client.mget(
                index=self._index("captures"), ids=[_capture_id(capture) for capture in captures]
            )["docs"]
        notes = [doc.get("_source", {}) for doc in docs]
        return {
            capture
            for capture, note in zip(captures, notes, strict=True)
            if note.get("dead") or (note.get("indexed") and note.get("matched"))
        }

    def forget_captures(self, captures: Sequence[str]) -> None:
        if self._track_captures:
            index = self._index("captures")
            self._certainly(
                [
                    Operation({"delete": {"_index": index, "_id": _capture_id(capture)}})
                    for capture in captures
                ]
            )

    def _note(self, what: str, captures: Sequence[str]) -> None:
        """That each capture was indexed, was matched or is dead."""
        if self._track_captures:
            index = self._index("captures")
            self._certainly(
                [
                    Operation(
                        {
                            "update": {
                                "_index": index,
                                "_id": _capture_id(capture),
                                "retry_on_conflict": _CONFLICTS,
                            }
                        },
                        {"doc": {what: True}, "doc_as_upsert": True},
                    )
                    for capture in dict.fromkeys(captures)
                    if capture
                ]
            )

    def counts(self) -> Counts:
        stories = {"cardinality": {"field": "story", "precision_threshold": _STORIES_EXACT}}
        with self._errors():
            articles = self._client.search(
                index=self._pattern("articles"), size=0, track_total_hits=True, aggs={"stories": stories}
            )
            return Counts(
                articles=articles["hits"]["total"]["value"],
                stories=articles.get("aggregations", {}).get("stories", {}).get("value", 0),
                alerts=self._count("alerts", {"match_all": {}}),
                dead_letters=self._count("dead", {"term": {"state": "open"}}),
                deliveries=self._count("deliveries", {"term": {"state": "pending"}}),
            )

    # The server

    def _index(self, kind: str) -> str:
        return f"{self._prefix}-{kind}"

    def _pattern(self, kind: str) -> str:
        """What to read from: where there is no article yet, a pattern finds none instead of failing."""
        return f"{self._index(kind)}-*" if kind == "articles" else self._index(kind)

    def _put_settings(self) -> None:
        settings = _template("settings")
        settings["template"]["settings"]["index"]["number_of_replicas"] = self._replicas
        settings["template"]["settings"]["analysis"]["analyzer"]["newswatch_text"]["type"] = self._analyzer
        self._client.cluster.put_component_template(
            name=self._index("settings"), template=settings["template"], meta=settings["_meta"]
        )

    def _put_index_template(self, kind: str) -> Json:
        template = _template(kind)
        if kind == "articles":
            template["template"]["aliases"] = {self._index(kind): {}}
        self._client.indices.put_index_template(
            name=self._index(kind),
            index_patterns=[self._pattern(kind)],
            composed_of=[self._index("settings")],
            priority=200,
            template=template["template"],
            meta=template["_meta"],
        )
        mappings: Json = template["template"]["mappings"]
        return mappings

    def _create(self, index: str) -> None:
        try:
            self._client.indices.create(index=index)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def _refresh(self, kind: str) -> None:
        with self._errors():
            self._client.indices.refresh(index=self._pattern(kind))

    def _get(self, kind: str, id: str) -> Json | None:
        with self._errors():
            try:
                source: Json = self._client.get(index=self._index(kind), id=id)["_source"]
            except NotFoundError as error:
                if "error" in error.body:
                    raise
                return None
        return source

    def _count(self, kind: str, query: Json) -> int:
        return int(self._client.count(index=self._pattern(kind), query=query)["count"])

    def _hits(
        self,
        kind: str,
        query: Json,
        order: list[Json],
        limit: int,
        offset: int = 0,
        place: tuple[int, str] | None = None,
    ) -> Json:
        with self._errors():
            answer = self._client.search(
                index=self._pattern(kind),
                query=query,
                sort=order,
                size=min(limit, _WINDOW - offset),
                from_=offset,
                search_after=None if place is None else list(place),
                track_total_hits=True,
                seq_no_primary_term=True,
            )
        hits: Json = answer["hits"]
        return hits

    def _walk(
        self,
        kind: str,
        query: Json,
        order: list[Json],
        place: tuple[int, str] | None = None,
        fields: list[str] | None = None,
    ) -> Iterator[Json]:
        """All hits as of now, page by page; those behind the place; of each, the named fields alone."""
        page = _PAGE if fields is None else _SMALL_PAGE
        with self._errors():
            pit = self._client.open_point_in_time(index=self._pattern(kind), keep_alive="5m")["id"]
        try:
            after: Json = {} if place is None else {"search_after": list(place)}
            while True:
                with self._errors():
                    answer = self._client.search(
                        pit={"id": pit, "keep_alive": "5m"},
                        query=query,
                        sort=order,
                        size=page,
                        source_includes=fields,
                        **after,
                    )
                pit = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < page:
                    return
                after = {"search_after": hits[-1]["sort"]}
        finally:
            # It expires by itself too.
            with contextlib.suppress(ApiError, TransportError):
                self._client.close_point_in_time(id=pit)

    def _bulk(self, operations: Sequence[Operation]) -> list[Fate]:
        return bulk(self._client, operations, self._unavailable, self._first_pause) if operations else []

    def _certainly(self, operations: Sequence[Operation]) -> list[Fate]:
        """What is of our own making and must not be refused."""
        fates = self._bulk(operations)
        for fate in fates:
            if fate.refused:
                raise self._unavailable(fate.error)
        return fates

    def _change(self, index: str, id: str, change: Callable[[Json], Json | None]) -> None:
        """Read the document and write what `change` makes of it, unless None; nothing where there is none."""
        with self._errors():
            for _ in range(_CONFLICTS):
                try:
                    doc = self._client.get(index=index, id=id)
                    fields = change(doc["_source"])
                    if fields is None:
                        return
                    self._client.update(
                        index=index,
                        id=id,
                        doc=fields,
                        if_seq_no=doc["_seq_no"],
                        if_primary_term=doc["_primary_term"],
                    )
                except NotFoundError as error:
                    if "error" in error.body:
                        raise
                except ConflictError:
                    continue
                return
        raise self._unavailable(f"{index}/{id} is changed by others all the time")

    def _unavailable(self, cause: object) -> StoreUnavailable:
        """The error to raise: address, cause and way out in one line."""
        status = cause.meta.status if isinstance(cause, ApiError) else 0
        if status in {401, 403}:
            way_out = "give it a user or an API key that may write newswatch's indices"
        elif status == 404:
            way_out = "an index is missing: start newswatch again, it creates what it needs"
        elif isinstance(cause, TransportError):
            way_out = "start it or correct its address; newswatch goes on by itself"
        else:
            way_out = "look into Elasticsearch's log; newswatch tries again by itself"
        return StoreUnavailable(f"Elasticsearch at {self._url}: {_one_line(cause)}; {way_out}")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ApiError, TransportError) as error:
            raise self._unavailable(error) from error


def _template(name: str) -> Json:
    text = (resources.files("services.store") / "elastic_templates" / f"{name}.json").read_text("utf-8")
    template: Json = json.loads(text)
    return template


def _one_line(cause: object) -> str:
    return " ".join(str(cause).split())


def _capture_id(capture: str) -> str:
    """Captures come with names of any length, Elasticsearch's ids are short."""
    return hashlib.sha256(capture.encode()).hexdigest()


def _outcome(article: ThreadedArticle, fate: Fate) -> Outcome:
    if fate.refused:
        return Outcome("refused", f"article {article.id}: {fate.error}")
    return Outcome("stale" if fate.conflict else "stored")


def _article(hit: Json) -> ThreadedArticle:
    return ThreadedArticle.model_validate(hit["_source"])


def _died_again(letter: Json, kept: Json) -> Json | None:
    # The letter as it is kept is the same refusal, told twice; any other one is a new death.
    if kept["state"] == "open" or kept["letter"] == letter:
        return None
    return {"state": "open", "times": kept["times"] + 1, "letter": letter}


def _dead_entry(source: Json) -> DeadEntry:
    return DeadEntry(DeadLetter.model_validate(source["letter"]), source["state"], source["times"])


def _resolved(each: Delivery) -> Json:
    return {
        "state": each.state,
        "attempts": each.attempts,
        "error": each.error,
        "due_at": _stamp(each.due_at),
        "finished_at": _stamp(each.finished_at),
        "reason": each.reason,
        "batch": each.batch,
        "bundle": each.bundle,
        "tried_at": _stamp(each.tried_at),
        "leased_until": None,
        "timing": delivery_timing(each),
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _delivery(source: Json) -> Delivery:
    return Delivery(
        id=source["id"],
        alert=Alert.model_validate(source["alert"]),
        channel=Channel.model_validate(source["channel"]),
        state=source["state"],
        attempts=source["attempts"],
        error=source["error"],
        due_at=_moment(source.get("due_at")),
        finished_at=_moment(source.get("finished_at")),
        reason=source.get("reason", ""),
        batch=source.get("batch", ""),
        bundle=source.get("bundle", ""),
        tried_at=_moment(source.get("tried_at")),
    )
