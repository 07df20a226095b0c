"""Articles a second through the whole pipeline, embedded: raw pages published → indexed and matched.

Publishes real pages (each several times, under addresses of their own) to news.raw.v1, waits until
every capture is settled, and prints articles a second, the share of processor time by stage, memory,
and as a peer trafilatura alone on the same pages in one process.

python -m benchmarks.pipeline [--articles N]
"""

import argparse
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import trafilatura

from benchmarks.pages import Page, real_pages
from schemas.events import RawPage
from schemas.topics import RAW
from services.kit.clock import milliseconds
from services.kit.kafka import Publisher
from services.kit.step import CAPTURE_HEADER, encode
from services.kit.urls import article_id, canonical
from tests.harness import Newswatch, newswatch, wait_until
from tests.press import Press

PEER_PAGES = 200


def raw_pages(pages: list[Page], count: int) -> list[RawPage]:
    """`count` captures; a page that comes again has another address."""
    start = datetime.now(UTC) - timedelta(seconds=1)
    found = []
    for number, page in enumerate(islice(cycle(pages), count)):
        separator = "&" if "?" in page.url else "?"
        at = start + timedelta(milliseconds=number)
        found.append(
            RawPage(
                capture_id=uuid.uuid4().hex,
                url=f"{page.url}{separator}round={number // len(pages)}",
                source="pages",
                fetched_at=at,
                first_seen=at,
                revision=milliseconds(at),
                # Without its canonical address, or it would be one article however often it comes.
                html=page.html.replace('rel="canonical"', 'rel="was-canonical"'),
            )
        )
    return found


def peer(pages: list[Page]) -> float:
    """Pages a second of trafilatura alone, in this process."""
    began = time.perf_counter()
    for page in pages[:PEER_PAGES]:
        trafilatura.extract(page.html)
    return len(pages[:PEER_PAGES]) / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=1136)
    count: int = parser.parse_args().articles
    pages = list(real_pages())
    alone = peer(pages)
    captures = raw_pages(pages, count)
    with tempfile.TemporaryDirectory() as folder, Press() as press:
        sources = press.sources(Path(folder) / "sources.yaml")
        data = Path(folder) / "data"
        for name, query in (("diplomats", "event:expulsion"), ("words", '"climate change" OR minister*')):
            newswatch("subscribe", query, "--id", name, "--data", str(data))
        with Newswatch(data, "--sources", str(sources)) as running:
            # Readers join their groups in the first seconds; that is start, not throughput.
            time.sleep(8)
            before = running.cpu_seconds()
            publisher = Publisher(running.settings())
            began = time.perf_counter()
            for page in captures:
                key = article_id(canonical(page.url))
                publisher.send(RAW, key, encode(page), {CAPTURE_HEADER: page.capture_id})
            publisher.flush()
            published = time.perf_counter() - began
            ids = [page.capture_id for page in captures]
            wait_until(lambda: len(running.store.settled(ids)) == count, 1800, running.log, pause=0.25)
            took = time.perf_counter() - began
            used = {name: seconds - before.get(name, 0.0) for name, seconds in running.cpu_seconds().items()}
            memory = running.resident_bytes()
            counts = running.store.counts()
    total = sum(used.values())
    print(f"articles                 {count} ({counts.articles} indexed, {counts.dead_letters} dead letters)")
    print(f"published in             {published:.1f} s")
    print(f"indexed and matched in   {took:.1f} s: {count / took:.1f} articles/s")
    print(f"trafilatura alone        {alone:.1f} pages/s in one process; ratio {count / took / alone:.2f}")
    print(f"memory of all processes  {sum(memory.values()) / 2**20:.0f} MB, each shared page counted once")
    print("share of processor time by stage, processor time for each article, memory:")
    for name, seconds in sorted(used.items(), key=lambda pair: -pair[1]):
        each, held = 1000 * seconds / count, memory[name] / 2**20
        print(f"  {name:10} {seconds / total:6.1%}  {each:6.2f} ms  {held:5.0f} MB")


if __name__ == "__main__":
    main()
