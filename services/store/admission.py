"""Does a query match so much that whoever subscribes to it should be asked twice?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit.query.tree import Node, Published
from services.store.backtest import within
from services.store.protocol import Store

RECENT = timedelta(days=7)
ENOUGH = 200  # articles; of fewer, a share says little


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the recent articles match."""

    matching: int
    articles: int

    @property
    def too_much(self) -> bool:
        """More than half of enough articles."""
        return self.articles >= ENOUGH and self.matching * 2 > self.articles


def recent_share(store: Store, query: Node, now: datetime) -> Share:
    since = now - RECENT
    return Share(
        matching=store.search(within(query, since, now), limit=1).total,
        articles=store.search(Published(since, now), limit=1).total,
    )
