"""The experiment: does a small decision tree tell tissues better when it learns from the network than from labels?

After Frosst and Hinton (2017, arXiv:1711.09784), with figures of a pixel that a reader understands for the image.
"""

import itertools
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.files import atomic_path, check_writable_folder
from SegmentL3Lib.models import shipped_model
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.regions import Region
from SegmentL3Lib.tissue_tree import TissueTree, tree_document

from ..evaluation.tables import Column, markdown_table, write_csv, write_markdown
from ..resources import resource_path
from ..training.material import read_drawn_slices, save_drawn
from .page import fill_tables
from .results import Row, kept_rows
from .settings import read_settings
from .soft_tree import SoftDecisionTree, train_tree
from .statistics import paired_difference
from .tree_pixels import Pixels, drawn_pixels, generated_pixels, load_pixels

PAGE = "tree.md"
DISTILLED, SOFT, LABELED = "from the network's answers", "from its probabilities", "from labels"
COLUMNS = (
    Column("test", "Tested on"),
    Column("pixels", "Pixels"),
    Column("variant", "Tree learned"),
    Column("seed", "Seed"),
    Column("fidelity_percent", "Agrees with the network, %"),
    Column("accuracy_percent", "Agrees with the truth, %"),
)
MEAN_COLUMNS = tuple(column for column in COLUMNS if column.key != "seed")
DIFFERENCE_COLUMNS = (
    Column("test", "Tested on"),
    Column("figure", "Percentage points"),
    Column("difference", "Difference (95 % CI)"),
    Column("seeds", "Seeds in favor"),
)
logger = logging.getLogger(__name__)


def run_experiment(data: Path, work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page, tables and the tree of the first seed (``tissue_tree.json``).

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the recipe's runs; drawn slices are made there if they are missing.
        out: folder for the results; rows of seeds that it holds are not made again.
        seeds: number of seeds.
        settings: sizes and steps; those of ``Resources/Experiments/tree.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: nothing can be written to a folder.
        ModelError: weights that are needed are not there.
    """
    settings = settings or read_settings("tree")
    out = check_writable_folder(out)
    if not (work / "drawn.npz").exists():
        save_drawn(read_drawn_slices(data), work / "drawn.npz")
    train, tests = _material(settings, work, out)
    rows = []
    for seed in range(seeds):
        rows += kept_rows(
            out / f"tree-seed-{seed}.json", dict(settings), lambda seed=seed: _rows(settings, train, tests, seed, out)
        )
        logger.info("seed %d done", seed)
    write_csv(rows, COLUMNS, out / "tree.csv")
    network = [
        {"test": name, "accuracy_percent": f"{_agreement(pixels.taught.argmax(1), pixels.true):.1f}"}
        for name, pixels in tests.items()
    ]
    tables = {
        "comparison": markdown_table(_mean_rows(rows), MEAN_COLUMNS),
        "differences": markdown_table(_difference_rows(rows), DIFFERENCE_COLUMNS),
        "network": markdown_table(network, (COLUMNS[0], COLUMNS[-1])),
    }
    page = fill_tables(resource_path("Experiments", PAGE).read_text(encoding="utf-8"), tables)
    write_markdown(page, out / PAGE)
    return page


def _material(settings: Mapping, work: Path, out: Path) -> tuple[Pixels, dict[str, Pixels]]:
    """Training pixels and those that are measured on; made once and kept in the folder ``out``."""
    count, tests, per_slice = (settings[name] for name in ("train_slices", "test_slices", "pixels_per_slice"))

    def kept(name: str, make) -> Pixels:
        path = out / f"{name}-{per_slice}.npz"
        if not path.exists():
            make().save(path)
        return load_pixels(path)

    model = shipped_model(TISSUE_MODEL)
    train = kept(f"train-{count}", lambda: generated_pixels(0, count, per_slice, model))
    generated = kept(f"test-{count}-{tests}", lambda: generated_pixels(count, tests, per_slice, model))
    return train, {"generated slices": generated, "drawn slices": kept("drawn", lambda: drawn_pixels(work, per_slice))}


def _rows(settings: Mapping, train: Pixels, tests: Mapping[str, Pixels], seed: int, out: Path) -> list[Row]:
    mean, spread = train.figures.mean(0), train.figures.std(0)
    certain = np.eye(len(Region), dtype=np.float32)
    variants = {DISTILLED: certain[train.taught.argmax(1)], SOFT: train.taught, LABELED: certain[train.true]}
    rows = []
    for variant, targets in variants.items():
        trained = train_tree(
            torch.from_numpy((train.figures - mean) / spread),
            torch.from_numpy(targets),
            seed=seed,
            **{name: settings[name] for name in ("depth", "steps", "batch", "rate", "penalty")},
        )
        tree = _plain(trained, mean, spread)
        if variant == DISTILLED and seed == 0:
            _write_tree(tree, f"learned from {TISSUE_MODEL} on {settings['train_slices']} generated slices", out)
        rows += [_measured(tree, name, pixels, variant, seed) for name, pixels in tests.items()]
    return rows


def _measured(tree: TissueTree, test: str, pixels: Pixels, variant: str, seed: int) -> Row:
    answers = tree.regions(pixels.figures)
    return {
        "test": test,
        "pixels": len(answers),
        "variant": variant,
        "seed": seed,
        "fidelity_percent": _agreement(answers, pixels.taught.argmax(1)),
        "accuracy_percent": _agreement(answers, pixels.true),
    }


def _plain(tree: SoftDecisionTree, mean: np.ndarray, spread: np.ndarray) -> TissueTree:
    nodes = tree.nodes
    leaves = tree.leaves.softmax(1)
    weights, biases, leaves = (values.detach().double().numpy() for values in (nodes.weight, nodes.bias, leaves))
    return TissueTree(mean.astype(float), spread.astype(float), weights, biases, leaves)


def _write_tree(tree: TissueTree, note: str, out: Path) -> None:
    with atomic_path(out / "tissue_tree.json") as temporary:
        temporary.write_text(json.dumps(tree_document(tree, note)) + "\n", encoding="utf-8")


def _agreement(first: np.ndarray, second: np.ndarray) -> float:
    return 100 * float((first == second).mean())


def _mean_rows(rows: list[Row]) -> list[Row]:
    means = []
    for test in dict.fromkeys(row["test"] for row in rows):
        for variant in (DISTILLED, SOFT, LABELED):
            same = [row for row in rows if (row["test"], row["variant"]) == (test, variant)]
            figures = {name: _spread(same, name) for name in ("fidelity_percent", "accuracy_percent")}
            means.append({"test": test, "pixels": same[0]["pixels"], "variant": variant, **figures})
    return means


def _spread(rows: list[Row], name: str) -> str:
    values = np.array([row[name] for row in rows])
    return f"{values.mean():.1f} ± {values.std(ddof=min(1, len(values) - 1)):.1f}"


def _difference_rows(rows: list[Row]) -> list[Row]:
    differences = []
    tests = dict.fromkeys(row["test"] for row in rows)
    for test, column, variant in itertools.product(tests, COLUMNS[-2:], (DISTILLED, SOFT)):
        first, second = (
            np.array([row[column.key] for row in rows if (row["test"], row["variant"]) == (test, each)])
            for each in (variant, LABELED)
        )
        found = paired_difference(first, second)
        differences.append(
            {
                "test": test,
                "figure": f"{column.title.removesuffix(', %')}: learned {variant} − {LABELED}",
                "difference": f"{found.mean:+.1f} ({found.low:+.1f} to {found.high:+.1f})",
                "seeds": f"{found.positive} of {found.seeds}",
            }
        )
    return differences
