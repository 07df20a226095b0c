from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.dateline import take

CASES = yaml.safe_load((Path(__file__).parents[2] / "golden" / "datelines.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:30])
def test_datelines_of_the_press(case: dict[str, Any]) -> None:
    assert take(case["text"]) == (case.get("dateline"), case.get("rest", case["text"]))


@given(st.text(max_size=200))
def test_nothing_is_lost_of_a_text_without_one(text: str) -> None:
    dateline, rest = take(text)
    assert text.endswith(rest) if dateline is None else len(rest) < len(text)


def test_a_long_text_takes_no_time() -> None:
    for text in ("A " * 100_000, "(" * 100_000, "AB, " * 50_000, "【" + "東" * 100_000, "1 " * 100_000):
        assert take(text) == (None, text)
