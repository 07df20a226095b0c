"""The alerts that follow when an article fulfils subscriptions. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.events import Alert, Event, ThreadedArticle
from services.alerter.followed import Followed
from services.kit.query import evidence, matched_event
from services.kit.telling import told

VERBS = {"expulsion": "expelled", "mission_closure": "closed a mission of"}


def alerts(article: ThreadedArticle, fulfilled: Iterable[Followed], now: datetime) -> list[Alert]:
    """The alerts that the article gives rise to. The same article always gives alerts of the same ids,
    whenever it comes; whether one was sent before is for the store to know.
    """
    return [
        _alert(article, each, fact, now)
        for each in fulfilled
        for fact in told(article, each.query, each.subscription.every)
    ]


def alert_id(subscription: str, story: str, fact: str) -> str:
    """Equal for what must be told only once."""
    return hashlib.sha256(f"{subscription}\0{story}\0{fact}".encode()).hexdigest()


def in_words(event: Event, names: dict[str, str]) -> str:
    """The event as a short sentence: 'NATO expelled 8 diplomats (Russia)'."""
    actor = _listed(event.actor, names) or "someone"
    target = _listed(event.target, names)
    status = "" if event.status == "done" else f" ({event.status})"
    if event.type == "expulsion":
        number = f"{event.count} " if event.count is not None else ""
        one = "diplomat" if event.count == 1 else "diplomats"
        return f"{actor} expelled {number}{one}{f' of {target}' if target else ''}{status}"
    verb = VERBS.get(event.type, event.type.replace("_", " "))
    return f"{actor} {verb} {target or 'someone'}{status}"


def retry_at(now: datetime, attempts: int) -> datetime:
    """When a delivery that failed is tried again: after 1 s, 2 s, 4 s … 10 minutes at most."""
    return now + timedelta(seconds=min(600, 2**attempts))


def _alert(article: ThreadedArticle, each: Followed, fact: str, now: datetime) -> Alert:
    subscription = each.subscription
    event = matched_event(each.query, article)
    names = {
        entity.id: entity.name
        for entity in article.entities
        if entity.id and entity.type in ("state", "organisation")
    }
    return Alert(
        id=alert_id(subscription.id, article.story, fact),
        subscription=subscription.id,
        subscription_name=subscription.name,
        query=subscription.query,
        story=article.story,
        fact=fact,
        article_id=article.id,
        capture_id=article.capture_id,
        title=article.title,
        url=article.url,
        source=article.source,
        source_name=article.source_name,
        language=article.language,
        published_at=article.published_at,
        fetched_at=article.fetched_at,
        created_at=now,
        summary=in_words(event, names) if event else article.title,
        event=event,
        evidence=evidence(each.query, article),
        deliver=subscription.deliver,
    )


def _listed(codes: Sequence[str], names: dict[str, str]) -> str:
    return " and ".join(names.get(code, code) for code in codes)
