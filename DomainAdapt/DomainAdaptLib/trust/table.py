"""How good the estimates of quality are: tables and a picture of the bench."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust.estimator import input_names

from ..evaluation.tables import Column, markdown_table, write_csv, write_markdown
from ..experiments.statistics import auroc
from .bench import DRAWN, PHANTOM, UNCHANGED, Result, run_bench
from .fitting import FAILURE, Bench, HeldOut, collect, held_out_dice, hold_out
from .recipe import read_trust_recipe
from .scatter import write_scatter

ALL, MUSCLE = "all", "skeletal_muscle"
COLUMNS = (
    Column("group", "Results"),
    Column("structure", "Structure"),
    Column("masks", "Masks"),
    Column("true_dice", "True Dice, mean", ".3f"),
    Column("mae", "Mean absolute error", ".3f"),
    Column("bias", "bias", "+.3f"),
    Column("correlation", "Correlation", ".3f"),
    Column("dice_coverage_percent", "True Dice in the interval, %", ".1f"),
    Column("dice_width", "its width, median", ".2f"),
    Column("failures", "Failures"),
    Column("sensitivity", "found (sensitivity)", ".3f"),
    Column("specificity", "Specificity", ".3f"),
    Column("auroc", "AUROC", ".3f"),
    Column("warned_percent", "Below what is usual, %", ".1f"),
    Column("area_coverage_percent", "True area in the interval, %", ".1f"),
    Column("area_width_percent", "its width, median, % of the area", ".1f"),
)
EVIDENCE_COLUMNS = (
    Column("evidence", "Estimated from"),
    Column("mae", "Mean absolute error", ".3f"),
    Column("correlation", "Correlation", ".3f"),
    Column("auroc", "AUROC of failures", ".3f"),
)
ROW_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("case", "patient", "source", "kind", "ruin", "structure", "true_dice", "dice", "dice_low", "dice_high"),
        *("area_cm2", "true_cm2", "area_low_cm2", "area_high_cm2", "flagged"),
    )
)
_REVERSE = ("reverse_best", "reverse_best_three", "reverse_mean")
_ATLAS = ("atlas_dice", "atlas_area_ratio")
_SAMPLES = (
    *("samples_dice", "samples_lowest_dice", "samples_iou", "samples_area_variation", "samples_area_ratio"),
    *("entropy", "mutual_information"),
)
_STRUCTURES = tuple(label.id for label in load_labels())
EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "reverse classification": (*_REVERSE, "mean_reverse_best_three"),
    "reverse classification and known slices as atlas": (
        *_REVERSE,
        *_ATLAS,
        *("mean_reverse_best_three", "mean_atlas_dice"),
    ),
    "repeated answers of the model": (*_SAMPLES, "mean_samples_dice"),
    "label auto-encoder": ("plausibility", "mean_plausibility"),
    "all but the label auto-encoder": tuple(name for name in input_names() if "plausibility" not in name),
    "all": input_names(),
}


def evaluate_trust(data: Path, work: Path, out: Path) -> str:
    """Write ``trust.md``, ``trust.csv``, ``trust-summary.csv``, ``trust-evidence.csv`` and ``trust.png``.

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the tissue recipe's runs; the bench is kept there.
        out: folder for tables and picture; made where it is missing.

    Returns:
        All tables as Markdown.
    """
    folder = check_writable_folder(out)
    results = run_bench(data, work)
    bench = collect(results)
    held_out = hold_out(bench)
    summary, evidence = summary_rows(bench, held_out), evidence_rows(bench)
    write_csv(structure_rows(bench, held_out), ROW_COLUMNS, folder / "trust.csv")
    write_csv(summary, COLUMNS, folder / "trust-summary.csv")
    write_csv(evidence, EVIDENCE_COLUMNS, folder / "trust-evidence.csv")
    write_scatter(bench, held_out, folder / "trust.png")
    text = f"{summary_text(results, bench, summary, evidence)}\n\n{verdict_text(bench, held_out)}"
    write_markdown(f"# Estimated quality against the truth\n\n{text}", folder / "trust.md")
    return text


def summary_text(results: Sequence[Result], bench: Bench, summary, evidence) -> str:
    """The tables with what they were measured on."""
    settings = read_trust_recipe()["estimator"]
    masks = {(result.case, result.kind, result.ruin) for result in results}
    patients = {source: len({item.patient for item in results if item.source == source}) for source in (DRAWN, PHANTOM)}
    return (
        f"{len(masks)} results ({len(bench)} masks of single structures) of {patients[DRAWN]} patients with drawn "
        f"slices and {patients[PHANTOM]} phantoms. Everything, intervals and thresholds included, was fitted without "
        f"the patients that it was measured on ({settings['folds']} folds), and the references of a patient are left "
        f"out for its own results. Intervals: {100 * settings['coverage']:g} %. Failure: true Dice below {FAILURE:g}. "
        "Structures that are not in the mask at all are not counted.\n\n"
        f"{markdown_table(summary, COLUMNS)}\n\nWhat the Dice is estimated from:\n\n"
        f"{markdown_table(evidence, EVIDENCE_COLUMNS)}"
    )


def verdict_text(bench: Bench, held_out: HeldOut) -> str:
    """How often the estimate moves the verdict, as sentences."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for row, result in enumerate(bench.results):
        groups.setdefault((result.case, result.kind, result.ruin), []).append(row)
    usual, failed = [], []
    for (_, kind, _), rows in groups.items():
        warned = held_out.warned[rows].any()
        if kind == UNCHANGED:
            usual.append(warned)
        if any(bench.results[row].structure == MUSCLE and bench.dice[row] < FAILURE for row in rows):
            failed.append(warned)
    return (
        f"The estimate asks for a check of {100 * np.mean(usual):.0f} % of the {len(usual)} undisturbed results, and "
        f"of {100 * np.mean(failed):.0f} % of the {len(failed)} results whose muscle has a true Dice below {FAILURE:g}."
    )


