"""Gaussian filter over points in many dimensions.

A. Adams, J. Baek, M. A. Davis: Fast high-dimensional filtering using the permutohedral lattice. Computer Graphics Forum
29(2), 753-762, 2010.  Values are spread to the corners of the simplex around each point, blurred along the directions
of the lattice, and gathered again.
"""

import numpy as np
from scipy import sparse

_CHUNK = 1 << 18


class PermutohedralLattice:
    """Filter with a Gaussian of unit standard deviation over fixed points, not normalized.

    Memory: 8 bytes per point and corner, of which there is one more than dimensions, and 12 bytes per lattice vertex
    and corner.
    """

    def __init__(self, points: np.ndarray):
        """Build the lattice around points, float32 (count, dimension)."""
        count, dimension = points.shape
        hashing = _hashing(dimension)
        codes = np.empty((count, dimension + 1), np.int64)
        weights = np.empty((count, dimension + 1), np.float32)
        for first in range(0, count, _CHUNK):
            part = slice(first, first + _CHUNK)
            corners, weights[part] = _enclosing_simplices(points[part])
            codes[part] = corners @ hashing
        vertices, vertex_of_corner = np.unique(codes.ravel(), return_inverse=True)
        self._gather = sparse.csr_array(
            (
                weights.ravel(),
                vertex_of_corner.ravel().astype(np.int32),
                np.arange(0, count * (dimension + 1) + 1, dimension + 1),
            ),
            shape=(count, len(vertices)),
        )
        steps = ((dimension + 1) * np.eye(dimension + 1, dimension, dtype=np.int64) - 1) @ hashing
        self._neighbors = [_neighbors(vertices, step) for step in steps]

    @property
    def vertex_count(self) -> int:
        """Number of lattice vertices."""
        return self._gather.shape[1]

    def filter(self, values: np.ndarray) -> np.ndarray:
        """Filtered values (float32) of values (count,)."""
        lattice = np.zeros(self.vertex_count + 1, np.float32)  # the last one stands for neighbors that are not there
        lattice[:-1] = self._gather.T @ values.astype(np.float32, copy=False)
        for forward, backward in self._neighbors:
            sides = lattice[forward]
            sides += lattice[backward]
            sides *= 0.25
            lattice[:-1] *= 0.5
            lattice[:-1] += sides
        return self._gather @ lattice[:-1]


def _hashing(dimension: int) -> np.ndarray:
    """Odd multipliers: their sums, modulo 2^64, tell lattice vertices apart and are as linear as the coordinates."""
    rng = np.random.default_rng(0)
    return rng.integers(-(2**62), 2**62, dimension, dtype=np.int64) * 2 + 1


def _enclosing_simplices(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the simplex around each point (count, d + 1, d), int64, and barycentric weights (count, d + 1)."""
    d = points.shape[1]
    embedded = points.astype(np.float32) @ _embedding(d).T  # rows of d + 1 numbers sum to zero
    base = np.rint(embedded / (d + 1)).astype(np.int64) * (d + 1)
    excess = base.sum(axis=1, keepdims=True) // (d + 1)
    order = np.argsort(base - embedded, axis=1, kind="stable")
    rank = np.argsort(order, axis=1) + excess
    wrap = (rank < 0).astype(np.int64) - (rank > d)
    base += (d + 1) * wrap
    rank += (d + 1) * wrap
    residual = (embedded - base) / (d + 1)
    by_rank = np.take_along_axis(residual, np.argsort(rank, axis=1), axis=1)
    steps = (by_rank[:, :-1] - by_rank[:, 1:])[:, ::-1]
    weights = np.concatenate([1 - steps.sum(axis=1, keepdims=True), steps], axis=1)
    corner, ranks = np.ogrid[: d + 1, : d + 1]
    canonical = np.where(ranks <= d - corner, corner, corner - (d + 1))
    # The last coordinate follows from the others.
    corners = base[:, None, :d] + canonical[:, rank[:, :d]].transpose(1, 0, 2)
    return corners, weights.astype(np.float32)


def _embedding(d: int) -> np.ndarray:
    """Matrix from d dimensions to the hyperplane, scaled so that one blur is a Gaussian of unit deviation."""
    row, column = np.ogrid[: d + 1, :d]
    basis = np.where(row <= column, 1.0, np.where(row == column + 1, -(column + 1.0), 0.0))
    scale = (d + 1) * np.sqrt(2 / 3) / np.sqrt((column + 1.0) * (column + 2.0))
    return (basis * scale).astype(np.float32)


def _neighbors(vertices: np.ndarray, step: np.int64) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the vertices on both sides along a direction; the number of vertices where there is none."""
    count = len(vertices)
    wanted = vertices + step
    position = np.minimum(np.searchsorted(vertices, wanted), count - 1).astype(np.int32)
    found = vertices[position] == wanted
    forward = np.where(found, position, np.int32(count))
    backward = np.full(count, count, np.int32)
    backward[position[found]] = np.flatnonzero(found)
    return forward, backward
