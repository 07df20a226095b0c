"""The whole cleaner on pages of our own making (tests/golden/pages.yaml)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.events import RawPage
from services.cleaner import dense
from services.cleaner.core import clean
from services.cleaner.extract.article import extract

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "pages.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://courier.example/city/harbour-bridge-closes"
TITLE = "Harbour bridge closes for a year"
TEXT = (
    "The old bridge across the harbour will be closed to all traffic from Monday, the city council said.",
    "Inspectors had found cracks in two of its piers in the autumn, and the repair will take a year or more.",
    "Buses are to go round by the ring road, which adds a quarter of an hour to the way into the centre.",
    "“We would rather close it too early than too late,” said Ada Example, who is in charge of the works.",
    "Shops on the northern bank fear for their customers; the council promised a ferry every ten minutes.",
    "Some forty thousand people cross it on a working day, and most of them have no other way to go.",
)
HALF = len(TEXT) // 2


def page(case: dict[str, Any]) -> str:
    """Slots: `head`, `before` and `after` the article, `top`, `inside` (between paragraphs) and `end`."""
    slot = {name: case.get(name, "") for name in ("head", "before", "after", "top", "inside", "end")}
    lines = [f"<p>{line}</p>" for line in case.get("html") or case.get("body") or TEXT]
    half = len(lines) // 2
    links = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("World", "City", "Sport"))
    title = case.get("title", TITLE)
    html = (
        f'<!doctype html><html lang="{case.get("lang", "en")}"><head><title>{title} | The Courier</title>'
        f'<meta property="og:site_name" content="The Courier">{slot["head"]}</head><body>'
        f'<header class="site-header"><a href="/">The Courier</a></header><nav><ul>{links}</ul></nav>'
        f'{slot["before"]}<main><article><h1>{title}</h1>{slot["top"]}<div class="article-body">'
        f"{''.join(lines[:half])}{slot['inside']}{''.join(lines[half:])}{slot['end']}</div></article></main>"
        f'{slot["after"]}<footer class="footer"><p>The Courier, Harbour Street 1.</p></footer></body></html>'
    )
    if "read_as" in case:
        wrong = html.encode(case.get("written_as", "utf-8"))
        html = "".join(bytes([code]).decode(case["read_as"], "ignore") or chr(code) for code in wrong)
    return html


def expected(case: dict[str, Any]) -> list[str]:
    keeps = {name: case.get("keeps", []) if name in case else [] for name in ("top", "inside", "end")}
    lines = list(case.get("body") or TEXT)
    half = len(lines) // 2
    return [*keeps["top"], *lines[:half], *keeps["inside"], *lines[half:], *keeps["end"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_golden(case: dict[str, Any]) -> None:
    found = clean(
        RawPage(
            capture_id="c", url=URL, source="c", fetched_at=NOW, first_seen=NOW, revision=1, html=page(case)
        )
    )
    assert found.text.split("\n\n") == expected(case)
    assert found.title == case.get("expect", {}).get("title", case.get("title", TITLE))
    plain = found.model_dump(mode="json")
    told = case.get("expect", {})
    assert {name: plain[name] for name in told} == told


def test_each_rule_has_a_name_of_its_own() -> None:
    assert len({case["rule"] for case in CASES}) == len(CASES)


def test_a_huge_page_is_not_filled_up() -> None:
    case = next(case for case in CASES if case["rule"] == "kana and Han")
    html = page({**case, "head": "<style>" + " " * dense.LARGEST + "</style>"})
    assert dense.extract(html)[1] == extract(html)[1]
    assert dense.extract(page(case))[1] != extract(page(case))[1]
