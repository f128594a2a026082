"""Synthetic brains as two sequences show them: the third pair of the adaptation experiment."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import atomic_path

from ..synthesis.brain import SHAPE
from ..synthesis.brain_contrast import draw_relaxation, draw_signal
from ..synthesis.brain_maps import read_oriented, tissue_map
from ..synthesis.brain_render import blend, disturb, head_mask, render
from ..synthesis.brain_tissues import Tissue
from ..synthesis.brain_warp import warp
from .adaptation_networks import standardized
from .adaptation_pairs import Case, Pair

_SLAB = 9  # voxels (mm) that are rendered for a slice
_LOWEST, _HIGHEST = 0.4, 0.62  # of the slices, in parts of the height of the field of view
_FOLDS = 2
logger = logging.getLogger(__name__)


def brain_pair(data: Path, settings: Mapping, kept: Path) -> Pair:
    """Skull-stripped synthetic brains in one sequence with labels, in another one without.

    Args:
        data: folder with the label maps of heads, ``map_*.nii.gz``; old and new scanner share none of them.
        settings: ``size`` in pixels a side, ``patients`` of ``source``, ``target`` and ``tested`` (which belong to the
            target), ``slices`` of each, ``sequences`` of ``source`` and ``target`` (names of
            ``brain_contrast.draw_signal``) and ``classes``, tissues by structure.
        kept: file to which the slices are written, or from which they are read.

    Raises:
        InputError: the label maps are not there.
    """
    if not kept.exists():
        _make_slices(data, settings, kept)
    with np.load(kept, allow_pickle=False) as file:
        cases = {
            name: [_case(*pair) for pair in zip(file[f"{name}_images"], file[f"{name}_labels"], strict=True)]
            for name in ("source", "target")
        }
    tested = cases["target"][-settings["patients"]["tested"] :]
    folds = [range(first, len(tested), _FOLDS) for first in range(_FOLDS)]
    name = f"synthetic brain MR, {settings['sequences']['source']} to {settings['sequences']['target']}"
    return Pair(name, cases["source"], cases["target"], tested, folds, 1 + len(settings["classes"]))


def _make_slices(data: Path, settings: Mapping, path: Path) -> None:
    files = sorted(data.glob("map_*.nii.gz"))
    if len(files) < 2:
        raise InputError(f"There are no label maps of heads in {data}: it needs two or more files map_*.nii.gz.")
    half = (len(files) + 1) // 2
    found = {}
    for name, own in (("source", files[:half]), ("target", files[half:])):
        maps = [tissue_map(read_oriented(file)) for file in own]
        sequence, seeds = settings["sequences"][name], range(settings["patients"][name])
        offset = 0 if name == "source" else settings["patients"]["source"]
        patients = [brain_slices(maps[seed % half % len(maps)], sequence, settings, offset + seed) for seed in seeds]
        found |= {f"{name}_images": np.stack([images for images, _ in patients])}
        found |= {f"{name}_labels": np.stack([labels for _, labels in patients])}
        logger.info("%d brains made in %s", len(patients), sequence)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **found)


def brain_slices(
    tissues: np.ndarray, sequence: str, settings: Mapping, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Axial slices of a new patient, the skull stripped as well as programs do it.

    Returns:
        Images, float32 (slices, size, size), zero mean and unit variance; labels, uint8 of the same shape, numbered in
        the order of ``settings["classes"]``.
    """
    rng = np.random.default_rng((seed, 11))
    tissues = warp(tissues, SHAPE, rng)
    visible = head_mask(tissues, rng)
    signal = draw_signal(sequence, draw_relaxation(rng), rng)
    heights = np.linspace(_LOWEST, _HIGHEST, settings["slices"]) * SHAPE[2]
    images, labels = [], []
    for start in (heights - _SLAB / 2).astype(int):
        slab = tissues[:, :, start : start + _SLAB]
        healthy = blend(slab, np.zeros_like(slab), rng)
        image = disturb(render(healthy, signal, rng), rng)[:, :, _SLAB // 2]
        image[~visible[:, :, start + _SLAB // 2]] = 0
        images.append(standardized(_resized(image, settings["size"], "area")))
        classes = _classes(settings["classes"])[slab[:, :, _SLAB // 2]]
        labels.append(_resized(classes, settings["size"], "nearest-exact").astype(np.uint8))
    return np.stack(images), np.stack(labels)


def _classes(names: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Class of each tissue by its value."""
    table = np.zeros(max(Tissue) + 1, np.uint8)
    for number, tissues in enumerate(names.values(), start=1):
        table[[Tissue[tissue.upper()] for tissue in tissues]] = number
    return table


def _resized(plane: np.ndarray, size: int, mode: str) -> np.ndarray:
    """Of (x, y) towards right and front: front first, the patient's right first, in a square of ``size`` pixels."""
    plane = plane[::-1, ::-1].T.astype(np.float32)
    gaps = [max(plane.shape) - length for length in plane.shape]
    plane = np.pad(plane, [(gap // 2, gap - gap // 2) for gap in gaps])
    return functional.interpolate(torch.from_numpy(plane)[None, None], (size, size), mode=mode)[0, 0].numpy()


def _case(images: np.ndarray, labels: np.ndarray) -> Case:
    return Case(torch.from_numpy(images)[:, None], torch.from_numpy(labels.astype(np.int64)))
