"""Why an article alerted somebody, or did not: its way through the stages, its fate with subscriptions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from schemas.events import Alert, Subscription, ThreadedArticle
from services.kit.query import QueryError, matches, parse
from services.kit.query.failing import failing
from services.kit.telling import alert_id, told
from services.store.protocol import DeadEntry, Delivery, Store
from services.store.threads import deliveries_of

MOST_ALERTS = 10_000  # on the article's story that are looked at

Verdict = Literal["alerted", "told before", "nothing new", "history", "not matched", "not asked", "not yet"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that the article passed; `at` where that is known."""

    stage: str
    at: datetime | None
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the article with one subscription, and why."""

    subscription: Subscription
    verdict: Verdict
    why: str
    alert: Alert | None = None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """`article`: as the store has it. `dead`: what was refused of it, oldest first. `unmatched`: how many
    subscriptions it does not match, of which `fates` tells only where one was asked for.
    """

    id: str
    article: ThreadedArticle | None
    dead: tuple[DeadEntry, ...]
    steps: tuple[Step, ...]
    fates: tuple[Fate, ...]
    unmatched: int


def why(store: Store, id: str, subscription: str | None = None) -> Why:
    """Of the article of that id. KeyError where there is no such subscription."""
    article = store.article(id)
    dead = tuple(store.dead_of(id))
    asked = store.subscriptions()
    if subscription is not None:
        asked = [each for each in asked if each.id == subscription]
        if not asked:
            raise KeyError(f"no subscription {subscription!r}")
    if article is None:
        return Why(id, None, dead, (), (), 0)
    raised: dict[str, list[Alert]] = defaultdict(list)
    for alert in store.story_alerts(
        article.story, MOST_ALERTS, None if subscription is None else [subscription]
    ):
        if alert.article_id == id:
            raised[alert.subscription].append(alert)
    fates = [_fate(store, article, each, raised[each.id]) for each in asked]
    told_of = [each for each in fates if subscription is not None or each.verdict not in _QUIET]
    return Why(id, article, dead, tuple(steps(article)), tuple(told_of), len(fates) - len(told_of))


def steps(article: ThreadedArticle) -> Sequence[Step]:
    """The article's way, in the order of the stages."""
    passed = article.stages
    via = f"in {article.discovered_via}" if article.discovered_via else ""
    source = f"source {article.source}" if article.source else ""
    events = [
        f"{event.type.replace('_', ' ')}: {', '.join(event.actor) or '?'} → {', '.join(event.target) or '?'}"
        f"{f', {event.count}' if event.count is not None else ''}, {event.status} "
        f"(rule {event.rule or 'unnamed'}){f': “{event.span.text}”' if event.span else ''}"
        for event in article.events
    ]
    topics = ", ".join(f"{topic.label} {topic.score:.2f}" for topic in article.topics)
    related = {
        "new": f"begins story {article.story}",
        "copy": f"copy of {article.original or article.duplicate_of}, in story {article.story}",
        "edit": f"edit, in story {article.story}",
        "follow-up": f"follow-up in story {article.story}",
    }[article.relation]
    facts = [f"new fact: {fact.type.replace('_', ' ')} ({fact.kind})" for fact in article.new_facts]
    found = [
        Step("published", article.published_at, (article.title,)),
        Step("discovered", article.discovered_at, _lines(via, source)),
        Step(
            "fetched",
            article.fetched_at,
            _lines(article.url, article.archive and f"archive {article.archive}"),
        ),
        Step(
            "cleaned",
            passed.cleaned_at if passed else None,
            (f"{len(article.text_tokens.split())} words, language {article.language or 'unknown'}",),
        ),
        Step(
            "tagged",
            passed.tagged_at if passed else None,
            _lines(topics and f"topics: {topics}", *events) or ("no topics, no events",),
        ),
        Step(
            "threaded",
            passed.threaded_at if passed else None,
            _lines(related, article.reason and f"because {article.reason} ({article.score:.2f})", *facts),
        ),
    ]
    return [step for step in found if step.at is not None or step.told]


