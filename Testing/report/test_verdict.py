"""No result without a verdict: not in memory, so not on disk."""

from dataclasses import replace

import pytest

from report.finished import finished
from SegmentL3Lib.results import QualityReason, QualityReport, verdict_of

WORST = QualityReason("NOT_CT", "unusable", "The scan is MR.")


def test_a_result_without_a_verdict_cannot_be_made_and_so_not_written():
    result, _ = finished()
    for nothing in (None, "good", {"verdict": "good"}):
        with pytest.raises(TypeError, match="verdict"):
            replace(result, quality=nothing)


@pytest.mark.parametrize("verdict", [None, "", "fine", "Good"])
def test_a_report_needs_one_of_the_three_verdicts(verdict):
    with pytest.raises(ValueError, match="no verdict"):
        QualityReport(verdict)


def test_a_verdict_cannot_be_better_than_its_reasons():
    with pytest.raises(ValueError, match="worse"):
        QualityReport("check", (WORST,))
    with pytest.raises(ValueError, match="worse"):
        replace(QualityReport("unusable", (WORST,)), verdict="good")


def test_a_reason_has_one_of_the_three_effects():
    with pytest.raises(ValueError, match="no effect"):
        QualityReason("NOT_CT", "bad", "The scan is MR.")


def test_the_worst_reason_makes_the_verdict():
    note, check = (QualityReason("SLICE_THICK", effect, "Thick.") for effect in ("note", "check"))
    assert [verdict_of(found) for found in ((), (note,), (note, check), (check, WORST, note))] == [
        "good",
        "good",
        "check",
        "unusable",
    ]
