"""The cleaner's shell: news.raw.v1 → news.articles.v1."""

from schemas.events import Article, RawPage
from schemas.topics import ARTICLES, RAW
from services.cleaner.core import clean
from services.cleaner.history import History
from services.kit.service import guarded, start
from services.kit.step import Step
from services.kit.stream import Stream, transform

# A page takes some 10 ms: a small batch keeps the first of it from waiting for the last.
BATCH = 16


def main() -> None:
    service = start("cleaner", "broker")
    history = History()  # of this process's share of the pages; learned anew after a restart

    def cleaned(page: RawPage) -> Article:
        return history.without_furniture(clean(page))

    handle = transform(Step("cleaner", RAW, ARTICLES, cleaned))
    Stream(
        "cleaner", [RAW], handle, service.settings, service.metrics, service.health, batch_size=BATCH
    ).run()


if __name__ == "__main__":
    guarded(main)
