"""A source's pages count for its health."""

import json
from dataclasses import replace

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


def captured(*codes: str) -> Pulse:
    """After pages that came, each of which is no article for that reason, or one."""
    found = after(*["ok"] * len(codes))
    for number, _ in enumerate(codes):
        found = pulse.captured(found, f"capture-{number}")
    return pulse.cleaned(found, {f"capture-{number}": code for number, code in enumerate(codes) if code})


@pytest.mark.parametrize(
    ("codes", "state", "reason"),
    [
        (("consent",) * 4, "new", "too little"),
        (("consent",) * 5, "blocked", "5 of the last 5 pages are no articles: consent"),
        (("", "", *["index-page"] * 9), "no-articles", "9 of the last 11 pages are no articles: index-page"),
        (("empty",) * 6, "no-articles", "6 of the last 6 pages are no articles: empty"),
        (("denied",) * 5 + ("video",) * 4, "blocked", "9 of the last 9 pages are no articles: 5 denied, 4"),
        (("",) * 7 + ("video",) * 5, "new", "too little"),
        (("consent",) * 12 + ("",) * 7, "new", "too little"),
    ],
)
def test_pages_that_are_no_articles(codes: tuple[str, ...], state: str, reason: str) -> None:
    judged = pulse.judge(captured(*codes), NOW + 60)
    assert judged.state == state
    assert judged.reason.startswith(reason)


def test_a_page_that_is_cleaned_again_may_be_an_article() -> None:
    assert pulse.judge(pulse.cleaned(captured(*["no-text"] * 9), {}), NOW + 60).state == "new"


def test_a_feed_that_fails_is_told_first() -> None:
    found = after(*["http-403"] * 12)
    for _ in range(3):
        found = pulse.failed(found, NOW, "timeout", "no answer")
    assert pulse.judge(found, NOW).reason == "3 looks in a row failed: no answer"


def test_it_is_kept_and_what_older_versions_kept_is_read() -> None:
    found = after(*["http-403"] * 20)
    assert len(found.pages) == PAGES
    found = pulse.cleaned(pulse.captured(found, "capture"), {"capture": "video"})
    assert Pulse.loads(found.dumps()) == found
    old = json.loads(found.dumps())
    del old["pages"], old["captures"]
    assert Pulse.loads(json.dumps(old)) == replace(found, pages=(), captures=())