def summary_rows(bench: Bench, held_out: HeldOut) -> list[dict[str, object]]:
    """One row for all, for each structure, for each kind of result, for each source."""
    rows = [_summary(ALL, ALL, bench, held_out, np.ones(len(bench), bool))]
    for label in load_labels():
        rows.append(_summary(ALL, label.name, bench, held_out, _where(bench, structure=label.id)))
    for source in (DRAWN, PHANTOM):
        rows.append(_summary(source, ALL, bench, held_out, _where(bench, source=source)))
        for kind in sorted({result.kind for result in bench.results if result.source == source}):
            chosen = _where(bench, source=source, kind=kind)
            rows.append(_summary(f"{source}, {_KINDS[kind]}", ALL, bench, held_out, chosen))
    return rows


_KINDS = {
    "unchanged": "undisturbed",
    "image": "image spoiled",
    "mask": "mask spoiled",
    "model": "worse model",
    "level": "other level",
}


def evidence_rows(bench: Bench) -> list[dict[str, object]]:
    """What each kind of evidence gives alone, for ``EVIDENCE_COLUMNS``; the uncalibrated value of Valindria first."""
    raw = bench.inputs[:, input_names().index("reverse_best")]
    rows = [_evidence_row("best overlap on a reference, as it is", bench, raw)]
    folds = read_trust_recipe()["estimator"]["folds"]
    for name, columns in EVIDENCE.items():
        kept = np.isin(input_names(), (*columns, *_STRUCTURES))
        rows.append(_evidence_row(name, bench, held_out_dice(replace(bench, inputs=bench.inputs * kept), folds)))
    return rows


def structure_rows(bench: Bench, held_out: HeldOut) -> list[dict[str, object]]:
    """One row for each mask of a structure, for ``ROW_COLUMNS``."""
    return [
        {
            **{key: getattr(result, key) for key in ("case", "patient", "source", "kind", "ruin", "structure")},
            "true_dice": result.dice,
            **{key: float(getattr(held_out, key)[row]) for key in ("dice", "dice_low", "dice_high")},
            "area_cm2": result.area_cm2,
            "true_cm2": result.true_cm2,
            "area_low_cm2": float(result.area_cm2 * held_out.ratio_low[row]),
            "area_high_cm2": float(result.area_cm2 * held_out.ratio_high[row]),
            "flagged": bool(held_out.flagged[row]),
        }
        for row, result in enumerate(bench.results)
    ]


def _where(bench: Bench, **wanted: str) -> np.ndarray:
    return np.array([all(getattr(item, key) == value for key, value in wanted.items()) for item in bench.results])


def _summary(group: str, structure: str, bench: Bench, held_out: HeldOut, chosen: np.ndarray) -> dict[str, object]:
    true, dice = bench.dice[chosen], held_out.dice[chosen]
    low, high = held_out.dice_low[chosen], held_out.dice_high[chosen]
    ratio, ratio_low, ratio_high = (
        values[chosen] for values in (np.exp(bench.log_ratio), held_out.ratio_low, held_out.ratio_high)
    )
    failed, flagged = true < FAILURE, held_out.flagged[chosen]
    return {
        "group": group,
        "structure": structure,
        "masks": int(chosen.sum()),
        "true_dice": float(true.mean()),
        "mae": float(np.abs(dice - true).mean()),
        "bias": float((dice - true).mean()),
        "correlation": float(np.corrcoef(dice, true)[0, 1]),
        "dice_coverage_percent": float(100 * ((low <= true) & (true <= high)).mean()),
        "dice_width": float(np.median(high - low)),
        "failures": int(failed.sum()),
        "sensitivity": float(flagged[failed].mean()) if failed.any() else None,
        "specificity": float((~flagged)[~failed].mean()) if (~failed).any() else None,
        "auroc": _auroc(true, dice),
        "warned_percent": float(100 * held_out.warned[chosen].mean()),
        "area_coverage_percent": float(100 * ((ratio_low <= ratio) & (ratio <= ratio_high)).mean()),
        "area_width_percent": float(100 * np.median(ratio_high - ratio_low)),
    }


def _auroc(true: np.ndarray, dice: np.ndarray) -> float | None:
    failed = true < FAILURE
    return auroc(dice[~failed], dice[failed]) if failed.any() and (~failed).any() else None


def _evidence_row(name: str, bench: Bench, dice: np.ndarray) -> dict[str, object]:
    return {
        "evidence": name,
        "mae": float(np.abs(dice - bench.dice).mean()),
        "correlation": float(np.corrcoef(dice, bench.dice)[0, 1]),
        "auroc": _auroc(bench.dice, dice),
    }
