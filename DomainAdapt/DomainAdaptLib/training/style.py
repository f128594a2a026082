"""From scans of one site and their label maps to a generator, and from a label map to an image in its style."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.inference import choose_device
from SegmentL3Lib.labels import Label
from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.progress import Progress
from SegmentL3Lib.reading import read_segmentation, read_volume
from SegmentL3Lib.structure_names import label_structures
from SegmentL3Lib.volume import LabelMap, Volume

from ..adaptation.images import image_files, image_hash
from ..adaptation.pool import Pool
from ..adaptation.resuming import begin, end
from ..adaptation.task import Metric, Task
from ..jobs import GeneratorJob
from ..resources import resource_path
from ..synthesis.learned import LearnedGenerator, save_generator
from .generator import Sample, train_generator
from .moving import moved

_EXTREMES = (0.5, 99.5)  # percentiles of the gray values that make the window


def learn_style(job: GeneratorJob, progress: Progress, metric: Metric) -> None:
    """Train a generator and write it to the folder of the job.

    Raises:
        InputError: an image or label map cannot be read, or the folder cannot be written.
        UsageError: a setting is not known, images and label maps do not fit, or an interrupted run was another one.
        ModelError: the checkpoint is damaged.
    """
    settings, folder = _settings(job.settings), check_writable_folder(job.out)
    progress(0.0, "Reading the images")
    labels = label_structures(enumerate(job.structures, start=1))
    files = image_files(job.images), image_files(job.labels)
    if len(files[0]) != len(files[1]):
        raise UsageError(f"There are {len(files[0])} images, but {len(files[1])} label maps of them.")
    pairs = [_read_pair(*paths, labels) for paths in zip(*files, strict=True)]
    window = job.window or _window(pairs)
    provenance = {
        "images_sha256": [image_hash(scan) for scan, _ in pairs],
        "structures": list(job.structures),
        "window": list(window),
        "settings": settings,
        "seed": job.seed,
        "software": {name: version(name) for name in ("torch", "monai", "numpy")},
    }
    pool, device = _pool(pairs, window, settings), choose_device(job.device).type
    checkpoint = begin(folder, provenance, job.resume)
    task = Task(nn.Identity(), pool, None, pool, checkpoint, device, job.seed, progress, metric)
    network = train_generator(_samples(pool, job.seed), 1 + len(job.structures), settings, task)
    widths = settings["widths"]
    save_generator(LearnedGenerator(job.structures, settings["pixel_mm"], window, widths, network, provenance), folder)
    end(folder)
    progress(1.0, "Done")


def image_in_style(generator: LearnedGenerator, path: Path, seed: int) -> tuple[LabelMap, np.ndarray]:
    """A label map of a file, and the image (float32, on its voxels) that a generator makes of it, slice by slice.

    Raises:
        InputError: it cannot be read, or holds nothing that the generator knows.
    """
    labels = read_segmentation(path, generator.labels)
    if not labels.array.any():
        known = ", ".join(label.name for label in generator.labels)
        raise InputError(
            f"Nothing in {path.name} is known to this generator. Segments need the names of its structures: {known}."
        )
    order = axial_order(labels.geometry)
    axial = order.apply(labels.array)
    spacing = tuple(reversed(order.geometry(labels.geometry, labels.array.shape).spacing))
    return labels, np.ascontiguousarray(order.undo(generator.image(axial, seed, spacing)))


def _settings(changed: Mapping) -> dict:
    settings = json.loads(resource_path("Synthesis", "generator.json").read_text(encoding="utf-8"))
    unknown = [name for name in changed if name not in settings or name == "widths"]
    if unknown:
        known = ", ".join(name for name in settings if name != "widths")
        raise UsageError(f"There is no setting {unknown[0]}; there are: {known}.")
    settings |= changed
    if any(value <= 0 for name, value in settings.items() if name != "widths") or settings["patch"] % 16:
        raise UsageError("All settings have to be above 0, and patch a multiple of 16.")
    return settings


def _read_pair(image: str, labels: str, known: Sequence[Label]) -> tuple[Volume, np.ndarray]:
    """Scan and label map in axial order."""
    scan, found = read_volume(image), read_segmentation(labels, known)
    if found.array.shape != scan.array.shape:
        raise UsageError(
            f"The label map {Path(labels).name} has {found.array.shape} voxels (z, y, x), but its image has "
            f"{scan.array.shape}. Are images and label maps in the same order?"
        )
    if not found.array.any():
        raise UsageError(f"The label map {Path(labels).name} holds none of the structures.")
    if found.array.max() > len(known):
        raise UsageError(
            f"The label map {Path(labels).name} has the value {found.array.max()}, but only {len(known)} structures "
            "are named."
        )
    return to_axial(scan), np.ascontiguousarray(axial_order(scan.geometry).apply(found.array))


def _window(pairs: Sequence[tuple[Volume, np.ndarray]]) -> tuple[float, float]:
    values = np.concatenate([scan.array[labels.any((1, 2))].ravel() for scan, labels in pairs])
    low, high = (float(value) for value in np.percentile(values, _EXTREMES))
    if not low < high:
        raise InputError("The images have the same value everywhere; there is nothing to learn from them.")
    return low, high


def _pool(pairs: Sequence[tuple[Volume, np.ndarray]], window: tuple[float, float], settings: Mapping) -> Pool:
    """Slices with labels, -1 to 1, in pixels of the generator."""
    low, high = window
    images, planes = [], []
    for scan, labels in pairs:
        extents = zip(scan.array.shape[1:], reversed(scan.geometry.spacing[:2]), strict=True)
        sizes = [max(1, round(size * mm / settings["pixel_mm"])) for size, mm in extents]
        for index in np.flatnonzero(labels.any((1, 2))):
            image = torch.from_numpy(scan.array[index].astype(np.float32))[None, None]
            image = functional.interpolate(image, sizes, mode="bilinear", antialias=True, align_corners=False)[0]
            images.append((image.clamp(low, high) - low) / (high - low) * 2 - 1)
            plane = torch.from_numpy(labels[index].astype(np.float32))[None, None]
            planes.append(functional.interpolate(plane, sizes, mode="nearest-exact")[0, 0].long())
    return Pool(images, (settings["patch"],) * 2, planes, padding=-1.0)


def _samples(pool: Pool, seed: int) -> Sample:
    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((seed, number))
        images, labels = moved(*pool.draw(rng, 1), rng)
        return images[0], labels[0]

    return sample
