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
        tree, fitted = _grow(codes, edges, rest, weights, settings, list(rising))
        trees.append(tree)
        rest = rest - fitted
    columns, thresholds, leaves = (np.array(part) for part in zip(*trees, strict=True))
    return Trees(base, columns, thresholds, leaves)


def _grow(codes, edges, rest, weights, settings: Boosting, rising: list[int]):
    """A tree, level by level: columns and thresholds of its nodes, its leaves, and what it gives for each row."""
    nodes = 2**settings.depth - 1
    columns, thresholds = np.zeros(nodes, int), np.full(nodes, _ALL_LEFT)
    place = np.zeros(len(rest), int)
    for level in range(settings.depth):
        first, count = 2**level - 1, 2**level
        splits = _best_splits(codes, place - first, count, rest, weights, settings, rising)
        for node, (column, code) in enumerate(splits, start=first):
            if code >= 0:
                columns[node], thresholds[node] = column, edges[column][code]
        column_of_row, code_of_row = splits[place - first].T
        above = (code_of_row >= 0) & (codes[column_of_row, np.arange(len(rest))] > code_of_row)
        place = 2 * place + 1 + above
    leaf = place - nodes
    total = np.bincount(leaf, weights, nodes + 1)
    leaves = settings.rate * np.bincount(leaf, weights * rest, nodes + 1) / np.maximum(total, 1e-9)
    return (columns, thresholds, leaves), leaves[leaf]


def _best_splits(codes, place, count: int, rest, weights, settings: Boosting, rising: list[int]) -> np.ndarray:
    """Column, and code up to which rows go left (-1: all do), that lower the squared error most, int (place, 2)."""
    shape = count, len(codes), settings.bins
    cells = (place * shape[1] + np.arange(shape[1])[:, None]) * shape[2] + codes
    sums = [
        np.bincount(cells.ravel(), np.broadcast_to(values, codes.shape).ravel(), np.prod(shape)).reshape(shape)
        for values in (weights, weights * rest)
    ]
    left, left_sum = (np.cumsum(values, axis=2) for values in sums)
    whole, total = left[:, :, -1:], left_sum[:, :, -1:]
    right, right_sum = whole - left, total - left_sum
    allowed = (left >= settings.smallest_leaf) & (right >= settings.smallest_leaf)
    allowed[:, rising] &= (right_sum * left >= left_sum * right)[:, rising]
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(allowed, left_sum**2 / left + right_sum**2 / right - total**2 / whole, -np.inf)
    best = gains.reshape(count, -1).argmax(1)
    found = gains.reshape(count, -1).max(1) > 1e-9
    column, code = np.divmod(best, settings.bins)
    return np.column_stack([column, np.where(found, code, -1)])
