"""How large the structures of a label map are."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .labels import Label
from .structure_names import label_structures
from .volume import LabelMap


@dataclass(frozen=True)
class StructureVolume:
    """A structure and its size.

    Attributes:
        label: value, readable name, color and code.
        name_in_model: as the model's package has it.
        voxels: how many.
        volume_ml: milliliters.
    """

    label: Label
    name_in_model: str
    voxels: int
    volume_ml: float


def structure_volumes(labels: LabelMap, structures: Iterable[tuple[int, str]]) -> tuple[StructureVolume, ...]:
    """Volume of each structure.

    Args:
        labels: result of a model.
        structures: value and name of each, as the model has them.
    """
    structures = tuple(structures)
    # Slice by slice: NumPy counts in 64-bit copies.
    size = 1 + max(int(labels.array.max(initial=0)), *(value for value, _ in structures), 0)
    counts = sum((np.bincount(plane.ravel(), minlength=size) for plane in labels.array), np.zeros(size, np.int64))
    voxel_ml = float(np.prod(labels.geometry.spacing)) / 1000
    return tuple(
        StructureVolume(label, name, int(counts[label.value]), float(counts[label.value] * voxel_ml))
        for label, (_, name) in zip(label_structures(structures), structures, strict=True)
    )
