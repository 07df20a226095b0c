"""What the documentation says of queries holds: every example, every table."""

import re
from pathlib import Path

import pytest

from services.kit.query import QueryError, matches, parse
from services.kit.query.relax import near_misses
from tests.unit.kit.test_query_evaluate import article

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "query-language.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The lines of all blocks that are marked so."""
    found = re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)
    return [line for block in found for line in block.splitlines()]


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under the first such head, without it."""
    (table,) = re.findall(rf"^\| {re.escape(heading)} .*\n\| ---.*\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def code(cell: str) -> str:
    (span,) = re.findall(r"`(.+?)`", cell)
    return str(span)


def texts(cell: str) -> list[str]:
    return re.findall(r"\*(.+?)\*", cell)


WORDS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in re.findall(r"^\| `.+` \| \*.+\* \| \*.+\* \|$", PAGE, flags=re.MULTILINE)
]
FINDS = [(code(query), text) for query, found, _ in WORDS for text in texts(found)]
FINDS_NOT = [(code(query), text) for query, _, missed in WORDS for text in texts(missed)]


@pytest.mark.parametrize("query", blocks("query"))
def test_examples_are_understood(query: str) -> None:
    parse(query)


@pytest.mark.parametrize("query", [code(row[2]) for head in ("field", "key") for row in rows(head)])
def test_examples_of_fields_are_understood(query: str) -> None:
    parse(query)


@pytest.mark.parametrize(("written", "meant"), [(code(row[0]), code(row[1])) for row in rows("written")])
def test_precedence(written: str, meant: str) -> None:
    assert parse(written) == parse(meant)


@pytest.mark.parametrize(("query", "text"), FINDS)
def test_what_it_says_is_found_is(query: str, text: str) -> None:
    assert matches(parse(query), article(text))


@pytest.mark.parametrize(("query", "text"), FINDS_NOT)
def test_what_it_says_is_not_found_is_not(query: str, text: str) -> None:
    assert not matches(parse(query), article(text))


@pytest.mark.parametrize("query", [*blocks("refused"), *(code(row[0]) for row in rows("refused"))])
def test_what_it_says_is_refused_is(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


@pytest.mark.parametrize("query", [code(row[2]) for row in rows("refused")])
def test_the_ways_out_are_understood(query: str) -> None:
    parse(query)


def test_near_misses() -> None:
    query = next(line for line in blocks("query") if "football" in line and "count" in line)
    assert [miss.clause for miss in near_misses(parse(query))] == [
        code(row[0]) for row in rows("clause that failed")
    ]


def test_all_tables_are_read() -> None:
    assert len(FINDS) > 30
    assert len(FINDS_NOT) > 15
