"""Tables as Markdown and CSV."""

import csv

import pytest

from DomainAdaptLib.evaluation.tables import Column, markdown_table, write_csv
from DomainAdaptLib.evaluation.worst import Worst
from SegmentL3Lib.errors import InputError

COLUMNS = (Column("case", "Case"), Column("error_mm", "Error, mm", "+.1f"), Column("right", "Right"))
ROWS = [
    {"case": "a", "error_mm": 1.23456, "right": True, "more": 1},
    {"case": "b", "error_mm": float("nan"), "right": False},
    {"case": "c", "error_mm": None},
]


def test_markdown_is_rounded_and_shows_a_dash_where_nothing_is_known():
    assert markdown_table(ROWS, COLUMNS).splitlines() == [
        "| Case | Error, mm | Right |",
        "|---|---|---|",
        "| a | +1.2 | yes |",
        "| b | – | no |",
        "| c | – | – |",
    ]


def test_csv_keeps_the_digits_and_leaves_unknown_cells_empty(tmp_path):
    write_csv(ROWS, COLUMNS, tmp_path / "table.csv")
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["case", "error_mm", "right"]
    assert rows == [["a", "1.23456", "True"], ["b", "", "False"], ["c", "", ""]]


def test_a_table_that_cannot_be_written_is_an_error_in_words(tmp_path):
    with pytest.raises(InputError, match="folder does not exist"):
        write_csv(ROWS, COLUMNS, tmp_path / "missing" / "table.csv")


def test_the_worst_cases_are_kept_the_worst_first():
    worst = Worst(2)
    for badness, case in ((0.1, {"a"}), (0.7, {"b"}), (0.3, {"c"}), (0.7, {"d"}), (0.2, {"e"})):
        worst.offer(badness, case)
    assert worst.cases() == [{"b"}, {"d"}]


def test_no_case_is_kept_where_none_is_wanted():
    worst = Worst(0)
    worst.offer(1.0, "a")
    assert worst.cases() == []
