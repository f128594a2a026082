"""Make a model by its recipe: from public data and seeds to weights, phase after phase."""

import copy
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from SegmentL3Lib.models.shipped import FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL, LESION_MODEL
from SegmentL3Lib.networks import build_network

from . import ranks
from .counted import counted_views
from .fetal import FetalSamples, WombSamples
from .fetal_material import make_brain_pool, make_womb_pools
from .growing import grown, without_finest_level
from .labeled import labeled_slices
from .lesion_material import make_pools
from .lesions import LesionSamples
from .level import LevelSamples, make_views, save_counted
from .level_material import read_atlas_reference, read_totalseg_reference, save_references
from .loop import train
from .losses import build_loss
from .material import load_drawn, make_maps, read_drawn_slices, save_drawn
from .packaging import package
from .recipe import read_recipe, weights_path
from .tissue import TissueSamples

logger = logging.getLogger(__name__)


def prepare(name: str, data: Path | None, work: Path, processes: int | None = None) -> None:
    """Make what a recipe needs in the folder ``work``; what is there already is kept.

    Args:
        data: folder with the reference scans; None for a model that is made of shapes alone.
        processes: worker processes for the label maps; all cores if None.
    """
    recipe = read_recipe(name)
    if name == LESION_MODEL:
        make_pools(recipe, data, work)
        return
    if name == FETAL_BRAIN_MODEL:
        make_brain_pool(recipe, data, work)
        return
    if name == FETAL_ORGANS_MODEL:
        make_womb_pools(recipe, work)
        return
    seeds = range(recipe["first_seed"], recipe["first_seed"] + recipe["patients"])
    if name == "l3_tissue_2d":
        if not (work / "drawn.npz").exists():
            save_drawn(read_drawn_slices(data), work / "drawn.npz")
        make_maps("lumbar", seeds, work / "lumbar.npz", processes)
        return
    if not (work / "references.npz").exists():
        save_references([read_totalseg_reference(data), read_atlas_reference(data)], work / "references.npz")
    make_maps("levels", seeds, work / "levels.npz", processes, recipe["variant_every"])
    make_views(
        work / "levels.npz",
        work / "references.npz",
        work / "views.npz",
        recipe["views_per_phantom"],
        recipe["views_per_reference"],
        processes,
    )


def train_model(name: str, work: Path, *, data: Path | None, device: str = "cpu", workers: int = 0) -> None:
    """Train a recipe on prepared material, phase after phase; phases whose weights are in ``work`` are not repeated.

    A phase starts from the weights of an earlier one and may leave patients out, so that there are weights that have
    not seen the patients they are measured on; or it averages the weights of several earlier ones.

    Args:
        data: folder with the reference scans.
        device: where the network is trained, such as "cpu" or "cuda".
        workers: processes that make samples beside the training.
    """
    recipe = read_recipe(name)
    for phase in recipe["phases"]:
        target = weights_path(name, phase["run"], work)
        if target.exists():
            continue
        if "average_of" in phase:
            network = average([weights_path(name, run, work) for run in phase["average_of"]], recipe["network_def"])
        else:
            network = _train_phase(name, recipe, phase, work, data=data, device=device, workers=workers)
        if ranks.is_first():
            _save_half(network, target)
            logger.info("weights written to %s", target.name)
        ranks.wait()


def average(weights: Sequence[Path], network_def: Mapping) -> torch.nn.Module:
    """Network with the mean of several weights that started from the same ones.

    Wortsman et al., Model soups, ICML 2022: fine-tuned from one start, networks can be averaged weight by weight.
    """
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in weights]
    network = build_network(network_def)
    network.load_state_dict({key: torch.stack([state[key].float() for state in states]).mean(0) for key in states[0]})
    return network


def _train_phase(name: str, recipe: dict, phase: dict, work: Path, *, data: Path | None, device: str, workers: int):
    if phase.get("counts_scans"):
        _count_scans(name, phase, data, work)
    if phase.get("labels_slices"):
        _label_slices(name, phase, data, work)
    network = _start(name, recipe, phase, work)
    train(
        network,
        _samples(name, recipe, phase, work),
        steps=phase["steps"],
        batch=recipe["batch"],
        learning_rate=phase["learning_rate"],
        seed=phase["seed"],
        checkpoint=weights_path(name, phase["run"], work).with_suffix(".checkpoint"),
        device=device,
        workers=workers,
        loss_of=build_loss(recipe.get("loss")),
    )
    return network


def _start(name: str, recipe: dict, phase: dict, work: Path) -> torch.nn.Module:
    """Network as a phase begins with it: by chance, or with the weights of an earlier one, which may be coarser."""
    torch.manual_seed(phase["seed"])
    network_def = recipe["network_def"]
    if phase.get("coarse"):
        network_def = without_finest_level(network_def)
    if "start_from" not in phase:
        return build_network(network_def)
    weights = torch.load(weights_path(name, phase["start_from"], work), map_location="cpu", weights_only=True)
    if phase.get("grows"):
        return grown(network_def, weights)
    network = build_network(network_def)
    network.load_state_dict(weights)
    return network


def _samples(name: str, recipe: dict, phase: dict, work: Path):
    if name == LESION_MODEL:
        return LesionSamples(recipe, work / "lesions_pool", phase["seed"])
    if name == FETAL_BRAIN_MODEL:
        return FetalSamples({**recipe, **phase}, work / recipe["material"], phase["seed"])
    if name == FETAL_ORGANS_MODEL:
        return WombSamples(recipe, work / recipe["material"], phase["seed"])
    choice = phase["real_share"], frozenset(phase["without"]), phase["seed"]
    if name == "l3_tissue_2d":
        labeled = _labeled_path(phase, work) if phase.get("labels_slices") else None
        return TissueSamples(
            recipe, work / "lumbar.npz", work / "drawn.npz", *choice, phase.get("coarse", False), labeled
        )
    views = ["views.npz"] + (["counted.npz"] if phase.get("counts_scans") else [])
    return LevelSamples(recipe, tuple(work / name for name in views), *choice)


def _count_scans(name: str, phase: dict, data: Path, work: Path) -> None:
    """Let the first weights draw the real scans with marked discs, for the next phases to learn from."""
    target = work / "counted.npz"
    if ranks.is_first() and not target.exists():
        model = package(name, phase["start_from"], work)
        save_counted(counted_views(data, model), target)
    ranks.wait()


def _label_slices(name: str, phase: dict, data: Path, work: Path) -> None:
    """Let the weights that a phase starts from label slices beside the drawn ones, for the phase to learn from."""
    target = _labeled_path(phase, work)
    if ranks.is_first() and not target.exists():
        model = package(name, phase["start_from"], work)
        slices = labeled_slices(data, load_drawn(work / "drawn.npz"), model, frozenset(phase["without"]))
        save_drawn(slices, target)
    ranks.wait()


def _labeled_path(phase: dict, work: Path) -> Path:
    return work / f"labeled-{phase['run']}.npz"


def _save_half(network: torch.nn.Module, path: Path) -> None:
    part = path.with_suffix(".part")
    # Tensors that modules share are kept shared, so that they are stored once.
    torch.save(copy.deepcopy(network).half().state_dict(), part)
    os.replace(part, path)
