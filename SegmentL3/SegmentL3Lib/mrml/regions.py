"""Parts of a scan: boxes drawn by the user, and ranges of slices."""

import numpy as np

from ..errors import UsageError
from .slices import slice_count
from .volumes import ijk_to_ras

NEW_BOX_SHARE = 0.5
SLICE_AXIS = 0  # of the array: slices of a region are those of the file, whichever way they lie in the patient


def bounds_lps_mm(roi_node, volume_node) -> list[float]:
    """The box of a markups ROI, parallel to the axes of the patient and cut to the scan.

    Args:
        roi_node: vtkMRMLMarkupsROINode; of a rotated one the box around it is taken.
        volume_node: vtkMRMLScalarVolumeNode, the scan.

    Returns:
        Lowest and highest x, y and z (LPS, mm).

    Raises:
        UsageError: the box is not placed or has no part of the scan.
    """
    name = roi_node.GetName()
    low, high = _limits(roi_node)
    if not (high > low).all():
        raise UsageError(f'The box "{name}" has not been placed yet. Draw it in the views, or choose "Create new".')
    scan_low, scan_high = _limits(volume_node)
    low, high = np.maximum(low, scan_low), np.minimum(high, scan_high)
    if not (high > low).all():
        raise UsageError(f'The box "{name}" lies outside the scan "{volume_node.GetName()}". Move it into the scan.')
    left, right = -high[:2], -low[:2]
    return [float(value) for value in (left[0], right[0], left[1], right[1], low[2], high[2])]


def place_box(roi_node, volume_node) -> None:
    """Put a box into the middle of a scan: half as long as the scan in each direction."""
    low, high = _limits(volume_node)
    roi_node.SetCenter(*((low + high) / 2))
    roi_node.SetSize(*(NEW_BOX_SHARE * (high - low)))
    roi_node.CreateDefaultDisplayNodes()


def file_slice_count(volume_node) -> int:
    """Number of slices of the file; 0 for a node without an image."""
    return slice_count(volume_node, SLICE_AXIS) if volume_node.GetImageData() else 0


def slice_position_ras(volume_node, index: int) -> tuple[float, float, float]:
    """Center (RAS, mm) of a slice of the file, counted from 0."""
    middle = [(size - 1) / 2 for size in volume_node.GetImageData().GetDimensions()]
    middle[2 - SLICE_AXIS] = index
    return tuple(float(value) for value in (ijk_to_ras(volume_node) @ [*middle, 1.0])[:3])


def _limits(node) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest position (RAS, mm) of a displayable node."""
    bounds = [0.0] * 6
    node.GetRASBounds(bounds)
    return np.array(bounds[0::2]), np.array(bounds[1::2])
