"""The article's text taken from real pages: how true, how fast, in how much memory; peers on the same pages.

Each extractor runs in a process of its own, from HTML to text, on one core; the time is processor time. They
take turns at each page, so that whatever else the machine does slows all of them alike.
After a page's first round ours knows the names of its elements, as a service does that has seen the site;
--rounds 1 counts without. `cleaner` is the whole of it: metadata, kind of page, mended text and tokens, too.
Peers that are not installed are left out (trafilatura, resiliparse, newspaper4k).

The packaged model has been trained on these very pages: how true ours is on sites that it has not seen says
python -m benchmarks.train_extraction.

python -m benchmarks.extraction [--every 1] [--rounds 3] [--only ours,trafilatura]
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, quantiles

from benchmarks.pages import TruePage, true_pages
from benchmarks.score import score
from schemas.events import RawPage
from services.cleaner.core import clean
from services.cleaner.extract.article import extract
from services.cleaner.extract.model import load
from services.cleaner.extract.parse import Unreadable
from services.kit.step import Reject

Extractor = Callable[[str], str | None]
URL = "https://pages.example/world/1"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HARD = {
    "100,000 nested divs, 5 MB": "<html><body>" + '<div class="a b c">some text here, and more' * 100_000,
    "80,000 paragraphs, 5 MB": "<html><body>"
    + "<p>Some text of a paragraph, and it is of some length.</p>\n" * 80_000,
    "200,000 attributes": "<html><body><div " + " ".join(f"a{i}=x" for i in range(200_000)) + ">text</div>",
    "one paragraph of 5 MB": "<html><body><p>" + "word " * 1_000_000,
    "text that is no HTML, 5 MB": "%PDF-1.4\n" + "\x00\x01ÿ<" * 1_250_000,
}


def ours() -> Extractor:
    load()

    def run(html: str) -> str:
        try:
            return "\n".join(paragraph.text for paragraph in extract(html)[1])
        except Unreadable:
            return ""

    return run


def cleaner() -> Extractor:
    """All that `newswatch clean` does for a page, but for reading and writing lines."""
    load()

    def run(html: str) -> str:
        page = RawPage(
            capture_id="c", url=URL, source="s", fetched_at=NOW, first_seen=NOW, revision=1, html=html
        )
        try:
            return clean(page).text
        except Reject:
            return ""

    return run


def trafilatura_default() -> Extractor:
    import trafilatura  # noqa: PLC0415  (a peer may be absent)

    return trafilatura.extract


def trafilatura_fast() -> Extractor:
    import trafilatura  # noqa: PLC0415  (likewise)

    return lambda html: trafilatura.extract(html, fast=True)


def resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415  (likewise)

    return lambda html: str(extract_plain_text(html, main_content=True))


def newspaper4k() -> Extractor:
    import newspaper  # noqa: PLC0415  (likewise)

    def run(html: str) -> str:
        article = newspaper.Article(URL, fetch_images=False)  # it would ask their hosts
        article.download(input_html=html)
        try:
            article.parse()
        except ImportError:  # a language whose words it splits by another package
            return ""
        return str(article.text)

    return run


EXTRACTORS: dict[str, Callable[[], Extractor]] = {
    "trafilatura": trafilatura_default,
    "ours": ours,
    "cleaner": cleaner,
    "trafilatura-fast": trafilatura_fast,
    "resiliparse": resiliparse,
    "newspaper4k": newspaper4k,
}


class Alone:
    """An extractor in a process of its own.

    error: why it is not there. texts, seconds: of each page so far, the latter of its quickest round. peak:
    megabytes at most, over what the process held before its first page.
    """

    def __init__(self, name: str) -> None:
        self._process = multiprocessing.get_context("spawn").Pool(1)
        self.name = name
        self.error: str = self._process.apply(_load, (name,))
        self.texts: list[str] = []
        self.seconds: list[float] = []
        self._before = self._megabytes()

    def take(self, html: str, rounds: int = 1) -> None:
        text, seconds = self._process.apply(_extract, (html, rounds))
        self.texts.append(text)
        self.seconds.append(seconds)

    @property
    def peak(self) -> int:
        return self._megabytes() - self._before

    def _megabytes(self) -> int:
        return int(self._process.apply(_megabytes))

    def close(self) -> None:
        self._process.terminate()


_loaded: list[Extractor] = []  # of the process, at most one


def _load(name: str) -> str:
    """Why there is none; empty where there is."""
    try:
        _loaded.append(EXTRACTORS[name]())
    except ImportError as error:
        return str(error)
    return ""


def _extract(html: str, rounds: int) -> tuple[str, float]:
    found: str | None = ""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        found = _loaded[0](html)
        took.append(time.process_time() - began)
    return found or "", min(took)


def _megabytes() -> int:
    """The most that this process ever held; getrusage would tell its parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def report(pages: Sequence[TruePage], found: Alone, base: float) -> str:
    """One line."""
    groups = dict.fromkeys(page.group for page in pages)
    scores = [
        score(
            (page.text, text) for page, text in zip(pages, found.texts, strict=True) if page.group == group
        ).f1
        for group in groups
    ]
    named = "  ".join(f"{group} {value:.3f}" for group, value in zip(groups, scores, strict=True))
    each = mean(found.seconds)
    return (
        f"{found.name:18} {named}  mean {mean(scores):.3f}   {1 / each:6.0f} pages/s ({base / each:5.2f} x)"
        f"  p99 {quantiles(found.seconds, n=100)[98] * 1000:5.0f} ms  max {max(found.seconds) * 1000:5.0f} ms"
        f"  {found.peak} MB"
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--every", type=int, default=1, help="take every so manieth page")
    reader.add_argument("--only", default=",".join(EXTRACTORS), help="extractors by name")
    reader.add_argument("--rounds", type=int, default=3, help="the quickest of so many counts, for each page")
    arguments = reader.parse_args()
    pages = list(true_pages())[:: arguments.every]
    print(f"{len(pages)} pages, mean {mean(len(page.html) for page in pages):,.0f} characters", flush=True)
    extractors = []
    for name in arguments.only.split(","):
        extractor = Alone(name)
        if extractor.error:
            print(f"{name:18} LEFT OUT: {extractor.error}")
        else:
            extractors.append(extractor)
    for page in pages:
        for extractor in extractors:
            extractor.take(page.html, arguments.rounds)
    for extractor in extractors:
        print(report(pages, extractor, mean(extractors[0].seconds)), flush=True)
        extractor.close()
    for what, html in HARD.items():
        hard = Alone("cleaner")
        hard.take(html)
        print(f"cleaner, {what}: {hard.seconds[0]:.2f} s, {hard.peak} MB", flush=True)
        hard.close()


if __name__ == "__main__":
    main()
