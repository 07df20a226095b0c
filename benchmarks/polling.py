"""Discovery delay and requests of polling that adapts, against polling at one pace, for 10,000 feeds.

The feeds are simulated: their rates are spread as those of real feeds are, they sleep at night in their own
zone and rest at weekends, and news comes in bursts. Every poller sees the same articles. The first day, on
which nothing is known of the feeds yet, is counted apart.

python -m benchmarks.polling [--feeds 10000] [--days 7]
"""

import argparse
import bisect
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from services.crawler.rhythm import Hints, Rhythm, observe, pause

DAY = 86_400.0
START = 1_767_571_200.0  # a Monday
EVERY = 300.0  # the default of NEWSWATCH_POLL_SECONDS

Poller = Callable[[Sequence[float], random.Random], Iterator[float]]


@dataclass(slots=True)
class Tally:
    delays: list[float]
    requests: int = 0


def feed(chance: random.Random, days: float) -> list[float]:
    """The times at which a feed publishes, in order."""
    a_day = min(2000.0, max(0.05, chance.lognormvariate(math.log(12), 1.6)))
    zone, deep = chance.randrange(24), chance.uniform(0.3, 1.0)
    weekend = chance.uniform(0.3, 1.0)
    found: list[float] = []
    at, end = START, START + days * DAY
    most = a_day * 2 / DAY
    while True:
        at += chance.expovariate(most)
        if at >= end:
            return sorted(moment for moment in found if moment < end)
        local = at / 3600 + zone
        share = (1 + deep * math.sin((local - 9) / 24 * 2 * math.pi)) / 2
        if int(at // DAY + 3) % 7 >= 5:
            share *= weekend
        if chance.random() < share:
            found.append(at)
            burst = at
            while chance.random() < 0.3:  # one report brings the next
                burst += chance.expovariate(1 / 900)
                found.append(burst)


def fixed(every: float) -> Poller:
    def polls(_: Sequence[float], chance: random.Random) -> Iterator[float]:
        at = START + chance.random() * every
        while True:
            yield at
            at += every

    return polls


def adaptive(every: float) -> Poller:
    def polls(articles: Sequence[float], chance: random.Random) -> Iterator[float]:
        rhythm, at, seen = Rhythm(), START + chance.random() * every, 0
        while True:
            yield at
            now = bisect.bisect_right(articles, at)
            rhythm = observe(rhythm, at, articles[seen:now])
            seen = now
            at += pause(rhythm, at, every, Hints(), chance.random())

    return polls


def run(feeds: Sequence[Sequence[float]], poller: Poller, days: float) -> tuple[Tally, Tally]:
    """The first day, and the others."""
    first, rest = Tally([]), Tally([])
    for number, articles in enumerate(feeds):
        seen = 0
        for at in poller(articles, random.Random(number)):
            if at >= START + days * DAY:
                break
            tally = first if at < START + DAY else rest
            tally.requests += 1
            while seen < len(articles) and articles[seen] <= at:
                tally.delays.append(at - articles[seen])
                seen += 1
    return first, rest


def pace_of(requests: int, feeds: int, days: float) -> float:
    """The one pace that makes as many requests, in seconds."""
    return feeds * days * DAY / requests


def _line(name: str, tally: Tally) -> str:
    ordered = sorted(tally.delays)
    return (
        f"{name:33} {statistics.fmean(ordered):9.0f} {ordered[len(ordered) // 2]:9.0f} "
        f"{ordered[int(len(ordered) * 0.9)]:9.0f} {tally.requests / len(ordered):12.2f}"
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--feeds", type=int, default=10_000)
    reader.add_argument("--days", type=float, default=7.0)
    chosen = reader.parse_args()
    chance = random.Random(1)
    feeds = [feed(chance, chosen.days) for _ in range(chosen.feeds)]
    print(f"{chosen.feeds:,} feeds, {sum(map(len, feeds)):,} articles in {chosen.days:g} days; delays in s")
    print(f"{'':33} {'mean':>9} {'median':>9} {'p90':>9} {'requests/article':>12}")
    first, ours = run(feeds, adaptive(EVERY), chosen.days)
    print(_line("adaptive, first day", first))
    print(_line("adaptive, then", ours), flush=True)
    same = pace_of(ours.requests, chosen.feeds, chosen.days - 1)
    for every in (300.0, 900.0, 3600.0):
        print(_line(f"every {every / 60:.0f} min", run(feeds, fixed(every), chosen.days)[1]), flush=True)
    theirs = run(feeds, fixed(same), chosen.days)[1]
    print(_line(f"every {same / 60:.1f} min: as many requests", theirs))
    ratio = statistics.fmean(theirs.delays) / statistics.fmean(ours.delays)
    print(f"with as many requests, articles wait {ratio:.2f} times as long at one pace (mean)")


if __name__ == "__main__":
    main()
