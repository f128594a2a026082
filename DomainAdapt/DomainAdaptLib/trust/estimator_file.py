"""The estimator's file, and the page that says what it was made from and how good it is."""

import json
from pathlib import Path

from SegmentL3Lib.files import atomic_path, check_writable_folder
from SegmentL3Lib.trust.estimator import SHIPPED, Band, Estimator, input_names

from ..evaluation.tables import write_markdown
from ..resources import resource_path
from .bench import run_bench
from .fitting import collect, fit_estimator
from .table import evaluate_trust


def make_estimator(data: Path, work: Path, out: Path) -> None:
    """Run the bench, fit the estimator to it, measure it, and write ``estimator.json`` and ``README.md``.

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the tissue recipe's runs; bench and tables are kept in it.
        out: folder of the files.
    """
    folder = check_writable_folder(out)
    write_estimator(fit_estimator(collect(run_bench(data, work))), folder / SHIPPED[-1])
    figures = evaluate_trust(data, work, work / "trust-evaluation")
    page = resource_path("Trust", "README.md").read_text(encoding="utf-8")
    write_markdown(page.replace("{figures}", figures), folder / "README.md")


def write_estimator(estimator: Estimator, path: Path) -> None:
    """Write what ``SegmentL3Lib.trust.estimator.read_estimator`` reads.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    content = {
        "made_by": "domain-adapt trust estimator",
        "inputs": input_names(),
        "coverage": estimator.coverage,
        "expected": {name: round(dice, 3) for name, dice in estimator.expected.items()},
        "bands": {structure: [_band(band) for band in bands] for structure, bands in estimator.bands.items()},
        "trees": estimator.trees.to_mapping(),
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _band(band: Band) -> dict:
    return {
        "dice_from": band.dice_from,
        "dice_error": [round(value, 4) for value in band.dice_error],
        "area_ratio": [round(value, 4) for value in band.area_ratio],
    }
