"""Boosted trees over the features of a block: trained by benchmarks/train_extraction.py, only read here.

They are read into Python's own conditional expressions: that is three times as fast as walking through them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.cleaner.extract.features import NAMES

Stage = Callable[[Sequence[float]], float]
STAGE = 20  # trees after which a block may be decided
SURE = 1.2  # log-odds that the later trees turn over for one block in two thousand


@dataclass(frozen=True, slots=True)
class Model:
    """The trees in their order, a stage at a time."""

    stages: tuple[Stage, ...]

    def score(self, row: Sequence[float]) -> float:
        """The log-odds that a block is text of the article; what is sure early is not asked further."""
        total = 0.0
        for stage in self.stages:
            total += stage(row)
            if total > SURE or total < -SURE:
                break
        return total


@cache
def load() -> Model:
    """The packaged model."""
    return from_data(json.loads(files(__package__).joinpath("model.json").read_text(encoding="utf-8")))


def from_data(data: Mapping[str, Any]) -> Model:
    """A model as it is packaged; ValueError where it was trained for other features than these."""
    if tuple(data["features"]) != NAMES:
        raise ValueError(
            "services/cleaner/extract/model.json was trained for other features: "
            "run python -m benchmarks.train_extraction --write"
        )
    trees = [_tree(tree) for tree in data["trees"]]
    return Model(tuple(_stage(trees[i : i + STAGE]) for i in range(0, len(trees), STAGE)))


def _stage(trees: Sequence[str]) -> Stage:
    """The sum of some trees."""
    stage: Stage = eval(f"lambda row: {' + '.join(trees)}")  # noqa: S307 - _tree lets nothing in but numbers
    return stage


def _tree(node: Any) -> str:
    """An expression of (feature, threshold, left, right), or of the number at a leaf."""
    if not isinstance(node, list):
        return repr(float(node))
    feature, threshold, left, right = node
    return f"({_tree(left)} if row[{int(feature)}] <= {float(threshold)!r} else {_tree(right)})"
