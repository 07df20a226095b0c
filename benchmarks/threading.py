"""The threader on made-up news: how well it finds copies and stories, how fast it is, and what it remembers
costs.

The window is filled with traces, as when a threader starts again; then articles are threaded and timed.
Peers in the same run, on the same articles: datasketch's MinHash LSH for copies (`pip install datasketch`;
loudly skipped without it), and single-pass clustering by TF-IDF and cosine for stories, the usual way. The
stories' quality is measured from an empty memory, whose first articles are the hardest: nothing is known
yet of which words are rare.

python -m benchmarks.threading [--articles 4000] [--windows 100000 1000000] [--memory 5000000] [--month
200000] [--hostile 10000]
"""

import argparse
import math
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.generated_news import News, Truth
from schemas.events import Event, Remembered, TaggedArticle, ThreadedArticle
from services.threader.core import Threader
from services.threader.facts import fact, told
from services.threader.features import KEPT
from services.threader.sketch import POSTED, SIZE, Sketch
from services.threader.stems import common_words
from services.threader.trace import Trace, encode

PER_DAY = 20_000  # articles, in the parts that measure quality
_START = datetime(2026, 3, 2, tzinfo=UTC)
_PERMUTATIONS = 128


def traces(count: int, window: timedelta, seed: int = 1) -> Iterator[Remembered]:
    """What a threader reads when it starts again: texts that have nothing in common, a third of them in
    stories of several articles, an eighth with an event.
    """
    chance = np.random.default_rng(seed)
    step = window / (count + 1)
    begun = datetime.now(UTC) - window
    stories: list[str] = []
    words = chance.zipf(1.3, size=(4096, KEPT)).astype(np.uint32) * np.uint32(2654435761)
    for number in range(count):
        id = sha256(str(number).encode()).hexdigest()
        hashes = np.sort(chance.integers(0, 2**28, SIZE, dtype=np.uint32))
        trace = Trace(
            Sketch((hashes & np.uint32(0xFFFF)).astype(np.uint16), int(hashes[-1])),
            hashes[:POSTED],
            np.concatenate((words[number % 4096][:6], chance.integers(0, 2**32, KEPT - 6, dtype=np.uint32))),
            np.full(KEPT, 57, np.uint16),
            0,
            1 + number % 8,
        )
        joins = bool(stories) and number % 3 == 0
        if not joins:
            stories = [*stories[-99:], id]
        event = Event(type="talks", actor=(f"A{number % 200}",), target=(f"B{number % 171}",))
        has_event = number % 8 == 0
        at = begun + step * number
        yield Remembered.model_validate(
            {
                "id": id,
                "revision": number + 1,
                "fetched_at": at,
                "published_at": at,
                "site": f"outlet{number % 5000}.example",
                "source_name": f"Outlet {number % 5000}",
                "story": stories[number % len(stories)] if joins else id,
                "relation": "follow-up" if joins else "new",
                "events": (event,) if has_event else (),
                "new_facts": (fact(told(event)),) if has_event and not joins else (),
                "trace": encode(trace),
            }
        )


