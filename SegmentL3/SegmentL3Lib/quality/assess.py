"""The numbers of a slice, and how far they can be trusted: one is not to be had without the other."""

import numpy as np

from ..measure import measure_slice
from ..results import LevelResult, Measurements, Patient, QualityReport
from ..volume import Volume
from .contrast import with_contrast_seen
from .field_of_view import refused_areas
from .judge import judge_subject
from .subject import Subject


def assess(
    volume_axial: Volume,
    slice_index: int,
    labels: np.ndarray,
    hu: np.ndarray,
    level: LevelResult | None,
    patient: Patient,
) -> tuple[Measurements, QualityReport]:
    """Measure and judge a slice.

    Areas of tissues that the field of view cuts are None, and so is all that is derived from them. Contrast that the
    vessels show counts as given where the file says nothing of it.

    Args:
        volume_axial: the scan in axial order (``orientation.to_axial``); its warnings become reasons.
        slice_index: measured slice, counted in ``volume_axial``.
        labels: label values of the slice, uint8 (y, x), 0 where there is none.
        hu: raw CT numbers of the slice, (y, x).
        level: answer of the level finder; None where the slice was chosen by hand.
        patient: sex, height and weight as far as known.
    """
    area_mm2, acquisition = volume_axial.geometry.pixel_area_mm2, volume_axial.acquisition
    measured = measure_slice(labels, hu, area_mm2, patient, acquisition)
    subject = Subject(volume_axial, slice_index, labels, hu, level, measured, patient)
    known = with_contrast_seen(acquisition, subject)
    given = measure_slice(labels, hu, area_mm2, patient, known, refused_areas(subject))
    return given, judge_subject(subject)
