"""Estimated quality of results on generated hearts, and its table."""

import numpy as np
import pytest

from DomainAdaptLib.experiments import heart_trust
from DomainAdaptLib.experiments.adaptation_pairs import labeled_hearts
from DomainAdaptLib.experiments.heart_results import IMAGE, MASK, MODEL, STRUCTURES, UNCHANGED, heart_rows
from DomainAdaptLib.experiments.settings import read_settings
from experiments.test_adaptation_experiment import heart
from SegmentL3Lib.errors import InputError

SETTINGS = {
    **read_settings("heart_trust"),
    "size": 48,
    "training": {"widths": [4, 8], "disturbance": 0.5, "batch": 2, "learning_rate": 0.01, "steps": [1, 12]},
    "disturbances": [2.0],
    "masks_spoiled": 1,
    "answers": 2,
}


@pytest.fixture
def folder(tmp_path):
    """Folder with generated hearts of four patients, laid out as the real ones."""
    (tmp_path / "acdc").mkdir()
    for number in range(4):
        image, labels = (np.roll(part, 7 * number, axis=2) for part in heart(number))
        np.savez(tmp_path / "acdc" / f"patient{number}_frame01.npz", image=image, label=labels)
    return tmp_path


def test_results_are_of_patients_that_are_held_out_and_of_all_kinds(folder):
    hearts = labeled_hearts(folder, SETTINGS["size"])
    rows = heart_rows(hearts, ["patient1"], {**SETTINGS, "folder": folder}, 0)
    assert {row["patient"] for row in rows} == {"patient1"}
    assert {row["kind"] for row in rows} <= {UNCHANGED, IMAGE, MASK, MODEL}
    assert {row["structure"] for row in rows} <= set(STRUCTURES.values()) and rows
    assert all(0 <= row["dice"] <= 1 and np.isfinite(row["figures"]).all() for row in rows)
    assert rows == heart_rows(hearts, ["patient1"], {**SETTINGS, "folder": folder}, 0)


def made_rows(count=240, patients=12):
    rng = np.random.default_rng(0)
    true = rng.uniform(0.3, 1, count)
    figures = np.clip(true[:, None] + rng.normal(0, 0.05, (count, 16)), 0, 1)
    names = list(STRUCTURES.values())
    return [
        {
            "patient": f"patient{number % patients:02d}",
            "case": f"case {number}",
            "kind": (UNCHANGED, IMAGE, MASK, MODEL)[number % 4],
            "structure": names[number % 3],
            "dice": float(true[number]),
            "figures": figures[number].tolist(),
        }
        for number in range(count)
    ]


def test_the_estimate_follows_the_evidence_and_its_intervals_hold():
    rows = made_rows()
    settings = {**SETTINGS, "folds": 3, "boosting": {**SETTINGS["boosting"], "trees": 40}}
    table = heart_trust.summary_rows(rows, heart_trust.hold_out(rows, settings))
    alone, everything, *_ = table
    assert alone["results"].startswith("all, best") and len(table) == 2 + 3 + 4
    assert everything["correlation"] > 0.95 and everything["mae"] < alone["mae"]
    assert 88 <= everything["coverage_percent"] <= 100
    assert everything["sensitivity"] > 0.85 and everything["specificity"] > 0.7


def test_the_page_is_filled(folder, monkeypatch):
    monkeypatch.setattr(heart_trust, "heart_rows", lambda *_: made_rows())
    settings = {**SETTINGS, "folds": 2, "boosting": {**SETTINGS["boosting"], "trees": 5}}
    page = heart_trust.run_experiment(folder, folder, folder / "out", 1, settings)
    assert "| left ventricle | 160 |" in page and (folder / "out" / "heart_trust.csv").exists()


def test_missing_hearts_are_said(tmp_path):
    with pytest.raises(InputError, match="acdc"):
        labeled_hearts(tmp_path, 48)
