"""Slices of a volume in the patient: which one a view shows, and where a given one lies."""

import math

import numpy as np
import slicer

from ..errors import UsageError
from .volumes import ijk_to_ras

LARGEST_ANGLE_DEG = 1.0
VIEW = "Red"


def shown_slice(volume_node, axis: int, view: str = VIEW) -> int:
    """Index of the slice that a slice view shows.

    Args:
        volume_node: scan, not under a transform.
        axis: array axis (0, 1 or 2 of z, y, x) along which the slices lie.
        view: name of the slice view.

    Raises:
        UsageError: there is no such view, it cuts across the slices, or it shows a place outside the scan.
    """
    slice_node = slicer.mrmlScene.GetSingletonNode(view, "vtkMRMLSliceNode")
    if slice_node is None:
        raise UsageError(f"There is no {view} view in this layout. Choose a layout that has one, such as Four-Up.")
    to_ras = slicer.util.arrayFromVTKMatrix(slice_node.GetSliceToRAS())
    angle = _angle_deg(to_ras[:3, 2], _normal(volume_node, axis))
    if angle > LARGEST_ANGLE_DEG:
        raise UsageError(
            f"The {view} view cuts the slices of this scan at {angle:.0f} degrees. "
            'Set the view to "Axial" and click "Rotate to volume plane" in its menu.'
        )
    index = int(round(_index(volume_node, to_ras[:3, 3])[2 - axis]))
    if not 0 <= index < slice_count(volume_node, axis):
        raise UsageError(f"The {view} view shows a place outside this scan. Scroll it into the scan.")
    return index


def slice_count(volume_node, axis: int) -> int:
    """Number of slices along an array axis."""
    return volume_node.GetImageData().GetDimensions()[2 - axis]


def _normal(volume_node, axis):
    columns = [column for column in range(3) if column != 2 - axis]
    matrix = ijk_to_ras(volume_node)
    return np.cross(matrix[:3, columns[0]], matrix[:3, columns[1]])


def _angle_deg(first, second) -> float:
    cosine = abs(np.dot(first, second)) / (np.linalg.norm(first) * np.linalg.norm(second))
    return math.degrees(math.acos(min(1.0, cosine)))


def _index(volume_node, position_ras):
    return (np.linalg.inv(ijk_to_ras(volume_node)) @ [*position_ras, 1.0])[:3]
