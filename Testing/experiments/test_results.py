"""Rows that are kept, and pages that are filled."""

import pytest

from DomainAdaptLib.experiments.page import fill_tables
from DomainAdaptLib.experiments.results import kept_rows
from DomainAdaptLib.experiments.summary import comparison_table, difference_table


def test_rows_are_made_once_for_the_same_settings(tmp_path):
    made = []

    def make():
        made.append(1)
        return [{"value": len(made)}]

    path = tmp_path / "rows.json"
    assert kept_rows(path, {"steps": 1}, make) == [{"value": 1}]
    assert kept_rows(path, {"steps": 1}, make) == [{"value": 1}]
    assert kept_rows(path, {"steps": 2}, make) == [{"value": 2}]


def test_tables_replace_those_of_the_page():
    page = "a\n<!-- table: x -->\nold\n<!-- end -->\nb\n<!-- table: y -->\n<!-- end -->\n"
    filled = fill_tables(page, {"x": "| 1 |", "y": "| \\2 |"})
    assert filled == "a\n<!-- table: x -->\n| 1 |\n<!-- end -->\nb\n<!-- table: y -->\n| \\2 |\n<!-- end -->\n"
    assert fill_tables(filled, {"x": "| 1 |", "y": "| \\2 |"}) == filled


def test_a_page_with_other_tables_is_refused():
    with pytest.raises(ValueError, match="tables"):
        fill_tables("<!-- table: x -->\n<!-- end -->\n", {"y": ""})


def rows():
    values = {"NDA": (10, 20), "IODA": (15, 22)}
    return [
        {
            "task": "l3",
            "pairs": 5,
            "test": "slices",
            "variant": variant,
            "seed": seed,
            "mse": 0.5,
            "jaccard_percent": value,
            "area_error_percent": 1.0,
        }
        for variant, both in values.items()
        for seed, value in enumerate(both)
    ]


def test_the_comparison_shows_mean_and_spread():
    assert "| 5 | slices | NDA | 0.5000 ± 0.0000 | 15.0 ± 7.1 | 1.0 ± 0.0 |" in comparison_table(rows())


def test_the_differences_are_paired_by_seed_whatever_the_order_of_the_rows():
    assert "| 5 | slices | IODA − NDA | +3.5 (-15.6 to +22.6) | 2 of 2 |" in difference_table(rows())
    assert difference_table(rows()[::-1]).count("+3.5 (-15.6 to +22.6)") == 1
