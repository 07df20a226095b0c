"""The HTTP API: the same things as JSON, under /api. Errors are {"error": "…"}."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query

from schemas.events import ThreadedArticle
from services.console import alerting
from services.console.deliveries import as_plain
from services.console.view import Console, Missing
from services.kit.query import explain, parse
from services.kit.query.highlight import highlight
from services.store.backtest import as_json, backtest
from services.store.facets import facets as count_facets
from services.store.protocol import DeadEntry
from services.store.relevance import by_relevance
from services.store.threads import deliveries_of

Limit = Annotated[int, Query(ge=1, le=500)]
# What makes an article long; /api/articles/{id} has the text.
LONG = {"text", "title_tokens", "text_tokens", "difference"}
TOKENS = {"title_tokens", "text_tokens"}

Json = dict[str, Any]


def brief(article: ThreadedArticle) -> Json:
    """An article without its text."""
    return article.model_dump(mode="json", exclude=LONG)


def router(console: Console) -> APIRouter:
    api = APIRouter(prefix="/api")
    store = console.store

    @api.get("/alerts")
    def alerts(limit: Limit = 50, subscription: str | None = None) -> Json:
        found = store.latest_alerts(limit, subscription)
        return {"alerts": [alert.model_dump(mode="json") for alert in found]}

    @api.get("/alerts/{id}")
    def alert(id: str) -> Json:
        found = store.alert(id)
        if found is None:
            raise Missing(f"There is no alert with the id {id}.")
        deliveries = [as_plain(each) for each in deliveries_of(store, found)]
        return {"alert": found.model_dump(mode="json"), "deliveries": deliveries}

    @api.get("/articles")
    def articles(limit: Limit = 50) -> Json:
        return {"articles": [brief(article) for article in store.latest_articles(limit)]}

    @api.get("/articles/{id}")
    def article(id: str) -> Json:
        found = store.article(id)
        if found is None:
            raise Missing(f"There is no article with the id {id}.")
        return {"article": found.model_dump(mode="json", exclude=TOKENS)}

    @api.get("/stories/{id}")
    def story(id: str) -> Json:
        found = store.story(id)
        if not found:
            raise Missing(f"There is no story with the id {id}.")
        return {"story": id, "articles": [brief(article) for article in found]}

    @api.get("/search")
    def search(
        q: Annotated[str, Query(max_length=4000)],
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
        offset: Annotated[int, Query(ge=0, le=9800)] = 0,
        after: str | None = None,
        sort: Literal["time", "relevance"] = "time",
        facets: bool = False,
    ) -> Json:
        query = parse(q)
        try:
            if sort == "relevance":
                found = by_relevance(store, query, query, limit, after)
            else:
                found = store.search(query, limit, 0 if after else offset, after)
        except ValueError as error:
            raise HTTPException(400, f"after: {error}") from error
        articles = [
            brief(article) | {"highlight": asdict(highlight(query, article))} for article in found.articles
        ]
        return {
            "total": found.total,
            "explanation": explain(query),
            "articles": articles,
            "after": found.after,
        } | ({"facets": asdict(count_facets(store.scan(query)))} if facets else {})

    @api.get("/backtest")
    def what_would_have_been(
        q: Annotated[str, Query(max_length=4000)], days: Annotated[int, Query(ge=1, le=400)] = 30
    ) -> Json:
        query = parse(q)
        now = console.clock()
        report = backtest(store, query, now - timedelta(days=days), now)
        return {"explanation": explain(query)} | as_json(report)

    @api.get("/services")
    def services() -> Json:
        states = console.services.states()
        shown = [
            {
                "name": state.name,
                "condition": state.condition,
                "words": state.words,
                "url": state.url,
                "pid": state.pid,
                "restarts": state.restarts,
            }
            for state in states or ()
        ]
        return {"started_here": states is not None, "services": shown}

    @api.get("/counts")
    def counts() -> Json:
        found = store.counts()
        return {
            "articles": found.articles,
            "stories": found.stories,
            "alerts": found.alerts,
            "dead_letters": found.dead_letters,
            "deliveries": found.deliveries,
        }

    @api.get("/dead")
    def dead(limit: Limit = 50, include_replayed: bool = False) -> Json:
        return {"dead_letters": [_dead(entry) for entry in store.dead_letters(limit, include_replayed)]}

    @api.get("/dead/{id}")
    def dead_letter(id: str) -> Json:
        found = store.dead_letter(id)
        if found is None:
            raise Missing(f"There is no dead letter with the id {id}.")
        return _dead(found)

    alerting.add(api, console)
    return api


def _dead(entry: DeadEntry) -> Json:
    return {"letter": entry.letter.model_dump(mode="json"), "state": entry.state, "times": entry.times}
