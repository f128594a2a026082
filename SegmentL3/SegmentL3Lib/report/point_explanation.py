"""Why a point of a finished result is this tissue: its way down a tree that was distilled from the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..body import body_mask
from ..errors import InputError, UsageError
from ..labels import load_labels
from ..orientation import axial_order
from ..pixel_features import pixel_features
from ..refine import gate
from ..tissue_tree import TissueTree, read_tree
from ..volume import Geometry, LabelMap, Volume
from .tree_picture import Explained


@dataclass(frozen=True, eq=False)
class ExplainedSlice:
    """A measured slice whose points can be explained.

    Attributes:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        labels: values of ``load_labels`` of the same pixels, 0 where there is none.
        index: the slice, in axial order.
        geometry: of the scan in axial order.
        body: where the body is, (y, x).
        figures: of each pixel, (y, x, features).
        tree: that tells.
    """

    hu: np.ndarray
    labels: np.ndarray
    index: int
    geometry: Geometry
    body: np.ndarray
    figures: np.ndarray
    tree: TissueTree

    def at(self, position_lps_mm: Sequence[float]) -> Explained:
        """What is said of a point (LPS, mm), and why.

        Raises:
            UsageError: the point is not on the slice, or not in the body.
        """
        offset = self.geometry.matrix.T @ (np.asarray(position_lps_mm) - self.geometry.origin)
        x, y, z = (int(value) for value in np.round(offset / self.geometry.spacing))
        rows, columns = self.hu.shape
        if z != self.index or not (0 <= y < rows and 0 <= x < columns):
            raise UsageError("The point does not lie on the measured slice. Go to the slice, and set the point there.")
        if not self.body[y, x]:
            raise UsageError("The point lies outside of the body. Set it within the body.")
        figures, value = self.figures[y, x], int(self.labels[y, x])
        region = np.full((1, 1), self.tree.regions(figures), np.uint8)
        is_followed = bool(gate(region, self.hu[y : y + 1, x : x + 1])[0, 0] == value)
        return Explained(self.hu, self.geometry.spacing[0], (x, y), figures, f"The result: {_name(value)}", is_followed)


def explain_slice(volume: Volume, labels: LabelMap, slice_index: int) -> ExplainedSlice:
    """Get a measured slice ready.

    Args:
        volume: CT in HU.
        labels: of a result, on the voxels of the scan.
        slice_index: measured slice, in the file's own order.

    Raises:
        InputError: there is no body in the slice.
    """
    order = axial_order(volume.geometry)
    array = order.apply(volume.array)
    index = order.axial_index(slice_index, len(array))
    hu = np.ascontiguousarray(array[index])
    geometry = order.geometry(volume.geometry, volume.array.shape)
    try:
        figures = pixel_features(hu, geometry.spacing[0])
    except ValueError as error:
        raise InputError("No body was found in the slice, so nothing can be explained.") from error
    body = body_mask(hu, geometry.spacing[1::-1])
    return ExplainedSlice(hu, order.apply(labels.array)[index].copy(), index, geometry, body, figures, read_tree())


def _name(value: int) -> str:
    names = {label.value: label.name.lower() for label in load_labels()}
    return names.get(value, "no tissue that is measured")
