"""The experiment: how much of the gap between two scanners does each method close, without labels of the new one?

For each pair of scanners and each seed a small network learns from the old scanner, is adapted by every method, and is
compared with one that learns from labels of the new scanner as well, in patients left out.
"""

import copy
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from torch import nn

from SegmentL3Lib.files import check_writable_folder

from ..adaptation.catalog import find_method
from ..adaptation.guard import Guard, choose, probabilities
from ..adaptation.methods import adapt
from ..adaptation.outputs import mean_dice
from ..adaptation.statistics_mixing import mixed_probabilities
from ..adaptation.task import Task
from ..evaluation.tables import write_csv, write_markdown
from ..resources import resource_path
from ..training.material import make_maps
from ..training.recipe import read_recipe
from .adaptation_brain import brain_pair
from .adaptation_networks import both, kept_network, learn, real_samples, small_network
from .adaptation_pairs import Case, Pair, heart_pair, phantom_pair, pool_of
from .adaptation_tables import CHOICE, COLUMNS, ORACLE, SOURCE_ONLY, agreement_table, gap_table, guard_table
from .page import fill_tables
from .results import Row, kept_rows
from .settings import read_settings

PAGE = "adaptation.md"
EACH_IMAGE = "Mixed statistics, each image by itself"
_MATERIAL = "l3_tissue_2d"  # the recipe whose label maps are used
# Gives a network by its name and the settings it depends on; the function makes it and may keep a checkpoint there.
Kept = Callable[[str, Mapping, Callable[[Path], nn.Module]], tuple[nn.Module, float]]
logger = logging.getLogger(__name__)


def run_experiment(data: Path, work: Path, out: Path, seeds: int, settings: Mapping | None = None) -> str:
    """Run what is not done yet, and write page and table.

    Args:
        data: folder with the hearts, ``cardiac/acdc`` and ``cardiac/mscmr``, and with label maps of heads,
            ``brain/label-maps``.
        work: folder with the material of the recipes; label maps are made there if they are missing.
        out: folder for the results; rows of seeds that it holds are not made again.
        seeds: number of seeds.
        settings: sizes and steps; those of ``Resources/Experiments/adaptation.json`` without it.

    Returns:
        The page, Markdown.

    Raises:
        InputError: data are missing, or nothing can be written to a folder.
    """
    settings = settings or read_settings("adaptation")
    out = check_writable_folder(out)
    rows = []
    pairs = _pairs(settings, data, work, out)
    for name, seed in itertools.product(pairs, range(seeds)):
        known = {"training": settings["training"], "methods": settings["methods"], "pair": settings[name]}
        stem = out / f"{name}-seed-{seed}"

        def make(load=pairs[name], known=known, seed=seed, stem=stem) -> list[Row]:
            return _seed_rows(load(), known, seed, stem)

        rows += kept_rows(stem.with_suffix(".json"), known, make)
        logger.info("%s, seed %d done", name, seed)
    write_csv(rows, COLUMNS, out / "adaptation.csv")
    tables = {"gap": gap_table(rows), "guard": guard_table(rows), "figures": agreement_table(rows)}
    page = fill_tables(resource_path("Experiments", PAGE).read_text(encoding="utf-8"), tables)
    write_markdown(page, out / PAGE)
    return page


def _pairs(settings: Mapping, data: Path, work: Path, out: Path) -> dict[str, Callable[[], Pair]]:
    def phantoms() -> Pair:
        recipe = read_recipe(_MATERIAL)
        make_maps("lumbar", range(recipe["first_seed"], recipe["first_seed"] + recipe["patients"]), work / "lumbar.npz")
        with np.load(work / "lumbar.npz", allow_pickle=False) as file:
            return phantom_pair(file["maps"], settings["phantoms"]["patients"], settings["phantoms"]["size"])

    def hearts() -> Pair:
        return heart_pair(data / "cardiac", settings["hearts"]["size"])

    def brains() -> Pair:
        return brain_pair(data / "brain" / "label-maps", settings["brain"], out / "brain.npz")

    return {"hearts": cache(hearts), "phantoms": cache(phantoms), "brain": cache(brains)}


