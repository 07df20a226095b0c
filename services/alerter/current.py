"""What holds for deliveries now: the subscriptions, the silences, and what the store knows of a story. The
last is kept for a moment, so that a burst of deliveries asks the store once.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from schemas.events import Alert, Channel, Silence, Subscription, ThreadedArticle
from services.alerter.channels.sender import Limits
from services.alerter.gates import HOUR, Circumstances, channel_key
from services.alerter.notice import context
from services.kit import logs
from services.kit.query import QueryError
from services.kit.silencing import holds
from services.store.protocol import Delivery, Store

FRESH = 1.0  # seconds
MOST_STORIES = 500
MOST_ALERTS = 200  # on one story that are asked for at once
log = logs.get(__name__)


class Current:
    """Asks the store, in a thread of whoever calls; not for two at once."""

    def __init__(self, store: Store, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._subscriptions: dict[str, Subscription] = {}
        self._silences: list[Silence] = []
        self._version: str | None = None
        self._refreshed = float("-inf")
        self._articles: dict[str, list[ThreadedArticle]] = {}
        self._alerts: dict[str, list[Alert]] = {}
        self._sent: dict[str, deque[datetime]] = {}
        self._sent_by_all: dict[str, deque[datetime]] = {}

    def refresh(self) -> None:
        """Ask for the rules again, which must be no older than the deliveries that they are applied to; and
        for stories, if what is known of them is older than a moment.
        """
        changes = self._store.subscription_changes(self._version)
        if changes.whole:
            self._subscriptions.clear()
        self._subscriptions.update({each.id: each for each in changes.put})
        for id in changes.removed:
            self._subscriptions.pop(id, None)
        self._silences = self._store.silences()
        self._version = changes.version
        if self._monotonic() - self._refreshed >= FRESH:
            self._articles.clear()
            self._alerts.clear()
            self._refreshed = self._monotonic()

    def articles(self, story: str) -> list[ThreadedArticle]:
        if story not in self._articles:
            if len(self._articles) >= MOST_STORIES:
                self._articles.clear()
            self._articles[story] = self._store.story(story)
        return self._articles[story]

    def alerts(self, story: str, subscriptions: Sequence[str]) -> list[Alert]:
        """Those on the story that these subscriptions raised, oldest first; of others some, too."""
        if story not in self._alerts:
            if len(self._alerts) >= MOST_STORIES:
                self._alerts.clear()
            self._alerts[story] = self._store.story_alerts(story, MOST_ALERTS)
        if len(self._alerts[story]) < MOST_ALERTS:
            return self._alerts[story]
        return self._store.story_alerts(story, MOST_ALERTS, subscriptions)

    def circumstances(self, delivery: Delivery, limits: Limits, now: datetime) -> Circumstances:
        alert = delivery.alert
        subscription = self._subscriptions.get(alert.subscription)
        if subscription is None:
            return Circumstances(None)
        return Circumstances(
            subscription,
            silences=[each for each in self._silences if self._holds(each, alert, now)],
            told=self._told(alert, delivery.channel, subscription.yields_to),
            outlets=self._outlets(alert) if subscription.min_outlets > 1 else 1,
            sent=self._recently(alert, delivery.channel, now) if subscription.per_hour else (),
            sent_by_all=self._sent_by_all.get(channel_key(delivery.channel), ()),
            limits=limits,
        )

    def sending(self, alert: Alert, channel: Channel, limits: Limits, now: datetime) -> None:
        """Something goes out: it counts for what is decided next."""
        key = channel_key(channel)
        if limits.per_hour is not None:
            _count(self._sent_by_all.setdefault(key, deque()), now)
        own = self._sent.get(f"{alert.subscription} {key}")
        if own is not None:
            _count(own, now)

    def not_sent(self, alert: Alert, channel: Channel, moment: datetime) -> None:
        """It did not go out after all."""
        key = channel_key(channel)
        for sent in (self._sent_by_all.get(key), self._sent.get(f"{alert.subscription} {key}")):
            if sent is not None and moment in sent:
                sent.remove(moment)

    def _recently(self, alert: Alert, channel: Channel, now: datetime) -> Sequence[datetime]:
        key = f"{alert.subscription} {channel_key(channel)}"
        if key not in self._sent:
            self._sent[key] = deque(self._store.delivered_since(now - HOUR, alert.subscription, channel))
        return self._sent[key]

    def _holds(self, silence: Silence, alert: Alert, now: datetime) -> bool:
        try:
            return holds(silence, alert, now, lambda: self._article(alert))
        except QueryError as error:
            log.error("a silence cannot be read: it silences nothing", silence=silence.id, error=str(error))
            return False

    def _article(self, alert: Alert) -> ThreadedArticle | None:
        known = (each for each in self.articles(alert.story) if each.id == alert.article_id)
        return next(known, None) or self._store.article(alert.article_id)

    def _told(self, alert: Alert, channel: Channel, by: Sequence[str]) -> frozenset[str]:
        if not by:
            return frozenset()
        key = channel_key(channel)
        return frozenset(
            each.subscription
            for each in self.alerts(alert.story, by)
            if not each.backfill and any(channel_key(other) == key for other in each.deliver)
        )

    def _outlets(self, alert: Alert) -> int:
        return context(alert, self.articles(alert.story)).outlets


def _count(sent: deque[datetime], now: datetime) -> None:
    """One more, and those of more than an hour ago no more."""
    while sent and sent[0] <= now - HOUR:
        sent.popleft()
    sent.append(now)
