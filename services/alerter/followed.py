"""The subscriptions that alert now, kept in step with the store's, and what an article fulfils of them."""

from dataclasses import dataclass

from schemas.events import Subscription, TaggedArticle
from services.alerter.matcher import Matcher
from services.kit.query import QueryError, parse, prepare
from services.kit.query.tree import Node
from services.store.protocol import Changes


@dataclass(frozen=True, slots=True)
class Followed:
    """A subscription with its query read."""

    subscription: Subscription
    query: Node


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A subscription whose query cannot be read, and why."""

    subscription: Subscription
    error: str


class Subscriptions:
    """Follows the changes; one that cannot be read does not keep the others from alerting."""

    def __init__(self) -> None:
        self._matcher = Matcher()
        self._followed: dict[str, Followed] = {}

    def __len__(self) -> int:
        return len(self._followed)

    def apply(self, changes: Changes) -> list[Unreadable]:
        """Take the changes over; returns what of them cannot be read."""
        if changes.whole:
            for id in self._followed.keys() - {each.id for each in changes.put}:
                self._drop(id)
        for id in changes.removed:
            self._drop(id)
        unreadable: list[Unreadable] = []
        for subscription in changes.put:
            known = self._followed.get(subscription.id)
            if known is not None and known.subscription == subscription:
                continue
            self._drop(subscription.id)
            if not subscription.enabled:
                continue
            try:
                query = parse(subscription.query, everything=subscription.everything)
            except QueryError as error:
                unreadable.append(Unreadable(subscription, str(error)))
                continue
            self._followed[subscription.id] = Followed(subscription, query)
            self._matcher.put(subscription.id, query)
        return unreadable

    def observe(self, article: TaggedArticle) -> None:
        """Learn from an article that is over what words are common."""
        self._matcher.observe(prepare(article))

    def fulfilled(self, article: TaggedArticle) -> list[Followed]:
        """In the order of their ids."""
        return [self._followed[id] for id in self._matcher.matching(prepare(article))]

    def _drop(self, id: str) -> None:
        if self._followed.pop(id, None) is not None:
            self._matcher.remove(id)
