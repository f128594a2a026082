"""Postprocessing as the catalog of tasks declares it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..orientation import AxialOrder, axial_order
from ..tasks import CleaningStep
from ..volume import Geometry, LabelMap
from . import masks

# Mask with the axis across the slices first, voxel size along its axes (mm), parameters by name -> mask.
STEPS: Mapping[str, Callable[..., np.ndarray]] = {
    "largest_component": masks.largest_component,
    "minimum_volume": masks.minimum_volume,
    "fill_holes": masks.fill_holes,
    "drop_isolated_slices": masks.drop_isolated_slices,
    "close_between_slices": masks.close_between_slices,
}


def clean(labels: LabelMap, steps: Sequence[CleaningStep], values: Mapping[str, int]) -> LabelMap:
    """Labels after postprocessing, label by label; what a step adds never covers another label.

    Args:
        labels: label map; is left as it is.
        steps: what is done, in order.
        values: label values by the id of the label.
    """
    array = labels.array.copy()
    order, spacing = slice_order(labels.geometry)
    axial = order.apply(array)
    for step in steps:
        for value in (values[label] for label in step.labels):
            before = axial == value
            after = STEPS[step.step](before, spacing, **step.parameters)
            axial[before & ~after] = 0
            axial[after & (axial == 0)] = value
    return LabelMap(array, labels.geometry)


def slice_order(geometry: Geometry) -> tuple[AxialOrder, tuple[float, float, float]]:
    """How an array is turned so that its axis 0 runs across the slices, and the voxel size along its axes then, mm.

    The slices of a scan lie along its coarsest axis; they are the axial ones where no axis is coarser than the others.
    """
    order = axial_order(geometry)
    sizes = geometry.spacing[::-1]
    across = max(order.axes, key=lambda axis: round(sizes[axis], 3))
    axes = (across, *(axis for axis in order.axes if axis != across))
    return AxialOrder(axes, (False, False, False)), tuple(sizes[axis] for axis in axes)
