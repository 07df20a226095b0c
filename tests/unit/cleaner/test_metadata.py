"""What a page says of itself: pages of our own making (tests/golden/metadata.yaml), and mutilated ones."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cleaner.metadata import Hints, Metadata, read

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "metadata.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
DATES: list[dict[str, Any]] = yaml.safe_load(GOLDEN.with_name("dates.yaml").read_text(encoding="utf-8"))
URL = "https://www.courier.example/world/norway"
FETCHED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def metadata(html: str, url: str = URL, hints: Hints | None = None, fetched: datetime = FETCHED) -> Metadata:
    tree = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    return read(tree, html, url, fetched, hints)


def page(case: dict[str, Any]) -> str:
    lang = f' lang="{case["lang"]}"' if "lang" in case else ""
    head, body = case.get("head", ""), case.get("body", "")
    return f"<!doctype html><html{lang}><head>{head}</head><body>{body}<p>.</p></body></html>"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_golden(case: dict[str, Any]) -> None:
    found = asdict(metadata(page(case), case.get("url", URL), Hints(**case.get("hints", {}))))
    plain = {name: _plain(value) for name, value in found.items()}
    assert {name: plain[name] for name in case["expect"]} == case["expect"]


@pytest.mark.parametrize("case", DATES, ids=lambda case: f"{case['lang']}: {case['text']}")
def test_dates_as_readers_see_them(case: dict[str, Any]) -> None:
    body = f"<article><h1>Norway expels eight</h1><p>{case['text']}</p><p>They have a week.</p></article>"
    found = metadata(page({"lang": case["lang"], "body": body}), fetched=datetime(2026, 6, 1, tzinfo=UTC))
    day = case.get("day", "2026-03-05")
    assert (found.published_at and str(found.published_at.date())) == day


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


SEED = "\n".join(page(case) for case in CASES)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_mutilated_page_raises(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SEED) - 1))
    piece = SEED[start : start + data.draw(st.integers(1, 1500))]
    cut = data.draw(st.integers(0, len(piece)))
    junk = data.draw(st.text(max_size=20))
    found = metadata(f"<html>{piece[:cut]}{junk}{piece[cut:]}", hints=Hints(title="t"))
    assert found.published_at is None or found.published_at <= FETCHED
    assert found.modified_at is None or found.modified_at <= FETCHED


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["@graph", "@type", "articleSection", "author", "creator", "dateModified", "datePublished", "headline"]
) | st.sampled_from(
    ["image", "inLanguage", "isAccessibleForFree", "itemListElement", "keywords", "mainEntity", "publisher"]
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=6), st.sampled_from(["NewsArticle", "BreadcrumbList", "WebSite"]))
def test_no_linked_data_raises(fields: dict[str, Any], kind: str) -> None:
    item = json.dumps({"@type": kind} | fields).replace("<", "")
    metadata(
        f'<html><head><script type="application/ld+json">{item}</script></head><body><h1>x</h1></body></html>'
    )


@pytest.mark.parametrize(
    "unit",
    [
        '<meta property="article:tag" content="x, y">',
        '<meta name="author" content="By A B and C D, E F">',
        '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"A"},}</script>',
        '<script type="application/ld+json">{"@type":["x",{"/*":</script>',
        '<time datetime="soon">1 foo 2026</time>',
        '<p class="byline author date">1 foo 2026</p>',
        "<h1>Norway | expels - eight</h1>",
    ],
    ids=lambda unit: unit[:24],
)
def test_a_page_of_five_megabytes_takes_bounded_time(unit: str) -> None:
    html = f"<html><head></head><body>{unit * (5_000_000 // len(unit))}</body></html>"
    tree = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    began = time.process_time()
    read(tree, html, URL, FETCHED)
    assert time.process_time() - began < 1.0, "half a second on a machine that does nothing else"


def test_one_script_of_many_comments_takes_bounded_time() -> None:
    html = f'<html><script type="application/ld+json">{"/* x " * 300_000}</script><body></body></html>'
    began = time.process_time()
    metadata(html)
    assert time.process_time() - began < 1.0
