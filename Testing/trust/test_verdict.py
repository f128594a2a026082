"""A low estimate moves the verdict, and a good one does not undo what a check has found."""

import pytest

from SegmentL3Lib.results import QualityReason, QualityReport, StructureQuality
from SegmentL3Lib.trust.estimate import Estimate
from SegmentL3Lib.trust.verdict import low_quality, with_estimate

EXPECTED = {"skeletal_muscle": 0.85, "bone": 0.7}
GOOD = StructureQuality("skeletal_muscle", 0.95, (0.9, 0.98), (140.0, 150.0), 0.9)
DOUBTFUL = StructureQuality("skeletal_muscle", 0.75, (0.5, 0.9), (100.0, 150.0), 0.6)
RUINED = StructureQuality("skeletal_muscle", 0.4, (0.1, 0.7), (10.0, 150.0), 0.2)
AREAS = {"skeletal_muscle": 140.0}
EFFECTS = {"good": "note", "check": "check", "unusable": "unusable"}
BAD_BONE = StructureQuality("bone", 0.1, (0.0, 0.3), (1.0, 50.0), 0.1)


@pytest.mark.parametrize(
    ("before", "structures", "after"),
    [
        ("good", [GOOD], "good"),
        ("good", [DOUBTFUL], "check"),
        ("good", [RUINED], "unusable"),
        ("good", [GOOD, BAD_BONE], "check"),
        ("check", [GOOD], "check"),
        ("check", [RUINED], "unusable"),
        ("unusable", [DOUBTFUL], "unusable"),
    ],
)
def test_the_verdict_is_the_worst_of_checks_and_estimate(before, structures, after):
    something = QualityReason("SOMETHING", EFFECTS[before], "something")
    result = with_estimate(QualityReport(before, (something,)), Estimate(tuple(structures), 0.95), EXPECTED, AREAS)
    assert result.verdict == after
    assert result.structures == tuple(structures) and result.coverage == 0.95
    assert something in result.reasons


def test_the_sentence_says_what_how_much_and_what_is_usual():
    (found,) = low_quality([DOUBTFUL], EXPECTED)
    for fragment in ("Skeletal muscle", "0.75 (0.50 to 0.90)", "0.85"):
        assert fragment in found.text


def test_the_worst_comes_first():
    report = with_estimate(QualityReport("good"), Estimate((BAD_BONE, RUINED), 0.95), EXPECTED, AREAS)
    assert [found.effect for found in report.reasons] == ["unusable", "check"]


def test_no_estimate_is_a_reason_to_check():
    report = with_estimate(QualityReport("good"), Estimate((StructureQuality("bone"),), None), EXPECTED, AREAS)
    assert report.verdict == "check" and "could not be estimated" in report.reasons[0].text


def test_an_area_that_is_refused_has_no_interval():
    report = with_estimate(QualityReport("good"), Estimate((GOOD,), 0.95), EXPECTED, {"skeletal_muscle": None})
    assert report.structures[0].area_interval_cm2 is None and report.structures[0].dice == GOOD.dice
