"""What an estimate says of the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..labels import load_labels
from ..quality.finding import CHECK, NOTE, SEVERITIES, UNUSABLE, Finding
from ..results import QualityReport, StructureQuality
from .estimate import Estimate

# A reader's mask agrees with a result below this in too little to measure anything (issue of every bench: Dice < 0.8).
_UNUSABLE_DICE = 0.8
_DECISIVE = "skeletal_muscle"


def with_estimate(report: QualityReport, estimate: Estimate, expected: Mapping[str, float]) -> QualityReport:
    """The report with what was estimated, and with the verdict that this asks for.

    Args:
        report: of the checks (``quality.judge``).
        estimate: of the same result.
        expected: lowest Dice, by structure, that results of undisturbed slices usually reach.
    """
    findings = low_quality(estimate.structures, expected)
    worst = max([NOTE, *(finding.severity for finding in findings)], key=SEVERITIES.index)
    verdicts = ("good", CHECK, UNUSABLE)
    verdict = max(report.verdict, "good" if worst == NOTE else worst, key=verdicts.index)
    return replace(
        report,
        verdict=verdict,
        reasons=(*(finding.sentence for finding in findings), *report.reasons),
        structures=estimate.structures,
        coverage=estimate.coverage,
    )


def low_quality(structures: Sequence[StructureQuality], expected: Mapping[str, float]) -> list[Finding]:
    """What is worse than usual, worst first; nothing where all is as usual."""
    names = {label.id: label.name for label in load_labels()}
    if all(item.dice is None for item in structures):
        return [Finding(CHECK, "The quality of the masks could not be estimated: no body was found in the slice.")]
    findings = []
    for item in structures:
        if item.dice is None or item.dice >= expected[item.structure]:
            continue
        low, high = item.dice_interval
        decisive = item.structure == _DECISIVE and high < _UNUSABLE_DICE
        findings.append(
            Finding(
                UNUSABLE if decisive else CHECK,
                f"{names[item.structure]} is probably not right: its mask would agree with a reader's at a Dice of "
                f"{item.dice:.2f} ({low:.2f} to {high:.2f}); {expected[item.structure]:.2f} and more is usual.",
            )
        )
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))
