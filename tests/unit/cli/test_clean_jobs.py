"""newswatch clean in several processes."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.cli import filters
from services.cli.pool import Pool
from services.kit.limit import limited
from services.kit.step import Reject

TEXT = "<p>The ministry in Oslo said on Monday that the eight had to leave by the end of the week.</p>"
CLEAN = [sys.executable, "-m", "services.cli.clean_lines"]
# Answers each line, but dies of "die", and of "hang" as if its limit had ended it.
ODD = [
    sys.executable,
    "-c",
    """
import os, signal, sys, time
for line in iter(sys.stdin.readline, ""):
    if "die" in line:
        os._exit(3)
    if "hang" in line:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGVTALRM)
    if "slow" in line:
        time.sleep(0.1)
    print(line.strip().replace("in", "out"), flush=True)
""",
]


def rows(command: list[str], lines: list[str], jobs: int = 3) -> list[dict[str, Any]]:
    out = io.StringIO()
    Pool(command, jobs).run(lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def line(id: int, what: str = "") -> str:
    return json.dumps({"id": id, "in": what}) + "\n"


def test_order_is_kept_whoever_is_first() -> None:
    lines = [line(i, "slow" if i % 4 == 0 else "") for i in range(17)]
    assert [row["id"] for row in rows(ODD, lines)] == list(range(17))


def test_one_that_dies_costs_its_line() -> None:
    found = rows(ODD, [line(1), line(2, "die"), line(3), "\n", line(4, "hang"), line(5), line(6, "die")])
    assert [row["id"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert [row.get("error", "") for row in found] == [
        "",
        "the process that was at it ended with status 3",
        "",
        "took too long: the process that was at it had to be ended",
        "",
        "the process that was at it ended with status 3",
    ]


def test_lines_that_are_no_json_cost_no_other() -> None:
    found = rows(ODD, ["die, for this is no JSON\n", line(2)])
    assert [row["id"] for row in found] == [None, 2]


def test_a_line_is_answered_before_the_next_comes() -> None:
    out = io.StringIO()

    def slowly() -> Iterator[str]:
        yield line(1)
        for _ in range(200):
            if out.getvalue():
                break
            time.sleep(0.05)
        assert json.loads(out.getvalue())["id"] == 1
        yield line(2)

    Pool(ODD, 2).run(slowly(), out)
    assert out.getvalue().count("\n") == 2


def test_few_lines_are_read_ahead() -> None:
    read = []

    def lines() -> Iterator[str]:
        for i in range(100):
            read.append(i)
            yield line(i, "slow")

    class Reading(io.StringIO):
        def write(self, text: str) -> int:
            ahead.append(len(read))
            return super().write(text)

    ahead: list[int] = []
    with pytest.raises(RuntimeError, match="enough"):
        Pool(ODD, 2).run(_stopped(lines(), 24), Reading())
    assert ahead[0] < 20


def _stopped(lines: Iterator[str], after: int) -> Iterator[str]:
    for _ in range(after):
        yield next(lines)
    raise RuntimeError("enough")


def test_the_same_results_as_without() -> None:
    lines = [
        json.dumps({"id": i, "url": f"https://courier.example/{i}", "fetched_at": "2026-03-02T12:00:00Z",
                    "html": f"<h1>Norway expels {i}</h1>{TEXT * 3}" if i % 3 else ""}) + "\n"
        for i in range(12)
    ]  # fmt: skip
    alone = io.StringIO()
    filters.run(filters.clean_page, lines, alone)
    together = io.StringIO()
    Pool(CLEAN, 2).run(lines, together)
    assert together.getvalue() == alone.getvalue()


def test_a_page_that_takes_too_long_is_an_error() -> None:
    def apply(row: Any) -> Any:
        while row == "long":
            pass
        return row

    within = limited(apply, 0.05)
    with pytest.raises(Reject, match=r"0\.05 seconds") as refused:
        within("long")
    assert refused.value.code == "too-slow"
    assert within("short") == "short"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_ends_all_of_them() -> None:
    command = [sys.executable, "-m", "services.cli", "clean", "--jobs", "2"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as filter:
        assert filter.stdin is not None
        assert filter.stdout is not None
        page = {"id": 1, "url": "https://courier.example/1", "html": f"<h1>Norway</h1>{TEXT * 3}"}
        filter.stdin.write(json.dumps(page).encode() + b"\n")
        filter.stdin.flush()
        assert json.loads(filter.stdout.readline())["id"] == 1
        children = _children(filter.pid)
        assert children
        os.killpg(filter.pid, signal.SIGINT)
        assert filter.wait(10) != 0
        assert filter.stderr is not None
        assert b"Traceback" not in filter.stderr.read()
    assert not any(_runs(child) for child in children)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, check=False).stdout
    return [int(each) for each in found.split()]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