def memory_used() -> float:
    """Megabytes that the process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def filled(count: int, window: timedelta) -> Threader:
    """A threader that remembers so many, with what that took printed."""
    before, threader, reading = memory_used(), Threader(window), 0.0
    rows = traces(count, window)
    while batch := [row for _, row in zip(range(1000), rows, strict=False)]:
        began = time.process_time()
        for row in batch:
            threader.recall(row)
        reading += time.process_time() - began
    print(
        f"  window of {count:,}: remembered again in {reading:.0f} s ({count / reading:,.0f}/s), "
        f"{memory_used():,.0f} MB, {(memory_used() - before) * 1e6 / count:,.0f} bytes an article"
    )
    return threader


def timed(threader: Threader, items: Sequence[Truth], now: datetime) -> float:
    """Articles a second, when a third of them has made the words known."""
    shift = now - items[0].article.fetched_at
    moved = [
        item.article.model_copy(
            update={
                "fetched_at": item.article.fetched_at + shift,
                "published_at": item.article.fetched_at + shift,
            }
        )
        for item in items
    ]
    for article in moved[: len(moved) // 3]:
        threader.thread(article)
    began = time.process_time()
    for article in moved[len(moved) // 3 :]:
        threader.thread(article)
    return (len(moved) - len(moved) // 3) / (time.process_time() - began)


def b_cubed(truth: Mapping[str, str], found: Mapping[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    overlap = Counter((truth[id], found[id]) for id in truth)
    true_sizes, found_sizes = Counter(truth.values()), Counter(found[id] for id in truth)
    precision = sum(count * count / found_sizes[cluster] for (_, cluster), count in overlap.items()) / len(
        truth
    )
    recall = sum(count * count / true_sizes[story] for (story, _), count in overlap.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def copy_pairs(items: Sequence[Truth], groups: Mapping[str, str]) -> tuple[float, float]:
    """Precision and recall of pairs of articles with one text; `groups`: article → the text that it has."""
    true_of: dict[str, str] = {}
    for item in items:
        true_of[item.article.id] = true_of.get(item.copy_of or "", item.article.id)
    right = _pairs(Counter((true_of[id], groups[id]) for id in true_of))
    return right / max(1, _pairs(Counter(groups.values()))), right / max(1, _pairs(Counter(true_of.values())))


def _pairs(sizes: Mapping[object, int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def texts_of(told: Sequence[ThreadedArticle]) -> dict[str, str]:
    """Article → the first article whose text it has."""
    groups: dict[str, str] = {}
    for each in told:
        groups[each.id] = groups.get(each.duplicate_of or "", each.id)
    return groups


def by_minhash(items: Sequence[Truth]) -> tuple[dict[str, str], float] | None:
    """datasketch: the groups that it finds, and articles a second. None where it is not installed."""
    try:
        from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - a peer that few have
    except ImportError:
        return None
    began = time.process_time()
    index = MinHashLSH(threshold=0.5, num_perm=_PERMUTATIONS)
    groups: dict[str, str] = {}
    for item in items:
        words = item.article.text_tokens.split(" ")
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([" ".join(words[at : at + 4]).encode() for at in range(len(words) - 3)])
        near = sorted(index.query(sketch))
        groups[item.article.id] = groups[near[0]] if near else item.article.id
        index.insert(item.article.id, sketch)
    return groups, len(items) / (time.process_time() - began)


def by_tf_idf(items: Sequence[Truth], threshold: float = 0.2) -> tuple[dict[str, str], float]:
    """Single-pass clustering: each article goes to the story of the article that it is most like."""
    began = time.process_time()
    holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    had: Counter[str] = Counter()
    stories: list[str] = []
    for number, item in enumerate(items):
        counted = Counter((item.article.title_tokens + " " + item.article.text_tokens).split(" "))
        had.update(counted.keys())
        weights = {
            word: (1 + math.log(count)) * math.log((number + 2) / had[word])
            for word, count in counted.items()
            if word not in common_words()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        heavy = sorted(weights, key=weights.__getitem__, reverse=True)[:60]
        likeness: defaultdict[int, float] = defaultdict(float)
        for word in heavy:
            for other, weight in holders[word][-2000:]:
                likeness[other] += weight * weights[word] / length
            holders[word].append((number, weights[word] / length))
        best = max(likeness, key=likeness.__getitem__, default=None)
        near = best is not None and likeness[best] >= threshold
        stories.append(stories[best] if near and best is not None else item.article.id)
    found = {item.article.id: story for item, story in zip(items, stories, strict=True)}
    return found, len(items) / (time.process_time() - began)


def shuffled(items: Sequence[Truth], seed: int) -> list[Truth]:
    """The articles of each minute in another order."""
    chance = np.random.default_rng(seed)
    order = sorted(
        range(len(items)),
        key=lambda at: (int(items[at].article.fetched_at.timestamp()) // 60, chance.random()),
    )
    return [items[at] for at in order]


def quality(count: int) -> None:
    items = list(News(PER_DAY).articles(count))
    truth = {item.article.id: item.story for item in items}
    threader = Threader()
    began = time.process_time()
    told = [threader.thread(item.article) for item in items]
    speed = count / (time.process_time() - began)
    found = {each.id: each.story for each in told}
    print(f"{count:,} articles, {len(set(truth.values())):,} stories, from an empty memory")
    _say_copies("newswatch", copy_pairs(items, texts_of(told)), speed)
    peer = by_minhash(items)
    if peer is None:
        print("  datasketch MinHash LSH: NOT MEASURED, it is not installed (pip install datasketch)")
        print("benchmarks.threading: a peer is missing: datasketch", file=sys.stderr)
    else:
        _say_copies("datasketch MinHash LSH", copy_pairs(items, peer[0]), peer[1])
    _say_stories("newswatch", b_cubed(truth, found), speed)
    stories, speed = by_tf_idf(items)
    _say_stories("TF-IDF, single pass", b_cubed(truth, stories), speed)
    other = Threader()
    again = {item.article.id: other.thread(item.article).story for item in shuffled(items, 3)}
    _, _, f1 = b_cubed(found, again)
    print(f"  stories, each minute in another order: B-cubed F1 {f1:.3f} against the first order")


def month(count: int) -> None:
    """A month of ordinary news: no story may swallow the others."""
    threader = Threader()
    found: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for item in News(count // 30, seed=5).articles(count):
        found[threader.thread(item.article).story] += 1
        true[item.story] += 1
    largest, in_truth = max(found.values()), max(true.values())
    print(
        f"a month of {count:,} articles: {len(found):,} stories (in truth {len(true):,}); the largest has "
        f"{largest:,} articles, {largest / count:.2%} (in truth {in_truth:,}); {len(threader):,} articles in "
        f"the window, {memory_used():,.0f} MB"
    )


@dataclass(frozen=True)
class _Kind:
    """Of input, by the article's number: its text, its events, seconds of its publication and its capture."""

    text: Callable[[int], str]
    events: Callable[[int], tuple[Event, ...]] = lambda _: ()
    published: Callable[[int], int] = lambda number: number
    fetched: Callable[[int], int] = lambda number: number


