"""newswatch sources health."""

import json
from pathlib import Path

import pytest

from services.crawler import pulse
from services.crawler.memory import Found, Memory
from services.crawler.pulse import Course, Pulse
from services.crawler.state import State
from services.kit.clock import utc_now
from tests.harness import newswatch

DAY = 86_400.0
CATALOGUE = """
sources:
  - {id: courier, name: Courier, feeds: [https://courier.example/rss], sitemaps: [https://courier.example/map]}
  - {id: echo, name: Echo, feeds: [https://echo.example/rss], expect: {articles_per_day: 5}}
  - {id: never, name: Never looked at, feeds: [https://never.example/rss]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A crawler's folder: Courier publishes hourly, its sitemap is gone; Echo is blocked."""
    now = utc_now().timestamp()
    (tmp_path / "sources.yaml").write_text(CATALOGUE, encoding="utf-8")
    state = State(tmp_path / "crawler")
    memory = Memory(state.database)
    courier, echo, feed = Pulse(), Pulse(), Course()
    for hour in range(120):
        at = now - 5 * DAY + hour * 3600
        courier, feed = pulse.succeeded(courier, at, [at]), pulse.looked(feed, at, [at])
    for _ in range(4):
        echo = pulse.failed(echo, now, "http-403", "HTTP 403")
    gone = Course(failures=7, cause="HTTP 404")
    memory.put("source", "courier", courier.dumps())
    memory.put("source", "echo", echo.dumps())
    memory.put("way", "https://courier.example/rss", feed.dumps())
    memory.put("way", "https://courier.example/map", gone.dumps())
    memory.flush()
    memory.found("courier", [f"https://courier.example/{number}" for number in range(40)], Found.FEED, now)
    memory.found(
        "courier", [f"https://courier.example/{number}" for number in range(20, 60)], Found.SITEMAP, now
    )
    state.close()
    return tmp_path


def test_each_source_and_why_it_is_not_well(place: Path) -> None:
    arguments = ("sources", "health", str(place / "sources.yaml"), "--data", str(place))
    told = newswatch(*arguments)
    assert told.returncode == 0, told.stderr
    courier, echo = told.stdout.splitlines()
    assert courier.split()[:2] == ["courier", "partial"]
    assert "caught  76%" in courier
    assert "https://courier.example/map: 7 looks in a row failed: HTTP 404" in courier
    assert echo.split()[:2] == ["echo", "blocked"]
    assert "2 sources: 1 partial, 1 blocked" in told.stderr
    rows = [json.loads(line) for line in newswatch(*arguments, "--json").stdout.splitlines()]
    assert rows[0]["articles_per_day"] == pytest.approx(24, rel=0.1)
    assert rows[0]["published_estimate"] == pytest.approx(80, rel=0.1)
    assert rows[0]["ways"]["https://courier.example/map"]["failures"] == 7
    assert (rows[1]["expected_per_day"], rows[1]["failures"]) == (5, 4)


def test_where_no_crawler_worked(tmp_path: Path) -> None:
    told = newswatch("sources", "health", "--data", str(tmp_path))
    assert told.returncode == 1
    assert "no crawler has worked there" in told.stderr