_QUIET: frozenset[Verdict] = frozenset({"not matched", "not asked"})


def _fate(
    store: Store, article: ThreadedArticle, subscription: Subscription, raised: Sequence[Alert]
) -> Fate:
    """`raised`: what the article raised with it, whatever an edit or a change of the subscription made of it
    since.
    """
    if raised:
        return _alerted(store, subscription, raised)
    if not subscription.enabled:
        return Fate(subscription, "not asked", "the subscription is switched off")
    try:
        query = parse(subscription.query, everything=subscription.everything)
    except QueryError as error:
        return Fate(subscription, "not matched", f"its query cannot be read: {error}")
    if not matches(query, article):
        clauses = "; ".join(failing(query, article))
        return Fate(subscription, "not matched", f"the article fails {clauses}")
    if subscription.languages and article.language not in subscription.languages:
        wanted = ", ".join(subscription.languages)
        return Fate(
            subscription,
            "not asked",
            f"it is in {article.language or 'no known language'}, asked for is {wanted}",
        )
    facts = told(article, query, subscription.every)
    if not facts:
        quiet = "a copy" if article.relation == "copy" else "no new fact of what is asked for"
        return Fate(
            subscription,
            "nothing new",
            f"matches, but it is {quiet} (alerts once for each {subscription.every})",
        )
    there = (store.alert(alert_id(subscription.id, article.story, fact)) for fact in facts)
    alert = next((each for each in there if each is not None), None)
    if alert is None:
        return _never_raised(article, subscription)
    told_by = f"{alert.source_name or alert.source or 'another'}: {alert.title}"
    return Fate(
        subscription,
        "told before",
        f"this was told already, by {told_by}",
        alert,
        tuple(deliveries_of(store, alert)),
    )


def _alerted(store: Store, subscription: Subscription, raised: Sequence[Alert]) -> Fate:
    first = raised[0]
    if first.backfill:
        return Fate(subscription, "history", "read in later: recorded, and delivered nowhere", first)
    marks = ", ".join(f"“{span.text}”" for span in first.evidence[:5])
    deliveries = tuple(delivery for alert in raised for delivery in deliveries_of(store, alert))
    return Fate(subscription, "alerted", f"matches{f' by {marks}' if marks else ''}", first, deliveries)


def _never_raised(article: ThreadedArticle, subscription: Subscription) -> Fate:
    matched = (
        article.stages.threaded_at if article.stages and article.stages.threaded_at else article.fetched_at
    )
    if subscription.created_at is not None and subscription.created_at > matched:
        return Fate(subscription, "not asked", "the article is older than the subscription")
    if subscription.expires_at is not None and subscription.expires_at <= matched:
        return Fate(subscription, "not asked", "the subscription had expired")
    return Fate(
        subscription,
        "not yet",
        "matches as it is now, and no alert is there: the alerter has not come to it, or the subscription or "
        "the article was another one when it did",
    )


def _lines(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def as_json(found: Why) -> dict[str, Any]:
    def when(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "id": found.id,
        "known": found.article is not None,
        "steps": [
            {"stage": step.stage, "at": when(step.at), "told": list(step.told)} for step in found.steps
        ],
        "dead": [
            {
                "id": each.letter.id,
                "service": each.letter.service,
                "at": when(each.letter.at),
                "reason": each.letter.reason,
                "code": each.letter.code,
                "error": each.letter.error,
                "state": each.state,
            }
            for each in found.dead
        ],
        "fates": [
            {
                "subscription": each.subscription.id,
                "verdict": each.verdict,
                "why": each.why,
                "alert": each.alert.id if each.alert else None,
                "deliveries": [
                    {
                        "channel": delivery.channel.model_dump(exclude_none=True),
                        "state": delivery.state,
                        "reason": delivery.reason,
                        "error": delivery.error,
                        "due_at": when(delivery.due_at),
                        "finished_at": when(delivery.finished_at),
                    }
                    for delivery in each.deliveries
                ],
            }
            for each in found.fates
        ],
        "unmatched": found.unmatched,
    }
