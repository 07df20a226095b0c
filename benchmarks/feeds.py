"""Feeds read a second, against feedparser: made-up feeds of 40 entries with descriptions.

python -m benchmarks.feeds
"""

import random
import time
from collections.abc import Callable

import feedparser

from services.crawler.discovery import parse_feed

ENTRIES = 40
ROUNDS = 30


def feed(kind: str, seed: int) -> bytes:
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 11))) for _ in range(500)]

    def text(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    rows = []
    for number in range(ENTRIES):
        link = f"https://wire.example/2026/11/{number}/{text(1)}"
        if kind == "rss":
            rows.append(
                f"<item><title>{text(9)}</title><link>{link}</link><guid isPermaLink='false'>{number}</guid>"
                f"<pubDate>Mon, 23 Nov 2026 {number % 24:02}:10:00 GMT</pubDate>"
                f"<category>{text(1)}</category>"
                f"<description><![CDATA[<p>{text(70)}</p>]]></description></item>"
            )
        else:
            rows.append(
                f"<entry><title type='html'>{text(9)}</title><link href='{link}'/><id>{link}</id>"
                f"<updated>2026-11-23T{number % 24:02}:10:00Z</updated><summary>{text(70)}</summary></entry>"
            )
    inside = "".join(rows)
    if kind == "rss":
        document = f'<rss version="2.0"><channel><title>Wire</title>{inside}</channel></rss>'
    else:
        document = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>{inside}</feed>'
    return f'<?xml version="1.0" encoding="utf-8"?>{document}'.encode()


def rate(read: Callable[[bytes], object], bodies: list[bytes]) -> float:
    read(bodies[0])
    began = time.process_time()
    for body in bodies:
        read(body)
    return len(bodies) / (time.process_time() - began)


def main() -> None:
    for kind in ("rss", "atom"):
        bodies = [feed(kind, seed) for seed in range(ROUNDS)]
        ours = rate(lambda body: parse_feed(body, "", "https://wire.example/feed"), bodies)
        peer = rate(feedparser.parse, bodies)
        size = sum(map(len, bodies)) / len(bodies) / 1000
        print(
            f"{kind}: {ours:,.0f} feeds/s ({size:.0f} kB); feedparser {peer:,.0f}/s; {ours / peer:.1f} times"
        )


if __name__ == "__main__":
    main()
