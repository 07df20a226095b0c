"""Floors of what is read from real pages, which are not ours to keep: ../shared beside the project has them.

Title: equal but for white space and case. Date: the same day. Authors: equal as sets. Language: that of the
text, as the publisher's catalogue entry has it. Floors only rise.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.cleaner.extract.article import extract
from services.cleaner.metadata import Metadata, read
from services.kit.language import language

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
# (the catalogue's language, the text's): papers that are not in their country's first language.
ABROAD = {
    "MallorcaZeitung_2025_04_16": ("es", "de"),
    "Tageszeitung_2025_04_16": ("it", "de"),
    "MalayMail_2024_11_22": ("ms", "en"),
    "ThePortugalNews_2025_02_03": ("pt", "en"),
    "TaipeiTimes_2024_10_15": ("tw", "en"),
    "Pravda_2026_01_08": ("uk", "ru"),
    "EyethuNews_2025_11_25": ("en", "zu"),
    "Ilanga_2025_12_03": ("en", "zu"),
}
LATE = "2026-06-01T00:00:00Z"
Row = dict[str, Any]

if not (DATA / "pages").is_dir():
    pytest.skip(f"SKIPPED: the real pages are not at {DATA / 'pages'}", allow_module_level=True)


@dataclass(frozen=True, slots=True)
class Read:
    true: Row
    found: Metadata


@cache
def pages(name: str) -> tuple[Read, ...]:
    return tuple(_pages(DATA / "pages" / name))


def _pages(folder: Path) -> Iterator[Read]:
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        with gzip.open(folder / f"{row['id']}.html.gz", "rt", encoding="utf-8", errors="replace") as file:
            html = file.read()
        tree, _ = extract(html)
        written = datetime.fromisoformat(row.get("fetched_at") or LATE)
        fetched = written if written.tzinfo else written.replace(tzinfo=UTC)
        yield Read(row, read(tree, html, row["url"], fetched))


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def title(each: Read) -> bool:
    return fold(each.true["title"]) == fold(each.found.title)


def published(each: Read) -> bool:
    return str(each.true["published"])[:10] == str(each.found.published_at)[:10]


def authors(each: Read) -> bool:
    return set(map(fold, each.true["authors"])) == set(map(fold, each.found.authors))


@pytest.mark.parametrize(
    ("name", "key", "right", "floor"),
    [
        ("publishers", "title", title, 0.91),
        ("publishers", "published", published, 0.99),
        ("publishers", "authors", authors, 0.87),
        ("articles", "title", title, 0.90),
        ("articles", "published", published, 0.95),
    ],
)
def test_floors(name: str, key: str, right: Callable[[Read], bool], floor: float) -> None:
    asked = [each for each in pages(name) if each.true.get(key)]
    wrong = [each.true["id"] for each in asked if not right(each)]
    assert 1 - len(wrong) / len(asked) >= floor, f"{name}: wrong in {key}: {wrong}"


def test_the_dates_of_both() -> None:
    asked = [each for name in ("publishers", "articles") for each in pages(name) if each.true["published"]]
    assert sum(map(published, asked)) / len(asked) >= 0.965


def test_the_languages_of_the_publishers() -> None:
    catalogue = (DATA / "sources.jsonl").read_text(encoding="utf-8").splitlines()
    sources = [json.loads(line) for line in catalogue]
    known = {_host(row["home"]): row["language"] for row in sources if row.get("home")}
    asked = [each for each in pages("publishers") if _host(each.true["url"]) in known]
    found = {
        each.true["id"]: (
            known[_host(each.true["url"])],
            language(f"{each.true['title']}\n{each.true['text']}", list(each.found.languages)),
        )
        for each in asked
    }
    wrong = {id: pair for id, pair in found.items() if pair[0] != pair[1]}
    assert len(asked) > 50
    assert {id: pair for id, pair in wrong.items() if ABROAD.get(id) != pair} == {}


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
