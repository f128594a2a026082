"""Real patients meet the weights that have not seen them, and levels are counted from the foot."""

import logging

import numpy as np
import pytest
import SimpleITK as sitk

from DomainAdaptLib.evaluation import level_table, tissue_table
from DomainAdaptLib.training.material import DrawnSlice
from evaluation.cases import measured_slice
from SegmentL3Lib.errors import InputError


def drawn(case):
    item = measured_slice()
    return DrawnSlice(case, 4, item.hu, item.drawn, item.drawn, item.pixel_mm)


def test_each_drawn_slice_is_measured_by_the_model_of_its_patient(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(tissue_table, "read_drawn_slices", lambda data: [drawn(case) for case in "abbx"])
    monkeypatch.setattr(tissue_table, "held_out_cases", lambda name: ["a", "b"])
    monkeypatch.setattr(tissue_table, "held_out_models", lambda name, work, cases: [("one", ("a",)), ("two", ("b",))])
    monkeypatch.setattr(tissue_table, "measure", lambda item, model: (item.case, item.place, model))
    with caplog.at_level(logging.WARNING):
        measured = list(tissue_table.measured_slices(tmp_path, tmp_path))
    assert measured == [("a", "4", "one"), ("b", "4", "two"), ("b", "4", "two")]
    assert "no weights have left out x" in caplog.text


def truth(case, first="", middle="", last=""):
    return {"case": case, "first_slice": first, "middle_slice": middle, "last_slice": last}


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """A scan whose file runs from head to foot, with L3 in its slices 2 to 5."""
    folder = tmp_path / "upside"
    folder.mkdir()
    image = sitk.GetImageFromArray(np.zeros((12, 8, 8), np.int16))
    image.SetSpacing((2.0, 2.0, 3.0))
    image.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, -1))
    sitk.WriteImage(image, str(folder / "ct.nii.gz"))
    monkeypatch.setattr(level_table, "answer", lambda scan, model: scan)
    monkeypatch.setattr(level_table, "read_level_truth", lambda: [truth("upside", "2", "3", "5")])
    return tmp_path


def test_counted_slices_are_turned_with_the_scan(counted, monkeypatch):
    monkeypatch.setattr(level_table, "held_out_models", lambda name, work, cases: [(None, ("upside",))])
    (scan,) = level_table.measured_scans(counted, counted)
    assert scan.middle == 12 - 1 - 3 and scan.ends == (6, 9)
    assert scan.group == level_table.IN_SCAN and scan.volume.geometry.spacing[2] == pytest.approx(3.0)


def test_a_scan_without_l3_has_no_middle(counted, monkeypatch):
    monkeypatch.setattr(level_table, "read_level_truth", lambda: [truth("upside")])
    monkeypatch.setattr(level_table, "held_out_models", lambda name, work, cases: [(None, ("upside",))])
    (scan,) = level_table.measured_scans(counted, counted)
    assert scan.middle is None and scan.group == level_table.NOT_IN_SCAN


def test_a_scan_that_nobody_has_counted_is_refused(counted, monkeypatch):
    monkeypatch.setattr(level_table, "held_out_models", lambda name, work, cases: [(None, ("other",))])
    with pytest.raises(InputError, match="Nobody has counted the levels of other"):
        list(level_table.measured_scans(counted, counted))
