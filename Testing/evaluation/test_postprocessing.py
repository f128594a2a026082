"""Postprocessing is adopted where it helps cases on which it was not chosen, and nowhere else."""

import csv

import numpy as np
import pytest

from DomainAdaptLib.cli import main
from DomainAdaptLib.evaluation.postprocessing import (
    NONE,
    Case,
    candidates_of,
    choose,
    compare,
    evaluate_postprocessing,
    read_cases,
    summarize,
)
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.tasks import find_task
from SegmentL3Lib.volume import LabelMap
from SegmentL3Lib.writing import write_segmentation

LESION = "brain_lesion"


@pytest.fixture
def task():
    return find_task("brain_lesions_3d")


def case(name, speckles, holes=0, seed=0):
    """A lesion of 8 x 8 x 8 voxels, found with as many single voxels elsewhere and holes in it."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((20, 30, 30), np.uint8)
    truth[4:12, 4:12, 4:12] = 1
    found = truth.copy()
    for z, y, x in rng.integers((14, 0, 0), (20, 15, 15), (speckles, 3)):
        found[z, 2 * y, 2 * x] = 1
    for z, y, x in rng.integers(6, 10, (holes, 3)):
        found[z, y, x] = 0
    return Case(name, LabelMap(found), LabelMap(truth))


def test_removing_speckles_is_adopted_where_there_are_speckles(task):
    rows = compare([case("a", 30, seed=1), case("b", 40, seed=2), case("c", 20, seed=3)], task)
    choice = choose(rows, LESION)
    assert choice.adopted == "0.003 ml at least"
    assert choice.dice_left_out == pytest.approx(1.0)
    assert choice.dice_without < 0.99


def test_nothing_is_adopted_where_nothing_helps(task):
    choice = choose(compare([case("a", 0), case("b", 0)], task), LESION)
    assert choice.adopted == NONE
    assert choice.dice_left_out == choice.dice_without == 1.0


def test_what_helps_one_case_and_hurts_the_others_is_not_adopted(task):
    def only(name, kept):
        """Two lesions, of which the small one is true in some cases only."""
        found = np.zeros((9, 20, 20), np.uint8)
        found[1:7, 1:7, 1:7], found[2:4, 12:14, 12:15] = 1, 1
        truth = found.copy()
        truth[2:4, 12:14, 12:15] = kept
        return Case(name, LabelMap(found), LabelMap(truth))

    cases = [only("a", 0), only("b", 1), only("c", 1), only("d", 1)]
    rows = compare(cases, task)
    assert any(row["dice"] == 1.0 and row["candidate"] != NONE for row in rows if row["case"] == "a")
    assert choose(rows, LESION).adopted == NONE


def test_figures_of_each_case_are_those_that_can_be_counted(task):
    rows = compare([case("a", 5, seed=4)], task)
    plain = next(row for row in rows if row["candidate"] == NONE)
    cleaned = next(row for row in rows if row["candidate"] == "0.003 ml at least")
    speckles = int(case("a", 5, seed=4).found.array.sum()) - 512
    assert plain["dice"] == pytest.approx(2 * 512 / (1024 + speckles))
    assert (plain["recall"], plain["false_parts"]) == (1.0, speckles)
    assert (cleaned["dice"], cleaned["false_parts"]) == (1.0, 0)
    assert cleaned["consistency"] == 1.0
    assert plain["consistency"] < 1.0


def test_summary_counts_better_and_worse_cases(task):
    summary = summarize(compare([case("a", 9), case("b", 0)], task), LESION)
    row = next(row for row in summary if row["candidate"] == "0.003 ml at least")
    assert (row["better"], row["worse"]) == (1, 0)
    assert summary[0]["candidate"] == NONE


def test_largest_part_is_never_tried_on_lesions(task):
    steps = [step.step for steps in candidates_of(task, LESION).values() for step in steps]
    assert "largest_component" not in steps
    organ = [step.step for steps in candidates_of(task, "liver").values() for step in steps]
    assert "largest_component" in organ


@pytest.fixture
def table(tmp_path, task):
    with (tmp_path / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("case", "found", "truth"))
        for each in (case("a", 9, seed=5), case("b", 7, seed=6)):
            for key in ("found", "truth"):
                write_segmentation(getattr(each, key), task.label_entries(), tmp_path / f"{each.name}_{key}.seg.nrrd")
            writer.writerow((each.name, f"{each.name}_found.seg.nrrd", f"{each.name}_truth.seg.nrrd"))
    return tmp_path / "cases.csv"


def test_command_writes_tables_and_says_what_to_adopt(table, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["postprocessing", "--cases", str(table), "--task", "brain_lesions_3d", "--out", str(out)]) == 0
    assert "Adopted: 0.003 ml at least." in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"postprocessing.csv", "postprocessing.md"}


def test_one_case_is_too_few(table, tmp_path, task):
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="two cases at least"):
        evaluate_postprocessing(table, task, tmp_path)


def test_table_that_is_none_is_explained(tmp_path, task):
    (tmp_path / "cases.csv").write_text("name,file\na,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="columns case, found and truth"):
        read_cases(tmp_path / "cases.csv", task)
