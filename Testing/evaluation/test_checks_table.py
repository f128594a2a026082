"""The table of hits and false alarms."""

import pytest

from DomainAdaptLib.evaluation import check_table
from DomainAdaptLib.evaluation.check_scans import FIRST_SEED, make_scan, with_defect
from DomainAdaptLib.evaluation.defects import DEFECTS

KVP = next(defect for defect in DEFECTS if defect.code == "TUBE_VOLTAGE")


@pytest.fixture(scope="module")
def sound():
    return make_scan(FIRST_SEED, None)


def test_each_code_has_a_defect_and_each_defect_another_title():
    assert check_table.unmeasured_codes() == []
    assert len({defect.title for defect in DEFECTS}) == len(DEFECTS)


def test_a_sound_scan_is_good(sound):
    report = check_table.judged(sound)
    assert report.verdict == "good", report.reasons


@pytest.mark.parametrize("defect", [each for each in DEFECTS if not each.changes_image], ids=lambda each: each.title)
def test_defects_beside_the_image_are_noticed(sound, defect):
    found = {reason.code for reason in check_table.judged(with_defect(sound, defect)).reasons}
    assert defect.code in found
    assert check_table.judged(sound).reasons == ()  # the sound scan stays as it was


@pytest.mark.parametrize("title", ["both flanks cut by 8 to 25 mm", "rods beside the spine", "table in front"])
def test_defects_of_the_image_are_noticed(title):
    defect = next(each for each in DEFECTS if each.title == title)
    found = {reason.code for reason in check_table.judged(make_scan(FIRST_SEED, defect)).reasons}
    assert defect.code in found


def test_rates_count_hits_and_false_alarms():
    findings = [
        {"seed": 1, "defect": check_table.SOUND, "verdict": "good", "codes": ""},
        {"seed": 2, "defect": check_table.SOUND, "verdict": "check", "codes": "TUBE_VOLTAGE"},
        {"seed": 1, "defect": KVP.title, "verdict": "check", "codes": "NOISE TUBE_VOLTAGE"},
        {"seed": 2, "defect": KVP.title, "verdict": "good", "codes": "NOISE"},
    ]
    (row,) = check_table.rate_rows(findings, [KVP])
    assert (row["scans"], row["hits"], row["hit_rate"], row["false_alarms"]) == (2, 1, 0.5, 1)
