"""How long a page may take and how much memory, however it was made: each in a process of its own."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from schemas.events import RawPage
from schemas.topics import ARTICLES, RAW
from services.cleaner.core import clean
from services.cleaner.history import History
from services.kit.step import Record, Step, run

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
# None takes a second on a core of its own; slow machines that do other things besides may take longer.
SECONDS = 4.0  # of CPU time
MEGABYTES = 300  # of the whole process, its libraries and the page itself
TEXT = "The ministry in Oslo said on Monday that the eight had to leave by the end of the week. "
END = f"<p>{TEXT * 3}</p>"


def linked(json: str) -> str:
    return f'<html><head><script type="application/ld+json">{json}</script></head><body>{END}'


SHAPES: dict[str, Callable[[], str]] = {
    "100,000 nested divs": lambda: "<div class='a b c'>some text of it, and some more" * 100_000,
    "one text": lambda: f"<p>{TEXT * 60_000}",
    "one text in Han": lambda: f"<p>{'挪威政府周一宣布驱逐八名外交官。' * 300_000}",
    "one word": lambda: f"<p>{'w' * 5_000_000}",
    "paragraphs": lambda: f"<p>{TEXT}</p>" * 80_000,
    "long paragraphs": lambda: f"<p>{TEXT * 50}</p>" * 1_800,
    "lines": lambda: f"<p>{(TEXT + '<br><br>') * 70_000}",
    "50 MB": lambda: f"<p>{TEXT}</p>" * 540_000,
    "a million siblings": lambda: "<p>a" * 1_000_000,
    "a million empty siblings": lambda: "<b></b>" * 1_000_000 + END,
    "a million links": lambda: "<a>a</a>" * 990_000,
    "100,000 cells": lambda: "<table>" + ("<tr>" + f"<td>{TEXT[:40]}</td>" * 10 + "</tr>") * 10_000,
    "400,000 attributes": lambda: f"<div {' '.join(f'a{i}=x' for i in range(400_000))}>{END}",
    "an attribute of 5 MB": lambda: f"<div class='{'name-of-it ' * 450_000}'>{END}",
    "attributes of 1 kB": lambda: f"<div class='{'name-of-it ' * 100}'>{TEXT}</div>" * 6_500,
    "a title of 5 MB": lambda: f"<title>{'word ' * 1_000_000}</title>{END}",
    "a heading of 5 MB": lambda: f"<h1>{'word ' * 1_000_000}</h1>{END}",
    "metas": lambda: "<meta property='article:published_time' content='soon enough'>" * 120_000 + END,
    "stylesheets": lambda: "<link rel=canonical href=x>" * 280_000 + END,
    "comments": lambda: "<!--x-->" * 980_000 + END,
    "scripts": lambda: "<script>x</script>" * 440_000 + END,
    "linked data, text": lambda: linked('{"@type":"NewsArticle","articleBody":"%s"}' % (TEXT * 60_000)),
    "linked data, objects": lambda: linked('[{"articleBody":1}' + ",{}" * 2_500_000 + "]"),
    "linked data, reports": lambda: linked(
        '{"@type":"LiveBlogPosting","liveBlogUpdate":[{}' + ",{}" * 2_500_000 + "]}"
    ),
    "state of scripts": lambda: (
        f"<title>Norway expels eight</title><script>x=[{'{},' * 2_500_000}{{}}]</script>"
    ),
    "control characters": lambda: "<p>" + "\x00\x01ÿ<" * 1_900_000,
}


FORGET = Path("/proc/self/clear_refs")

pytestmark = pytest.mark.skipif(not FORGET.exists(), reason=f"no {FORGET}: memory cannot be measured here")


@pytest.fixture(scope="module")
def clean_processes() -> multiprocessing.context.ForkServerContext:
    """Begun with the cleaner loaded and nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.mark.parametrize("shape", SHAPES)
def test_time_and_memory(shape: str, clean_processes: multiprocessing.context.ForkServerContext) -> None:
    here, there = clean_processes.Pipe(duplex=False)
    process = clean_processes.Process(target=_measure, args=(shape, there))
    process.start()
    there.close()
    assert here.poll(60), "it does not come back"
    seconds, megabytes = here.recv()
    process.join()
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def _measure(shape: str, told: Connection) -> None:
    page = RawPage(
        capture_id="c", url="https://courier.example/world/1", source="s", fetched_at=NOW, first_seen=NOW,
        revision=1, html=f"<html><body>{SHAPES[shape]()}",
    )  # fmt: skip
    record = Record("news.raw.v1", page.model_dump_json().encode())
    del page
    history = History()
    step = Step("cleaner", RAW, ARTICLES, lambda page: history.without_furniture(clean(page)))
    FORGET.write_text("5", encoding="ascii")  # forget what making the page took
    started = time.process_time()
    run(step, record)
    told.send((time.process_time() - started, _peak()))


def _peak() -> int:
    """Megabytes that the process held at most since its peak was reset."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
