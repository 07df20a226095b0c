"""A source's pages count for its health."""

import json

import pytest

from services.crawler import pulse
from services.crawler.pulse import PAGES, Pulse

NOW = 1_800_000_000.0


def after(*outcomes: str) -> Pulse:
    found = pulse.succeeded(Pulse(), NOW, ())
    for outcome in outcomes:
        found = pulse.paged(found, outcome)
    return found


@pytest.mark.parametrize(
    ("outcomes", "state", "reason"),
    [
        ((), "new", "too little"),
        (("http-403",) * 4, "new", "too little"),
        (("http-403",) * 5, "blocked", "5 of the last 5 pages: http-403"),
        (("ok", *["http-403"] * 11), "blocked", "11 of the last 12 pages: http-403"),
        (("ok", *["challenge"] * 7, *["http-429"] * 2), "blocked", "9 of the last 10 pages: 7 challenge, 2"),
        (("timeout",) * 9, "failing", "9 of the last 9 pages: timeout"),
        (("http-403",) * 12 + ("ok", "unchanged", "not-modified") * 3, "new", "too little"),
        (("ok",) * 7 + ("http-403",) * 5, "new", "too little"),
        (("ok", "ok", "forbidden") * 8, "new", "too little"),
    ],
)
def test_pages_that_do_not_come(outcomes: tuple[str, ...], state: str, reason: str) -> None:
    judged = pulse.judge(after(*outcomes), NOW + 60)
    assert judged.state == state
    assert judged.reason.startswith(reason)


def test_a_feed_that_fails_is_told_first() -> None:
    found = after(*["http-403"] * 12)
    for _ in range(3):
        found = pulse.failed(found, NOW, "timeout", "no answer")
    assert pulse.judge(found, NOW).reason == "3 looks in a row failed: no answer"


def test_it_is_kept_and_what_older_versions_kept_is_read() -> None:
    found = after(*["http-403"] * 20)
    assert len(found.pages) == PAGES
    assert Pulse.loads(found.dumps()) == found
    old = json.loads(found.dumps())
    del old["pages"]
    assert Pulse.loads(json.dumps(old)).pages == ()
