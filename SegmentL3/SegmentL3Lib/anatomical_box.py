"""Parts of a CT that the patient's own anatomy bounds: the patient without table and air, a range of vertebrae."""

from collections.abc import Sequence

import numpy as np

from .body import body_mask
from .errors import InputError, LevelNotFoundError, UsageError
from .inference import Box
from .inference.region import clip
from .orientation import axial_order
from .pipeline import find_level
from .spine_sequence import VERTEBRAE
from .volume import Volume

# The outline is taken from slices this far apart, and what lies between may reach out as far.
OUTLINE_MM = 10.0
# From the middle of a vertebral body to that of the next: the range so ends in the vertebrae beyond those named.
VERTEBRA_MM = 35.0


def body_box(volume: Volume) -> Box:
    """Box of the patient in a CT, as the file has its axes: all slices, without the air and the table around.

    Raises:
        UsageError: another modality.
        InputError: nothing in it is denser than air.
    """
    _refuse_other_modalities(volume)
    order = axial_order(volume.geometry)
    axial = order.apply(volume.array)
    spacing_mm = order.geometry(volume.geometry, volume.array.shape).spacing[::-1]
    step = max(1, round(OUTLINE_MM / spacing_mm[0]))
    outline = np.zeros(axial.shape[1:], bool)
    for hu in axial[::step]:
        outline |= body_mask(hu, spacing_mm[1:])
    if not outline.any():
        raise InputError("No patient can be seen in this scan; segment the whole volume.")
    limits = [(0, len(axial))]
    for axis in (0, 1):
        inside, margin = np.flatnonzero(outline.any(1 - axis)), round(OUTLINE_MM / spacing_mm[axis + 1])
        limits.append((inside[0] - margin, inside[-1] + 1 + margin))
    low, high = [0, 0, 0], [0, 0, 0]
    for (first, last), count, axis, flipped in zip(limits, axial.shape, order.axes, order.flipped, strict=True):
        low[axis], high[axis] = (count - last, count - first) if flipped else (first, last)
    return clip(Box(tuple(low), tuple(high)), volume.array.shape)


def vertebrae_box(volume: Volume, names: Sequence[str]) -> Box:
    """Box of the slices from one vertebra to another, both included, as the file has its axes.

    Args:
        volume: CT in HU.
        names: the two, of ``spine_sequence.VERTEBRAE``, in any order.

    Raises:
        UsageError: an unknown vertebra, or another modality.
        LevelNotFoundError: one of them is not in the scan or cannot be told apart.
    """
    unknown = [name for name in names if name not in VERTEBRAE]
    if unknown:
        known = ", ".join(reversed(VERTEBRAE))
        raise UsageError(f'The vertebra "{unknown[0]}" is not known; known are {known}.')
    _refuse_other_modalities(volume)
    found = [find_level(volume, name) for name in dict.fromkeys(names)]
    for level in found:
        if not level.found:
            raise LevelNotFoundError(level.reason)
    axis = axial_order(volume.geometry).axes[0]
    reach = VERTEBRA_MM / volume.geometry.spacing[2 - axis]
    low, high = [0, 0, 0], list(volume.array.shape)
    low[axis] = int(np.floor(min(level.slice_index for level in found) - reach))
    high[axis] = int(np.ceil(max(level.slice_index for level in found) + reach)) + 1
    return clip(Box(tuple(low), tuple(high)), volume.array.shape)


def _refuse_other_modalities(volume: Volume) -> None:
    if volume.modality not in (None, "CT"):
        raise UsageError("This region can be found in a CT only. Choose a box or slices instead.")
