"""Real pages, where they are: the folders beside the checkout that the tests use, too."""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    html: str


def real_pages() -> Iterator[Page]:
    """Every page of every set; ends the process with one line where there are none."""
    truths = sorted(FOLDER.glob("*/truth.jsonl"))
    if not truths:
        sys.exit(f"no pages at {FOLDER}: this measurement needs real pages")
    for truth in truths:
        for line in truth.open(encoding="utf-8"):
            row = json.loads(line)
            packed = (truth.parent / f"{row['id']}.html.gz").read_bytes()
            url = row.get("url") or f"https://pages.example/{truth.parent.name}/{row['id']}"
            yield Page(url, gzip.decompress(packed).decode("utf-8", "replace"))
