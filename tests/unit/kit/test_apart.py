"""A step in a process of its own: what a message can do to it, and what that costs its neighbours."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.events import RawPage
from schemas.topics import RAW
from services.kit.apart import Apart
from services.kit.step import Dead, Emit, Record

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = """
import os, re, signal, sys
from pathlib import Path
from schemas.topics import RAW
from services.kit.apart import serve
from services.kit.limit import limited
from services.kit.step import Reject, Step

def odd(page):
    told = page.html
    if told == "python hangs":
        while True:
            pass
    if told == "C hangs":
        re.match("(a+)+b", "a" * 60)
    if told == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if told.startswith("once ") and not Path(told[5:]).exists():
        Path(told[5:]).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if told == "terminate":
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    if told == "refuse":
        raise Reject("refused", "no")
    print("not a result")
    return page

serve(Step("odd", RAW, RAW, limited(odd, 0.2, die=True)))
"""


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    found = Apart([sys.executable, "-c", STEP], RAW)
    yield found
    found.close()


def record(html: str) -> Record:
    page = RawPage(
        capture_id="c", url="https://a.example/1", source="courier", fetched_at=NOW, first_seen=NOW,
        revision=1, html=html,
    )  # fmt: skip
    return Record("news.raw.v1", page.model_dump_json().encode(), key="k", headers={"capture": "c"})


def outcome(apart: Apart, html: str) -> tuple[str, str, str] | str:
    result = apart.run(record(html))
    if isinstance(result, Dead):
        return result.reason, result.code, result.source
    assert (result.key, result.headers) == ("k", {"capture": "c"})
    return RawPage.model_validate_json(result.value).html


def test_what_a_message_does_is_told_and_costs_no_other(apart: Apart) -> None:
    messages = [
        "a page",
        "python hangs",
        "a page",
        "C hangs",
        "a page",
        "crash",
        "a page",
        "refuse",
        "a page",
    ]
    assert [outcome(apart, html) for html in messages] == [
        "a page",
        ("rejected", "too-slow", "courier"),
        "a page",
        ("rejected", "too-slow", "courier"),
        "a page",
        ("bug", "crash", ""),
        "a page",
        ("rejected", "no", "courier"),
        "a page",
    ]


def test_a_process_that_was_killed_from_outside_costs_nothing(apart: Apart, tmp_path: Path) -> None:
    html = f"once {tmp_path / 'killed'}"
    assert outcome(apart, html) == html


def test_signals_are_for_the_parent(apart: Apart) -> None:
    assert outcome(apart, "terminate") == "terminate"


def test_a_large_message_passes(apart: Apart) -> None:
    html = "ж" * 4_000_000
    assert outcome(apart, html) == html


def test_the_process_ends_with_its_parent() -> None:
    parent = f"""
import sys
from schemas.topics import RAW
from services.kit.apart import Apart
from services.kit.step import Record
apart = Apart([sys.executable, "-c", {STEP!r}], RAW)
apart.run(Record("t", b""))
print(apart._process.pid, flush=True)
import os
os.kill(os.getpid(), 9)
"""
    told = subprocess.run([sys.executable, "-c", parent], stdout=subprocess.PIPE, check=False).stdout
    status = Path(f"/proc/{int(told)}/status")
    deadline = time.monotonic() + 10
    while status.exists() and "State:\tZ" not in status.read_text():
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.05)


def test_what_is_no_message_is_refused_as_ever(apart: Apart) -> None:
    result = apart.run(Record("news.raw.v1", b"{"))
    assert isinstance(result, Dead)
    assert result.reason == "invalid"
    assert isinstance(apart.run(record("a page")), Emit)
