"""The commands that ask: search, backtest, subscribe; on an embedded store."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schemas.events import Event, Fact, ThreadedArticle
from services.cli import show
from services.cli.__main__ import app
from services.kit import span
from services.kit.query.highlight import Highlight
from services.kit.text import fold_tokens
from services.store.embedded.store import EmbeddedStore

NOW = datetime.now(UTC)
EXPULSION = Event(type="expulsion", actor=("NO",), target=("RU",), count=8)


def article(number: int, title: str, text: str, **more: object) -> ThreadedArticle:
    at = NOW - timedelta(days=number)
    return ThreadedArticle.model_validate(
        {
            "id": f"a{number}",
            "capture_id": f"c{number}",
            "revision": 1,
            "url": f"https://news.example/{number}",
            "canonical_url": f"https://news.example/{number}",
            "source": f"outlet-{number % 2}",
            "fetched_at": at,
            "first_seen": at,
            "title": title,
            "text": text,
            "title_tokens": fold_tokens(title),
            "text_tokens": fold_tokens(text),
            "language": "en",
            "story": f"s{number // 2}",
            "relation": "new" if number % 2 == 0 else "copy",
            **more,
        }
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    store.put_articles(
        [
            article(
                0,
                "Norway expels Russian diplomats",
                "Oslo calls them persona non grata.",
                events=(EXPULSION,),
            ),
            article(1, "Oslo sends diplomats home", "A grata person, persona of non."),
            article(2, "Diplomats meet in Vienna", "Talks on trade; nobody was expelled."),
            article(3, "Rain in Bergen", "It rains."),
            article(40, "Diplomats long ago", "An old text."),
        ]
    )
    store.close()
    return tmp_path


def call(data: Path, *arguments: str) -> Result:
    place = ["--data", str(data), "--store", f"embedded:{data / 'store'}"]
    return CliRunner().invoke(app, [*arguments, *place])


def test_search_shows_why_and_where_to_go_on(data: Path) -> None:
    found = call(data, "search", "diplomats", "--limit", "2")
    assert found.exit_code == 0
    assert "Norway expels Russian «diplomats»" in found.stdout
    assert "4 found, 2 shown; go on with --after" in found.stderr
    after = found.stderr.strip().rpartition(" ")[2]
    rest = call(data, "search", "diplomats", "--after", after)
    assert "«Diplomats» meet" in rest.stdout
    assert "Norway" not in rest.stdout
    assert call(data, "search", "diplomats", "--after", after, "--all").stdout == rest.stdout
    assert call(data, "search", "diplomats", "--after", "x").exit_code == 2


def test_all_is_told_page_by_page(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.__main__.PAGE", 1)
    found = call(data, "search", "diplomats", "--all", "--json", "--limit", "2")
    assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == ["a0", "a1", "a2", "a40"]
    assert found.stderr == "4 found\n"


def test_since_leaves_what_is_dated_ahead(data: Path) -> None:
    store = EmbeddedStore(data / "store")
    store.put_articles([article(-1, "Diplomats tomorrow", "Dated by a clock that is ahead.")])
    store.close()
    found = call(data, "search", "diplomats", "--since", "3h")
    assert "«Diplomats» tomorrow" in found.stdout


def test_search_by_relevance_pages_too(data: Path) -> None:
    shown: list[str] = []
    after: list[str] = []
    while True:
        found = call(
            data, "search", "diplomats OR oslo", "--sort", "relevance", "--limit", "2", "--json", *after
        )
        shown += [json.loads(line)["id"] for line in found.stdout.splitlines()]
        if "--after" not in found.stderr:
            break
        after = ["--after", found.stderr.strip().rpartition(" ")[2]]
    assert len(shown) == len(set(shown)) == 4
    assert shown[0] == "a1", "both words, in its title"
    assert call(data, "search", "oslo", "--sort", "age").exit_code == 2


def test_search_as_json_with_facets_and_all_and_since(data: Path) -> None:
    found = call(data, "search", "diplomats", "--since", "30d", "--all", "--json", "--facets")
    *articles, last = [json.loads(line) for line in found.stdout.splitlines()]
    assert [each["id"] for each in articles] == ["a0", "a1", "a2"]
    title = articles[0]["highlight"]["title"]
    assert [title[start:end] for start, end in articles[0]["highlight"]["title_marks"]] == ["diplomats"]
    assert dict(last["facets"]["source"]) == {"outlet-0": 2, "outlet-1": 1}
    assert len(last["facets"]["day"]) == 3


def test_backtest_tells_alerts_days_sources_and_near_misses(data: Path) -> None:
    found = call(data, "backtest", "diplomats AND oslo", "--since", "30d")
    assert found.exit_code == 0
    assert "1 alert in 31 days, one for each story" in found.stdout
    assert "2 articles in 1 story; 1 of them copies" in found.stdout
    assert "1 but for oslo" in found.stdout
    assert "Diplomats meet in Vienna" in found.stdout
    report = json.loads(call(data, "backtest", '"persona non grata"', "--json").stdout)
    assert (report["articles"], report["alerts"]) == (1, {"story": 1, "fact": 1, "article": 1})
    assert report["near_misses"][0]["newest"][0]["id"] == "a1"
    assert report["typical"][0]["id"] == "a0"


@pytest.mark.parametrize(
    ("since", "unit", "lines"), [("30d", "day", 31), ("100d", "week", 15), ("0001-01-01", "month", 2)]
)
def test_a_long_time_is_told_in_longer_units(data: Path, since: str, unit: str, lines: int) -> None:
    told = call(data, "backtest", "diplomats", "--since", since).stdout
    histogram = told.partition(f"by {unit}\n")[2].partition("\n\n")[0]
    assert lines <= len(histogram.splitlines()) <= lines + 1


def test_backtest_of_what_nobody_wrote_says_so(data: Path) -> None:
    found = call(data, "backtest", "xyzzy")
    assert "nothing matches in that time" in found.stdout
    assert "5 articles in 3 stories" in call(data, "backtest", "*", "--since", "50d").stdout
    assert call(data, "backtest", "nato", "--since", "tomorrow").exit_code == 2


def test_everything_is_admitted_only_when_asked_for_twice(data: Path) -> None:
    refused = call(data, "subscribe", "*", "--id", "all")
    assert refused.exit_code == 2
    assert "--yes-everything" in refused.stderr
    assert call(data, "subscribe", "*", "--id", "all", "--yes-everything").exit_code == 0
    kept = EmbeddedStore(data / "store").subscriptions()
    assert [(each.query, each.everything) for each in kept] == [("*", True)]


def test_what_matches_most_articles_is_asked_about(data: Path) -> None:
    store = EmbeddedStore(data / "store")
    at = NOW - timedelta(hours=1)
    store.put_articles(
        [article(100 + n, "The news", "Daily text.", fetched_at=at, first_seen=at) for n in range(250)]
    )
    store.close()
    refused = call(data, "subscribe", "daily OR news")
    assert refused.exit_code == 2
    assert "250 of the 254 articles of the last 7 days match" in refused.stderr
    assert call(data, "subscribe", "daily OR news", "--yes-everything").exit_code == 0
    taken = call(data, "subscribe", "diplomats")
    assert "3 of the 254 articles of the last 7 days match" in taken.stdout


def test_marks_are_bold_and_bars_fit() -> None:
    shown = Highlight("NATO expels", ((0, 4),), "", ())
    assert show.marked(shown.title, shown.title_marks, colour=True) == "\x1b[1mNATO\x1b[0m expels"
    assert show.marked(shown.title, shown.title_marks, colour=False) == "«NATO» expels"
    assert "\x1b" not in show.marked("a\x1b[2Jb\x9b", (), colour=False)
    lines = list(show.bars([("a", 10), ("bb", 5), ("c", 0)], 40))
    assert max(map(len, lines)) <= 40
    assert lines[0].count("█") == 2 * lines[1].count("█")


def test_times() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert span.since("12h", now) == datetime(2026, 3, 2, tzinfo=UTC)
    assert span.since("2026-03-01", now) == datetime(2026, 3, 1, tzinfo=UTC)
    for wrong in ("", "yesterday", "2027-01-01", "99999999w", "-3d"):
        with pytest.raises(ValueError, match=r"is no time|in the future"):
            span.since(wrong, now)


def test_a_story_is_told_with_its_time_line(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    fact = Fact(id="f", type="expulsion", actor=("NO",), target=("RU",), count=8)
    store.put_articles(
        [
            article(
                3,
                "Norway expels eight",
                "x",
                story="s",
                relation="new",
                events=(EXPULSION,),
                new_facts=(fact,),
            ),
            article(
                2,
                "Eight to go",
                "x",
                story="s",
                relation="copy",
                duplicate_of="a3",
                original="a3",
                events=(EXPULSION,),
            ),
            article(1, "Oslo sends eight home", "y", story="s", relation="follow-up", events=(EXPULSION,)),
        ]
    )
    store.close()
    for id in ("s", "a1"):
        told = CliRunner().invoke(app, ["story", id, "--data", str(tmp_path)])
        assert told.exit_code == 0, told.output
        assert "3 articles of 2 outlets, 1 of them copies" in told.stdout
        assert "expulsion: NO → RU, 8: first told by outlet-1, " in told.stdout
        assert "; not confirmed" in told.stdout
        assert "copied by outlet-0" in told.stdout
    plain = json.loads(CliRunner().invoke(app, ["story", "s", "--json", "--data", str(tmp_path)]).stdout)
    assert [each["id"] for each in plain["articles"]] == ["a3", "a1"]
    assert [each["id"] for each in plain["articles"][0]["copies"]] == ["a2"]
    missing = CliRunner().invoke(app, ["story", "nothing", "--data", str(tmp_path)])
    assert missing.exit_code == 1
