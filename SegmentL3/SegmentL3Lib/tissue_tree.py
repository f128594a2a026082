"""A soft decision tree that says in a few steps why a pixel is taken for a tissue (Frosst and Hinton 2017)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .pixel_features import FEATURES
from .resources import resource_path


@dataclass(frozen=True)
class Step:
    """One decision on the way down.

    Attributes:
        node: number of the node, from 0 at the top, row by row.
        right: whether the way goes right.
        probability: of that side, 0.5 to 1.
        feature: index in ``FEATURES`` of the figure that speaks most for it.
        value: of the figure.
        region: that is most probable from there on, a ``regions.Region``.
        region_probability: of it.
    """

    node: int
    right: bool
    probability: float
    feature: int
    value: float
    region: int
    region_probability: float


@dataclass(frozen=True, eq=False)
class TissueTree:
    """A complete binary tree; node n has the children 2 n + 1 (left) and 2 n + 2 (right).

    Attributes:
        mean, spread: of each figure, by which it is scaled, (features,).
        weights: of the scaled figures in each inner node, (2 ** depth - 1, features).
        biases: of the inner nodes, (2 ** depth - 1,).
        leaves: probability of each ``regions.Region``, (2 ** depth, regions).
    """

    mean: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    leaves: np.ndarray

    @property
    def depth(self) -> int:
        """Decisions from the top to a leaf."""
        return int(np.log2(len(self.leaves)))

    def regions(self, features: np.ndarray) -> np.ndarray:
        """Most probable region at the leaf to which the most probable way leads, (...), of figures (..., features)."""
        return self.leaves.argmax(1)[self.leaf(features)]

    def leaf(self, features: np.ndarray) -> np.ndarray:
        """Number of the most probable leaf, from 0 at the left, (...), of figures (..., features)."""
        scaled = (features - self.mean) / self.spread
        right = 1 / (1 + np.exp(-np.clip(scaled @ self.weights.T + self.biases, -50, 50)))
        reached = np.ones((*right.shape[:-1], 1))
        for level in range(self.depth):
            share = right[..., 2**level - 1 : 2 ** (level + 1) - 1]
            reached = np.stack([reached * (1 - share), reached * share], -1).reshape(*share.shape[:-1], -1)
        return reached.argmax(-1)

    def path(self, features: np.ndarray) -> tuple[Step, ...]:
        """Decisions on the way to the most probable leaf, of the figures of one pixel, (features,)."""
        scaled, steps, node = (features - self.mean) / self.spread, [], 0
        turns = f"{int(self.leaf(features)):0{self.depth}b}"
        for turn in turns:
            right = turn == "1"
            speaks = self.weights[node] * scaled
            score = float(speaks.sum() + self.biases[node])
            probability = float(1 / (1 + np.exp(-(score if right else -score))))
            feature = int((speaks if right else -speaks).argmax())
            child = 2 * node + (2 if right else 1)
            left = self._shares_below(child, scaled)
            region = int(left.argmax())
            value = float(features[feature])
            steps.append(Step(node, right, probability, feature, value, region, float(left[region])))
            node = child
        return tuple(steps)

    def _shares_below(self, node: int, scaled: np.ndarray) -> np.ndarray:
        """Probability of each region below a node, of the scaled figures of one pixel."""
        if node >= len(self.weights):
            return self.leaves[node - len(self.weights)]
        right = 1 / (1 + np.exp(-np.clip(self.weights[node] @ scaled + self.biases[node], -50, 50)))
        return (1 - right) * self._shares_below(2 * node + 1, scaled) + right * self._shares_below(2 * node + 2, scaled)


def read_tree(path: Path | None = None) -> TissueTree:
    """Read a tree; the one that comes with the extension without a path.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no tree over these figures.
    """
    path = path or resource_path("Explanation", "tissue_tree.json")
    values = json.loads(path.read_text(encoding="utf-8"))
    if values.get("features") != [feature.id for feature in FEATURES]:
        raise ValueError(f"{path.name} holds no tree over the figures of this version.")
    tree = TissueTree(*(np.asarray(values[name], float) for name in ("mean", "spread", "weights", "biases", "leaves")))
    if tree.weights.shape != (len(tree.leaves) - 1, len(FEATURES)) or len(tree.leaves) != 2**tree.depth:
        raise ValueError(f"{path.name} holds a tree whose parts do not fit together.")
    return tree


def tree_document(tree: TissueTree, note: str) -> dict:
    """A tree in plain values, as ``read_tree`` reads them.

    Args:
        tree: the tree.
        note: what it was made of.
    """
    parts = {name: getattr(tree, name).round(4).tolist() for name in ("mean", "spread", "weights", "biases", "leaves")}
    return {"note": note, "features": [feature.id for feature in FEATURES], **parts}
