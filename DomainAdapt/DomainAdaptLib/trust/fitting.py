"""Fit the estimator to results with known Dice; measure it on patients that it has not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust.estimator import SHARED, Band, Estimator, band_of, input_names, inputs
from SegmentL3Lib.trust.evidence import FIGURES
from SegmentL3Lib.trust.trees import Trees

from .bench import DRAWN, UNCHANGED, Result
from .boosting import Boosting, fit_trees
from .recipe import read_trust_recipe

# Figures with which a mask cannot get worse.
RISING = ("reverse_best", "reverse_best_three", "reverse_mean", "atlas_dice", "samples_dice", "samples_lowest_dice")
FAILURE, SENSITIVITY = 0.8, 0.95
_NO_AREA = -20.0  # logarithm that stands for an area of 0


@dataclass(frozen=True, eq=False)
class Bench:
    """Structures that are in their masks, as columns.

    Attributes:
        results: one for each row.
        inputs: of ``estimator.inputs``, float (row, column).
        dice: true Dice, float (row,).
        log_ratio: logarithm of the true over the measured area, float (row,).
        patients: float (row,), a number for each patient.
    """

    results: tuple[Result, ...]
    inputs: np.ndarray
    dice: np.ndarray
    log_ratio: np.ndarray
    patients: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Bench":
        numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
        chosen = tuple(self.results[number] for number in numbers)
        return Bench(chosen, *(getattr(self, name)[numbers] for name in ("inputs", "dice", "log_ratio", "patients")))

    def __len__(self) -> int:
        return len(self.results)


def collect(results: Sequence[Result]) -> Bench:
    """The bench as columns; structures that are not in their mask are left out, their Dice is 0 or not defined."""
    groups: dict[tuple, dict[str, Result]] = {}
    for result in results:
        groups.setdefault((result.case, result.kind, result.ruin), {})[result.structure] = result
    chosen, rows = [], []
    for group in groups.values():
        empty = (np.nan,) * len(FIGURES)
        figures = np.array([group[label.id].figures if label.id in group else empty for label in load_labels()])
        for label, row in zip(load_labels(), inputs(figures), strict=True):
            if label.id in group and group[label.id].area_cm2 > 0:
                chosen.append(group[label.id])
                rows.append(row)
    names = sorted({result.patient for result in chosen})
    ratio = [np.log(item.true_cm2 / item.area_cm2) if item.true_cm2 else _NO_AREA for item in chosen]
    return Bench(
        tuple(chosen),
        np.array(rows),
        np.array([result.dice for result in chosen]),
        np.array(ratio),
        np.array([names.index(result.patient) for result in chosen]),
    )


def fit_estimator(bench: Bench) -> Estimator:
    """Trees on all rows; intervals from the errors on patients that trees had not learned from (``held_out_dice``).

    Conformal intervals whose scores come from cross-validation: Vovk, Annals of Mathematics and Artificial
    Intelligence 74, 2015; Barber et al., Annals of Statistics 49(1), 2021. Quantiles for each structure and band of
    the estimate make them wide where the estimator is unsure (Mondrian: Vovk et al., Algorithmic Learning in a Random
    World, 2005).
    """
    settings = read_trust_recipe()["estimator"]
    estimates = held_out_dice(bench, settings["folds"])
    return Estimator(
        trees=fit(bench),
        bands=bands_by_structure(bench, estimates),
        coverage=settings["coverage"],
        expected=expected_dice(bench, estimates),
    )


def held_out_dice(bench: Bench, folds: int) -> np.ndarray:
    """Estimate of each row by trees that have not learned from its patient, float (row,)."""
    estimates = np.zeros(len(bench))
    for fold in range(folds):
        test = bench.patients % folds == fold
        estimates[test] = np.clip(fit(bench[~test])(bench.inputs[test]), 0, 1)
    return estimates


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What is said of each row by an estimator that has not learned from its patient, float or boolean (row,).

    Attributes:
        dice: estimate.
        dice_low, dice_high: ends of its interval.
        ratio_low, ratio_high: ends of the interval of the true over the measured area.
        flagged: whether the estimate is so low that the true Dice may be below ``FAILURE``.
        warned: whether it is below what undisturbed results reach, so that the verdict would say so.
    """

    dice: np.ndarray
    dice_low: np.ndarray
    dice_high: np.ndarray
    ratio_low: np.ndarray
    ratio_high: np.ndarray
    flagged: np.ndarray
    warned: np.ndarray


