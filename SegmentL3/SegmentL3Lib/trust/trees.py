"""A sum of small regression trees, written as tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Trees:
    """Boosted regression trees of one depth (Friedman, Annals of Statistics 29(5), 2001).

    Attributes:
        base: added to the sum of the trees.
        columns: input that each node looks at, int (tree, node); node 0 is the root, the children of node n are
            2 n + 1 (at most the threshold) and 2 n + 2 (above it).
        thresholds: float (tree, node).
        leaves: what each leaf adds, float (tree, leaf), from left to right.
    """

    base: float
    columns: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Value of each row of inputs, float (row, column)."""
        total = np.full(len(inputs), self.base)
        rows, nodes = np.arange(len(inputs)), self.columns.shape[1]
        for columns, thresholds, leaves in zip(self.columns, self.thresholds, self.leaves, strict=True):
            node = np.zeros(len(inputs), int)
            while node.min(initial=nodes) < nodes:
                node = 2 * node + 1 + (inputs[rows, columns[node]] > thresholds[node])
            total += leaves[node - nodes]
        return total

    @classmethod
    def from_mapping(cls, values: Mapping) -> "Trees":
        """Trees of the lists of ``to_mapping``.

        Raises:
            ValueError, KeyError, TypeError: they are not trees of one depth.
        """
        columns = np.array(values["columns"], int)
        thresholds, leaves = (np.array(values[key], float) for key in ("thresholds", "leaves"))
        trees, nodes = columns.shape
        if thresholds.shape != (trees, nodes) or leaves.shape != (trees, nodes + 1):
            raise ValueError("the tables of the trees do not fit each other")
        return cls(float(values["base"]), columns, thresholds, leaves)

    def to_mapping(self) -> dict:
        """The trees as lists of numbers, with five decimals."""
        return {
            "base": round(self.base, 5),
            "columns": self.columns.tolist(),
            "thresholds": np.round(self.thresholds, 5).tolist(),
            "leaves": np.round(self.leaves, 5).tolist(),
        }
