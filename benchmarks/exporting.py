"""Exports of many articles: processor time and most memory of the process, against bare reading of the rows.

python -m benchmarks.exporting [--articles 100000] [--store embedded:FOLDER]

With --store that store's articles are exported, and none are made up. The peer takes each row from SQLite and
parses its JSON, in no order: what no export from the embedded store could do without.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.generated_news import News
from schemas.events import ThreadedArticle
from services.cli.formats import FORMATS
from services.kit.query.tree import Everything
from services.store.embedded.doc import unpacked
from services.store.embedded.store import EmbeddedStore

DIFFERENT = 2000  # articles; the rest are these again, with ids and times of their own
BATCH = 2000


def fill(folder: Path, count: int) -> None:
    store = EmbeddedStore(folder)
    store.setup()
    news = [truth.article for truth in News(per_day=20_000).articles(DIFFERENT)]
    batch = []
    for number in range(count):
        tagged = news[number % len(news)]
        at = tagged.fetched_at + timedelta(seconds=number)
        own = {"id": f"{number:064x}", "capture_id": "", "fetched_at": at, "published_at": at}
        fields = tagged.model_dump() | own | {"story": f"{number:064x}", "relation": "new"}
        batch.append(ThreadedArticle.model_validate(fields))
        if len(batch) == BATCH or number == count - 1:
            store.put_articles(batch)
            batch = []
    store.search(Everything(), 1)  # the index has caught up
    store.close()


def bare(folder: Path) -> tuple[int, float]:
    """Rows and seconds of processor time."""
    began = time.process_time()
    rows = 0
    with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as connection:
        for (doc,) in connection.execute("SELECT doc FROM articles"):
            json.loads(unpacked(doc))
            rows += 1
    return rows, time.process_time() - began


def exported(store: str, chosen: str, output: Path) -> tuple[float, float, int]:
    """Seconds, seconds of processor time, and the most memory in MB."""
    command = [sys.executable, "-m", "services.cli", "export", "--since", "all", "--format", chosen]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--output", str(output), "--store", store])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--store", default="", help="embedded:FOLDER, or Elasticsearch's address")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "store"
        if not options.store:
            fill(folder, options.articles)
        store = options.store or f"embedded:{folder}"
        kept = Path(store.removeprefix("embedded:")) if store.startswith("embedded:") else None
        if kept is not None:
            rows, seconds = bare(kept)
            print(f"bare reading: {rows} rows, {rows / seconds:,.0f}/s of processor time")
        for chosen in FORMATS:
            output = Path(scratch) / f"news.{chosen}"
            whole, used, memory = exported(store, chosen, output)
            size = output.stat().st_size / 1e6
            output.unlink()
            print(
                f"{chosen}: {whole:.1f} s, {used:.1f} s of processor time, at most {memory} MB of memory, "
                f"{size:,.1f} MB written",
                flush=True,
            )


if __name__ == "__main__":
    main()
