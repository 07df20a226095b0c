"""What an article tells those who asked: which alerts a query owes to it. Pure, and the same for alerting and
for a backtest.
"""

import hashlib
from typing import Literal

from schemas.events import Event, Fact, ThreadedArticle
from services.kit.query.evaluate import matched_event
from services.kit.query.tree import Node

Every = Literal["story", "fact", "article"]


def alert_id(subscription: str, story: str, fact: str) -> str:
    """Equal for what must be told only once."""
    return hashlib.sha256(f"{subscription}\0{story}\0{fact}".encode()).hexdigest()


def thread_id(subscription: str, story: str) -> str:
    """Equal for all that is told somebody of one story."""
    return hashlib.sha256(f"{subscription}\0{story}".encode()).hexdigest()


def told(article: ThreadedArticle, query: Node, every: Every) -> tuple[str, ...]:
    """The facts that a matching article tells, one for each alert: the article itself, each new fact that the
    query asks for, or "" for the whole story. A story and a fact are told once, whoever tells them again.
    """
    if every == "article":
        # A copy tells nothing new: whoever wants each article still wants each text once.
        return () if article.relation == "copy" else (article.id,)
    if every == "fact":
        event = matched_event(query, article)
        if event is not None:
            return tuple(fact.id for fact in article.new_facts if _is_of(fact, event))
    return ("",)


def _is_of(fact: Fact, event: Event) -> bool:
    return (
        fact.type == event.type
        and set(fact.actor) == set(event.actor)
        and set(fact.target) == set(event.target)
    )
