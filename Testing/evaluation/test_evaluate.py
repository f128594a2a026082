"""The command that regenerates the accuracy tables."""

import csv
import re

import pytest
import torch

from DomainAdaptLib.cli import main
from DomainAdaptLib.evaluation import evaluate
from DomainAdaptLib.evaluation.evaluate import evaluate_level, evaluate_phantom_tissue, evaluate_tissue
from DomainAdaptLib.resources import resource_path
from DomainAdaptLib.training.recipe import read_recipe, recipe_names, weights_path
from DomainAdaptLib.training.shipping import ship
from evaluation.cases import level_answer, measured_slice
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.networks import build_network


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_tissue_is_written_as_page_tables_and_pictures_of_the_worst_slices(tmp_path):
    slices = [measured_slice("a", "4"), measured_slice("b", "7", shift=5), measured_slice("c", "2", shift=2)]
    text = evaluate_tissue(iter(slices), tmp_path, pictures=2)
    assert [row["case"] for row in read(tmp_path / "tissue.csv") if row["tissue"] == "skeletal_muscle"] == list("abc")
    assert len(read(tmp_path / "tissue-summary.csv")) == 6
    assert "| b | 7 |" in (tmp_path / "tissue.md").read_text(encoding="utf-8") and "| b | 7 |" in text
    pictures = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert pictures == ["tissue-1-b-7.png", "tissue-2-c-2.png"]


def test_level_is_written_with_its_calibration(tmp_path):
    text = evaluate_level(iter([level_answer(21.0), level_answer(36.0, certainty=0.97)]), tmp_path, pictures=1)
    assert [row["outcome"] for row in read(tmp_path / "level.csv")] == ["right", "wrong"]
    assert sum(int(row["answers"]) for row in read(tmp_path / "level-calibration.csv")) == 2
    assert "Brier score" in text and "Brier score" in (tmp_path / "level.md").read_text(encoding="utf-8")
    assert len(list((tmp_path / "pictures").iterdir())) == 1


def test_nothing_to_measure_is_an_error_and_not_an_empty_table(tmp_path):
    with pytest.raises(InputError, match="nothing to measure"):
        evaluate_phantom_tissue(iter([]), tmp_path)


def test_phantoms_need_neither_scans_nor_weights_of_training(tmp_path, monkeypatch, capsys):
    slices = [measured_slice(f"phantom {number}", "L1", "ordinary") for number in range(3)]
    monkeypatch.setattr(evaluate, "measured_phantom_slices", lambda model, count, workers: slices[:count])
    answers = [level_answer(21.0, group="usual"), level_answer(None, middle=None, group="absent")]
    monkeypatch.setattr(evaluate, "measured_phantom_scans", lambda model, count, workers: answers[:count])
    assert main(["evaluate", "phantoms", "--out", str(tmp_path), "--phantoms", "2", "--pictures", "0"]) == 0
    assert len(read(tmp_path / "phantom-tissue.csv")) == 2 * 6 and not (tmp_path / "pictures").exists()
    assert [row["group"] for row in read(tmp_path / "phantom-level-summary.csv")] == ["usual", "absent"]
    assert "| absent | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["tissue"], 2, "give --data"),
        (["all", "--data", "."], 3, "no reference scans"),
        (["phantoms", "--phantoms", "0"], 2, "1 or more"),
    ],
)
def test_wrong_usage_is_refused_in_words(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == code
    assert words in capsys.readouterr().err


def test_a_patient_that_was_never_left_out_is_refused(tmp_path, capsys):
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "ct.nii.gz").touch()
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--cases", "somebody"]
    assert main(["evaluate", "tissue", *arguments]) == 3
    assert "somebody" in capsys.readouterr().err


@pytest.mark.parametrize("name", recipe_names())
def test_the_card_of_a_package_shows_the_figures(name, tmp_path):
    torch.save(
        build_network(read_recipe(name)["network_def"]).half().state_dict(), weights_path(name, "final", tmp_path)
    )
    (tmp_path / "models").mkdir()
    template = resource_path("Recipes", f"{name}.md").read_text(encoding="utf-8")
    sections = {placeholder: f"| {placeholder} |" for placeholder in re.findall(r"\{(\w+)\}", template)}
    assert "figures" in sections
    ship(name, tmp_path, sections, tmp_path / "models")
    card = (tmp_path / "models" / name / "docs" / "README.md").read_text(encoding="utf-8")
    assert all(text in card for text in sections.values()) and "{" not in card
