"""Trains the model that tells the article's text from the rest of a page, and says how good it will be.

The pages are real ones with their true texts, from the folder beside the checkout. A block of a page counts
as text where most of its runs of four words are in the true text. What is measured is the extractor on sites
that the model has not seen: the sites are dealt into five parts, each part is extracted by a model trained on
the other four. The packaged model is trained on all. LightGBM is needed for this alone: pip install lightgbm

python -m benchmarks.train_extraction [--write]
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.pages import TruePage, true_pages
from benchmarks.score import SIZE, score, words
from services.cleaner.extract import model as packaged
from services.cleaner.extract.article import assemble, open_page
from services.cleaner.extract.elements import Block
from services.cleaner.extract.features import NAMES, measure
from services.cleaner.extract.linked import article_body
from services.cleaner.extract.model import Model
from services.cleaner.extract.parse import Unreadable

PARTS = 5
MODEL = Path(packaged.__file__).with_name("model.json")
SETTINGS = {
    "objective": "binary",
    "num_leaves": 24,
    "learning_rate": 0.08,
    "min_child_samples": 30,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "max_bin": 127,
    "num_threads": 1,
    "verbose": -1,
    "seed": 1,
    "deterministic": True,
}
TREES = 120
DIGITS = "%.6g"
# A block weighs as about the third root of its share of the article: the score counts words, but a page has
# few long blocks.
ROOT = 0.35
LEAST_SHARE, MOST_SHARE = 0.002, 0.5
FEWEST_WORDS = 50


@dataclass(frozen=True, slots=True)
class Example:
    """A page, its blocks with their features, and for each whether it is text and what it weighs."""

    page: TruePage
    told: str
    blocks: list[Block]
    rows: list[list[float] | None]
    labels: list[bool]
    weights: list[float]


def example(page: TruePage) -> Example | None:
    """None of a page that holds no HTML."""
    try:
        tree, blocks = open_page(page.html)
    except Unreadable:
        return None
    told = article_body(tree)
    rows = measure(blocks, told)
    labels = label([words(block.text) for block in blocks], page.text)
    length = max(len(words(page.text)), FEWEST_WORDS)
    shares = [min(max(len(words(block.text)) / length, LEAST_SHARE), MOST_SHARE) for block in blocks]
    return Example(page, told, blocks, rows, labels, [share**ROOT for share in shares])


def label(blocks: Sequence[Sequence[str]], true: str) -> list[bool]:
    """Whether each block, given as words, is in the true text.

    A short one must be a line of it, or stand in it beside a block that is in it.
    """
    all_words = words(true)
    runs = Counter(tuple(all_words[i : i + SIZE]) for i in range(len(all_words)))
    joined = f" {' '.join(all_words)} "
    lines = {" ".join(words(line)) for line in true.splitlines()}
    found: list[bool | None] = []
    for block in blocks:
        own = [tuple(block[i : i + SIZE]) for i in range(len(block) - SIZE + 1)]
        found.append(sum(run in runs for run in own) * 2 >= len(own) if own else None)

    def beside(i: int) -> bool:
        text = " ".join(blocks[i])
        if not text or text in lines:
            return bool(text)
        before = next((blocks[k] for k in range(i - 1, max(-1, i - SIZE), -1) if found[k]), None)
        after = next((blocks[k] for k in range(i + 1, min(len(blocks), i + SIZE)) if found[k]), None)
        return bool(before and f" {' '.join(before[-3:])} {text} " in joined) or bool(
            after and f" {text} {' '.join(after[:3])} " in joined
        )

    return [beside(i) if known is None else known for i, known in enumerate(found)]


def site(page: TruePage) -> str:
    """The last two labels of the page's host, three where the last but one is short: enough to part sites."""
    labels = (urlsplit(page.url).hostname or page.id.split("_")[0]).split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2:])


def part(page: TruePage) -> int:
    """Which of PARTS the page's site belongs to: ever the same."""
    return int(hashlib.sha256(site(page).encode()).hexdigest(), 16) % PARTS


def train(examples: Sequence[Example]) -> dict[str, Any]:
    """The model as it is packaged."""
    try:
        import lightgbm  # noqa: PLC0415  (needed by nobody who does not train)
        import numpy as np  # noqa: PLC0415  (likewise)
    except ImportError as error:
        sys.exit(f"{error}: training needs LightGBM; pip install lightgbm, then run this again")
    rows, labels, weights = [], [], []
    for each in examples:
        for row, text, weight in zip(each.rows, each.labels, each.weights, strict=True):
            if row is not None:
                rows.append(row)
                labels.append(int(text))
                weights.append(weight * 100)
    data = lightgbm.Dataset(np.array(rows, np.float32), np.array(labels), weight=np.array(weights))
    trained = lightgbm.train(SETTINGS, data, TREES).dump_model()
    return {
        "features": list(NAMES),
        "trees": [_tree(tree["tree_structure"]) for tree in trained["tree_info"]],
    }


def _tree(node: dict[str, Any]) -> Any:
    if "leaf_value" in node:
        return round(node["leaf_value"], 5)
    threshold = float(DIGITS % node["threshold"])
    return [node["split_feature"], threshold, _tree(node["left_child"]), _tree(node["right_child"])]


def text(each: Example, model: Model) -> str:
    """What the extractor makes of the page."""
    return "\n".join(paragraph.text for paragraph in assemble(each.blocks, each.rows, each.told, model))


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--write", action="store_true", help=f"put the model into {MODEL.name}")
    write = reader.parse_args().write
    examples = [found for page in true_pages() if (found := example(page))]
    sites = {site(each.page) for each in examples}
    print(
        f"{len(examples)} pages of {len(sites)} sites, {sum(len(each.blocks) for each in examples):,} blocks"
    )
    pairs: dict[str, list[tuple[str, str]]] = {}
    for number in range(PARTS):
        model = packaged.from_data(train([each for each in examples if part(each.page) != number]))
        for each in examples:
            if part(each.page) == number:
                pairs.setdefault(each.page.group, []).append((each.page.text, text(each, model)))
    for group, of_group in pairs.items():
        told = score(of_group)
        print(f"{group:12} F1 {told.f1:.4f}  precision {told.precision:.4f}  recall {told.recall:.4f}")
    if write:
        MODEL.write_text(json.dumps(train(examples), separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"written: {MODEL}")


if __name__ == "__main__":
    main()
