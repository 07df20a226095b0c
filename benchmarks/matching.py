"""Articles a second matched against 1,000 to 1,000,000 subscriptions, on one core, tokenising counted.

Each size runs in a process of its own, so that its memory is its own. As peers in the same run: Lucene's
Monitor, which is handed tokens ready made (Maven and a JDK of 21 or later), and the evaluator on every
subscription, where these end in reasonable time. Answers are compared, not only speeds.

python -m benchmarks.matching [--sizes 1000 10000 …] [--seconds 10] [--lucene-up-to 100000]
"""

import argparse
import gc
import multiprocessing
import random
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from benchmarks.lucene import peer as lucene
from benchmarks.pages import real_texts
from benchmarks.subscriptions import Generator, language_of, source_of
from schemas.events import TaggedArticle
from services.alerter.matcher import Matcher
from services.kit.query import parse
from services.kit.query.evaluate import holds, prepare
from services.kit.text import fold_tokens

SIZES = (1_000, 10_000, 100_000, 1_000_000)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LINEAR_PAIRS = 3_000_000  # as many pairs as the evaluator alone looks at, no more


@dataclass(frozen=True, slots=True)
class Result:
    rate: float
    p99_ms: float
    load_s: float
    memory_mb: float
    matches: tuple[int, ...]  # of each article


def articles() -> list[TaggedArticle]:
    """The texts of the real pages as articles, without tokens, in an order that mixes the sets."""
    texts = real_texts()
    random.Random(7).shuffle(texts)
    return [
        TaggedArticle(
            id=f"article-{number}",
            capture_id=f"capture-{number}",
            revision=1,
            url=f"https://news.example/{number}",
            canonical_url=f"https://news.example/{number}",
            source=source_of(number),
            site="news.example",
            fetched_at=NOW,
            first_seen=NOW,
            title=text.title,
            text=text.text,
            language=language_of(number),
            title_tokens="",
            text_tokens="",
            fingerprint="",
        )
        for number, text in enumerate(texts)
    ]


def write_queries(folder: Path, sizes: list[int], found: list[TaggedArticle]) -> None:
    """One file of queries a size, in the language itself: loading them includes reading them."""
    tokens = [f"{fold_tokens(article.title)} {fold_tokens(article.text)}" for article in found]
    for size in sizes:
        with (folder / f"{size}.txt").open("w", encoding="utf-8") as out:
            out.writelines(f"{query}\n" for query in Generator(tokens).queries(size))


def measure(queries: Path, seconds: float) -> Result:
    found = articles()
    before = _resident()
    began = time.perf_counter()
    matcher = Matcher()
    for article in found:
        matcher.observe(prepare(article))
    with queries.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            matcher.put(str(number), parse(line.rstrip("\n")))
    load = time.perf_counter() - began
    gc.collect()
    gc.freeze()
    # Tokeniser and prefixes learn their words, as they have in any service that runs.
    matches = tuple(len(matcher.matching(prepare(article))) for article in found)
    took: list[float] = []
    end = time.perf_counter() + seconds
    for article in cycle(found):
        start = time.perf_counter()
        if start > end:
            break
        matcher.matching(prepare(article))
        took.append(time.perf_counter() - start)
    return Result(
        rate=len(took) / sum(took),
        p99_ms=statistics.quantiles(took, n=100)[98] * 1000,
        load_s=load,
        memory_mb=max(_resident(), before),
        matches=matches,
    )


def linear(queries: Path) -> float:
    """Articles a second of the evaluator on every query; answers are compared."""
    trees = [parse(line.rstrip("\n")) for line in queries.open(encoding="utf-8")]
    matcher = Matcher()
    for number, tree in enumerate(trees):
        matcher.put(str(number), tree)
    sample = articles()[: max(3, LINEAR_PAIRS // len(trees))]
    took = 0.0
    for article in sample:
        start = time.perf_counter()
        view = prepare(article)
        right = sorted(str(number) for number, tree in enumerate(trees) if holds(tree, view))
        took += time.perf_counter() - start
        if matcher.matching(view) != right:
            raise RuntimeError(f"the matcher's answer on {article.id} is not the evaluator's")
    return len(sample) / took


def beside_lucene(queries: Path, seconds: float, ours: Result) -> str:
    """One line of Lucene's figures, or why there are none; ends the process where its answer is another."""
    found = articles()
    with queries.open(encoding="utf-8") as lines:
        trees = (parse(line.rstrip("\n")) for line in lines)
        try:
            theirs = lucene.run(queries.parent, trees, found, seconds)
        except lucene.Absent as error:
            return f"no Lucene: {error}"
    differ = sum(one != other for one, other in zip(ours.matches, theirs.matches, strict=True))
    if differ:
        raise RuntimeError(f"Lucene finds another number of matches in {differ} of {len(found)} articles")
    return (
        f"Lucene {theirs.rate:,.0f}/s ({ours.rate / theirs.rate:.1f} times; p99 {theirs.p99_ms:.1f} ms, "
        f"{theirs.memory_mb:,.0f} MB of heap, {theirs.load_s:.0f} s)"
    )


def _resident() -> float:
    """Megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    reader.add_argument("--seconds", type=float, default=10.0)
    reader.add_argument("--lucene-up-to", type=int, default=100_000)
    chosen = reader.parse_args()
    found = articles()
    letters = statistics.mean(len(article.text) for article in found)
    print(f"{len(found)} articles, mean {letters:.0f} characters; one core, tokenising counted")
    print("subscriptions articles/s  p99 ms     MB  load s  matches   peers")
    with (
        tempfile.TemporaryDirectory() as name,
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool,
    ):
        folder = Path(name)
        write_queries(folder, chosen.sizes, found)
        for size in chosen.sizes:
            queries = folder / f"{size}.txt"
            ours = pool.apply(measure, (queries, chosen.seconds))
            line = (
                f"{size:13,} {ours.rate:10,.0f} {ours.p99_ms:7.2f} {ours.memory_mb:6,.0f} {ours.load_s:7.1f} "
                f"{statistics.mean(ours.matches):8.1f}"
            )
            print(line, end="   ", flush=True)
            if size <= chosen.lucene_up_to:
                print(pool.apply(beside_lucene, (queries, chosen.seconds, ours)), end="; ", flush=True)
            if size <= 100_000:
                alone = pool.apply(linear, (queries,))
                print(
                    f"evaluator alone {alone:,.1f}/s ({ours.rate / alone:,.0f} times)", end="; ", flush=True
                )
            print()


if __name__ == "__main__":
    main()
