"""How the axes of the array that a network sees lie in the array of the scan."""

import itertools
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError
from ..models.plan import Stage
from ..volume import Geometry

# Direction of each letter in LPS, along x, y, z.
_TOWARDS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
_TIE = 1e-6


@dataclass(frozen=True)
class Frame:
    """Axes of a stage.

    Attributes:
        axes: for each axis of the stage the axis of the scan's array.
        flipped: for each axis of the stage whether it runs the other way.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    def reordered(self, order: tuple[int, ...]) -> "Frame":
        """The frame with its own axes taken in another order."""
        return Frame(tuple(self.axes[axis] for axis in order), tuple(self.flipped[axis] for axis in order))

    def of_scan(self, values) -> tuple:
        """Values along the axes of the scan's array, in the order of the stage's axes."""
        return tuple(values[axis] for axis in self.axes)

    def to_scan(self, values) -> tuple:
        """Values along the axes of the stage, in the order of the axes of the scan's array."""
        return tuple(values[self.axes.index(axis)] for axis in range(3))

    def view(self, array: np.ndarray) -> np.ndarray:
        """View of a (z, y, x) array along the axes of the stage."""
        turned = tuple(axis for axis in range(3) if self.flipped[axis])
        return np.flip(array.transpose(self.axes), turned)


def stage_frame(stage: Stage, geometry: Geometry) -> Frame:
    """Frame of a stage for a scan.

    Raises:
        ModelError: an orientation or a transpose that is not a permutation of three axes.
    """
    if stage.orientation is None:
        axes = tuple(int(axis) for axis in stage.transpose)
        if sorted(axes) != [0, 1, 2]:
            raise ModelError(f"The model takes the axes of a scan in the order {axes}, which is not one of three axes.")
        return Frame(axes, (False, False, False))
    return _oriented(stage.orientation.upper(), geometry)


def _oriented(letters: str, geometry: Geometry) -> Frame:
    try:
        towards = np.array([_TOWARDS[letter] for letter in letters])
    except KeyError:
        towards = np.zeros((0, 3))
    if towards.shape != (3, 3) or np.abs(towards).sum(0).tolist() != [1, 1, 1]:
        raise ModelError(f'The orientation "{letters}" of the model does not name three body axes.')
    fit = towards @ geometry.matrix[:, ::-1]  # row: axis of the stage; column: axis of the scan's array
    best = max(itertools.permutations(range(3)), key=lambda axes: _total(fit, axes))
    return Frame(best, tuple(bool(fit[row, axis] < 0) for row, axis in enumerate(best)))


def _total(fit: np.ndarray, axes: tuple[int, ...]) -> int:
    """How well an order of axes fits; rounded, since orders that fit equally well must not depend on rounding."""
    return round(sum(abs(fit[row, axis]) for row, axis in enumerate(axes)) / _TIE)
