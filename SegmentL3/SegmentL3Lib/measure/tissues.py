"""Area and mean HU of each tissue, from the label mask and the raw CT numbers alone."""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from ..labels import load_labels
from ..resources import resource_path

_EIGHT_NEIGHBORS = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Tissue:
    """One measured tissue: the pixels of a segment within a window of CT numbers.

    Attributes:
        id: key of the numbers, such as "visceral_fat_150_50".
        name: name for people.
        segment: id of the label whose pixels count.
        hu_min: lower end of the window, inclusive; None where there is no window.
        hu_max: upper end of the window, inclusive; None where there is no window.
        grow_px: unlabeled pixels within the window and this near to the segment count too.
        source: where the window comes from.
    """

    id: str
    name: str
    segment: str
    hu_min: float | None
    hu_max: float | None
    grow_px: int
    source: str

    @property
    def title(self) -> str:
        """Name with its window, which tells tissues of one segment apart."""
        return self.name if self.hu_min is None else f"{self.name} ({self.hu_min:g} to {self.hu_max:g} HU)"


@cache
def load_tissues() -> tuple[Tissue, ...]:
    """Tissues of ``Resources/Measurements/tissues.csv``, in its order."""
    with resource_path("Measurements", "tissues.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_tissue(row) for row in csv.DictReader(file))


def tissue_mask(tissue: Tissue, labels: np.ndarray, hu: np.ndarray) -> np.ndarray:
    """Pixels of a tissue in one slice.

    Args:
        tissue: the tissue.
        labels: label values of the slice, (y, x).
        hu: raw CT numbers of the slice, (y, x).

    Returns:
        Boolean array, (y, x).
    """
    mask = labels == _label_value(tissue.segment)
    if tissue.grow_px:
        near = ndimage.binary_dilation(mask, _EIGHT_NEIGHBORS, iterations=tissue.grow_px)
        mask = mask | (near & (labels == 0))
    if tissue.hu_min is not None:
        mask = mask & (hu >= tissue.hu_min) & (hu <= tissue.hu_max)
    return mask


def measure_tissues(
    labels: np.ndarray, hu: np.ndarray, pixel_area_mm2: float
) -> tuple[dict[str, float], dict[str, float | None]]:
    """Area (cm2) and mean CT number (HU; None for an empty tissue) of every tissue, by id.

    Raises:
        ValueError: the arrays differ in shape, or the pixel area is not positive.
    """
    if labels.shape != hu.shape:
        raise ValueError(f"labels {labels.shape} and CT numbers {hu.shape} differ in shape")
    if not pixel_area_mm2 > 0:
        raise ValueError(f"pixel area must be positive, not {pixel_area_mm2}")
    area_cm2, mean_hu = {}, {}
    for tissue in load_tissues():
        values = hu[tissue_mask(tissue, labels, hu)]
        area_cm2[tissue.id] = values.size * pixel_area_mm2 / 100.0
        mean_hu[tissue.id] = float(values.mean(dtype=float)) if values.size else None
    return area_cm2, mean_hu


def _tissue(row: dict[str, str]) -> Tissue:
    return Tissue(
        id=row["id"],
        name=row["name"],
        segment=row["segment"],
        hu_min=float(row["hu_min"]) if row["hu_min"] else None,
        hu_max=float(row["hu_max"]) if row["hu_max"] else None,
        grow_px=int(row["grow_px"]),
        source=row["source"],
    )


def _label_value(segment_id: str) -> int:
    return next(label.value for label in load_labels() if label.id == segment_id)
