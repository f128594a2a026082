"""From single images to a stack: order, distance, and what does not fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..volume import Geometry
from .dicom_header import Frame
from .geometry import UNORIENTED

_SAME_PLACE_MM = 0.01
_ODD_ONES_SHARE = 0.1  # so many images may be left out, or stand at a place that is taken
_UNEVEN_SHARE = 0.02  # of the slice distance
_GAP_LIMIT_MM = 20.0  # more missing tissue hides most of a vertebra, and levels are miscounted
_TILT_DEGREES = 0.5
_SHIFT_MM = 1.0


@dataclass(frozen=True)
class Stack:
    """Images in order along the slice axis.

    Attributes:
        frames: the images, one for each slice.
        geometry: place of the voxels.
        tilt_degrees: angle between the slice axis and the way from the first to the last slice.
        warnings: sentences about what is odd.
    """

    frames: tuple[Frame, ...]
    geometry: Geometry
    tilt_degrees: float = 0.0
    warnings: tuple[str, ...] = ()


def stack(frames: Sequence[Frame], slice_thickness_mm: float | None = None) -> Stack:
    """Sort the images of a series along the normal of their plane.

    Slices are put at even distances between the first and the last; a gantry tilt is not undone, as this would change
    the pixels: slices stand upright on the first one.

    Args:
        frames: images in any order.
        slice_thickness_mm: distance to take for a single slice.

    Raises:
        InputError: sizes or orientations differ too much, positions or pixel size are missing, several images stand
            at each position, or a gap is too long.
    """
    warnings = []
    frames = _of_one_kind(frames, warnings)
    rows, columns = _plane(frames[0], warnings)
    normal = np.cross(rows, columns)
    if len(frames) > 1 and any(frame.position is None for frame in frames):
        raise InputError("The images do not say where they lie, so they cannot be put in order. Export them again.")
    frames = _one_each_place(frames, normal, warnings)
    distance = _distance(frames, normal, slice_thickness_mm, warnings)
    tilt = _tilt(frames, normal, warnings)
    row_spacing, column_spacing = frames[0].spacing
    geometry = Geometry(
        origin=frames[0].position or (0.0, 0.0, 0.0),
        spacing=(column_spacing, row_spacing, distance),
        direction=tuple(np.stack([rows, columns, normal], axis=1).ravel().tolist()),
    )
    return Stack(tuple(frames), geometry, tilt, tuple(warnings))


def _of_one_kind(frames: Sequence[Frame], warnings: list[str]) -> list[Frame]:
    kinds: list[list[Frame]] = []
    for frame in frames:
        kind = next((kind for kind in kinds if _alike(kind[0], frame)), None)
        if kind is None:
            kinds.append([frame])
        else:
            kind.append(frame)
    largest = max(kinds, key=len)
    left_out = len(frames) - len(largest)
    if left_out > _ODD_ONES_SHARE * len(frames):
        raise InputError(
            f"The series mixes {len(kinds)} kinds of images that differ in size, pixel size or orientation. "
            "Export the axial scan as a series of its own."
        )
    if left_out:
        warnings.append(f"{left_out} images of another size or orientation were left out of the series.")
    return largest


def _alike(first: Frame, second: Frame) -> bool:
    return (
        first.size == second.size
        and _close(first.spacing, second.spacing, 1e-4)
        and _close(first.orientation, second.orientation, 1e-3)
    )


def _close(first: Sequence[float] | None, second: Sequence[float] | None, tolerance: float) -> bool:
    if first is None or second is None:
        return first is second
    return all(abs(one - other) <= tolerance for one, other in zip(first, second, strict=True))


def _plane(frame: Frame, warnings: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along a row and along a column."""
    if frame.spacing is None or not all(math.isfinite(size) and size > 0 for size in frame.spacing):
        raise InputError("The images do not say how large their pixels are (spacing missing or 0). Export them again.")
    if frame.orientation is None:
        warnings.append(UNORIENTED)
        return np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    rows, columns = np.array(frame.orientation).reshape(2, 3)
    lengths = np.linalg.norm(rows), np.linalg.norm(columns)
    if not all(abs(length - 1) < 0.01 for length in lengths) or abs(rows @ columns) > 0.01:
        raise InputError("The orientation that the images state is not possible. Export them again.")
    rows = rows / lengths[0]
    columns = columns - (columns @ rows) * rows
    return rows, columns / np.linalg.norm(columns)