def hostile(count: int, only: str) -> None:
    """Input that might cost more than it should: time of the first thousand and of the last."""
    chance = random.Random(1)
    names = ("Aldermoor", "Brackwater", "Cindle", "Dorrance", "Eskdale")
    text = " ".join(f"w{chance.randrange(5000)}" for _ in range(300))

    def words(number: int) -> str:
        return " ".join(chance.choices(names, k=12) + [f"w{chance.randrange(5000)}" for _ in range(60)])

    def expulsion(number: int) -> Event:
        return Event(type="expulsion", actor=("NO",), target=("RU",), count=number)

    days = 86_400
    kinds = {
        "empty texts": _Kind(lambda _: ""),
        "one word 6,000 times": _Kind(lambda _: "word " * 6000),
        "copies of one article": _Kind(lambda _: text),
        "copies, each published before": _Kind(lambda _: text, published=lambda number: -100 * number),
        "one story": _Kind(words, lambda number: (expulsion(number % 9),)),
        "one story, ever another number": _Kind(words, lambda number: (expulsion(number),)),
        "a clock that jumps": _Kind(words, fetched=lambda number: number + number % 7 * 30 * days),
        "from the past and the future": _Kind(words, published=lambda number: (number % 9 - 4) * 900 * days),
    }
    for name, kind in kinds.items():
        if only not in ("", name):
            continue
        threader, before = Threader(), memory_used()
        spent: list[float] = []
        stories: set[str] = set()
        for number in range(count):
            moment = _START + timedelta(seconds=kind.fetched(number))
            body = kind.text(number)
            article = TaggedArticle.model_construct(
                id=sha256(str(number).encode()).hexdigest(),
                capture_id=str(number),
                revision=1,
                url="",
                canonical_url="",
                fetched_at=moment,
                first_seen=moment,
                published_at=_START + timedelta(seconds=kind.published(number)),
                title="",
                text=body,
                text_tokens=body.rstrip(),
                language="en",
                events=kind.events(number),
            )
            began = time.process_time()
            stories.add(threader.thread(article).story)
            spent.append(time.process_time() - began)
        part = min(1000, count // 2)
        print(
            f"  {count:,} of {name}: {sum(spent[:part]) / part * 1e3:.2f} ms each at first, "
            f"{sum(spent[-part:]) / part * 1e3:.2f} at last, {max(spent) * 1e3:.0f} at most; "
            f"{len(stories):,} stories, {memory_used() - before:,.0f} MB"
        )


def _say_copies(name: str, measured: tuple[float, float], speed: float) -> None:
    print(
        f"  copies, {name:22}: precision {measured[0]:.3f}, recall {measured[1]:.3f}, {speed:,.0f} articles/s"
    )


def _say_stories(name: str, measured: tuple[float, float, float], speed: float) -> None:
    precision, recall, f1 = measured
    print(
        f"  stories, {name:21}: B-cubed precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, "
        f"{speed:,.0f} articles/s"
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--articles", type=int, default=4000)
    reader.add_argument("--windows", type=int, nargs="*", default=[100_000])
    reader.add_argument("--memory", type=int, default=0, help="fill a window of so many, threading nothing")
    reader.add_argument("--month", type=int, default=0, help="thread so many, spread over a month")
    reader.add_argument("--hostile", type=int, default=0, help="thread so many of each kind of bad input")
    reader.add_argument("--kind", default="", help="only this kind of bad input")
    options = reader.parse_args()
    if options.articles:
        quality(options.articles)
    items = list(News(PER_DAY, seed=2).articles(1500)) if options.windows else []
    for size in options.windows:
        threader = filled(size, timedelta(hours=72))
        print(f"  window of {size:,}: {timed(threader, items, datetime.now(UTC)):,.0f} articles/s")
    if options.memory:
        filled(options.memory, timedelta(hours=72))
    if options.hostile:
        hostile(options.hostile, options.kind)
    if options.month:
        month(options.month)


if __name__ == "__main__":
    main()
