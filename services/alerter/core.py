"""The alerts that follow when an article fulfils subscriptions. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.events import Alert, Event, Stages, Subscription, ThreadedArticle
from services.alerter.followed import Followed
from services.kit.passages import quotes
from services.kit.query import evidence, matched_event
from services.kit.telling import alert_id, thread_id, told

OLDER = timedelta(days=1)  # than a subscription may be what is news to it
VERBS = {"expulsion": "expelled", "mission_closure": "closed a mission of"}


def alerts(
    article: ThreadedArticle, fulfilled: Iterable[Followed], now: datetime, stages: Stages | None = None
) -> list[Alert]:
    """The alerts that the article gives rise to. The same article always gives alerts of the same ids,
    whenever it comes; whether one was sent before is for the store to know.
    """
    return [
        _alert(article, each, fact, now, stages)
        for each in fulfilled
        if _wanted(article, each.subscription, now)
        for fact in told(article, each.query, each.subscription.every)
    ]


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


def _wanted(article: ThreadedArticle, subscription: Subscription, now: datetime) -> bool:
    if subscription.expires_at is not None and subscription.expires_at <= now:
        return False
    return not subscription.languages or article.language in subscription.languages


def _is_history(article: ThreadedArticle, subscription: Subscription) -> bool:
    """Whether it was read long before anybody asked: a replay of a month is no news to a new subscription."""
    asked = subscription.created_at
    return asked is not None and article.fetched_at < asked - OLDER


def _alert(
    article: ThreadedArticle, each: Followed, fact: str, now: datetime, stages: Stages | None
) -> Alert:
    subscription = each.subscription
    event = matched_event(each.query, article)
    seen = evidence(each.query, article)
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
        thread=thread_id(subscription.id, article.story),
        fact=fact,
        news=next((new.kind for new in article.new_facts if new.id == fact), ""),
        answers=article.answers,
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
        discovered_at=article.discovered_at,
        stages=stages,
        summary=in_words(event, names) if event else article.title,
        event=event,
        evidence=seen,
        quotes=quotes(seen, article),
        deliver=subscription.deliver,
        labels=subscription.labels,
        priority=subscription.priority,
        backfill=article.backfill or _is_history(article, subscription),
    )


def _listed(codes: Sequence[str], names: dict[str, str]) -> str:
    return " and ".join(names.get(code, code) for code in codes)
