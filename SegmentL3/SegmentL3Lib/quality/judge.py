"""All checks, and the verdict."""

import numpy as np

from ..results import LevelResult, Measurements, Patient, QualityReport, report_of
from ..volume import Volume
from . import (
    arms,
    contrast,
    familiarity,
    field_of_view,
    fluid,
    hounsfield,
    level,
    metal,
    noise,
    outlines,
    plausibility,
    position,
    sampling,
    scanner,
    size,
)
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
    size.muscle_implausible_for_sex,
    size.body_implausible_for_size,
    contrast.contrast_in_scan,
    scanner.unusual_voltage,
    scanner.sharp_kernel,
    noise.too_noisy,
    metal.metal_in_body,
    metal.streaks_across_body,
    arms.arms_in_field,
    position.not_supine,
    fluid.ascites,
    fluid.edema,
    familiarity.unlike_training,
    outlines.unlike_label_maps,
)


def judge(
    volume_axial: Volume,
    slice_index: int,
    labels: np.ndarray,
    hu: np.ndarray,
    level: LevelResult | None,
    measurements: Measurements,
    patient: Patient | None = None,
) -> QualityReport:
    """Verdict "good", "check" or "unusable" with the reasons, worst first.

    Args:
        volume_axial: the scan in axial order (``orientation.to_axial``); its warnings become reasons.
        slice_index: measured slice, counted in ``volume_axial``.
        labels: label values of the slice, (y, x).
        hu: raw CT numbers of the slice, (y, x).
        level: answer of the level finder; None where the slice was chosen by hand.
        measurements: numbers of the slice, of cut tissues too.
        patient: what is known of the patient.
    """
    return judge_subject(Subject(volume_axial, slice_index, labels, hu, level, measurements, patient or Patient()))


def judge_subject(subject: Subject) -> QualityReport:
    """Verdict on a slice with the reasons, worst first: what all of ``CHECKS`` say, and the warnings of the reader."""
    reasons = [found for check in CHECKS if (found := check(subject))]
    reasons += [reason("FILE_WARNING", CHECK, warning) for warning in subject.volume.warnings]
    return report_of(reasons)
