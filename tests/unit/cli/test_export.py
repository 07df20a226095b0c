"""newswatch export: what stands in the tables, and that no file is ever half a table."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pyarrow
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from schemas.events import Event, Place, Span, ThreadedArticle, Topic
from services.cli import formats
from services.cli.__main__ import app
from services.cli.tables import COLUMNS, asked_for, columns
from services.kit.query import parse
from services.kit.query.tree import Everything
from services.kit.text import fold_tokens
from services.store.embedded.store import EmbeddedStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TITLE = 'She said "no", twice;\nthen left – =1+1 \u200f\U0001f600'


def article(number: int, **more: object) -> ThreadedArticle:
    at = NOON + number * HOUR
    values: dict[str, object] = {
        "id": f"a{number}",
        "capture_id": f"c{number}",
        "revision": 7,
        "url": f"https://news.example/{number}",
        "canonical_url": f"https://news.example/{number}",
        "source": "courier",
        "fetched_at": at,
        "first_seen": at,
        "published_at": at,
        "title": f"Title {number}",
        "text": "Some text.",
        "language": "en",
        "story": f"s{number}",
        "relation": "new",
    }
    values |= more
    tokens = {f"{name}_tokens": fold_tokens(str(values[name])) for name in ("title", "text")}
    return ThreadedArticle.model_validate(tokens | values)


RICH = article(
    2,
    title=TITLE,
    language="de",
    authors=("A. Writer", "Agency"),
    topics=(Topic(code="newswatch:x", label="X", score=0.5),),
    events=(
        Event(
            type="expulsion",
            actor=("CZ", "SK"),
            target=("RU",),
            count=18,
            span=Span(field="title", start=0, end=3, text="She"),
            place=Place(country="CZ"),
            date=NOON.date(),
        ),
    ),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    store.put_articles([article(0), article(1, published_at=None, paywalled=True), RICH, article(3)])
    store.close()
    return tmp_path


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", *arguments, "--store", f"embedded:{data / 'store'}"])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_lines_hold_every_column_newest_first(data: Path) -> None:
    found = lines(run(data, "--since", "all"))
    assert [each["id"] for each in found] == ["a3", "a2", "a1", "a0"]
    assert all(tuple(each) == COLUMNS for each in found)
    rich = found[1]
    assert rich["title"] == TITLE
    assert rich["published_at"] == "2026-03-01T14:00:00Z"
    assert rich["events"][0]["actor"] == ["CZ", "SK"]
    assert rich["events"][0]["date"] == "2026-03-01"
    assert "marks" not in rich["events"][0]
    assert found[2]["published_at"] is None


def test_parquet_has_types_and_the_same_rows(data: Path) -> None:
    target = data / "news.parquet"
    result = run(data, "--since", "all", "--output", str(target))
    assert result.exit_code == 0, result.stderr
    table = pyarrow.parquet.read_table(target)
    assert table.column_names == list(COLUMNS)
    assert table.schema.field("published_at").type == pyarrow.timestamp("us", tz="UTC")
    assert table.schema.field("countries").type == pyarrow.list_(pyarrow.string())
    rows = table.to_pylist()
    assert [each["id"] for each in rows] == ["a3", "a2", "a1", "a0"]
    rich = rows[1]
    assert rich["title"] == TITLE
    assert rich["published_at"] == NOON + 2 * HOUR
    assert rich["events"][0]["target"] == ["RU"]
    assert rich["events"][0]["date"] == NOON.date()
    assert rich["events"][0]["place"] == {"country": "CZ", "name": ""}
    assert (rows[2]["paywalled"], rows[3]["paywalled"]) == (True, None)


def test_csv_holds_lists_as_json_and_nothing_for_what_is_unknown(data: Path) -> None:
    result = run(data, "--since", "all", "--format", "csv")
    assert result.exit_code == 0, result.stderr
    # Bytes, because a reader of text would make one line's end of the other.
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode(), newline="")))
    assert [each["id"] for each in rows] == ["a3", "a2", "a1", "a0"]
    rich, plain = rows[1], rows[2]
    assert rich["title"] == TITLE
    assert json.loads(rich["authors"]) == ["A. Writer", "Agency"]
    assert json.loads(rich["events"])[0]["count"] == 18
    assert (plain["published_at"], plain["paywalled"], plain["revision"]) == ("", "true", "7")


@pytest.mark.parametrize("chosen", formats.FORMATS)
def test_no_article_is_an_empty_table_with_its_columns(data: Path, chosen: str) -> None:
    target = data / "none"
    result = run(data, "--since", "all", "--query", "nowhere", "--format", chosen, "-o", str(target))
    assert result.exit_code == 0, result.stderr
    if chosen == "parquet":
        assert pyarrow.parquet.read_table(target).column_names == list(COLUMNS)
    elif chosen == "csv":
        assert target.read_bytes().decode() == ",".join(COLUMNS) + "\r\n"
    else:
        assert target.read_bytes() == b""


def test_time_query_and_language_bound_it(data: Path) -> None:
    def ids(*arguments: str) -> list[str]:
        return [each["id"] for each in lines(run(data, "--columns", "id", *arguments))]

    assert ids("--since", "2026-03-01T13:00") == ["a3", "a2", "a1"]
    assert ids("--since", "2026-03-01T13:00", "--until", "2026-03-01T15:00") == ["a2", "a1"]
    assert ids("--since", "all", "--language", "de") == ["a2"]
    assert ids("--since", "all", "--language", "de", "--language", "en") == ["a3", "a2", "a1", "a0"]
    assert ids("--since", "all", "--query", "event:(type:expulsion actor:SK)") == ["a2"]
    assert ids("--since", "all", "--query", 'title:title AND NOT "title 3"') == ["a1", "a0"]
    assert ids("--since", "all", "--limit", "2") == ["a3", "a2"]


def test_columns_come_in_the_order_in_which_they_are_named(data: Path) -> None:
    found = lines(run(data, "--since", "all", "--columns", "title, id,title", "--limit", "1"))
    assert found == [{"title": "Title 3", "id": "a3"}]
    with pytest.raises(ValueError, match="no column 'titel': there are id, url"):
        columns("id,titel")


def test_each_column_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "export.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in text] == []


def test_what_is_asked_for_is_said_in_the_query_language() -> None:
    day = timedelta(days=1)
    asked = asked_for(parse("a OR b"), NOON, NOON + day, ["de", "fr"])
    assert str(asked) == (
        "(a OR b) AND published:[2026-03-01T12:00:00Z TO 2026-03-02T11:59:59.999999Z] "
        'AND (language:"de" OR language:"fr")'
    )
    assert asked_for(Everything(), None, None, []) == Everything()
    with pytest.raises(ValueError, match="no moment"):
        asked_for(Everything(), NOON, NOON, [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is no time"),
        (("--since", "2999-01-01"), "is in the future"),
        (("--since", "1d", "--until", "2d"), "no moment is both after --since and before --until"),
        (("--since", "1d", "--query", "("), "("),
        (("--since", "1d", "--format", "xlsx"), "--format xlsx: give --format parquet, jsonl or csv"),
        (("--since", "1d", "--output", "news.xlsx"), "news.xlsx says no format"),
        (("--since", "1d", "--columns", "body"), "no column 'body'"),
        (("--since", "1d", "-o", "/nowhere/news.csv"), "/nowhere/news.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(data: Path, arguments: tuple[str, ...], told: str) -> None:
    result = run(data, *arguments)
    assert result.exit_code in {2, 69}
    assert told in result.stderr
    assert result.stdout == ""


def test_without_pyarrow_parquet_says_what_to_install(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    target = data / "news.parquet"
    result = run(data, "--since", "all", "--output", str(target))
    assert result.exit_code == 2
    assert "pip install 'newswatch[export]'" in result.stderr
    assert not target.exists()
    assert run(data, "--since", "all", "--format", "csv").exit_code == 0


def test_a_store_that_fails_midway_leaves_the_old_file(data: Path) -> None:
    target = data / "news.jsonl"
    target.write_text("old")
    result = CliRunner().invoke(
        app, ["export", "--since", "all", "-o", str(target), "--store", f"embedded:{data / 'nothing'}"]
    )
    assert result.exit_code == 69
    assert "there is no store yet" in result.stderr
    assert target.read_text() == "old"
    assert [each.name for each in data.glob("news*")] == ["news.jsonl"]


@pytest.fixture
def endless(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An export that is under way: more articles than it writes in a moment."""
    store = EmbeddedStore(data / "store")
    store.put_articles([article(number) for number in range(4, 2500)])
    store.close()
    arguments = ["--since", "all", "-o", str(data / "news.jsonl"), "--store", f"embedded:{data / 'store'}"]
    with subprocess.Popen(
        [sys.executable, "-m", "services.cli", "export", *arguments], stderr=subprocess.PIPE
    ) as it:
        yield it
        it.kill()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_no_half_file(
    data: Path, endless: "subprocess.Popen[bytes]", sent: signal.Signals
) -> None:
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size for part in data.glob("news.jsonl.*.part")):
        assert time.monotonic() < deadline
        assert endless.poll() is None
        time.sleep(0.001)
    endless.send_signal(sent)
    _, told = endless.communicate(timeout=30)
    assert endless.returncode == 130, told
    assert b"interrupted after" in told
    assert not list(data.glob("news*"))


def test_a_reader_that_has_enough_ends_it_quietly(data: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    arguments = ["--since", "all", "--store", f"embedded:{data / 'store'}"]
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "export", *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_batches_are_bounded_by_rows_and_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_ROWS", 3)
    monkeypatch.setattr(formats, "_CHARACTERS", 25)
    sink: IO[bytes] = io.BytesIO()
    formats.writer("parquet")((article(number) for number in range(7)), ("id",), sink)
    table = pyarrow.parquet.ParquetFile(sink)
    assert [table.metadata.row_group(n).num_rows for n in range(table.num_row_groups)] == [3, 3, 1]
    sink = io.BytesIO()
    formats.writer("parquet")((article(number, text="ten signs.") for number in range(4)), ("text",), sink)
    assert pyarrow.parquet.ParquetFile(sink).num_row_groups == 2
