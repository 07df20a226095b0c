"""The HTTP API's part for subscriptions, silences and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.console.core import NewSilence, NewSubscription
from services.console.deliveries import as_plain
from services.console.guard import own_origin
from services.console.view import Console, Missing
from services.kit.stories import as_plain as story_as_plain
from services.kit.stories import story_of
from services.store.latency import as_json as latency_as_json
from services.store.latency import latency
from services.store.threads import as_json as thread_as_json
from services.store.threads import deliveries_of, thread_of, threads
from services.store.why import as_json, why

Json = dict[str, Any]


def add(api: APIRouter, console: Console) -> None:
    """The routes, under the router's prefix."""
    own = Depends(own_origin(console.settings.console_url))
    store = console.store

    @api.get("/subscriptions")
    def subscriptions() -> Json:
        return {"subscriptions": [each.model_dump(mode="json") for each in store.subscriptions()]}

    @api.post("/subscriptions", status_code=201, dependencies=[own])
    def subscribe(new: NewSubscription) -> Json:
        return {"subscription": console.subscribe(new).model_dump(mode="json")}

    @api.put("/subscriptions/{id}", dependencies=[own])
    def edit(id: str, new: NewSubscription) -> Json:
        return {"subscription": console.edit(id, new).model_dump(mode="json")}

    @api.delete("/subscriptions/{id}", status_code=204, dependencies=[own])
    def unsubscribe(id: str) -> Response:
        console.unsubscribe(id)
        return Response(status_code=204)

    @api.get("/silences")
    def silences() -> Json:
        return {"silences": [each.model_dump(mode="json") for each in store.silences()]}

    @api.post("/silences", status_code=201, dependencies=[own])
    def silence(new: NewSilence) -> Json:
        return {"silence": console.silence(new).model_dump(mode="json")}

    @api.post("/silences/{id}/end", dependencies=[own])
    def end(id: str) -> Json:
        return {"silence": console.end_silence(id).model_dump(mode="json")}

    @api.delete("/silences/{id}", status_code=204, dependencies=[own])
    def lift(id: str) -> Response:
        if not store.delete_silence(id):
            raise Missing(f"There is no silence with the id {id}.")
        return Response(status_code=204)

    @api.get("/threads")
    def alert_threads(
        limit: Annotated[int, Query(ge=1, le=500)] = 100, subscription: str | None = None
    ) -> Json:
        found = threads(store, console.clock(), limit, subscription)
        return {"threads": [thread_as_json(each) for each in found]}

    @api.get("/threads/{subscription}/{story}")
    def alert_thread(subscription: str, story: str) -> Json:
        found = thread_of(store, subscription, story, console.clock())
        if found is None:
            raise Missing(f"The subscription {subscription} was told nothing of the story {story}.")
        told = [
            each.model_dump(mode="json")
            | {"deliveries": [as_plain(way) for way in deliveries_of(store, each)]}
            for each in found.alerts
        ]
        articles = store.story(found.story)
        return {
            "thread": thread_as_json(found) | {"alerts": told},
            "story": story_as_plain(story_of(articles)) if articles else None,
        }

    @api.get("/latency")
    def latencies(limit: Annotated[int, Query(ge=1, le=2000)] = 500, subscription: str | None = None) -> Json:
        return latency_as_json(latency(store, limit, subscription))

    @api.get("/why")
    def why_so(
        what: Annotated[str, Query(max_length=8192)], subscription: Annotated[str | None, Query()] = None
    ) -> Json:
        try:
            found = why(store, console.article_of(what), subscription)
        except KeyError as error:
            raise Missing(f"There is {error.args[0]}.") from error
        never = found.article is None and not found.dead
        return as_json(found) | {"not_seen_because": console.unseen(what) if never else []}
