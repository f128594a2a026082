"""How far a result can be trusted, as the panel shows it."""

import json

import numpy as np
import pytest
import slicer

from gui.torso import LEVEL_SLICE, torso
from host import pump_until
from SegmentL3Lib.doubt_files import write_doubt
from SegmentL3Lib.volume import Geometry, Volume

STRUCTURES = [
    {"structure": "skeletal_muscle", "dice": 0.95, "dice_interval": [0.9, 0.98], "area_interval_cm2": [100.0, 110.0]},
    {"structure": "bone", "dice": 0.9, "dice_interval": None, "area_interval_cm2": None},
    {"structure": "bowel"},
]


@pytest.fixture
def trusted_files(run_files, tmp_path):
    """The files of an automatic run with estimates and two maps of three slices."""
    import shutil

    folder = tmp_path / "runs"
    shutil.copytree(run_files, folder)
    document = json.loads((folder / "automatic" / "measurements.json").read_text(encoding="utf-8"))
    document["quality"] |= {"structures": STRUCTURES, "coverage": 0.95}
    document["quality"]["reasons"].append(
        {"code": "DICE_LOW", "effect": "unusable", "text": "Bone <fits> badly.", "advice": "Draw it."}
    )
    (folder / "automatic" / "measurements.json").write_text(json.dumps(document), encoding="utf-8")
    geometry = torso()[0].geometry
    array = np.zeros((3, *torso()[0].array.shape[1:]), np.float32)
    array[:, 60, 60] = (0.1, 0.6, 0.3)
    start = geometry.index_to_lps((0, 0, LEVEL_SLICE - 1))
    volume = Volume(array, Geometry(start, geometry.spacing, geometry.direction))
    write_doubt({"entropy": volume, "mutual_information": volume}, folder / "automatic")
    return folder


@pytest.fixture
def trusted(panel, trusted_files):
    """The panel after such a run."""
    panel._run_files = trusted_files
    panel.behave("good")
    panel.run()
    return panel


def cells(table):
    return [[table.item(row, column).text() for column in range(table.columnCount)] for row in range(table.rowCount)]


def test_the_light_has_the_color_of_the_verdict_and_each_reason_its_advice(trusted):
    from SegmentL3Lib.gui.qualitysection import VERDICT_COLORS

    text = trusted.ui.qualityLabel.text
    assert VERDICT_COLORS["unusable"] in text and "<b>Unusable</b>" in text
    assert "Bone &lt;fits&gt; badly." in text and "Draw it." in text
    assert "Draw it." in trusted.ui.qualityLabel.toolTip


def test_estimates_are_shown_with_their_intervals(trusted):
    rows = cells(trusted.ui.qualityTable)
    assert rows[0][:2] == ["Skeletal muscle", "0.95 (0.90\u20130.98)"]
    assert rows[0][2].endswith("(100.0\u2013110.0)")
    assert rows[1][:2] == ["Bone", "0.90"] and float(rows[1][2]) > 0
    assert rows[2][:2] == ["Bowel", "\u2013"]
    assert "95 %" in trusted.ui.estimatesLabel.text


def test_estimates_end_with_the_first_edit(trusted):
    node = trusted.parameters.outputSegmentation
    scan = trusted.parameters.inputVolume
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, "bone", scan)
    array[LEVEL_SLICE, 60:64, 60:64] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(array, node, "bone", scan)
    pump_until(lambda: trusted.ui.qualityTable.rowCount == 0, 5, "the estimates to go")
    assert "edited" in trusted.ui.estimatesLabel.text
    assert "Bone &lt;fits&gt; badly." not in trusted.ui.qualityLabel.text


def foreground():
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    return slicer.mrmlScene.GetNodeByID(composite.GetForegroundVolumeID() or "")


def test_the_map_lies_over_the_scan_while_the_button_is_down(trusted):
    segments = trusted.parameters.outputSegmentation.GetDisplayNode()
    trusted.ui.showDoubtButton.checked = True
    assert foreground().GetName() == "CT entropy" and not segments.GetVisibility2DFill()
    trusted.ui.showDoubtButton.checked = False
    assert foreground() is None and segments.GetVisibility2DFill()


def test_another_result_takes_the_map_away(trusted):
    trusted.ui.showDoubtButton.checked = True
    trusted.parameters.outputSegmentation = None
    pump_until(lambda: foreground() is None, 5, "the map to go")
    assert not trusted.ui.showDoubtButton.enabled


def test_review_goes_from_the_most_doubtful_slice_to_the_next(trusted):
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    offsets = []
    for _ in range(4):
        trusted.ui.reviewNextButton.click()
        offsets.append(red.GetSliceOffset())
    expected = [100 + 5 * index for index in (LEVEL_SLICE, LEVEL_SLICE + 1, LEVEL_SLICE - 1, LEVEL_SLICE)]
    assert offsets == pytest.approx(expected, abs=1e-3)


def test_a_result_without_estimates_and_maps_is_shown_all_the_same(panel):
    panel.run()
    assert panel.ui.qualityTable.rowCount == 0
    assert "not estimated" in panel.ui.estimatesLabel.text
    assert not panel.ui.showDoubtButton.enabled
