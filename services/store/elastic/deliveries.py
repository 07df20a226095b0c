"""Deliveries in Elasticsearch: a queue that several processes draw from, under optimistic concurrency."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas.events import Alert, Channel
from services.store.elastic.bulk import Operation
from services.store.elastic.server import CONFLICTS, Server
from services.store.latency import delivery_timing
from services.store.protocol import Delivery
from services.store.terms import place_key, queue_of

Json = dict[str, Any]

_IN_ORDER: list[Json] = [{"created_at": "asc"}, {"id": "asc"}]


class Deliveries:
    """The deliveries of a Server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Those that are not there yet."""
        self._server.certainly([self._operation(delivery) for delivery in deliveries])

    def claim(
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
        self._server.refresh("deliveries")
        hits = self._server.hits("deliveries", asked, _IN_ORDER, limit)["hits"]
        if not which:
            hits = self._first_of_their_queues(hits)
        fates = self._server.certainly(
            [self._update(hit, {"leased_until": (now + lease).isoformat()}) for hit in hits]
        )
        return [_delivery(hit["_source"]) for hit, fate in zip(hits, fates, strict=True) if not fate.conflict]

    def resolve(self, deliveries: Sequence[Delivery]) -> None:
        left = {each.id: each for each in deliveries}
        index = self._server.index("deliveries")
        for _ in range(CONFLICTS):
            if not left:
                return
            with self._server.errors():
                docs = self._server.client.mget(index=index, ids=list(left))["docs"]
            open_ = [doc for doc in docs if doc.get("found") and doc["_source"]["state"] == "pending"]
            fates = self._server.certainly([self._update(doc, _resolved(left[doc["_id"]])) for doc in open_])
            left = {
                doc["_id"]: left[doc["_id"]] for doc, fate in zip(open_, fates, strict=True) if fate.conflict
            }
        raise self._server.unavailable("deliveries are changed by others all the time")

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
        self._server.refresh("deliveries")
        hits = self._server.walk("deliveries", asked, [{"finished_at": "asc"}], fields=["finished_at"])
        return [datetime.fromisoformat(hit["_source"]["finished_at"]) for hit in hits]

    def _first_of_their_queues(self, hits: list[Json]) -> list[Json]:
        """Those of which no older one is pending for the same channel and thread."""
        queues = sorted({hit["_source"]["queue"] for hit in hits if hit["_source"].get("queue")})
        if not queues:
            return hits
        asked: Json = {"bool": {"filter": [{"term": {"state": "pending"}}, {"terms": {"queue": queues}}]}}
        with self._server.errors():
            answer = self._server.client.search(
                index=self._server.pattern("deliveries"),
                query=asked,
                collapse={"field": "queue"},
                sort=_IN_ORDER,
                size=len(queues),
                source=False,
            )
        first = {hit["_id"] for hit in answer["hits"]["hits"]}
        return [hit for hit in hits if not hit["_source"].get("queue") or hit["_id"] in first]

    def _update(self, hit: Json, fields: Json) -> Operation:
        """Unless somebody else has changed it since."""
        place = {
            "_index": self._server.index("deliveries"),
            "_id": hit["_id"],
            "if_seq_no": hit["_seq_no"],
            "if_primary_term": hit["_primary_term"],
        }
        return Operation({"update": place}, {"doc": fields})

    def of(self, alert: str) -> list[Delivery]:
        self._server.refresh("deliveries")
        hits = self._server.walk("deliveries", {"term": {"alert_id": alert}}, [{"id": "asc"}])
        return [_delivery(hit["_source"]) for hit in hits]

    def _operation(self, delivery: Delivery) -> Operation:
        alert = delivery.alert.model_dump(mode="json")
        body = {
            "id": delivery.id,
            "alert_id": delivery.alert.id,
            "alert": alert,
            "subscription": alert["subscription"],
            "channel": delivery.channel.model_dump(mode="json"),
            "state": delivery.state,
            "attempts": delivery.attempts,
            "error": delivery.error,
            "created_at": alert["created_at"],
            "place": place_key(delivery.alert.subscription, delivery.channel),
            "queue": queue_of(delivery),
        }
        return Operation({"create": {"_index": self._server.index("deliveries"), "_id": delivery.id}}, body)


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
