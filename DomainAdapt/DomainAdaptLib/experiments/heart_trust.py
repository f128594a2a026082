"""The experiment: does the estimate of quality that is made for L3 work for another organ and another modality?

Reverse classification accuracy and repeated answers, as in ``SegmentL3Lib.trust``, for small networks of the heart.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder

from ..evaluation.tables import Column, markdown_table, write_csv, write_markdown
from ..resources import resource_path
from ..trust.boosting import Boosting, fit_trees
from ..trust.fitting import FAILURE, error_range, failure_threshold
from .adaptation_pairs import labeled_hearts
from .heart_results import IMAGE, MASK, MODEL, STRUCTURES, UNCHANGED, heart_rows
from .page import fill_tables
from .results import Row, kept_rows
from .settings import read_settings
from .statistics import auroc

PAGE = "heart_trust.md"
COLUMNS = (
    Column("results", "Results"),
    Column("masks", "Masks"),
    Column("true_dice", "True Dice, mean", ".3f"),
    Column("mae", "Mean absolute error", ".3f"),
    Column("correlation", "Correlation", ".3f"),
    Column("coverage_percent", "True Dice in the interval, %", ".1f"),
    Column("width", "its width, median", ".2f"),
    Column("failures", "Failures"),
    Column("sensitivity", "found (sensitivity)", ".3f"),
    Column("specificity", "Specificity", ".3f"),
    Column("auroc", "AUROC", ".3f"),
)
_RISING = (0, 1, 2, 3, 5, 6)  # overlaps: with them a mask cannot get worse
_HALVES = 2
logger = logging.getLogger(__name__)


def run_experiment(data: Path, _work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page and tables.

    Args:
        data: folder with the hearts, ``acdc``.
        out: folder for the results; halves of patients that it holds are not measured again.
        seeds: number of seeds of the networks.
        settings: sizes and steps; those of ``Resources/Experiments/heart_trust.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: data are missing, or nothing can be written to a folder.
    """
    settings = settings or read_settings("heart_trust")
    out = check_writable_folder(out)
    hearts = labeled_hearts(data, settings["size"])
    rows = []
    for seed in range(seeds):
        for half in range(_HALVES):
            held_out = sorted(hearts)[half::_HALVES]
            rows += kept_rows(
                out / f"hearts-{half}-seed-{seed}.json",
                dict(settings),
                lambda held_out=held_out, seed=seed: heart_rows(hearts, held_out, {**settings, "folder": out}, seed),
            )
            logger.info("half %d of the patients, seed %d done", half, seed)
    table = summary_rows(rows, hold_out(rows, settings))
    write_csv(table, COLUMNS, out / "heart_trust.csv")
    page = resource_path("Experiments", PAGE).read_text(encoding="utf-8")
    page = fill_tables(page, {"summary": markdown_table(table, COLUMNS), "counts": _counts(rows)})
    write_markdown(page, out / PAGE)
    return page


def hold_out(rows: Sequence[Row], settings: Mapping) -> np.ndarray:
    """What is said of each row by an estimator that has not learned from its patient.

    Returns:
        Estimated Dice, lower and upper end of its interval, and 1 where a failure is feared, float (row, 4).
    """
    inputs, true, patients = _columns(rows)
    said = np.zeros((len(rows), 4))
    for fold in range(settings["folds"]):
        test = patients % settings["folds"] == fold
        if not test.any():
            continue
        known = (inputs[~test], true[~test], patients[~test])
        inner = _held_out_dice(*known, settings)
        estimates = _fitted(known[0], known[1], inputs[test], settings)
        threshold = failure_threshold(known[1], inner) if (known[1] < FAILURE).any() else 0.0
        edges = np.quantile(inner, np.linspace(0, 1, settings["bands"] + 1)[1:-1])
        ranges = [
            error_range((known[1] - inner)[np.searchsorted(edges, inner) == band], settings["coverage"])
            for band in range(settings["bands"])
        ]
        errors = np.array([ranges[band] for band in np.searchsorted(edges, estimates)])
        ends = np.clip(estimates[:, None] + errors, 0, 1)
        said[test] = np.column_stack([estimates, ends, estimates < threshold])
    return said


def summary_rows(rows: Sequence[Row], said: np.ndarray) -> list[Row]:
    """One row for the best overlap on a reference as it is, one for all, for each structure, and for each kind."""
    true = np.array([row["dice"] for row in rows])
    best = np.array([row["figures"][0] for row in rows])
    table = [
        {
            "results": "all, best overlap on a reference as it is",
            "masks": len(rows),
            "true_dice": float(true.mean()),
            "mae": float(np.abs(best - true).mean()),
            "correlation": float(np.corrcoef(best, true)[0, 1]),
            "auroc": _auroc(true, best),
        }
    ]
    groups = {"all": np.ones(len(rows), bool)}
    groups |= {name: np.array([row["structure"] == name for row in rows]) for name in STRUCTURES.values()}
    groups |= {kind: np.array([row["kind"] == kind for row in rows]) for kind in (UNCHANGED, IMAGE, MASK, MODEL)}
    return table + [_summary(name, true[own], said[own]) for name, own in groups.items() if own.any()]


def _summary(name: str, true: np.ndarray, said: np.ndarray) -> Row:
    estimates, low, high = said.T[:3]
    failed, feared = true < FAILURE, said[:, 3] > 0
    return {
        "results": name,
        "masks": len(true),
        "true_dice": float(true.mean()),
        "mae": float(np.abs(estimates - true).mean()),
        "correlation": float(np.corrcoef(estimates, true)[0, 1]),
        "coverage_percent": float(100 * ((low <= true) & (true <= high)).mean()),
        "width": float(np.median(high - low)),
        "failures": int(failed.sum()),
        "sensitivity": float(feared[failed].mean()) if failed.any() else None,
        "specificity": float((~feared)[~failed].mean()) if (~failed).any() else None,
        "auroc": _auroc(true, estimates),
    }


def _auroc(true: np.ndarray, estimates: np.ndarray) -> float | None:
    failed = true < FAILURE
    return auroc(estimates[~failed], estimates[failed]) if failed.any() and (~failed).any() else None


def _columns(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = sorted({row["patient"] for row in rows})
    inputs = np.nan_to_num(np.array([row["figures"] for row in rows]))
    return inputs, np.array([row["dice"] for row in rows]), np.array([names.index(row["patient"]) for row in rows])


def _held_out_dice(inputs: np.ndarray, true: np.ndarray, patients: np.ndarray, settings: Mapping) -> np.ndarray:
    order = np.searchsorted(np.unique(patients), patients)
    estimates = np.zeros(len(true))
    for fold in range(settings["folds"]):
        test = order % settings["folds"] == fold
        if test.any():
            estimates[test] = _fitted(inputs[~test], true[~test], inputs[test], settings)
    return estimates


def _fitted(known: np.ndarray, true: np.ndarray, asked: np.ndarray, settings: Mapping) -> np.ndarray:
    trees = fit_trees(known, true, np.ones(len(true)), Boosting(**settings["boosting"]), _RISING)
    return np.clip(trees(asked), 0, 1)


def _counts(rows: Sequence[Row]) -> str:
    patients, cases = (len({row[key] for row in rows}) for key in ("patient", "case"))
    return f"{len(rows)} masks of single structures, of {cases} images of {patients} patients."
