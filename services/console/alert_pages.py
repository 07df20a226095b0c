"""The pages of alert threads and of silences."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import RedirectResponse

from services.console import core
from services.console.fields import form
from services.console.guard import own_origin
from services.console.silences import FORM, from_form, silence_row
from services.console.threads import thread_page, thread_row
from services.console.view import Console, Missing
from services.kit.query import QueryError
from services.kit.stories import story_of
from services.store.threads import deliveries_of, thread_of, threads

LISTED = 100

Id = Annotated[str, Path(max_length=200)]


def add(pages: APIRouter, console: Console) -> None:
    """The routes."""
    _threads(pages, console)
    _silences(pages, console)


def _threads(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/threads")
    def list_of_threads(subscription: str | None = None) -> Response:
        now = clock()
        found = threads(store, now, LISTED, subscription or None)
        return console.page(
            "threads.html",
            threads=[thread_row(each, now) for each in found],
            subscription=subscription,
            listed=LISTED,
        )

    @pages.get("/threads/{subscription}/{story}")
    def one_thread(subscription: Id, story: Id) -> Response:
        now = clock()
        found = thread_of(store, subscription, story, now)
        if found is None:
            raise Missing(f"The subscription {subscription} was told nothing of the story {story}.")
        articles = store.story(story)
        deliveries = {each.id: deliveries_of(store, each) for each in found.alerts}
        shown = thread_page(
            found, story_of(articles) if articles else None, deliveries, store.silences(), now
        )
        return console.page("thread.html", thread=shown)


def _silences(pages: APIRouter, console: Console) -> None:
    own = Depends(own_origin(console.settings.console_url))

    def page(status: int = 200, error: str = "", **fields: str) -> Response:
        now = console.clock()
        rows = [silence_row(each, now) for each in console.store.silences()]
        return console.page(
            "silences.html",
            status,
            holding=[row for row in rows if not row.over],
            over=[row for row in rows if row.over],
            subscriptions=[(each.id, each.name) for each in console.store.subscriptions()],
            error=error,
            fields={**dict.fromkeys(FORM, ""), **fields},
        )

    @pages.get("/silences")
    def silences(
        subscription: Annotated[str, Query(max_length=100)] = "",
        story: Annotated[str, Query(max_length=200)] = "",
        query: Annotated[str, Query(max_length=4000)] = "",
    ) -> Response:
        return page(subscription=subscription, story=story, query=query)

    @pages.post("/silences", dependencies=[own])
    def silence(fields: Annotated[dict[str, str], Depends(form)]) -> Response:
        known = {name: fields[name] for name in FORM if name in fields}
        try:
            console.silence(from_form(fields, console.clock()))
        except core.Refused as error:
            return page(error.status, str(error), **known)
        except QueryError as error:
            return page(422, f"query: {error}", **known)
        return RedirectResponse("/silences", 303)

    @pages.post("/silences/{id}/end", dependencies=[own])
    def end(id: Id) -> Response:
        console.end_silence(id)
        return RedirectResponse("/silences", 303)
