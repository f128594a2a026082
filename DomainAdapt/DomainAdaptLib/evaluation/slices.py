"""A measured slice: truth and prediction on the same pixels, its figures, and summaries over many slices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property

import numpy as np

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.refine import refine
from SegmentL3Lib.segment import SliceBeside, segment_slice

from .metrics import Agreement, compare_masks
from .tables import Column

TISSUE_COLUMNS = (
    Column("dice", "Dice", ".3f"),
    Column("drawn_cm2", "Drawn, cm²", ".1f"),
    Column("area_error_percent", "Area error, %", "+.1f"),
    Column("area_error_cm2", "Area error, cm²", "+.2f"),
    Column("hu_error", "Mean HU error, HU", "+.1f"),
    Column("surface_mm", "Surface distance, mm", ".2f"),
    Column("hausdorff95_mm", "95 % Hausdorff, mm", ".1f"),
)


@dataclass(frozen=True, eq=False)
class TrueSlice:
    """A slice with what is drawn.

    Attributes:
        case: patient.
        place: which slice of the patient.
        group: for summaries.
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        drawn: values of ``labels.load_labels``, 0 and others for none, (y, x).
        pixel_mm: pixel size.
        beside: slices near it, if known.
    """

    case: str
    place: str
    group: str
    hu: np.ndarray
    drawn: np.ndarray
    pixel_mm: float
    beside: tuple[SliceBeside, ...] = ()


@dataclass(frozen=True, eq=False)
class MeasuredSlice(TrueSlice):
    """A slice with what is drawn and, in the same values, what was predicted, (y, x)."""

    predicted: np.ndarray = field(kw_only=True)

    @cached_property
    def agreement(self) -> Mapping[str, Agreement]:
        """Figures of each tissue, by its name."""
        spacing = self.pixel_mm, self.pixel_mm
        return {
            label.id: compare_masks(self.predicted == label.value, self.drawn == label.value, self.hu, spacing)
            for label in load_labels()
        }

    @property
    def differs(self) -> np.ndarray:
        """Pixels with another tissue than drawn, or with one where none is drawn, boolean (y, x)."""
        values = [label.value for label in load_labels()]
        tissue = np.isin(self.drawn, values), np.isin(self.predicted, values)
        return (tissue[0] | tissue[1]) & (self.drawn != self.predicted)

    @property
    def disagreement(self) -> float:
        """Pixels that differ per pixel of drawn tissue: one figure by which slices are ranked."""
        drawn = np.isin(self.drawn, [label.value for label in load_labels()]).sum()
        return float(self.differs.sum() / max(1, drawn))


def measure(item: TrueSlice, model: Bundle) -> MeasuredSlice:
    """Predict the tissues of a slice with all refinement, as the pipeline does."""
    spacing = item.pixel_mm, item.pixel_mm
    predicted = refine(segment_slice(item.hu, spacing, model, beside=item.beside), item.hu, spacing)
    return MeasuredSlice(**{entry.name: getattr(item, entry.name) for entry in fields(TrueSlice)}, predicted=predicted)


def slice_rows(item: MeasuredSlice) -> list[dict[str, object]]:
    """One row for each tissue."""
    place = {"case": item.case, "place": item.place, "group": item.group}
    return [{**place, "tissue": tissue, **asdict(figures)} for tissue, figures in item.agreement.items()]


def tissue_names() -> list[str]:
    """Tissues that are measured, in the order of their labels."""
    return [label.id for label in load_labels()]


def tissue_title(tissue: str) -> str:
    """Name of a tissue for reading."""
    return next(label.name for label in load_labels() if label.id == tissue)


def values_of(rows: Iterable[Mapping[str, object]], key: str) -> np.ndarray:
    """A column of numbers without those that are missing, float (n,)."""
    values = np.array([row[key] for row in rows], float)
    return values[~np.isnan(values)]


def statistic(values: Sequence[float], function, *arguments) -> float:
    """A statistic of the values; nan where there are none."""
    return float(function(values, *arguments)) if len(values) else float("nan")
