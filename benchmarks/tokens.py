"""Articles a second turned into tokens, on one core; with the naive way as peer in the same run.

`fold_tokens` is what every article passes once; `tokenize` keeps the places and is used where something is
marked. Warm: the words were seen before, as in any service that runs.

python -m benchmarks.tokens [--rounds 5]
"""

import argparse
import time
from collections.abc import Callable

import regex
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from benchmarks.pages import real_texts
from services.kit.text import fold_tokens, tokenize

_WORD = regex.compile(r"\w+")


def naive(text: str) -> object:
    """What is usually done: no numbers, no abbreviations, no diacritics, no scripts without spaces."""
    return _WORD.findall(text.casefold())


def best(function: Callable[[str], object], texts: list[str], rounds: int) -> float:
    """Seconds for all the texts: the quickest of so many rounds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        for text in texts:
            function(text)
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--rounds", type=int, default=5)
    rounds = reader.parse_args().rounds
    texts = [text.text for text in real_texts()]
    size = sum(len(text.encode()) for text in texts)
    print(f"{len(texts)} articles, mean {size / len(texts):,.0f} bytes")
    simple = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).build()
    measured = {
        "fold_tokens, cold": best(fold_tokens, texts, 1),
        "fold_tokens, warm": best(fold_tokens, texts, rounds),
        "tokenize, with places": best(tokenize, texts, rounds),
        "peer: \\w+ of the regex module": best(naive, texts, rounds),
        "peer: tantivy's simple tokenizer": best(simple.analyze, texts, rounds),
    }
    base = measured["peer: \\w+ of the regex module"]
    for name, seconds in measured.items():
        print(
            f"{name:33} {len(texts) / seconds:8,.0f} articles/s  {size / seconds / 1e6:6.1f} MB/s"
            f"  {base / seconds:5.2f} times the naive way"
        )


if __name__ == "__main__":
    main()
