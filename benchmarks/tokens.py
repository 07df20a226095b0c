"""Articles a second turned into tokens, on one core; with the naive way as peer in the same run.

`fold_tokens` is what every article passes once, `words` the same for the matcher; `tokenize` keeps the places
and is used where something is marked. Cold: the first pass of a fresh process. Warm: every word was seen
before. A service that runs lies between the two, as each article brings some words of its own.

The texts are those of the real pages, or of the sample newsroom where these are absent.

python -m benchmarks.tokens [--rounds 5]
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime

import regex
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from benchmarks.pages import FOLDER, real_texts
from services.kit.text import fold_tokens, tokenize, words
from services.newsroom.core import edition
from services.newsroom.library import load

EDITIONS = 20  # of the newsroom, in all its languages

_WORD = regex.compile(r"\w+")


def naive(text: str) -> object:
    """What is usually done: no numbers, no abbreviations, no diacritics, no scripts without spaces."""
    return _WORD.findall(text.casefold())


def texts() -> tuple[str, list[str]]:
    """Where the texts are from, and the texts."""
    if any(FOLDER.glob("*/truth.jsonl")):
        return "real pages", [text.text for text in real_texts()]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    published = [item for number in range(1, EDITIONS + 1) for item in edition(load(), number, start)]
    return "the sample newsroom", ["\n\n".join(item.body) for item in published]


def once(function: Callable[[str], object], articles: list[str]) -> float:
    """Seconds for all the articles."""
    began = time.perf_counter()
    for text in articles:
        function(text)
    return time.perf_counter() - began


def best(function: Callable[[str], object], articles: list[str], rounds: int) -> float:
    """The same: the quickest of so many rounds."""
    return min(once(function, articles) for _ in range(rounds))


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--rounds", type=int, default=5)
    rounds = reader.parse_args().rounds
    origin, articles = texts()
    size = sum(len(text.encode("utf-8", "replace")) for text in articles)
    print(f"{len(articles)} articles of {origin}, mean {size / len(articles):,.0f} bytes; best of {rounds}")
    measured: dict[str, float] = {}
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:
        for function in (fold_tokens, words, tokenize):
            cold = [fresh.apply(once, (function, articles)) for _ in range(rounds)]
            measured[f"{function.__name__}, cold"] = min(cold)
            once(function, articles)
            measured[f"{function.__name__}, warm"] = best(function, articles, rounds)
    simple = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).build()
    base = best(naive, articles, rounds)
    measured["peer: \\w+ of the regex module"] = base
    measured["peer: tantivy's simple tokenizer"] = best(simple.analyze, articles, rounds)
    for name, seconds in measured.items():
        print(
            f"{name:33} {len(articles) / seconds:8,.0f} articles/s  {size / seconds / 1e6:6.1f} MB/s"
            f"  {seconds / len(articles) * 1000:6.3f} ms  {base / seconds:5.2f} times the naive way"
        )


if __name__ == "__main__":
    main()
