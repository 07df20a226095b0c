"""Boosted trees over the features of a block: trained by benchmarks/train_extraction.py, only read here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.cleaner.extract.features import NAMES

Tree = Any  # (feature, threshold, left, right), or the number at a leaf
STAGE = 20  # trees after which a block may be decided
SURE = 1.2  # log-odds that the later trees turn over for one block in two thousand


@dataclass(frozen=True, slots=True)
class Model:
    """The trees in their order, a stage at a time."""

    stages: tuple[tuple[Tree, ...], ...]

    def score(self, row: Sequence[float]) -> float:
        """The log-odds that a block is text of the article; what is sure early is not asked further."""
        total = 0.0
        for trees in self.stages:
            for tree in trees:
                node = tree
                while node.__class__ is tuple:
                    node = node[2] if row[node[0]] <= node[1] else node[3]
                total += node
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
    trees = tuple(_tree(tree) for tree in data["trees"])
    return Model(tuple(trees[i : i + STAGE] for i in range(0, len(trees), STAGE)))


def _tree(node: Any) -> Tree:
    if not isinstance(node, list):
        return float(node)
    feature, threshold, left, right = node
    return (feature, float(threshold), _tree(left), _tree(right))
