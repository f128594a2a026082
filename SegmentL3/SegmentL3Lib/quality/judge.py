"""All checks, and the verdict."""

import numpy as np

from ..results import LevelResult, Measurements, QualityReport
from ..volume import Volume
from . import field_of_view, hounsfield, level, plausibility, sampling
from .finding import CHECK, NOTE, SEVERITIES, Finding
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
    findings = [finding for check in CHECKS if (finding := check(subject))]
    findings += [Finding(CHECK, warning) for warning in volume_axial.warnings]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity), reverse=True)
    worst = findings[0].severity if findings else NOTE
    return QualityReport("good" if worst == NOTE else worst, tuple(finding.sentence for finding in findings))
