"""What the indexer makes of the records of a batch. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import DeadLetter, ThreadedArticle
from schemas.topics import THREADED
from services.kit.step import Dead, Record, decode, letter, stages
from services.store.protocol import Outcome


@dataclass(frozen=True, slots=True)
class Sorted:
    """A batch, sorted: articles with the place of their records, dead letters, and what is neither."""

    articles: dict[int, ThreadedArticle]
    letters: list[DeadLetter]
    dead: dict[int, Dead]


def sort(records: Sequence[Record], now: datetime) -> Sorted:
    """A dead letter that cannot be read is kept as a dead letter about itself: its topic has no twin."""
    found = Sorted({}, [], {})
    for place, record in enumerate(records):
        if record.topic == THREADED.name:
            article = decode(THREADED, record)
            if isinstance(article, Dead):
                found.dead[place] = article
            else:
                found.articles[place] = article.model_copy(update={"stages": stages(record)})
        else:
            told = decode(THREADED.dead, record)
            found.letters.append(letter("indexer", told, now) if isinstance(told, Dead) else told)
    return found


def refused(record: Record, outcome: Outcome) -> Dead:
    """The dead letter of an article that the store will never take."""
    return Dead(record, "refused-by-store", outcome.error)
