"""Every example of the documentation is a query."""

import re
from pathlib import Path

import pytest

from services.kit.query import QueryError, parse

PAGE = Path(__file__).resolve().parents[3] / "docs" / "query-language.md"
(BLOCK,) = re.findall(r"```query\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
EXAMPLES = [*BLOCK.splitlines(), "title:embassy", 'author:"Jane Doe"', "published:2024-05", "U.S. OR US"]


@pytest.mark.parametrize("query", [*EXAMPLES, "event:(actor:RU count:[3 TO 8])", "a b OR c"])
def test_it_is_understood(query: str) -> None:
    parse(query)


@pytest.mark.parametrize(
    "query", ["nato and russia", "nato NEAR/5 russia", "*", "NOT sport", "a OR NOT b", "ru?sia"]
)
def test_what_it_says_is_refused_is(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)