def hold_out(bench: Bench) -> HeldOut:
    """Fit without some patients and estimate theirs, until all patients have had their turn.

    Trees, intervals and the threshold for failures all come from the other patients.
    """
    settings = read_trust_recipe()["estimator"]
    columns = np.zeros((len(bench), 7))
    for fold in range(settings["folds"]):
        test = bench.patients % settings["folds"] == fold
        known, unknown = bench[~test], bench[test]
        inner = held_out_dice(known, settings["calibration_folds"])
        bands = bands_by_structure(known, inner)
        estimates = np.clip(fit(known)(unknown.inputs), 0, 1)
        threshold, expected = failure_threshold(known.dice, inner), expected_dice(known, inner)
        columns[test] = [
            (
                *(dice, *np.clip(np.add(dice, band.dice_error), 0, 1), *band.area_ratio),
                *(dice < threshold, dice < expected[result.structure]),
            )
            for dice, result in zip(estimates, unknown.results, strict=True)
            for band in (band_of(bands[result.structure], dice),)
        ]
    return HeldOut(*columns.T[:5], *(columns.T[5:] > 0))


def failure_threshold(dice: np.ndarray, estimates: np.ndarray) -> float:
    """Estimate below which all but the allowed share of the failures lie."""
    return float(np.quantile(estimates[dice < FAILURE], SENSITIVITY, method="higher")) + 1e-9


def fit(bench: Bench) -> Trees:
    """Trees by the recipe; drawn slices and phantoms weigh equally, and so do the patients of each."""
    settings = read_trust_recipe()["estimator"]
    rising = [input_names().index(name) for name in (*RISING, *(f"mean_{name}" for name in SHARED))]
    return fit_trees(bench.inputs, bench.dice, _weights(bench), Boosting(**settings["boosting"]), rising)


def _weights(bench: Bench) -> np.ndarray:
    drawn = np.array([result.source == DRAWN for result in bench.results])
    counts = np.bincount(bench.patients)[bench.patients]
    weights = 1.0 / counts
    for source in (drawn, ~drawn):
        if source.any():
            weights[source] /= weights[source].sum()
    return weights / weights.mean()


def bands_by_structure(bench: Bench, estimates: np.ndarray) -> dict[str, tuple[Band, ...]]:
    """Ends of the intervals of each structure, for ranges with as many estimates each."""
    settings = read_trust_recipe()["estimator"]
    structures = np.array([result.structure for result in bench.results])
    bands = {}
    for label in load_labels():
        own = structures == label.id
        inner_edges = np.quantile(estimates[own], np.linspace(0, 1, settings["bands"] + 1)[1:-1])
        edges = [0.0, *np.round(inner_edges, 4)]
        bands[label.id] = make_bands(bench[own], estimates[own], edges, settings["coverage"])
    return bands


def make_bands(bench: Bench, estimates: np.ndarray, edges: Sequence[float], coverage: float) -> tuple[Band, ...]:
    """Ends of the intervals for ranges of the estimate that begin at ``edges``, the first of them 0."""
    place = np.searchsorted(edges, estimates, side="right") - 1
    return tuple(
        Band(
            float(edge),
            error_range(bench.dice[place == number] - estimates[place == number], coverage),
            tuple(float(np.exp(end)) for end in error_range(bench.log_ratio[place == number], coverage)),
        )
        for number, edge in enumerate(edges)
    )


def error_range(errors: np.ndarray, coverage: float) -> tuple[float, float]:
    """Range in which a new error of the same kind lies with at least this probability."""
    ordered, count = np.sort(errors), len(errors)
    left_out = int((1 - coverage) / 2 * (count + 1))
    if left_out < 1:
        return float(ordered[0]), float(ordered[-1])
    return float(ordered[left_out - 1]), float(ordered[count - left_out])


def expected_dice(bench: Bench, estimates: np.ndarray) -> dict[str, float]:
    """Estimate of each structure that all but a few undisturbed results reach."""
    percentile = read_trust_recipe()["estimator"]["expected_percentile"]
    usual = np.array([result.kind == UNCHANGED for result in bench.results])
    structures = np.array([result.structure for result in bench.results])
    return {
        label.id: float(np.percentile(estimates[usual & (structures == label.id)], percentile))
        for label in load_labels()
    }
