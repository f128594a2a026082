"""The result for programs."""

import json
from dataclasses import replace

import pytest

from report.finished import MODELS, SOFTWARE, finished
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.report import json_document, write_json
from SegmentL3Lib.results import Patient, StructureQuality


def test_agreed_keys_are_there():
    document = json_document(finished()[0])
    tissues = "subcutaneous_fat visceral_fat_150_50 visceral_fat_190_30 skeletal_muscle intermuscular_fat bowel bone"
    assert set(tissues.split()) <= set(document["area_cm2"])
    assert set(document["area_cm2"]) == set(document["mean_hu"])
    assert document["level"] == "L3"
    assert document["slice_index"] == 10
    assert document["slice_position_lps_mm"] == [1.5, -2.5, 50.0]
    assert "smi_cm2_per_m2" in document["indices"]
    assert set(document["quality"]) == {"verdict", "reasons", "coverage", "structures"}
    assert document["software"] == SOFTWARE
    assert document["models"] == [dict(model) for model in MODELS]


def test_each_reason_has_code_effect_text_and_advice():
    quality = json_document(finished(level=None)[0])["quality"]
    assert quality["verdict"] == "good"
    assert [(reason["code"], reason["effect"]) for reason in quality["reasons"]] == [("LEVEL_BY_HAND", "note")]
    assert "by hand" in quality["reasons"][0]["text"] and "sagittal" in quality["reasons"][0]["advice"]


def test_the_quality_of_a_structure_stands_under_its_name():
    result, _ = finished()
    muscle = StructureQuality("skeletal_muscle", 0.93, (0.85, 0.97), (138.0, 146.0), 0.9)
    quality = replace(result.quality, structures=(muscle, StructureQuality("bone")), coverage=0.95)
    document = json_document(replace(result, quality=quality))["quality"]
    assert document["coverage"] == 0.95
    assert document["structures"]["skeletal_muscle"] == {
        "dice": 0.93,
        "dice_interval": (0.85, 0.97),
        "area_interval_cm2": (138.0, 146.0),
        "agreement": 0.9,
    }
    assert set(document["structures"]["bone"].values()) == {None}


def test_cutoffs_say_all_that_a_reader_needs():
    for cutoff in json_document(finished(Patient("female", 165.0, 60.0))[0])["cutoffs"]:
        assert cutoff["result"] in ("below", "not below")
        assert cutoff["citation"] and cutoff["population"] and cutoff["unit"] and cutoff["threshold"] > 0


def test_unknown_is_null_with_a_reason():
    document = json_document(finished()[0])
    assert document["indices"]["smi_cm2_per_m2"] is None
    assert document["reasons"]["smi_cm2_per_m2"] == "Height is missing."


def test_a_slice_chosen_by_hand_has_no_level():
    document = json_document(finished(level=None)[0])
    assert document["level"] is None and document["level_finding"] is None


def test_the_formula_is_that_of_the_sex():
    formulas = json_document(finished(Patient("female"))[0])["formulas"]
    assert formulas["lean_body_mass_kg_boer"]["formula"].startswith("0.252")


def test_the_file_holds_the_document(tmp_path):
    result, _ = finished(Patient("male", 180.0, 80.0))
    write_json(result, tmp_path / "out.json")
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(json_document(result)))
    assert "NaN" not in text


def test_a_missing_folder_is_said_in_plain_words(tmp_path):
    with pytest.raises(InputError):
        write_json(finished()[0], tmp_path / "missing" / "out.json")
    assert list(tmp_path.iterdir()) == []
