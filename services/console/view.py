"""What pages, API and live news share: the clients, the templates, and how queries are read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.events import Alert, Silence, Subscription, ThreadedArticle
from services.console.calling import Calling
from services.console.core import (
    NewSilence,
    NewSubscription,
    Refused,
    alert_row,
    article_key,
    article_row,
    edited,
    spaced,
    summary,
)
from services.console.core import subscription as to_keep
from services.console.crawlers import unseen
from services.console.live import News
from services.console.silences import ended, kept
from services.console.state import Services
from services.kit.clock import Clock
from services.kit.query import QueryError, explain, parse
from services.kit.settings import Settings
from services.kit.urls import article_id, canonical, outward
from services.store.protocol import Store

ALERTS_ON_SHOW = 30
ARTICLES_ON_SHOW = 60


class Missing(Exception):
    """What was asked for is not there. The message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query is understood, or why it is not (`error` with a caret under the place)."""

    query: str
    words: str = ""
    error: str = ""


def read(query: str) -> Reading:
    try:
        return Reading(query, words=explain(parse(query)))
    except QueryError as error:
        return Reading(query, error=str(error))


@dataclass(frozen=True, slots=True)
class Console:
    """The parts that every route works with."""

    store: Store
    settings: Settings
    clock: Clock
    services: Services
    templates: Environment
    calling: Calling

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        text = self.templates.get_template(template).render(**values)
        return HTMLResponse(text, status, headers={"Cache-Control": "no-cache"})

    def problem(self, status: int, message: str) -> HTMLResponse:
        return self.page("problem.html", status, title=HTTPStatus(status).phrase, message=message)

    def subscribe(self, new: NewSubscription) -> Subscription:
        """Keep a new subscription. Raises QueryError or Refused."""
        parse(new.query, everything=new.everything)
        made = to_keep(new, [each.id for each in self.store.subscriptions()], self.clock())
        self.store.put_subscription(made)
        return made

    def edit(self, id: str, new: NewSubscription) -> Subscription:
        """Keep a subscription as it is from now on. Raises Missing, QueryError or Refused."""
        before = next((each for each in self.store.subscriptions() if each.id == id), None)
        if before is None:
            raise Missing(f"There is no subscription with the id {id}.")
        parse(new.query, everything=new.everything)
        made = edited(new, before)
        self.store.put_subscription(made)
        return made

    def silence(self, new: NewSilence) -> Silence:
        """Keep a new silence. Raises QueryError or Refused."""
        if new.query is not None:
            parse(new.query)
        made = kept(new, self.store.silences(), self.clock())
        self.store.put_silence(made)
        return made

    def end_silence(self, id: str) -> Silence:
        """Deliver again from now on; that it held stays known. Raises Missing."""
        found = next((each for each in self.store.silences() if each.id == id), None)
        if found is None:
            raise Missing(f"There is no silence with the id {id}.")
        over = ended(found, self.clock())
        self.store.put_silence(over)
        return over

    def article_of(self, what: str) -> str:
        """The id of the article that an address, its id or an alert's id means. Raises Refused."""
        if re.fullmatch(r"[0-9a-f]{64}", what):
            alert = self.store.alert(what)
            return alert.article_id if alert is not None else what
        try:
            return article_id(canonical(what))
        except ValueError as error:
            raise Refused(f"{what}: neither an address nor an id ({error})") from error

    def unseen(self, what: str) -> list[str]:
        """Why there is no article of what article_of knows: lines, the next step last."""
        if re.fullmatch(r"[0-9a-f]{64}", what):
            return ["no article and no alert has this id", "give the address, which tells more"]
        named = [each.strip() for each in self.settings.crawler_urls.split(",") if each.strip()]
        return unseen(named or self.services.addresses("crawler"), canonical(what))

    def unsubscribe(self, id: str) -> None:
        if not self.store.delete_subscription(id):
            raise Missing(f"There is no subscription with the id {id}.")

    def fragment(self, macro: str, row: object) -> str:
        """One row as it stands in a page."""
        rows: Any = self.templates.get_template("rows.html").module
        return str(getattr(rows, macro)(row))

    def look(self) -> Sequence[News]:
        """All that is on show now, oldest first: a page puts each on top of the last."""
        now = self.clock()
        articles = reversed(self.store.latest_articles(ARTICLES_ON_SHOW))
        alerts = self.store.latest_alerts(ALERTS_ON_SHOW)
        calls = self.calling.calls(alerts, now)
        news = [self._article(article, now) for article in articles]
        news += [self._alert(alert, now, calls=calls[alert.id]) for alert in reversed(alerts)]
        counts = self.store.counts()
        news.append(News("counts", repr(counts), lambda: {"html": self.fragment("counts", counts)}))
        states = self.services.states()
        told = summary(states)
        news.append(
            News(
                "services",
                repr(states),
                lambda: {"summary": told, "html": self.fragment("services", states)},
            )
        )
        return news

    def _article(self, article: ThreadedArticle, now: datetime) -> News:
        def data() -> dict[str, str]:
            row = article_row(article, now)
            return {
                "id": row.id,
                "key": row.key,
                "title": article.title,
                "source": row.source,
                "relation": row.relation,
                "story": row.story,
                "html": self.fragment("article", row),
            }

        return News("article", article_key(article), data)

    def _alert(self, alert: Alert, now: datetime, *, calls: bool) -> News:
        def data() -> dict[str, str | bool]:
            row = alert_row(alert, now)
            return {
                "id": row.id,
                "key": row.id,
                "summary": row.summary,
                "source": row.source,
                "subscription": row.subscription,
                "subscription_name": row.subscription_name,
                "story": row.story,
                "article": row.article,
                "calls": calls,
                "html": self.fragment("alert", row),
            }

        return News("alert", alert.id, data)


def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spaced"] = spaced
    environment.filters["outward"] = outward
    environment.globals["not_started_here"] = summary(None)
    return environment
