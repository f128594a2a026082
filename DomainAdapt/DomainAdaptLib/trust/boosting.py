"""Gradient boosting of small regression trees, for a few thousand rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from SegmentL3Lib.trust.trees import Trees

_ALL_LEFT = 1e9  # threshold of a node that asks nothing


@dataclass(frozen=True)
class Boosting:
    """How trees are grown.

    Attributes:
        trees: number of trees.
        depth: questions from the root to a leaf.
        rate: share of its leaves that a tree adds.
        smallest_leaf: weight of the rows that a leaf has at least.
        bins: thresholds tried for each column, at quantiles.
    """

    trees: int
    depth: int
    rate: float
    smallest_leaf: float
    bins: int


def fit_trees(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, settings: Boosting, rising: Sequence[int] = ()
) -> Trees:
    """Trees that lower the mean squared error, one after the other.

    Args:
        inputs: float (row, column).
        targets: float (row,).
        weights: of the rows, float (row,); 1 in the mean.
        settings: how trees are grown.
        rising: columns that a target may not fall with: no question about them is asked whose upper side has the
            lower mean.
    """
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, settings.bins + 1)[1:-1])) for column in inputs.T]
    codes = np.stack([np.searchsorted(own, column) for own, column in zip(edges, inputs.T, strict=True)])
    base = float(np.average(targets, weights=weights))
    rest, trees = targets - base, []
    for _ in range(settings.trees):
        tree, fitted = _grow(codes, edges, rest, weights, settings, frozenset(rising))
        trees.append(tree)
        rest = rest - fitted
    columns, thresholds, leaves = (np.array(part) for part in zip(*trees, strict=True))
    return Trees(base, columns, thresholds, leaves)


def _grow(codes, edges, rest, weights, settings: Boosting, rising: frozenset[int]):
    nodes = 2**settings.depth - 1
    columns, thresholds = np.zeros(nodes, int), np.full(nodes, _ALL_LEFT)
    place = np.zeros(len(rest), int)
    for node in range(nodes):
        here = place == node
        split = _best_split(codes[:, here], rest[here], weights[here], settings, rising)
        if split is not None:
            column, code = split
            columns[node], thresholds[node] = column, edges[column][code]
            above = codes[column, here] > code
        else:
            above = np.zeros(here.sum(), bool)
        place[here] = 2 * node + 1 + above
    leaf = place - nodes
    total = np.bincount(leaf, weights, nodes + 1)
    means = np.bincount(leaf, weights * rest, nodes + 1) / np.maximum(total, 1e-9)
    leaves = settings.rate * means
    return (columns, thresholds, leaves), leaves[leaf]


def _best_split(codes, rest, weights, settings: Boosting, rising: frozenset[int]) -> tuple[int, int] | None:
    """Column, and code up to which rows go left, that lower the squared error most."""
    best, gain = None, 1e-9
    whole, total = weights.sum(), (weights * rest).sum()
    for column, own in enumerate(codes):
        left = np.cumsum(np.bincount(own, weights, settings.bins))[:-1]
        left_sum = np.cumsum(np.bincount(own, weights * rest, settings.bins))[:-1]
        right, right_sum = whole - left, total - left_sum
        allowed = (left >= settings.smallest_leaf) & (right >= settings.smallest_leaf)
        if column in rising:
            allowed &= right_sum * left >= left_sum * right
        if not allowed.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = np.where(allowed, left_sum**2 / left + right_sum**2 / right, -np.inf) - total**2 / whole
        code = int(gains.argmax())
        if gains[code] > gain:
            best, gain = (column, code), gains[code]
    return best
