"""Looks for pages that the cleaner breaks or hangs on, guided by the lines of code that they reach.

By hand, never in the suite; what it finds becomes a test in tests/unit/cleaner. Needs atheris:

    pip install atheris
    mkdir -p /tmp/found
    nice -n 19 python -m tests.fuzz.cleaner /tmp/found tests/unit/cleaner/pages -max_total_time=600

The first folder is where interesting pages are kept for the next run, the second has those to begin with. A
page that breaks it is written to crash-*, one that takes too long to timeout-* or slow-unit-*.
"""

import sys
import time
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["services.cleaner", "services.kit"]):
    from schemas.events import RawPage
    from schemas.topics import ARTICLES, RAW
    from services.cleaner.core import clean
    from services.kit.step import Dead, Record, Step, run

SECONDS = 2.0  # of CPU time, of instrumented code
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = Step("cleaner", RAW, ARTICLES, clean)


def test(data: bytes) -> None:
    """One page through the cleaner as the stream runs it."""
    page = RawPage(
        capture_id="c",
        url="https://courier.example/world/1",
        source="courier",
        fetched_at=NOW,
        first_seen=NOW,
        revision=1,
        html=data.decode("utf-8", "replace"),
    )
    record = Record("news.raw.v1", page.model_dump_json().encode())
    started = time.process_time()
    result = run(STEP, record)
    took = time.process_time() - started
    if isinstance(result, Dead) and result.reason == "bug":
        raise AssertionError(result.detail)
    if took > SECONDS:
        raise AssertionError(f"{took:.1f} s for a page of {len(data):,} bytes")


if __name__ == "__main__":
    atheris.Setup(sys.argv, test)
    atheris.Fuzz()
