"""Every topic, declared once: what it carries, who writes it, who reads it, and its dead twin."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.events import Alert, Article, DeadLetter, Message, RawPage, TaggedArticle, ThreadedArticle

DAY_MS = 24 * 3600 * 1000
MAX_MESSAGE_BYTES = 16 * 1024 * 1024

M = TypeVar("M", bound=Message, covariant=True)


@dataclass(frozen=True)
class Topic(Generic[M]):
    """A Kafka topic and the message that it carries.

    `partitions` bounds how many processes of one consumer share the work: with a single partition a
    second process is a hot standby. Pages exceed Kafka's default limit of 1 MB, hence our own.
    """

    name: str
    model: type[M]
    producer: str
    consumers: tuple[str, ...]
    partitions: int = 4
    retention_ms: int = 7 * DAY_MS
    max_message_bytes: int = MAX_MESSAGE_BYTES

    @property
    def dead(self) -> "Topic[DeadLetter]":
        """The dead twin: takes what the consumers of this topic refuse; the indexer keeps it."""
        return Topic(f"{self.name}.dead", DeadLetter, " ".join(self.consumers), ("indexer",), 1, 30 * DAY_MS)


RAW = Topic("news.raw.v1", RawPage, "crawler", ("cleaner",))
ARTICLES = Topic("news.articles.v1", Article, "cleaner", ("tagger",))
# One partition: the threader compares each article with all the others, so one process reads them all.
TAGGED = Topic("news.tagged.v1", TaggedArticle, "tagger", ("threader",), partitions=1)
THREADED = Topic("news.threaded.v1", ThreadedArticle, "threader", ("indexer", "alerter"))

# For programs of others; nobody here reads it.
ALERTS = Topic("news.alerts.v1", Alert, "alerter", ())

LIVE: tuple[Topic[Message], ...] = (RAW, ARTICLES, TAGGED, THREADED)
DEAD: tuple[Topic[DeadLetter], ...] = tuple(topic.dead for topic in LIVE)
ALL: tuple[Topic[Message], ...] = (*LIVE, ALERTS, *DEAD)


def named(name: str) -> Topic[Message]:
    """The topic of that name; KeyError with the known names where there is none."""
    for topic in ALL:
        if topic.name == name:
            return topic
    raise KeyError(f"no topic {name!r}; known: {', '.join(topic.name for topic in ALL)}")
