"""The verdict."""

import json
import re
from pathlib import Path

import pytest

from quality.torso import level_at, subject, torso_slice
from SegmentL3Lib import quality
from SegmentL3Lib.quality import CHECKS, judge
from SegmentL3Lib.quality.reasons import codes
from SegmentL3Lib.resources import resource_path


def verdict(case):
    return judge(case.volume, case.slice_index, case.labels, case.hu, case.level, case.measurements)


def test_a_sound_scan_is_good_without_reasons():
    report = verdict(subject())
    assert (report.verdict, report.reasons) == ("good", ())


def test_a_note_leaves_the_verdict_good_and_is_still_said():
    report = verdict(subject(level=None))
    assert report.verdict == "good"
    assert len(report.reasons) == 1 and "by hand" in report.reasons[0].text


def test_the_worst_finding_decides_and_comes_first():
    report = verdict(subject(hu=torso_slice()[1] + 1024, level=level_at(subject().volume, 10, certainty=0.2)))
    assert report.verdict == "unusable"
    assert "not Hounsfield units" in report.reasons[0].text
    assert any("uncertain" in reason.text for reason in report.reasons)


def test_warnings_of_the_reader_are_passed_on():
    report = verdict(subject(warnings=("The gantry is tilted by 12 degrees.",)))
    assert report.verdict == "check"
    assert [reason.text for reason in report.reasons] == ["The gantry is tilted by 12 degrees."]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_check_says_what_it_does(check):
    assert check.__doc__


def test_every_limit_has_its_reason():
    document = json.loads(resource_path("Measurements", "quality.json").read_text(encoding="utf-8"))
    for group in document.values():
        for name, entry in group.items():
            assert set(entry) == {"value", "reason"}, name
            assert entry["reason"].endswith(".")


def test_every_code_has_a_title_and_an_advice():
    document = json.loads(resource_path("Measurements", "checks.json").read_text(encoding="utf-8"))
    for code, entry in document.items():
        assert {"title", "advice"} <= set(entry) <= {"title", "advice", "estimated"}, code
        assert code == code.upper() and entry["advice"].endswith("."), code


def test_the_codes_of_the_file_are_those_of_the_checks():
    said = set()
    for path in Path(quality.__file__).parent.glob("*.py"):
        said |= set(re.findall(r'reason\(\s*"([A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert said == set(codes())
