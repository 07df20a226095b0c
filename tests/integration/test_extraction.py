"""The extractor on real pages: how true it is may only rise."""

import time
from collections import defaultdict

import pytest

from benchmarks.pages import FOLDER, true_pages
from benchmarks.score import score
from services.cleaner.extract.article import extract
from services.cleaner.extract.parse import Unreadable

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"there are no real pages at {FOLDER}")

# The model was trained on these pages: what it reaches elsewhere is in docs/performance.md.
FLOORS = {"aeb": 0.975, "articles": 0.96, "publishers": 0.97}


def test_floors() -> None:
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    slowest = 0.0
    for page in true_pages():
        began = time.process_time()
        try:
            text = "\n".join(paragraph.text for paragraph in extract(page.html)[1])
        except Unreadable:
            text = ""
        slowest = max(slowest, time.process_time() - began)
        pairs[page.group].append((page.text, text))
    found = {group: score(of_group).f1 for group, of_group in pairs.items()}
    assert set(found) == set(FLOORS)
    for group, floor in FLOORS.items():
        assert found[group] >= floor, found
    assert slowest < 1
