"""Alerts in Elasticsearch: each created once, its deliveries before it."""

from collections.abc import Sequence
from typing import Any

from schemas.events import Alert
from services.store.elastic.bulk import Operation
from services.store.elastic.captures import Captures
from services.store.elastic.deliveries import Deliveries
from services.store.elastic.server import IDS_AT_ONCE, Server
from services.store.latency import timing
from services.store.terms import pending_deliveries

Json = dict[str, Any]


class Alerts:
    """The alerts of a Server; captures are noted as matched."""

    def __init__(self, server: Server, deliveries: Deliveries, captures: Captures) -> None:
        self._server = server
        self._deliveries = deliveries
        self._captures = captures

    def record(self, alerts: Sequence[Alert], captures: Sequence[str]) -> list[Alert]:
        # Deliveries first: killed in between, the alert is still to be created, and nothing is forgotten.
        self._deliveries.add([delivery for alert in alerts for delivery in pending_deliveries(alert)])
        fates = self._server.certainly([self._operation(alert) for alert in alerts])
        self._captures.note("matched", captures)
        return [alert for alert, fate in zip(alerts, fates, strict=True) if not fate.conflict]

    def known(self, ids: Sequence[str]) -> set[str]:
        index = self._server.index("alerts")
        found: set[str] = set()
        for start in range(0, len(ids), IDS_AT_ONCE):
            asked = list(ids[start : start + IDS_AT_ONCE])
            with self._server.errors():
                docs = self._server.client.mget(index=index, ids=asked, source=False)["docs"]
            found.update(doc["_id"] for doc in docs if doc.get("found"))
        return found

    def get(self, id: str) -> Alert | None:
        source = self._server.get("alerts", id)
        return None if source is None else Alert.model_validate(source)

    def latest(self, limit: int = 50, subscription: str | None = None) -> list[Alert]:
        asked: Json = {"match_all": {}} if subscription is None else {"term": {"subscription": subscription}}
        self._server.refresh("alerts")
        hits = self._server.hits("alerts", asked, [{"created_at": "desc"}, {"id": "asc"}], limit)["hits"]
        return [Alert.model_validate(hit["_source"]) for hit in hits]

    def of_story(self, story: str, limit: int, subscriptions: Sequence[str] | None) -> list[Alert]:
        self._server.refresh("alerts")
        order: list[Json] = [{"created_at": "asc"}, {"id": "asc"}]
        asked: list[Json] = [{"term": {"story": story}}]
        if subscriptions is not None:
            asked.append({"terms": {"subscription": list(subscriptions)}})
        hits = self._server.hits("alerts", {"bool": {"filter": asked}}, order, limit)["hits"]
        return [Alert.model_validate(hit["_source"]) for hit in hits]

    def _operation(self, alert: Alert) -> Operation:
        body = alert.model_dump(mode="json") | {"timing": timing(alert)}
        return Operation({"create": {"_index": self._server.index("alerts"), "_id": alert.id}}, body)
