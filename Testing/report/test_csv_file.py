"""The result as one row."""

import csv
from dataclasses import replace

from report.finished import finished
from SegmentL3Lib.report import write_csv
from SegmentL3Lib.report.csv_file import csv_row
from SegmentL3Lib.results import Patient, StructureQuality


def written(tmp_path, **changes):
    path = tmp_path / "out.csv"
    write_csv(finished(**changes)[0], path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_there_is_one_header_and_one_row(tmp_path):
    header, row = written(tmp_path)
    assert len(header) == len(row) == len(set(header))


def test_columns_are_the_same_whatever_is_known(tmp_path):
    known = written(tmp_path, patient=Patient("male", 180.0, 80.0))
    unknown = written(tmp_path, level=None)
    assert known[0] == unknown[0]
    assert known[0][:3] == ["level", "level_certainty", "slice_index"]


def test_values_and_gaps(tmp_path):
    header, row = written(tmp_path, patient=Patient("male", 180.0, None))
    values = dict(zip(header, row, strict=True))
    assert values["sex"] == "male" and values["weight_kg"] == ""
    assert float(values["smi_cm2_per_m2"]) > 0
    assert values["bmi_kg_per_m2"] == ""
    assert values["cutoff_martin_2013_smi_cm2_per_m2"] == "not assessable"
    assert values["quality_verdict"] == "good"
    assert float(values["skeletal_muscle_area_cm2"]) > 0


def test_the_estimated_quality_has_columns_of_its_own(tmp_path):
    result, _ = finished()
    muscle = StructureQuality("skeletal_muscle", 0.93, (0.85, 0.97), (138.0, 146.0), 0.9)
    row = csv_row(replace(result, quality=replace(result.quality, structures=(muscle,), coverage=0.95)))
    assert list(row) == list(csv_row(result))
    assert (row["skeletal_muscle_dice_estimated"], row["skeletal_muscle_dice_low"]) == (0.93, 0.85)
    assert (row["skeletal_muscle_area_low_cm2"], row["skeletal_muscle_area_high_cm2"]) == (138.0, 146.0)
    assert row["quality_coverage"] == 0.95 and row["bone_dice_estimated"] is None


def test_nothing_in_it_names_the_patient(tmp_path):
    header, _ = written(tmp_path)
    assert not {"name", "patient", "id", "date", "birth"} & {part for column in header for part in column.split("_")}
