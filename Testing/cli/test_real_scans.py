"""The command line on real scans, with the models that are shipped."""

import json

import pytest

from SegmentL3Lib import cli

# Slices from the upper to the lower end plate of L3, counted by viewing; areas (cm2) that anatomy allows there.
L3_SLICES = {
    "totalseg-example": (70, 78),
    "hcc002": (4, 16),
    "hcc006": (6, 19),
    "hcc007": (16, 30),
    "hcc009": (11, 22),
    "crlm1006": (6, 12),
}
# Scans whose field of view cuts the skin, so that no area of the fat below it is given.
CUT = {"totalseg-example", "hcc002"}
AREA_LIMITS_CM2 = {"skeletal_muscle": (60, 260), "subcutaneous_fat": (20, 700), "bone": (10, 80)}


def scan_of(shared_data, case):
    path = shared_data / "ct" / case / "ct.nii.gz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return str(path)


@pytest.mark.parametrize("case", sorted(L3_SLICES))
def test_l3_is_found_and_measured(shared_data, tmp_path, case):
    assert cli.main(["run", scan_of(shared_data, case), "--out", str(tmp_path)]) == 0
    content = json.loads((tmp_path / "measurements.json").read_text(encoding="utf-8"))
    first, last = L3_SLICES[case]
    assert first <= content["slice_index"] <= last
    for tissue, (lowest, highest) in AREA_LIMITS_CM2.items():
        if tissue == "subcutaneous_fat" and case in CUT:
            assert content["area_cm2"][tissue] is None
            continue
        assert lowest <= content["area_cm2"][tissue] <= highest


@pytest.mark.parametrize("case", ["cptac-pda-C3N-00249"])
def test_a_scan_that_ends_above_l3_is_refused(shared_data, tmp_path, capsys, case):
    assert cli.main(["run", scan_of(shared_data, case), "--out", str(tmp_path / "out")]) == 4
    assert "L3 is not in this scan" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
