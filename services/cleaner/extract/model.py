"""Boosted trees over the features of a block. Trained by benchmarks/train_extraction.py; here they are only read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.cleaner.extract.features import NAMES

Tree = Any  # (feature, threshold, left, right), or the number at a leaf
FIRST = 20  # trees after which a block that is far from being text is given up
HOPELESS = -3.0  # log-odds


@dataclass(frozen=True, slots=True)
class Model:
    """first, rest: the trees in their order."""

    first: tuple[Tree, ...]
    rest: tuple[Tree, ...]

    def score(self, row: Sequence[float]) -> float:
        """The log-odds that a block is text of the article."""
        total = _sum(self.first, row)
        return total if total < HOPELESS else total + _sum(self.rest, row)


def _sum(trees: tuple[Tree, ...], row: Sequence[float]) -> float:
    total = 0.0
    for tree in trees:
        node = tree
        while node.__class__ is tuple:
            node = node[2] if row[node[0]] <= node[1] else node[3]
        total += node
    return total


@cache
def load() -> Model:
    """The packaged model; ValueError where it was trained for other features than these."""
    data = json.loads(files(__package__).joinpath("model.json").read_text(encoding="utf-8"))
    if tuple(data["features"]) != NAMES:
        raise ValueError(
            "services/cleaner/extract/model.json was trained for other features: "
            "run python -m benchmarks.train_extraction"
        )
    trees = tuple(_tree(tree) for tree in data["trees"])
    return Model(trees[:FIRST], trees[FIRST:])


def _tree(node: Any) -> Tree:
    if not isinstance(node, list):
        return float(node)
    feature, threshold, left, right = node
    return (feature, float(threshold), _tree(left), _tree(right))
