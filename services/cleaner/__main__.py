"""The cleaner's shell: news.raw.v1 → news.articles.v1."""

import asyncio
import sys
from collections.abc import Sequence

from schemas.topics import RAW
from services.kit.apart import Apart
from services.kit.service import guarded, start
from services.kit.step import Record
from services.kit.stream import Result, Stream

# A page takes some 10 ms: a small batch keeps the first of it from waiting for the last.
BATCH = 16


def main() -> None:
    service = start("cleaner", "broker")
    apart = Apart([sys.executable, "-m", "services.cleaner.step"], RAW)

    async def handle(records: Sequence[Record]) -> Sequence[Result]:
        return await asyncio.to_thread(lambda: [apart.run(record) for record in records])

    Stream(
        "cleaner", [RAW], handle, service.settings, service.metrics, service.health, batch_size=BATCH
    ).run()


if __name__ == "__main__":
    guarded(main)
