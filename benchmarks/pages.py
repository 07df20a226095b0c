"""Real pages, where they are: the folders beside the checkout that the tests use, too."""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    html: str


@dataclass(frozen=True, slots=True)
class Text:
    """What a page says, without its boilerplate, as its set's truth has it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class TruePage:
    """A page of a set with the article's text as people took it from the page."""

    group: str
    id: str
    url: str
    html: str
    text: str


def true_pages(only: str = "") -> Iterator[TruePage]:
    """The pages of every set, or of one, that have a true text; ends the process where there are none."""
    for truth, row in _rows():
        group = truth.parent.name
        if row.get("text") and only in {"", group}:
            packed = (truth.parent / f"{row['id']}.html.gz").read_bytes()
            html = gzip.decompress(packed).decode("utf-8", "replace")
            yield TruePage(group, row["id"], row.get("url") or "", html, row["text"])


def real_texts() -> list[Text]:
    """The text of every page of every set; ends the process with one line where there are none."""
    return [Text(row.get("title") or "", row["text"]) for _, row in _rows() if row.get("text")]


def real_pages() -> Iterator[Page]:
    """Every page of every set; ends the process with one line where there are none."""
    for truth, row in _rows():
        packed = (truth.parent / f"{row['id']}.html.gz").read_bytes()
        url = row.get("url") or f"https://pages.example/{truth.parent.name}/{row['id']}"
        yield Page(url, gzip.decompress(packed).decode("utf-8", "replace"))


def _rows() -> Iterator[tuple[Path, dict[str, Any]]]:
    truths = sorted(FOLDER.glob("*/truth.jsonl"))
    if not truths:
        sys.exit(f"no pages at {FOLDER}: this measurement needs real pages")
    for truth in truths:
        for line in filter(None, truth.read_text(encoding="utf-8").split("\n")):
            yield truth, json.loads(line)
