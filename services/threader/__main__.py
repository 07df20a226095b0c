"""The threader's shell: news.tagged.v1 → news.threaded.v1.

Its memory is rebuilt whenever it is given its partition: the store has what was indexed, its own
output topic has what is still on the way there.
"""

import asyncio
from datetime import timedelta

from schemas.events import TaggedArticle, ThreadedArticle
from schemas.topics import TAGGED, THREADED
from services.kit import kafka, logs
from services.kit.clock import utc_now
from services.kit.service import guarded, start
from services.kit.settings import Settings
from services.kit.step import Step
from services.kit.stream import Stream, transform
from services.store.open import open_store
from services.store.protocol import Store
from services.threader.core import Threader

# The store is behind the topic by seconds; an hour covers an indexer that stood still.
ON_THE_WAY = timedelta(hours=1)
log = logs.get(__name__)


def rebuilt(store: Store, settings: Settings) -> Threader:
    """A threader that knows the window. Unavailable while store or broker is out of reach."""
    now = utc_now()
    threader = Threader(timedelta(hours=settings.window_hours))
    for article in store.remembered_since(now - threader.window):
        threader.recall(article)
    for value in kafka.read_back(settings, THREADED, since=now - ON_THE_WAY):
        threader.recall(ThreadedArticle.model_validate_json(value))
    log.info("remembering", articles=len(threader), hours=settings.window_hours)
    return threader


def main() -> None:
    service = start("threader", "broker")
    store = open_store(service.settings.store)
    threader = Threader()

    async def prepare() -> None:
        nonlocal threader
        threader = await asyncio.to_thread(rebuilt, store, service.settings)

    def thread(article: TaggedArticle) -> ThreadedArticle:
        return threader.thread(article)

    handle = transform(Step("threader", TAGGED, THREADED, thread))
    Stream(
        "threader", [TAGGED], handle, service.settings, service.metrics, service.health, prepare=prepare
    ).run()


if __name__ == "__main__":
    guarded(main)
