"""The slice that is judged, with everything that the checks look at."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import ndimage

from ..body import body_mask, depth_mm
from ..labels import load_labels
from ..results import LevelResult, Measurements, Patient
from ..volume import Volume

SMOOTHING_MM = 2.0
COARSE_MM = 2.0


@dataclass(frozen=True, eq=False)
class Subject:
    """A measured slice of an axially ordered volume.

    Attributes:
        volume: the scan, (z, y, x): z from foot to head, row 0 anterior, column 0 the patient's right.
        slice_index: the slice, counted in ``volume``.
        labels: label values, (y, x).
        hu: raw CT numbers, (y, x).
        level: what the level finder said; None where the slice was chosen by hand.
        measurements: numbers of the slice, of cut tissues too.
        patient: what is known of the patient.
    """

    volume: Volume
    slice_index: int
    labels: np.ndarray
    hu: np.ndarray
    level: LevelResult | None
    measurements: Measurements
    patient: Patient = Patient()

    @property
    def spacing_yx_mm(self) -> tuple[float, float]:
        """Pixel size."""
        return self.volume.geometry.spacing[1], self.volume.geometry.spacing[0]

    @cached_property
    def body(self) -> np.ndarray:
        """Trunk without table and without arms that stand apart, boolean (y, x)."""
        return body_mask(self.hu, self.spacing_yx_mm)

    @cached_property
    def depth_mm(self) -> np.ndarray:
        """Distance of each pixel of the body from the outside, (y, x)."""
        return depth_mm(self.body, self.spacing_yx_mm)

    @cached_property
    def smooth_hu(self) -> np.ndarray:
        """CT numbers smoothed over ``SMOOTHING_MM``, float32 (y, x): noise is gone, vessels are still there."""
        return ndimage.gaussian_filter(self.hu.astype(np.float32), self.in_pixels(SMOOTHING_MM))

    @cached_property
    def spine_yx(self) -> tuple[float, float] | None:
        """Center of the bone, continuous pixel indices; None where there is none."""
        bone = self.segment("bone")
        return ndimage.center_of_mass(bone) if bone.any() else None

    @cached_property
    def coarse(self) -> "Subject":
        """The same slice, smoothed, with fewer pixels: enough for all that is wider than a few millimeters."""
        step = max(1, int(COARSE_MM / min(self.spacing_yx_mm)))
        column_mm, row_mm, slice_mm = self.volume.geometry.spacing
        geometry = replace(self.volume.geometry, spacing=(step * column_mm, step * row_mm, slice_mm))
        return replace(
            self,
            volume=replace(self.volume, geometry=geometry),
            labels=self.labels[::step, ::step],
            hu=self.smooth_hu[::step, ::step],
        )

    @property
    def pixel_cm2(self) -> float:
        """Area of a pixel."""
        return self.volume.geometry.pixel_area_mm2 / 100.0

    def in_pixels(self, length_mm: float) -> tuple[float, float]:
        """A length down and across, pixels."""
        return length_mm / self.spacing_yx_mm[0], length_mm / self.spacing_yx_mm[1]

    def eroded(self, mask: np.ndarray, by_mm: float) -> np.ndarray:
        """Pixels of a mask at least so far from its border, boolean (y, x)."""
        return ndimage.distance_transform_edt(mask, sampling=self.spacing_yx_mm) > by_mm

    def opened(self, mask: np.ndarray, radius_mm: float) -> np.ndarray:
        """Parts of a mask into which a disc fits, boolean (y, x)."""
        core = self.eroded(mask, radius_mm)
        return ndimage.distance_transform_edt(~core, sampling=self.spacing_yx_mm) <= radius_mm if core.any() else core

    def segment(self, segment_id: str) -> np.ndarray:
        """Pixels of a segment, boolean (y, x)."""
        return self.labels == next(label.value for label in load_labels() if label.id == segment_id)