def _one_each_place(frames: list[Frame], normal: np.ndarray, warnings: list[str]) -> list[Frame]:
    if len(frames) == 1:
        return frames
    ordered = sorted(frames, key=lambda frame: (round(_along(frame, normal), 3), frame.instance))
    kept = [ordered[0]]
    for frame in ordered[1:]:
        if _along(frame, normal) - _along(kept[-1], normal) > _SAME_PLACE_MM:
            kept.append(frame)
    doubled = len(frames) - len(kept)
    if doubled > _ODD_ONES_SHARE * len(kept):
        raise InputError(
            f"The series has {len(frames)} images at {len(kept)} positions: several time points or reconstructions "
            "in one series. Export one of them as a series of its own."
        )
    if doubled:
        warnings.append(f"{doubled} images stand at a position that another image has; the first of each was taken.")
    return kept


def _distance(frames: list[Frame], normal: np.ndarray, thickness: float | None, warnings: list[str]) -> float:
    if len(frames) == 1:
        if not thickness or thickness <= 0:
            warnings.append("The file does not say how thick its slice is; 1 mm was taken.")
        return thickness if thickness and thickness > 0 else 1.0
    along = np.array([_along(frame, normal) for frame in frames])
    gaps = np.diff(along)
    usual, mean = float(np.median(gaps)), float(np.mean(gaps))
    if gaps.max() - usual > _GAP_LIMIT_MM:
        raise InputError(
            f"Between two slices of the series {gaps.max():.0f} mm are missing; slices are {usual:.1f} mm apart "
            "elsewhere. Export the whole scan, or one part of it."
        )
    if np.abs(gaps - usual).max() > _UNEVEN_SHARE * usual:
        warnings.append(_uneven(gaps, usual, along - (along[0] + mean * np.arange(len(along)))))
    return mean


def _uneven(gaps: np.ndarray, usual: float, errors: np.ndarray) -> str:
    missing = int(sum(round(gap / usual) - 1 for gap in gaps if gap > 1.5 * usual))
    what = f"{missing} slices seem to be missing" if missing > 1 else "1 slice seems to be missing"
    beginning = what if missing else "Slices are not evenly spaced"
    return (
        f"{beginning}: distances are {gaps.min():.2f} to {gaps.max():.2f} mm instead of {usual:.2f} mm. "
        f"Positions along the body are up to {np.abs(errors).max():.1f} mm off."
    )


def _tilt(frames: list[Frame], normal: np.ndarray, warnings: list[str]) -> float:
    if len(frames) == 1:
        return 0.0
    positions = np.array([frame.position for frame in frames])
    travel = positions - positions[0]
    along = travel @ normal
    sideways = travel - np.outer(along, normal)
    slope = sideways[-1] / along[-1]
    degrees = math.degrees(math.atan(np.linalg.norm(slope)))
    total = float(np.linalg.norm(sideways[-1]))
    uneven = float(np.linalg.norm(sideways - np.outer(along, slope), axis=1).max())
    if uneven > _SHIFT_MM:
        warnings.append(f"Slices are shifted against each other by up to {uneven:.1f} mm.")
    if degrees < _TILT_DEGREES or total < _SHIFT_MM:
        return 0.0
    warnings.append(
        f"The gantry was tilted by {degrees:.1f} degrees, so slices lean; they are shown upright. "
        f"Positions within the slice plane are up to {total:.0f} mm off."
    )
    return degrees


def _along(frame: Frame, normal: np.ndarray) -> float:
    return float(np.dot(frame.position, normal))
