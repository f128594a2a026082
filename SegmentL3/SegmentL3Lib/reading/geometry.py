"""Checks of where a file says that its voxels lie."""

import math
from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..volume import Geometry

UNORIENTED = "The file does not say how the scan lies in the patient; the usual axial order was assumed."

_NOTICEABLE_DEGREES = 0.1


def image_geometry(
    origin: Sequence[float], spacing: Sequence[float], direction: Sequence[float]
) -> tuple[Geometry, list[str]]:
    """Geometry of a 2D, 3D or 4D image as SimpleITK states it, with sentences about what was put right.

    A sheared grid is replaced by the upright one that shares its first slice: pixels within a slice and the distance
    between slices stay as they are.

    Raises:
        InputError: a spacing is zero or not a number, or the pixels within a slice are not rectangular.
    """
    size = min(len(spacing), 3)
    matrix = np.eye(3)
    matrix[:size, :size] = np.asarray(direction, float).reshape(len(spacing), len(spacing))[:size, :size]
    spacing = np.array([*spacing[:size], 1.0][:3], float)
    origin = np.array([*origin[:size], 0.0][:3], float)
    _check_numbers(origin, spacing, matrix)
    upright, degrees = _upright(matrix)
    spacing[2] *= math.cos(math.radians(degrees))
    warnings = []
    if degrees > _NOTICEABLE_DEGREES:
        warnings.append(
            f"The slices are sheared by {degrees:.1f} degrees (gantry tilt); they are shown upright, so positions "
            "far from the first slice are not exact."
        )
    return Geometry(_tuple(origin), _tuple(spacing), _tuple(upright.ravel())), warnings


def _check_numbers(origin: np.ndarray, spacing: np.ndarray, matrix: np.ndarray) -> None:
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputError("The scan does not say how large its voxels are (spacing missing or 0). Export it again.")
    if not (np.isfinite(origin).all() and np.isfinite(matrix).all()):
        raise InputError("The scan does not say where it lies in the patient. Export it again.")


def _upright(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """The nearest orthonormal matrix that keeps the slice plane, and by how many degrees the slice axis was off."""
    if np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-6):
        return matrix, 0.0
    lengths = np.linalg.norm(matrix, axis=0)
    if (lengths < 1e-6).any():
        raise InputError("The orientation that the scan states is not possible. Export it again.")
    columns, rows, slices = (matrix / lengths).T
    if abs(columns @ rows) > math.sin(math.radians(_NOTICEABLE_DEGREES)):
        raise InputError("The pixels of the scan are not rectangular, so no area can be measured. Export it again.")
    normal = np.cross(columns, rows)
    normal /= np.linalg.norm(normal)
    cosine = float(normal @ slices)
    if abs(cosine) < 0.2:
        raise InputError("The orientation that the scan states is not possible. Export it again.")
    normal *= math.copysign(1.0, cosine)
    rows = rows - (columns @ rows) * columns
    upright = np.stack([columns, rows / np.linalg.norm(rows), normal], axis=1)
    return upright, math.degrees(math.acos(min(1.0, abs(cosine))))


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
