"""Whether an open page calls its reader to an alert: a browser's notification keeps to what the subscription
asks for, as deliveries do.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.events import Alert, Silence, Subscription
from services.kit.query import QueryError
from services.kit.silencing import holds
from services.kit.timetable import quiet_until, zone_of
from services.store.protocol import Store


def at_once(subscription: Subscription | None, now: datetime) -> bool:
    """Whether what it raises now is told at once: not to nobody, in a digest, after quiet hours, or when more
    outlets report it.
    """
    if subscription is None or not subscription.enabled or subscription.min_outlets > 1:
        return False
    if subscription.priority == "urgent":
        return True
    quiet = subscription.quiet
    return subscription.digest is None and (
        quiet is None or quiet_until(now, quiet, zone_of(subscription.zone)) is None
    )


class Calling:
    """Decides for each alert once, when it is seen first. For one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscriptions: dict[str, Subscription] = {}
        self._version: str | None = None
        self._decided: dict[str, bool] = {}

    def calls(self, alerts: Sequence[Alert], now: datetime) -> dict[str, bool]:
        """By the id of each of the alerts on show."""
        new = [alert for alert in alerts if alert.id not in self._decided]
        if new:
            self._refresh()
            silences = self._store.silences()
            self._decided |= {alert.id: self._calls(alert, silences, now) for alert in new}
        self._decided = {alert.id: self._decided[alert.id] for alert in alerts}
        return self._decided

    def _calls(self, alert: Alert, silences: Sequence[Silence], now: datetime) -> bool:
        asked = at_once(self._subscriptions.get(alert.subscription), now)
        return asked and not alert.backfill and not any(self._holds(each, alert, now) for each in silences)

    def _holds(self, silence: Silence, alert: Alert, now: datetime) -> bool:
        try:
            return holds(silence, alert, now, lambda: self._store.article(alert.article_id))
        except QueryError:
            return False  # the alerter's log tells of it

    def _refresh(self) -> None:
        changes = self._store.subscription_changes(self._version)
        if changes.whole:
            self._subscriptions.clear()
        self._subscriptions |= {each.id: each for each in changes.put}
        for id in changes.removed:
            self._subscriptions.pop(id, None)
        self._version = changes.version
