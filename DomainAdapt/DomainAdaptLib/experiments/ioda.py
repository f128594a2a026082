"""The experiment: does it pay to pre-train the output side of a network that maps whole images to whole label maps?

Reproduces the comparison of Lerouge et al. (Pattern Recognition 48(9), 2015) on rings of texture and on muscle at the
lumbar spine.  All ways of starting share random weights, pairs and batches, seed by seed.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder

from ..evaluation.tables import write_csv, write_markdown
from ..resources import resource_path
from ..training.make_model import prepare
from ..training.material import load_drawn
from .descent import Descent
from .page import fill_tables
from .pairs import Pairs, drawn_pairs, load_pairs, phantom_pairs, save_pairs
from .picture import write_comparison
from .plausibility import plausibility_rows
from .results import Row, kept_rows
from .rings import ring_pairs
from .settings import read_settings
from .summary import COLUMNS, PLAUSIBILITY_COLUMNS, comparison_table, difference_table, plausibility_table
from .variants import Training, measure, train_variants

PAGE = "ioda.md"
_MATERIAL = "l3_tissue_2d"  # the recipe whose label maps and drawn slices are used
_PICTURED_PAIRS = 100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """Aligned slices.

    Attributes:
        pool: phantoms from which each seed draws its training pairs; their label maps are those known without images.
        validation: phantoms that choose the best weights.
        tests: what is measured on, by name.
    """

    pool: Pairs
    validation: Pairs
    tests: Mapping[str, Pairs]


def run_experiment(data: Path, work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page, tables and picture.

    Args:
        data: folder with the reference scans.
        work: folder with the material of the recipes; label maps and drawn slices are made there if they are missing.
        out: folder for the results; rows of seeds that it holds are not made again.
        seeds: number of seeds.
        settings: sizes and steps; those of ``Resources/Experiments/ioda.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: nothing can be written to a folder.
    """
    settings = settings or read_settings("ioda")
    out = check_writable_folder(out)
    rows = _toy_rows(settings["toy"], out, seeds)
    material = prepare_material(settings["l3"], data, work, out)
    rows += _l3_rows(settings["l3"], material, out, seeds)
    shapes = _shape_rows(settings["plausibility"], material, out, seeds)
    write_csv(rows, COLUMNS, out / "ioda.csv")
    write_csv(shapes, PLAUSIBILITY_COLUMNS, out / "plausibility.csv")
    tables = {
        "toy": comparison_table([row for row in rows if row["task"] == "toy"]),
        "toy differences": difference_table([row for row in rows if row["task"] == "toy"]),
        "l3": comparison_table([row for row in rows if row["task"] == "l3"]),
        "l3 differences": difference_table([row for row in rows if row["task"] == "l3"]),
        "plausibility": plausibility_table(shapes),
    }
    page = fill_tables(resource_path("Experiments", PAGE).read_text(encoding="utf-8"), tables)
    write_markdown(page, out / PAGE)
    return page


def prepare_material(settings: Mapping, data: Path, work: Path, out: Path) -> Material:
    """Aligned slices of phantoms and of drawn slices; made once and kept in the folder ``out``."""
    count = settings["pool"] + settings["validation"] + settings["test"]
    paths = {name: out / f"{name}.npz" for name in (f"phantoms-{count}", "drawn")}
    phantoms, drawn = paths.values()
    if not (phantoms.exists() and drawn.exists()):
        prepare(_MATERIAL, data, work)
        save_pairs(drawn_pairs(load_drawn(work / "drawn.npz")), drawn)
        with np.load(work / "lumbar.npz") as file:
            save_pairs(phantom_pairs(file["maps"], range(count)), phantoms)
    pairs, end = load_pairs(phantoms), settings["pool"] + settings["validation"]
    tests = {"unseen phantoms": pairs[end:], "drawn slices": load_pairs(drawn)}
    return Material(pairs[: settings["pool"]], pairs[settings["pool"] : end], tests)


def _toy_rows(settings: Mapping, out: Path, seeds: int) -> list[Row]:
    def make(seed: int) -> list[Row]:
        parts = ("train", "validation", "test")
        train, validation, test = (
            ring_pairs((seed, number), settings[part], settings["size"]) for number, part in enumerate(parts)
        )
        networks = train_variants(train, None, validation, _training(settings), seed)
        return [
            {"task": "toy", "pairs": len(train), "test": "rings", "variant": name, "seed": seed}
            | measure(network, test)
            for name, network in networks.items()
        ]

    rows = []
    for seed in range(seeds):
        rows += kept_rows(out / f"toy-seed-{seed}.json", dict(settings), lambda seed=seed: make(seed))
        logger.info("toy task, seed %d done", seed)
    return rows


def _l3_rows(settings: Mapping, material: Material, out: Path, seeds: int) -> list[Row]:
    def make(seed: int, count: int) -> list[Row]:
        rng = np.random.default_rng((seed, count))
        train = material.pool[rng.choice(len(material.pool), count, replace=False)]
        networks = train_variants(train, material.pool.masks, material.validation, _training(settings), seed)
        if seed == 0 and count == _PICTURED_PAIRS:
            write_comparison(networks, material.tests, out / "ioda.png")
        return [
            {"task": "l3", "pairs": count, "test": test, "variant": name, "seed": seed} | measure(network, pairs)
            for test, pairs in material.tests.items()
            for name, network in networks.items()
        ]

    rows = []
    for seed in range(seeds):
        for count in settings["train"]:
            known = dict(settings, train=count)
            path = out / f"l3-{count}-seed-{seed}.json"
            rows += kept_rows(path, known, lambda seed=seed, count=count: make(seed, count))
            logger.info("L3, %d pairs, seed %d done", count, seed)
    return rows


def _shape_rows(settings: Mapping, material: Material, out: Path, seeds: int) -> list[Row]:
    rows = []
    for seed in range(seeds):
        path = out / f"plausibility-seed-{seed}.json"
        rows += kept_rows(
            path,
            dict(settings),
            lambda seed=seed: plausibility_rows(
                material.pool.masks,
                {name: pairs.masks for name, pairs in material.tests.items()},
                settings["features"],
                Descent(**settings["label_maps"]),
                seed,
            ),
        )
        logger.info("plausibility, seed %d done", seed)
    return rows


def _training(settings: Mapping) -> Training:
    return Training(settings["features"], *(Descent(**settings[part]) for part in ("images", "label_maps", "pairs")))
