"""For which alerts a silence holds. Pure."""

from collections.abc import Callable
from datetime import datetime

from schemas.events import Alert, Silence, ThreadedArticle
from services.kit.query import matches, parse


def is_silenced(alert: Alert, silence: Silence, now: datetime) -> bool:
    """Whether the silence holds for the alert, as far as that can be told without its article."""
    if silence.ends_at is not None and silence.ends_at <= now:
        return False
    if silence.subscription is not None and silence.subscription != alert.subscription:
        return False
    if silence.story is not None and silence.story != alert.story:
        return False
    return silence.labels.items() <= alert.labels.items()


def holds(
    silence: Silence, alert: Alert, now: datetime, article: Callable[[], ThreadedArticle | None]
) -> bool:
    """Whether the silence holds for the alert. `article` is asked only where the silence has a query, and
    QueryError raised where that cannot be read.
    """
    if not is_silenced(alert, silence, now):
        return False
    if silence.query is None:
        return True
    told = article()
    return told is not None and matches(parse(silence.query), told)
