"""The bench: kept on disk, fitted without the patients it is measured on, and shown in tables and a picture."""

import math

import numpy as np
import pytest
from PIL import Image

from DomainAdaptLib.trust import bench as benching
from DomainAdaptLib.trust import fitting
from DomainAdaptLib.trust.bench import DRAWN, MASK, PHANTOM, UNCHANGED, Result
from DomainAdaptLib.trust.fitting import collect, failure_threshold, fit_estimator, hold_out, make_bands
from DomainAdaptLib.trust.scatter import write_scatter
from DomainAdaptLib.trust.table import structure_rows, summary_rows
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust.evidence import FIGURES

PATIENTS, CASES = 12, 6


def result(patient, case, structure, dice, ratio, source):
    """A result whose first figures say its Dice with a small error."""
    rng = np.random.default_rng((patient, case, len(structure)))
    figures = np.full(len(FIGURES), 0.5)
    figures[:6] = np.clip(dice + 0.03 * rng.standard_normal(6), 0, 1)
    kind = UNCHANGED if case == 0 else MASK
    name = f"{source} {patient}"
    return Result(f"{name}-{case}", name, source, kind, kind, structure, dice, 100.0, 100.0 * ratio, tuple(figures))


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(0)
    found = []
    for patient in range(PATIENTS):
        source = DRAWN if patient % 2 else PHANTOM
        for case in range(CASES):
            for label in load_labels():
                dice = 0.95 if case == 0 else rng.uniform(0.1, 1)
                found.append(
                    result(patient, case, label.id, dice, np.exp((1 - dice) * rng.standard_normal() / 3), source)
                )
    return found


@pytest.fixture(scope="module")
def bench(results):
    return collect(results)


@pytest.fixture(scope="module", autouse=True)
def few_trees():
    """The recipe with fewer trees and folds."""
    recipe = fitting.read_trust_recipe()
    boosting = {"trees": 12, "depth": 2, "rate": 0.4, "smallest_leaf": 5, "bins": 16}
    short = {**recipe["estimator"], "folds": 3, "calibration_folds": 2, "boosting": boosting, "bands": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "read_trust_recipe", lambda: {**recipe, "estimator": short})
        yield


@pytest.fixture(scope="module")
def held_out(bench, few_trees):
    return hold_out(bench)


def test_results_come_back_from_the_disk(results, tmp_path):
    benching._write(results[:3], tmp_path / "case.json")
    assert benching._read(tmp_path / "case.json") == results[:3]


def test_structures_that_are_not_in_the_mask_are_left_out(results):
    empty = Result("a", "p", DRAWN, MASK, "x", "bone", 0.0, 0.0, 30.0, (math.nan,) * len(FIGURES))
    columns = collect([*results[:6], empty])
    assert len(columns) == 6 and np.isfinite(columns.inputs).all()


def test_an_area_that_should_not_be_there_has_a_ratio_of_almost_nothing(results):
    spurious = Result("a", "p", DRAWN, MASK, "x", "bone", 0.0, 12.0, 0.0, (0.5,) * len(FIGURES))
    assert np.exp(collect([spurious]).log_ratio[0]) < 1e-6


def test_held_out_estimates_are_close_and_their_intervals_hold(bench, held_out):
    assert np.abs(held_out.dice - bench.dice).mean() < 0.05
    inside = (held_out.dice_low <= bench.dice) & (bench.dice <= held_out.dice_high)
    assert 0.85 < inside.mean() <= 1
    failed = bench.dice < fitting.FAILURE
    assert held_out.flagged[failed].mean() > 0.85 and held_out.flagged[~failed].mean() < 0.4


def test_nothing_is_learned_from_the_patient_that_is_measured(bench, monkeypatch):
    seen = []
    plain = fitting.fit
    monkeypatch.setattr(fitting, "fit", lambda part: seen.append(set(part.patients)) or plain(part))
    fitting.held_out_dice(bench, 3)
    assert [set(range(PATIENTS)) - patients for patients in seen] == [set(range(fold, 12, 3)) for fold in range(3)]


def test_the_estimator_expects_what_undisturbed_results_reach(bench):
    estimator = fit_estimator(bench)
    assert all(bands[0].dice_from == 0 and len(bands) > 1 for bands in estimator.bands.values())
    assert all(0.8 < dice < 1 for dice in estimator.expected.values())


def test_intervals_hold_the_stated_share_of_new_errors(bench):
    rng = np.random.default_rng(3)
    rows = np.tile(np.arange(len(bench)), 5)
    many = bench[rows]
    estimates = many.dice + rng.standard_normal(len(many)) * 0.1
    (band,) = make_bands(many, estimates, [0], 0.9)
    new = rng.standard_normal(20000) * 0.1
    assert np.mean((band.dice_error[0] <= new) & (new <= band.dice_error[1])) == pytest.approx(0.9, abs=0.02)


def test_the_threshold_lets_few_failures_pass():
    dice, estimates = np.r_[np.full(100, 0.5), np.full(50, 0.9)], np.r_[np.linspace(0, 1, 100), np.ones(50)]
    assert (estimates[:100] < failure_threshold(dice, estimates)).mean() == pytest.approx(0.95, abs=0.02)


def test_tables_and_picture(bench, held_out, tmp_path):
    rows = summary_rows(bench, held_out)
    assert rows[0]["masks"] == len(bench)
    assert {row["structure"] for row in rows} == {"all", *(label.name for label in load_labels())}
    assert sum(row["masks"] for row in rows if row["group"] in (DRAWN, PHANTOM)) == len(bench)
    assert len(structure_rows(bench, held_out)) == len(bench)
    write_scatter(bench, held_out, tmp_path / "scatter.png")
    with Image.open(tmp_path / "scatter.png") as image:
        assert image.width > 900
