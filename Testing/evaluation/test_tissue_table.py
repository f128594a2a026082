"""Tables of drawn and of generated slices."""

import pytest

from DomainAdaptLib.evaluation import phantom_table, tissue_table
from DomainAdaptLib.evaluation.slices import slice_rows
from DomainAdaptLib.synthesis.structures import TISSUES
from evaluation.cases import MUSCLE, measured_slice
from SegmentL3Lib.labels import load_labels


def rows_of(*slices):
    return [row for item in slices for row in slice_rows(item)]


def muscle_of(rows):
    return next(row for row in rows if row["tissue"] == "Skeletal muscle")


def test_drawn_values_are_those_of_the_labels():
    assert {label.value: label.id for label in load_labels()} == dict(enumerate(TISSUES[1:7], start=1))


def test_a_slice_has_a_row_for_each_tissue():
    rows = slice_rows(measured_slice(shift=5))
    assert [row["tissue"] for row in rows] == [label.id for label in load_labels()]
    assert rows[MUSCLE - 1]["dice"] == 0.5 and rows[MUSCLE - 1]["area_error_percent"] == 0


def test_pixels_differ_where_tissue_was_missed_added_or_taken_for_another():
    item = measured_slice(shift=5)
    assert item.differs.sum() == 2 * 5 * 20
    assert item.disagreement == pytest.approx(200 / 2500)
    assert measured_slice().disagreement == 0


def test_a_patient_with_many_slices_weighs_no_more_among_patients():
    rows = rows_of(measured_slice("a"), measured_slice("a"), measured_slice("b", shift=5), measured_slice("a"))
    summary = muscle_of(tissue_table.summary_rows(rows))
    assert (summary["slices"], summary["patients"]) == (4, 2)
    assert summary["mean_dice"] == pytest.approx(3.5 / 4)
    assert summary["mean_dice_of_patients"] == pytest.approx(0.75)
    assert summary["lowest_dice"] == 0.5


def test_the_table_of_the_card_has_a_line_for_each_slice_and_a_dash_for_a_tissue_that_is_not_there():
    lines = tissue_table.dice_text(rows_of(measured_slice("a", "4", shift=5), measured_slice("b", "7"))).splitlines()
    assert len(lines) == 4
    assert "| 0.500 (+0.0 %) |" in lines[2] and lines[3].startswith("| b | 7 | 1.000 (+0.0 %) | – |")


def test_the_page_of_cases_has_a_table_for_each_tissue():
    text = tissue_table.case_text(rows_of(measured_slice("a"), measured_slice("b")))
    assert text.count("### ") == len(load_labels()) and text.count("| b |") == len(load_labels())


def test_generated_slices_are_summed_up_by_group_and_altogether():
    slices = [measured_slice(group="ordinary") for _ in range(3)] + [measured_slice(group="hard", shift=5)]
    rows = [row for row in phantom_table.summary_rows(rows_of(*slices)) if row["tissue"] == "Skeletal muscle"]
    assert [(row["group"], row["slices"]) for row in rows] == [("all", 4), ("ordinary", 3), ("hard", 1)]
    assert [row["mean_dice"] for row in rows] == [pytest.approx(0.875), 1.0, 0.5]
    assert rows[0]["median_dice"] == 1 and rows[0]["low_dice"] < 0.6
