"""What an estimate says of the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..labels import load_labels
from ..measure.tissues import load_tissues
from ..quality.reasons import CHECK, UNUSABLE, reason
from ..results import QualityReason, QualityReport, StructureQuality, report_of
from .estimate import Estimate

# Below this overlap a mask counts as failed, here and where the estimates are measured.
_UNUSABLE_DICE = 0.8
_DECISIVE = "skeletal_muscle"


def with_estimate(
    report: QualityReport,
    estimate: Estimate,
    expected: Mapping[str, float],
    area_cm2: Mapping[str, float | None],
) -> QualityReport:
    """The report with what was estimated, and with the verdict that this asks for.

    Args:
        report: of the checks (``quality.assess``).
        estimate: of the same result.
        expected: lowest estimate, by structure, that results of undisturbed slices usually get.
        area_cm2: measured areas by tissue; one that is not given (None) gets no interval either.
    """
    refused = {tissue.segment for tissue in load_tissues() if area_cm2.get(tissue.id, 0.0) is None}
    structures = tuple(
        replace(item, area_interval_cm2=None) if item.structure in refused else item for item in estimate.structures
    )
    return report_of((*low_quality(structures, expected), *report.reasons), structures, estimate.coverage)


def low_quality(structures: Sequence[StructureQuality], expected: Mapping[str, float]) -> list[QualityReason]:
    """What is worse than usual; nothing where all is as usual."""
    names = {label.id: label.name for label in load_labels()}
    if all(item.dice is None for item in structures):
        text = "The quality of the masks could not be estimated: there is nothing in them, or no body in the slice."
        return [reason("QUALITY_NOT_ESTIMATED", CHECK, text)]
    reasons = []
    for item in structures:
        if item.dice is None or item.dice >= expected[item.structure]:
            continue
        low, high = item.dice_interval
        decisive = item.structure == _DECISIVE and high < _UNUSABLE_DICE
        text = (
            f"{names[item.structure]} may be wrong: its mask would agree with a reader's at a Dice of "
            f"{item.dice:.2f} ({low:.2f} to {high:.2f}); {expected[item.structure]:.2f} and more is usual."
        )
        reasons.append(reason("LOW_ESTIMATED_QUALITY", UNUSABLE if decisive else CHECK, text))
    return reasons
