"""The experiment: scales, losses and the conditional random field on brain tumors of synthetic patients.

What K. Kamnitsas et al. (Medical Image Analysis 36, 2017) found of several scales and of the field, and L. Fidon et al.
(BrainLes 2017) of the generalized Wasserstein Dice, on slices and with small networks.  All variants share patients,
samples and number of steps, seed by seed.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.refinement import refine_with_crf
from SegmentL3Lib.volume import Geometry, Volume

from ..evaluation.crf_choice import candidates
from ..evaluation.metrics import dice
from ..evaluation.tables import Column, write_csv, write_markdown
from ..resources import resource_path
from ..synthesis.brain import VOXEL_MM
from ..training.loop import train
from ..training.losses import build_loss
from .lesion_slices import CLASSES, SliceSamples, TumorSlices, kept_slices
from .lesion_tables import WHOLE, difference_table, overlap_table
from .page import fill_tables
from .results import Row, kept_rows
from .settings import read_settings

PAGE = "lesions.md"
REFINED = "CRF"
_PARTS = ("train", "validation", "test")
COLUMNS = (
    Column("variant", "Variant"),
    Column("seed", "Seed"),
    Column("parameters", "Parameters", "d"),
    *(Column(name, name.capitalize(), ".3f") for name in (WHOLE, *CLASSES[1:])),
)
logger = logging.getLogger(__name__)


def run_experiment(data: Path, _work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page and table.

    Args:
        data: folder with ``brain/label-maps``.
        out: folder for slices and results; rows of seeds that it holds are not made again.
        seeds: number of seeds.
        settings: sizes and steps; those of ``Resources/Experiments/lesions.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: data are missing, or nothing can be written to a folder.
    """
    settings = settings or read_settings("lesions")
    out = check_writable_folder(out)
    material = settings["material"]
    slices = {
        part: kept_slices(material[part], material["per_patient"], data, out / f"slices-{part}.npz") for part in _PARTS
    }
    rows = []
    for seed in range(seeds):
        known = dict(settings, seed=seed)
        rows += kept_rows(out / f"seed-{seed}.json", known, lambda seed=seed: _seed_rows(slices, settings, seed, out))
        logger.info("seed %d done", seed)
    write_csv(rows, COLUMNS, out / "lesions.csv")
    counts = np.bincount(slices["train"].classes.ravel(), minlength=len(CLASSES))
    smallest = CLASSES[1 + int(counts[1:].argmin())]
    tables = {"overlap": overlap_table(rows, COLUMNS), "differences": difference_table(rows, smallest)}
    page = fill_tables(resource_path("Experiments", PAGE).read_text(encoding="utf-8"), tables)
    write_markdown(page, out / PAGE)
    return page


def _seed_rows(slices: Mapping[str, TumorSlices], settings: Mapping, seed: int, out: Path) -> list[Row]:
    rows = []
    for number, (name, variant) in enumerate(settings["variants"].items()):
        network = _trained(variant, slices["train"], settings, seed, out / f"seed-{seed}-{number}.checkpoint")
        found = _scores(slices["test"], _predicted(network, slices["test"]))
        same = {"seed": seed, "parameters": sum(each.numel() for each in network.parameters())}
        rows.append({"variant": name, **same, **found})
        logger.info("seed %d, %s: %s", seed, name, found)
        if name == settings["refined"]:
            chosen = _choose_refinement(network, slices["validation"], settings["refinement_choices"])
            refined = _refined(_predicted(network, slices["test"]), slices["test"], chosen)
            rows.append({"variant": f"{name}, {REFINED}", **same, **_scores(slices["test"], refined)})
    return rows


def _trained(
    variant: Mapping, slices: TumorSlices, settings: Mapping, seed: int, checkpoint: Path
) -> torch.nn.Module:
    torch.manual_seed(seed)
    sizes = {"spatial_dims": 2, "in_channels": slices.images.shape[1], "out_channels": len(CLASSES)}
    shape = {"features": variant["features"], "subsampling": variant["subsampling"], "hidden": settings["hidden"]}
    network = build_network({"_target_": "DeepMedic", **sizes, **shape, "dropout": 0.0})
    samples = SliceSamples(slices, settings["segment"], max(network.margin), seed)
    loss_of = build_loss(variant["loss"])
    train(network, samples, **settings["training"], seed=seed, checkpoint=checkpoint, loss_of=loss_of)
    checkpoint.unlink(missing_ok=True)
    return network


def _predicted(network: torch.nn.Module, slices: TumorSlices) -> np.ndarray:
    """Probabilities, float32 (slice, class, x, y)."""
    with torch.inference_mode():
        return np.concatenate([network(image[None]).softmax(1).numpy() for image in torch.from_numpy(slices.images)])


def _refined(probabilities: np.ndarray, slices: TumorSlices, parameters: Mapping[str, float]) -> np.ndarray:
    geometry = Geometry(spacing=(VOXEL_MM,) * 3)
    return np.concatenate([
        refine_with_crf(own[:, None], [Volume(each[None], geometry) for each in images], parameters)[None, :, 0]
        for own, images in zip(probabilities, slices.images, strict=True)
    ])  # fmt: skip


def _choose_refinement(network: torch.nn.Module, slices: TumorSlices, choices: Mapping) -> dict[str, float]:
    """Parameters with the best Dice of the whole lesion on patients for choosing."""
    probabilities = _predicted(network, slices)
    return max(candidates(choices), key=lambda own: _scores(slices, _refined(probabilities, slices, own))[WHOLE])


def _scores(slices: TumorSlices, probabilities: np.ndarray) -> dict[str, float]:
    """Dice of the whole lesion and of each class: mean over the patients that have it."""
    labels = probabilities.argmax(1)
    masks = {WHOLE: (labels > 0, slices.classes > 0)}
    masks |= {name: (labels == number, slices.classes == number) for number, name in enumerate(CLASSES[1:], 1)}
    return {name: _mean_dice(*pair, slices.patients) for name, pair in masks.items()}


def _mean_dice(predicted: np.ndarray, drawn: np.ndarray, patients: np.ndarray) -> float:
    values = [
        dice(predicted[patients == number], drawn[patients == number])
        for number in np.unique(patients)
        if drawn[patients == number].any()
    ]
    return float(np.mean(values))
