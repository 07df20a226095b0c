"""The cleaner's shell: news.raw.v1 → news.articles.v1."""

from schemas.topics import ARTICLES, RAW
from services.cleaner.core import clean
from services.kit.service import guarded, start
from services.kit.step import Step
from services.kit.stream import Stream, transform

# A page takes some 10 ms: a small batch keeps the first of it from waiting for the last.
BATCH = 16


def main() -> None:
    service = start("cleaner", "broker")
    handle = transform(Step("cleaner", RAW, ARTICLES, clean))
    Stream(
        "cleaner", [RAW], handle, service.settings, service.metrics, service.health, batch_size=BATCH
    ).run()


if __name__ == "__main__":
    guarded(main)
