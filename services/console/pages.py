"""The pages for people, and the feed."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.events import Subscription
from services.console import alert_pages, core
from services.console.deliveries import delivery_row
from services.console.feed import alerts_feed, json_feed
from services.console.fields import form
from services.console.guard import own_origin
from services.console.live import EventStream, Hub
from services.console.view import ALERTS_ON_SHOW, ARTICLES_ON_SHOW, Console, Missing, read
from services.kit.feeds import ATOM, JSON, feed_url
from services.kit.passages import quoted
from services.kit.query import QueryError, evidence, parse
from services.kit.stories import story_of
from services.store.threads import deliveries_of, thread
from services.store.why import why

PER_PAGE = 20
LAST_PAGE = 500  # a store pages no deeper than 10,000
LISTED = 100
PAYLOAD_SHOWN = 20_000  # characters

Id = Annotated[str, Path(max_length=200)]


def router(console: Console, hub: Hub) -> APIRouter:
    pages = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
    for add in (_now, _alerts, alert_pages.add, _articles, _search, _why, _dead_letters, _subscriptions):
        add(pages, console)

    @pages.get("/events")
    async def events() -> Response:
        if hub.full:
            raise HTTPException(503, "Too many pages listen already; close some.")
        return EventStream(hub)

    return pages


def _now(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/")
    def now_page() -> Response:
        now = clock()
        return console.page(
            "now.html",
            alerts=[core.alert_row(alert, now) for alert in store.latest_alerts(ALERTS_ON_SHOW)],
            articles=[core.article_row(article, now) for article in store.latest_articles(ARTICLES_ON_SHOW)],
            counts=store.counts(),
            states=console.services.states(),
        )

    @pages.get("/services")
    def services() -> Response:
        states = console.services.states()
        return console.page(
            "services.html", states=states, summary=core.summary(states), counts=store.counts()
        )


def _alerts(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/alerts")
    def alerts(subscription: str | None = None) -> Response:
        now = clock()
        found = store.latest_alerts(LISTED, subscription or None)
        rows = [core.alert_row(alert, now) for alert in found]
        return console.page("alerts.html", alerts=rows, subscription=subscription, listed=LISTED)

    @pages.get("/alerts.atom")
    def atom(request: Request, subscription: str | None = None) -> Response:
        return feed(request, subscription, alerts_feed, ATOM)

    @pages.get("/alerts.json")
    def json(request: Request, subscription: str | None = None) -> Response:
        return feed(request, subscription, json_feed, JSON)

    def feed(request: Request, subscription: str | None, write: Callable[..., bytes], kind: str) -> Response:
        found = store.latest_alerts(50, subscription or None)
        name = ""
        if subscription:
            names = {each.id: each.name for each in store.subscriptions()}
            if subscription not in names and not found:
                raise Missing(f"There is no subscription with the id {subscription}, and no alert of one.")
            name = names.get(subscription, "")
        home, hub = console.settings.console_url, console.settings.feed_hub
        body = write(found, home, subscription or None, name, hub)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        asked = request.headers.get("if-none-match", "")
        if tag in {each.strip().removeprefix("W/") for each in asked.split(",")} or asked.strip() == "*":
            return Response(status_code=304, headers=headers)
        own = feed_url(home, kind, subscription or None)
        headers["Link"] = f'<{own}>; rel="self"' + (f', <{hub}>; rel="hub"' if hub else "")
        return Response(body, media_type=kind, headers=headers)

    @pages.get("/alerts/{id}")
    def alert(id: Id) -> Response:
        found = store.alert(id)
        if found is None:
            raise Missing(f"There is no alert with the id {id}.")
        now = clock()
        article = store.article(found.article_id)
        others = [each for each in store.story(found.story) if each.id != found.article_id]
        names = core.names_of(article) if article else {}
        return console.page(
            "alert.html",
            alert=found,
            row=core.alert_row(found, now),
            event=core.event_row(found.event, article, names) if found.event else None,
            quotes=[quote for span in found.evidence if (quote := quoted(span, article))],
            reading=read(found.query),
            article=core.article_row(article, now) if article else None,
            others=[core.article_row(each, now) for each in others],
            deliveries=[delivery_row(each, now) for each in deliveries_of(store, found)],
            thread=thread(store, found, now),
            in_thread=[
                core.alert_row(each, now)
                for each in store.story_alerts(found.story, subscriptions=[found.subscription])
                if each.id != id
            ],
            fetched=core.when(found.fetched_at, now),
            published=core.when(found.published_at, now) if found.published_at else None,
        )


def _articles(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/articles/{id}")
    def article(id: Id) -> Response:
        found = store.article(id)
        if found is None:
            raise Missing(f"There is no article with the id {id}.")
        now = clock()
        return console.page(
            "article.html",
            article=found,
            row=core.article_row(found, now),
            shown=core.article_page(found),
            published=core.when(found.published_at, now) if found.published_at else None,
            modified=core.when(found.modified_at, now) if found.modified_at else None,
            entries=[
                (core.when(entry.published_at, now) if entry.published_at else None, entry)
                for entry in found.entries
            ],
            first_seen=core.when(found.first_seen, now),
        )

    @pages.get("/stories/{id}")
    def story(id: Id) -> Response:
        found = store.story(id)
        if not found:
            raise Missing(f"There is no story with the id {id}.")
        now = clock()
        return console.page("story.html", id=id, story=core.story_page(story_of(found), now))


def _search(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/search")
    def search(
        q: Annotated[str, Query(max_length=4000)] = "", page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1
    ) -> Response:
        if not q.strip():
            return console.page("search.html", q="", page=1, pages=0, reading=None, found=None, articles=[])
        try:
            query = parse(q)
        except QueryError:
            return console.page(
                "search.html", 422, q=q, page=1, pages=0, reading=read(q), found=None, articles=[]
            )
        found = store.search(query, PER_PAGE, (page - 1) * PER_PAGE)
        now = clock()
        return console.page(
            "search.html",
            q=q,
            page=page,
            pages=min(LAST_PAGE, -(-found.total // PER_PAGE)),
            reading=read(q),
            found=found.total,
            articles=[core.article_row(each, now, evidence(query, each)) for each in found.articles],
        )


def _why(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/why")
    def why_page(
        what: Annotated[str, Query(max_length=8192)] = "",
        subscription: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        given: dict[str, Any] = {"what": what, "subscription": subscription}
        if not what.strip():
            return console.page("why.html", found=None, error="", **given)
        try:
            found = why(store, console.article_of(what.strip()), subscription.strip() or None)
        except (core.Refused, KeyError) as error:
            return console.page("why.html", 422, found=None, error=str(error.args[0]), **given)
        now = clock()
        never = found.article is None and not found.dead
        fates = [(fate, [delivery_row(each, now) for each in fate.deliveries]) for fate in found.fates]
        rows = [(step, core.when(step.at, now) if step.at else None) for step in found.steps]
        dead = [core.dead_row(entry, now) for entry in found.dead]
        return console.page(
            "why.html",
            found=found,
            steps=rows,
            dead=dead,
            fates=fates,
            unseen=console.unseen(what.strip()) if never else [],
            error="",
            **given,
        )


def _dead_letters(pages: APIRouter, console: Console) -> None:
    store, clock = console.store, console.clock

    @pages.get("/dead")
    def dead(replayed: bool = False) -> Response:
        now = clock()
        rows = [core.dead_row(entry, now) for entry in store.dead_letters(LISTED, include_replayed=replayed)]
        return console.page(
            "dead.html", letters=rows, sources=core.dead_by_source(rows), replayed=replayed, listed=LISTED
        )

    @pages.get("/dead/{id}")
    def dead_letter(id: Id) -> Response:
        found = store.dead_letter(id)
        if found is None:
            raise Missing(f"There is no dead letter with the id {id}.")
        return console.page(
            "dead_letter.html",
            letter=found.letter,
            row=core.dead_row(found, clock()),
            payload=found.letter.payload[:PAYLOAD_SHOWN],
            cut=max(0, len(found.letter.payload) - PAYLOAD_SHOWN),
        )


def _subscriptions(pages: APIRouter, console: Console) -> None:
    store = console.store
    own = Depends(own_origin(console.settings.console_url))

    def subscriptions_page(status: int = 200, error: str = "", **fields: str) -> Response:
        return console.page(
            "subscriptions.html",
            status,
            subscriptions=[(each, read(each.query)) for each in store.subscriptions()],
            error=error,
            fields={**dict.fromkeys(core.FORM, ""), "every": "story", "priority": "normal", **fields},
        )

    def edit_page(kept: Subscription, status: int = 200, error: str = "", **fields: str) -> Response:
        return console.page(
            "subscription.html",
            status,
            subscription=kept,
            reading=read(kept.query),
            error=error,
            fields={**core.as_form(kept), **fields},
        )

    def the(id: str) -> Subscription:
        found = next((each for each in store.subscriptions() if each.id == id), None)
        if found is None:
            raise Missing(f"There is no subscription with the id {id}.")
        return found

    @pages.get("/subscriptions")
    def subscriptions(query: Annotated[str, Query(max_length=4000)] = "") -> Response:
        return subscriptions_page(query=query)

    @pages.post("/subscriptions", dependencies=[own])
    def subscribe(fields: Annotated[dict[str, str], Depends(form)]) -> Response:
        known = {name: fields[name] for name in core.FORM if name in fields}
        try:
            console.subscribe(core.from_form(fields, console.clock()))
        except core.Refused as error:
            return subscriptions_page(error.status, str(error), **known)
        except QueryError as error:
            return subscriptions_page(422, str(error), **known)
        return RedirectResponse("/subscriptions", 303)

    @pages.get("/subscriptions/{id}")
    def subscription(id: Id) -> Response:
        return edit_page(the(id))

    @pages.post("/subscriptions/{id}", dependencies=[own])
    def edit(id: Id, fields: Annotated[dict[str, str], Depends(form)]) -> Response:
        kept = the(id)
        known = {name: fields[name] for name in core.FORM if name in fields}
        try:
            console.edit(id, core.from_edit({**fields, "id": id}, kept, console.clock()))
        except core.Refused as error:
            return edit_page(kept, error.status, str(error), **known)
        except QueryError as error:
            return edit_page(kept, 422, str(error), **known)
        return RedirectResponse("/subscriptions", 303)

    @pages.post("/subscriptions/{id}/delete", dependencies=[own])
    def unsubscribe(id: Id) -> Response:
        console.unsubscribe(id)
        return RedirectResponse("/subscriptions", 303)
