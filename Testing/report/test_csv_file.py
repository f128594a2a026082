"""The result as one row."""

import csv

from report.finished import finished
from SegmentL3Lib.report import write_csv
from SegmentL3Lib.results import Patient


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


def test_nothing_in_it_names_the_patient(tmp_path):
    header, _ = written(tmp_path)
    assert not {"name", "patient", "id", "date", "birth"} & {part for column in header for part in column.split("_")}
