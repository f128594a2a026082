"""Scans and label maps of files as pools of what a network sees."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.inference.prepare import prepare
from SegmentL3Lib.reading import read_segmentation, read_volume
from SegmentL3Lib.volume import LabelMap, Volume
from SegmentL3Lib.writing import IMAGE_SUFFIXES

from .model import AdaptableModel
from .pool import Pool

_MODALITIES = {"CT": "CT", "MR": "MR", "MRI": "MR", "PT": "PT", "PET": "PT"}
_LARGEST_LABEL, _MOST_LABELS = 255, 30
_LOWEST_OF_CT = -100  # HU; every CT shows some air or fat
_MOST_SLICES = 96  # of a scan that a 2D network sees


def read_scans(paths: Sequence[str], adaptable: AdaptableModel) -> list[Volume]:
    """Read scans that a model is to be adapted to, or was trained on.

    Args:
        paths: files, DICOM folders, and folders with files of the formats in ``IMAGE_SUFFIXES``.
        adaptable: the model.

    Raises:
        InputError: one cannot be read, is a label map, is of another modality, or shows nothing.
    """
    return [_read_scan(path, adaptable) for path in image_files(paths)]


def read_label_maps(paths: Sequence[str], scans: Sequence[Volume], adaptable: AdaptableModel) -> list[np.ndarray]:
    """Read label maps of scans: values of the model, or a segmentation of 3D Slicer with its names.

    Raises:
        InputError: one cannot be read or is no label map.
        UsageError: there are more or fewer than scans; one is not on the voxels of its scan, has values that the model
            does not have, or no label at all.
    """
    files = image_files(paths)
    if len(files) != len(scans):
        raise UsageError(f"There are {len(scans)} images, but {len(files)} label maps of them.")
    return [_read_labels(path, scan, adaptable) for path, scan in zip(files, scans, strict=True)]


def read_plain_labels(path: str) -> LabelMap:
    """Read a label map with values of any meaning.

    Raises:
        InputError: it cannot be read, or its values are not whole numbers from 0 to 255.
    """
    volume = read_volume(path)
    values = np.unique(volume.array)
    if values[0] < 0 or values[-1] > _LARGEST_LABEL or (values % 1 != 0).any():
        raise InputError(f"{Path(path).name} is no label map: its values are not whole numbers from 0 to 255.")
    return LabelMap(volume.array.astype(np.uint8), volume.geometry)


def make_pool(
    scans: Sequence[Volume], adaptable: AdaptableModel, labels: Sequence[np.ndarray] | None = None
) -> Pool:
    """What the network of a model sees of scans, prepared as in use.

    Slices without any label are left out of labeled scans if the network is 2D: often only some slices are drawn.
    """
    stage = adaptable.model.stages[0]
    images, channels = [], []
    for number, scan in enumerate(scans):
        image, label = _prepared(scan, adaptable, None if labels is None else labels[number])
        if len(stage.window.patch_size) == 2:
            image, label = _slices(image, label)
            images += image
            channels += label
        else:
            images.append(image)
            channels.append(label)
    known = None if labels is None else channels
    return Pool(images, tuple(stage.window.patch_size), known, stage.window.padding_value)


def image_files(paths: Sequence[str]) -> list[str]:
    """The paths; in place of a folder of image files the files in it, by name."""
    found = []
    for path in map(Path, paths):
        inside = sorted(path.iterdir()) if path.is_dir() else []
        images = [file for file in inside if file.name.lower().endswith(IMAGE_SUFFIXES)]
        found += map(str, images or [path])
    return found


def image_hash(scan: Volume) -> str:
    """SHA-256 of the values and the shape of a scan, by which it can be recognized without its name."""
    found = hashlib.sha256(repr((scan.array.shape, str(scan.array.dtype))).encode())
    found.update(np.ascontiguousarray(scan.array).tobytes())
    return found.hexdigest()


def _read_scan(path: str, adaptable: AdaptableModel) -> Volume:
    name = Path(path).name
    if name.lower().endswith(".seg.nrrd"):
        raise InputError(f"{name} is a segmentation, not an image. Take it out of the list.")
    scan = read_volume(path)
    found = np.unique(scan.array[:: max(1, len(scan.array) // 16)])
    if len(found) == 1:
        raise InputError(f"{name} has the same value everywhere; there is nothing to see in it.")
    if _is_label_map(found):
        raise InputError(f"{name} looks like a label map ({len(found)} whole values), not an image.")
    wanted = {_MODALITIES.get(modality.upper()) for modality in adaptable.model.modality} - {None}
    modality = _MODALITIES.get(scan.modality or "")
    if modality and wanted and modality not in wanted:
        raise InputError(f"{name} is {modality}, but this model is made for {' and '.join(sorted(wanted))}.")
    if wanted == {"CT"} and not modality and found[0] > _LOWEST_OF_CT:
        raise InputError(
            f"{name} does not seem to be CT: its lowest value is {found[0]:g}, and air has about -1000 HU. "
            "This model is made for CT."
        )
    return scan


def _is_label_map(values: np.ndarray) -> bool:
    return bool(
        len(values) <= _MOST_LABELS and values[0] >= 0 and values[-1] <= _LARGEST_LABEL and (values % 1 == 0).all()
    )


def _read_labels(path: str, scan: Volume, adaptable: AdaptableModel) -> np.ndarray:
    name = Path(path).name
    found = read_segmentation(path, adaptable.labels).array
    if found.shape != scan.array.shape:
        raise UsageError(
            f"The label map {name} has {found.shape} voxels (z, y, x), but its image has {scan.array.shape}. "
            "Are images and label maps in the same order?"
        )
    if not found.any():
        raise UsageError(f"The label map {name} is empty.")
    if found.max() >= adaptable.channels:
        known = f"the model has 1 to {adaptable.channels - 1}"
        raise UsageError(f"The label map {name} has the value {found.max()}, but {known}.")
    return found


def _prepared(scan: Volume, adaptable: AdaptableModel, labels: np.ndarray | None) -> tuple[Tensor, Tensor | None]:
    """Image (channels, axes of the stage) and channel of each voxel, as the network sees them."""
    stage = adaptable.model.stages[0]
    values = () if labels is None else tuple(range(1, adaptable.channels))
    prepared = prepare(replace(stage, previous_labels=values), [scan.array], scan.geometry, labels)
    array = prepared.values.permute(0, *(axis + 1 for axis in prepared.stage_order)).contiguous()
    if labels is None:
        return array, None
    one_hot = array[1:]
    return array[:1], torch.where(one_hot.any(0), one_hot.argmax(0) + 1, 0)


def _slices(image: Tensor, labels: Tensor | None) -> tuple[list[Tensor], list[Tensor | None]]:
    chosen = np.arange(image.shape[1])
    if labels is not None and labels.any():
        chosen = np.flatnonzero(labels.flatten(1).any(1).numpy())
    chosen = np.unique(chosen[np.linspace(0, len(chosen) - 1, _MOST_SLICES).round().astype(int)])
    return [image[:, index] for index in chosen], [None if labels is None else labels[index] for index in chosen]
