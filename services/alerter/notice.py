"""What is told: one alert, or several that were held back, with what is known of their stories. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.events import Alert, Context, Notification, Reported, ThreadedArticle
from services.kit.stories import outlet, told_at
from services.store.protocol import Delivery

NAMED = 20  # outlets that are named at most


def context(
    alert: Alert, articles: Sequence[ThreadedArticle], answered: Sequence[ThreadedArticle] = ()
) -> Context:
    """Who reported the alert's story first, and who confirms it. `articles`: those of the story that the
    store has by now; the alert's own may be missing among them. `answered`: those of the story that this one
    answers.
    """
    own = [each for each in articles if each.duplicate_of is None]
    tellers: dict[str, Reported] = {}
    for article in sorted(own, key=lambda each: (told_at(each), each.id)):
        tellers.setdefault(outlet(article), _report(article))
    ours = Reported(
        article=alert.article_id,
        outlet=alert.source_name or alert.source or "an unnamed outlet",
        title=alert.title,
        url=alert.url,
        at=alert.published_at or alert.fetched_at,
    )
    if not any(alert.article_id == each.id for each in articles):
        tellers.setdefault(ours.outlet, ours)
    first = min(tellers.values(), key=lambda each: (each.at, each.article), default=ours)
    confirming = tuple(name for name in tellers if name != first.outlet)
    return Context(
        first=first,
        outlets=max(1, len(tellers)),
        copies=len(articles) - len(own),
        confirming=confirming[:NAMED],
        answered=_report(min(answered, key=lambda each: (told_at(each), each.id))) if answered else None,
    )


def compose(
    deliveries: Sequence[Delivery],
    contexts: Mapping[str, Context],
    threads_before: Mapping[str, bool],
    console: str,
) -> Notification:
    """One notification of deliveries of one subscription to one channel. `threads_before`: whether something
    of that thread was told before, by the id of the alert.
    """
    alerts = tuple(each.alert for each in sorted(deliveries, key=lambda each: each.alert.created_at))
    newest = alerts[-1]
    first = deliveries[0]
    home = console.rstrip("/")
    shared = {
        "subscription": newest.subscription,
        "subscription_name": newest.subscription_name,
        "priority": newest.priority,
        "labels": newest.labels,
        "alerts": alerts,
        "stories": {each.story: contexts[each.story] for each in alerts if each.story in contexts},
    }
    if len(alerts) == 1:
        return Notification(
            id=first.id,
            kind="update" if threads_before.get(newest.id) else "alert",
            thread=newest.thread,
            held=first.reason,
            console=f"{home}/alerts/{newest.id}" if home else "",
            **shared,  # type: ignore[arg-type]
        )
    return Notification(
        id=first.bundle or first.id,
        kind="digest" if first.batch.startswith("digest ") else "summary",
        held=first.reason,
        console=f"{home}/alerts?subscription={newest.subscription}" if home else "",
        **shared,  # type: ignore[arg-type]
    )


def updates(alert: Alert, of_story: Sequence[Alert]) -> bool:
    """Whether something of the alert's thread was raised before it."""
    return any(
        each.thread == alert.thread and _order(each) < _order(alert) for each in of_story if each.thread
    )


def _order(alert: Alert) -> tuple[datetime, str]:
    return alert.created_at, alert.id


def _report(article: ThreadedArticle) -> Reported:
    return Reported(
        article=article.id, outlet=outlet(article), title=article.title, url=article.url, at=told_at(article)
    )
