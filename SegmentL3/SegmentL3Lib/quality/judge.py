"""All checks, and the verdict."""

import numpy as np

from ..results import EFFECTS, LevelResult, Measurements, QualityReport, verdict_of
from ..volume import Volume
from . import field_of_view, hounsfield, level, plausibility, sampling
from .reasons import CHECK, reason
from .subject import Subject

CHECKS = (
    hounsfield.not_ct,
    hounsfield.air_off_scale,
    hounsfield.fat_off_scale,
    field_of_view.field_of_view_cuts_body,
    level.level_not_confirmed,
    level.slice_off_level,
    level.near_end_of_scan,
    sampling.slice_too_thick,
    sampling.slices_far_apart,
    sampling.pixels_too_large,
    plausibility.segment_empty,
    plausibility.area_implausible,
    plausibility.muscle_density_implausible,
    plausibility.muscle_asymmetric,
    plausibility.body_width_implausible,
)


def judge(
    volume_axial: Volume,
    slice_index: int,
    labels: np.ndarray,
    hu: np.ndarray,
    level: LevelResult | None,
    measurements: Measurements,
) -> QualityReport:
    """Verdict "good", "check" or "unusable" with the reasons, worst first.

    Args:
        volume_axial: the scan in axial order (``orientation.to_axial``); its warnings become reasons.
        slice_index: measured slice, counted in ``volume_axial``.
        labels: label values of the slice, (y, x).
        hu: raw CT numbers of the slice, (y, x).
        level: answer of the level finder; None where the slice was chosen by hand.
        measurements: numbers of the slice.
    """
    subject = Subject(volume_axial, slice_index, labels, hu, level, measurements)
    reasons = [found for check in CHECKS if (found := check(subject))]
    reasons += [reason("FILE_WARNING", CHECK, warning) for warning in volume_axial.warnings]
    reasons.sort(key=lambda found: EFFECTS.index(found.effect), reverse=True)
    return QualityReport(verdict_of(reasons), tuple(reasons))
