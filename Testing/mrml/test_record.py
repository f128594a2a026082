"""What the scene remembers of a run."""

import json

import pytest
import slicer

from SegmentL3Lib.results import LevelResult, QualityReason, QualityReport, StructureQuality

ESTIMATE = {"structure": "bone", "dice": 0.9, "dice_interval": [0.8, 0.95], "new": 1}
LEVEL = LevelResult("L3", True, 4, (1.0, 2.0, 3.0), 0.9, "Counted.", {"L3": 4.0, "L4": 1.0})


@pytest.fixture
def segmentation(scene_host):
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")


def test_record_survives_the_node(segmentation):
    from SegmentL3Lib.mrml.record import RunRecord, read_record, write_record

    record = RunRecord(LEVEL, 4, (1.0, 2.0, 3.0), {"torch": "2.13"}, ({"name": "m"},), {"kvp": 120.0}, 17)
    write_record(segmentation, record)
    assert read_record(segmentation) == record


def test_node_without_a_record_has_none(segmentation):
    from SegmentL3Lib.mrml.record import read_record

    assert read_record(segmentation) is None


def test_record_of_a_document_is_that_of_the_run(tmp_path, scene_host):
    from gui.runfiles import MODELS, SOFTWARE, write_run
    from SegmentL3Lib.mrml.record import record_of_document

    result = write_run(tmp_path / "run")
    document = json.loads((tmp_path / "run" / "measurements.json").read_text(encoding="utf-8"))
    record = record_of_document(document, {"kvp": 100.0})
    assert record.level == result.level
    assert record.slice_position_lps_mm == pytest.approx(result.slice_position_lps_mm)
    assert (record.slice_index, record.software, record.models) == (result.slice_index, SOFTWARE, MODELS)


def test_estimates_are_remembered_and_the_checks_are_not(segmentation):
    from SegmentL3Lib.mrml.estimates import Estimates, estimates_of_document
    from SegmentL3Lib.mrml.record import RunRecord, read_record, write_record

    reasons = [{"code": code, "effect": "check", "text": "T", "advice": "A"} for code in ("NOT_CT", "DICE_LOW")]
    read = estimates_of_document({"quality": {"reasons": reasons, "structures": [ESTIMATE], "coverage": 0.9}})
    structure = StructureQuality("bone", 0.9, (0.8, 0.95))
    assert read == Estimates((QualityReason("DICE_LOW", "check", "T", "A"),), (structure,), 0.9)
    write_record(segmentation, RunRecord(LEVEL, 4, (1.0, 2.0, 3.0), estimates=read))
    assert read_record(segmentation).estimates == read


@pytest.mark.parametrize(
    "quality", [None, {}, {"reasons": ["a sentence of an older version"]}, {"structures": 3}, {"reasons": [{}]}]
)
def test_estimates_that_cannot_be_read_are_left_out(quality):
    from SegmentL3Lib.mrml.estimates import Estimates, estimates_of_document

    assert estimates_of_document({"quality": quality}) == Estimates()


def test_an_estimate_makes_the_verdict_worse_but_never_better():
    from SegmentL3Lib.mrml.estimates import Estimates, with_estimates

    bad = Estimates((QualityReason("DICE_LOW", "unusable", "T"),))
    assert with_estimates(QualityReport("good"), bad).verdict == "unusable"
    checked = QualityReport("check", (QualityReason("SLICE_THICK", "check", "T"),))
    assert with_estimates(checked, Estimates()).verdict == "check"


class Database:
    """A DICOM database with the values of one series."""

    VALUES = {
        "0018,0050": "5.0 ",
        "0018,0060": "120",
        "0018,1210": "B30f",
        "0018,0010": "Ultravist",
        "0018,5100": "HFP",
    }

    def instanceValue(self, uid, tag):  # noqa: N802
        assert uid == "1.2.3"
        return self.VALUES.get(tag, "")


def test_acquisition_comes_from_the_dicom_database(scene_host, monkeypatch):
    from SegmentL3Lib.mrml.acquisition import acquisition_of

    monkeypatch.setattr(slicer, "dicomDatabase", Database(), raising=False)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    assert acquisition_of(node) == {}
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    assert acquisition_of(node) == {
        "slice_thickness_mm": 5.0,
        "kvp": 120.0,
        "convolution_kernel": "B30f",
        "patient_position": "HFP",
        "contrast": True,
    }


def test_a_database_that_fails_does_no_harm(scene_host, monkeypatch):
    from SegmentL3Lib.mrml.acquisition import acquisition_of

    monkeypatch.setattr(slicer, "dicomDatabase", object(), raising=False)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert acquisition_of(node) == {}