def _seed_rows(pair: Pair, settings: Mapping, seed: int, stem: Path) -> list[Row]:
    """Rows of all variants of one pair of scanners with one seed; what is trained is kept in files that begin so."""
    training = settings["training"]
    known = {key: training[key] for key in ("widths", "disturbance", "source")}
    known |= {"pair": settings["pair"], "seed": seed}

    def kept(name: str, own: Mapping, make: Callable[[Path], nn.Module]) -> tuple[nn.Module, float]:
        path = Path(f"{stem}-{name.lower().replace(' ', '-')}.pt")
        fresh = small_network(pair.channels, training["widths"], seed)
        network, seconds = kept_network(path, {**known, **own}, fresh, lambda: make(path))
        logger.info("%s: %.0f s", name, seconds)
        return network, seconds

    networks, seconds = _networks(pair, settings, seed, kept)
    source = networks[SOURCE_ONLY]
    guard = Guard(_task(pair, source, seed))
    dice = {name: _mean_case_dice(network, pair.tested, pair.channels) for name, network in networks.items()}
    figures = {name: guard.rate(network) for name, network in networks.items()}
    dice[EACH_IMAGE] = _mixed_dice(source, pair, find_method("statistics_mixing").settings["mixtures"].default)
    dice[ORACLE] = _oracle_dice(pair, source, training, seed, kept)
    choice = choose(figures, SOURCE_ONLY)
    dice[CHOICE] = dice[choice]
    return [
        {"pair": pair.name, "variant": name, "seed": seed, "dice": value, "seconds": seconds.get(name)}
        | ({"choice": choice, "candidates": list(figures)} if name == CHOICE else {})
        | {key: None if np.isnan(figure) else figure for key, figure in figures.get(name, {}).items()}
        for name, value in dice.items()
    ]


def _networks(pair: Pair, settings: Mapping, seed: int, kept: Kept) -> tuple[dict[str, nn.Module], dict[str, float]]:
    """Networks by variant, and the processor time of each in seconds."""
    training = settings["training"]
    real = real_samples(pool_of(pair.source, labeled=True), seed, training["disturbance"])

    def train_source(path: Path) -> nn.Module:
        fresh = small_network(pair.channels, training["widths"], seed)
        return learn(fresh, real, training["source"], seed, path.with_suffix(".checkpoint"))

    source, source_seconds = kept(SOURCE_ONLY, {}, train_source)
    networks, seconds = {SOURCE_ONLY: source}, {SOURCE_ONLY: source_seconds}
    task = _task(pair, source, seed)
    for name, chosen in settings["methods"].items():
        method = find_method(name)

        def make(_path: Path, name=name, chosen=chosen) -> nn.Module:
            return adapt(name, task, chosen).network

        known = {"method": name, "settings": method.settings_with(chosen)}
        networks[method.title], seconds[method.title] = kept(method.title, known, make)
    return networks, seconds


def _task(pair: Pair, network: nn.Module, seed: int) -> Task:
    return Task(network, pool_of(pair.target, labeled=False), pool_of(pair.source, labeled=True), seed=seed)


def _oracle_dice(pair: Pair, source: nn.Module, training: Mapping, seed: int, kept: Kept) -> float:
    """Dice overlap of networks that have also learned from labels of the new scanner, in patients left out."""
    values = []
    old = real_samples(pool_of(pair.source, labeled=True), seed, training["disturbance"])
    for place, fold in enumerate(pair.folds):
        others = [case for number, case in enumerate(pair.tested) if number not in fold]
        new = real_samples(pool_of(others, labeled=True), seed, training["disturbance"])

        def make(path: Path, new=new) -> nn.Module:
            network = copy.deepcopy(source)
            return learn(network, both(new, old), training["oracle"], seed, path.with_suffix(".checkpoint"))

        network, _ = kept(f"{ORACLE} {place}", {"oracle": training["oracle"]}, make)
        values += [_case_dice(network, pair.tested[number], pair.channels) for number in fold]
    return float(np.mean(values))


def _mean_case_dice(network: nn.Module, cases: Sequence[Case], channels: int) -> float:
    return float(np.mean([_case_dice(network, case, channels) for case in cases]))


def _case_dice(network: nn.Module, case: Case, channels: int) -> float:
    return mean_dice(probabilities(network, case.images).argmax(1), case.labels, channels)


def _mixed_dice(network: nn.Module, pair: Pair, mixtures: int) -> float:
    """Dice overlap where each case is segmented with mixtures of its own statistics."""
    values = []
    for case in pair.tested:
        mixed = mixed_probabilities(network, case.images, tuple(case.images.shape[2:]), mixtures)
        values.append(mean_dice(mixed.argmax(1), case.labels, pair.channels))
    return float(np.mean(values))
