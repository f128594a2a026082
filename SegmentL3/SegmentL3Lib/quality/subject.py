"""The slice that is judged, with everything that the checks look at."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..body import body_mask
from ..labels import load_labels
from ..results import LevelResult, Measurements
from ..volume import Volume


@dataclass(frozen=True, eq=False)
class Subject:
    """A measured slice of an axially ordered volume.

    Attributes:
        volume: the scan, (z, y, x): z from foot to head, row 0 anterior, column 0 the patient's right.
        slice_index: the slice, counted in ``volume``.
        labels: label values, (y, x).
        hu: raw CT numbers, (y, x).
        level: what the level finder said; None where the slice was chosen by hand.
        measurements: numbers of the slice.
    """

    volume: Volume
    slice_index: int
    labels: np.ndarray
    hu: np.ndarray
    level: LevelResult | None
    measurements: Measurements

    @property
    def spacing_yx_mm(self) -> tuple[float, float]:
        """Pixel size."""
        return self.volume.geometry.spacing[1], self.volume.geometry.spacing[0]

    @cached_property
    def body(self) -> np.ndarray:
        """Trunk without table and without arms that stand apart, boolean (y, x)."""
        return body_mask(self.hu, self.spacing_yx_mm)

    def segment(self, segment_id: str) -> np.ndarray:
        """Pixels of a segment, boolean (y, x)."""
        return self.labels == next(label.value for label in load_labels() if label.id == segment_id)
