"""Two scanners each: hearts of ACDC and MS-CMR, and lumbar slices of phantoms as two scanners would show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from torch import Tensor
from torch.nn import functional

from SegmentL3Lib.errors import InputError

from ..adaptation.pool import Pool
from ..synthesis.render import MAP_MM, gaussian_blur, random_hu
from ..synthesis.structures import TISSUES, Structure, tissue_classes
from .adaptation_networks import standardized

_HEART_PIXELS, _HEART_CLASSES = 144, 4
_PHANTOM_MM, _CT_WINDOW = 480, (-250.0, 350.0)


@dataclass(frozen=True, eq=False)
class Case:
    """Slices of one patient.

    Attributes:
        images: float32 (slices, 1, size, size).
        labels: int64 (slices, size, size); None: not known.
    """

    images: Tensor
    labels: Tensor | None


@dataclass(frozen=True, eq=False)
class Pair:
    """An old and a new scanner.

    Attributes:
        name: of the pair.
        source: labeled cases of the old scanner.
        target: cases of the new scanner, whose images alone are adapted to.
        tested: labeled cases of the new scanner that are measured on.
        folds: numbers of tested cases that are left out together where a network learns from the others' labels.
        channels: number of classes with the background.
    """

    name: str
    source: Sequence[Case]
    target: Sequence[Case]
    tested: Sequence[Case]
    folds: Sequence[Sequence[int]]
    channels: int


def pool_of(cases: Sequence[Case], labeled: bool) -> Pool:
    """All slices of some cases."""
    images = [image for case in cases for image in case.images]
    labels = [plane for case in cases for plane in case.labels] if labeled else None
    return Pool(images, tuple(images[0].shape[1:]), labels)


def heart_pair(data: Path, size: int) -> Pair:
    """ACDC with labels, MS-CMR (balanced SSFP) without; the middle of each slice, resampled to ``size`` pixels.

    Raises:
        InputError: the data are not there.
    """
    mscmr = sorted(data.glob("mscmr/image_*.nii.gz"))
    if not mscmr:
        raise InputError(f"There are no hearts in {data}: it needs the folders acdc and mscmr.")
    source = [case for cases in labeled_hearts(data, size).values() for case in cases]
    target = [_heart(*_read_mscmr(path), size) for path in mscmr]
    tested = [case for case in target if case.labels is not None]
    folds = [range(start, len(tested), 3) for start in range(3)]
    return Pair("heart MR, ACDC to MS-CMR", source, target, tested, folds, _HEART_CLASSES)


def labeled_hearts(data: Path, size: int) -> dict[str, list[Case]]:
    """Phases of the hearts of ACDC by patient; the middle of each slice, resampled to ``size`` pixels.

    Raises:
        InputError: the data are not there.
    """
    paths = sorted(data.glob("acdc/*.npz"))
    if not paths:
        raise InputError(f"There are no hearts in {data}: it needs the folders acdc and mscmr.")
    hearts: dict[str, list[Case]] = {}
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            case = _heart(file["image"], file["label"], size)
        hearts.setdefault(path.stem.split("_")[0], []).append(case)
    return hearts


@dataclass(frozen=True)
class CtScanner:
    """How a scanner shows a patient.

    Attributes:
        aorta_hu: CT numbers of the aorta, by which the contrast phase is told.
        neighbor_share: of a slice a few millimeters away, which a thick slice shows too.
        blur, sharpening: of the kernel; pixels, and share of what a blur of one pixel takes away.
        noise_hu, grain: standard deviation of the noise, and its correlation length in pixels.
    """

    aorta_hu: tuple[float, float]
    neighbor_share: float
    blur: float
    sharpening: float
    noise_hu: float
    grain: float


_OLD_SCANNER = CtScanner((110.0, 200.0), 0.0, 0.6, 0.0, 5.0, 0.8)
_NEW_SCANNER = CtScanner((25.0, 55.0), 0.4, 0.0, 0.8, 60.0, 0.3)


def phantom_pair(maps: np.ndarray, counts: dict, size: int) -> Pair:
    """Portal venous phase, thin slices and a soft kernel; no contrast agent, thick noisy slices and a sharp kernel.

    Args:
        maps: label maps of random patients, (patients, 2, rows, columns), of ``training.material.make_maps``.
        counts: patients of ``source``, ``target`` and ``tested``.
        size: pixels a side.
    """
    parts, start = {}, 0
    for name, count in counts.items():
        scanner = _OLD_SCANNER if name == "source" else _NEW_SCANNER
        parts[name] = [_phantom(maps[number], number, scanner, size) for number in range(start, start + count)]
        start += count
    folds = [range(first, counts["tested"], 2) for first in range(2)]
    return Pair("lumbar CT phantoms, two scanners", *parts.values(), folds, len(TISSUES))


def _read_mscmr(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    labels = path.with_name(path.name.replace("image", "label"))
    # Stored upside down in comparison with ACDC, which does not store its orientation.
    image = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[:, ::-1]
    return image, sitk.GetArrayFromImage(sitk.ReadImage(str(labels)))[:, ::-1] if labels.exists() else None


def _heart(image: np.ndarray, labels: np.ndarray | None, size: int) -> Case:
    image = torch.from_numpy(_middle(image, _HEART_PIXELS).astype(np.float32))[:, None]
    image = functional.interpolate(image, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
    planes = torch.stack([torch.from_numpy(standardized(plane.numpy())) for plane in image])
    if labels is None:
        return Case(planes, None)
    labels = torch.from_numpy(_middle(labels, _HEART_PIXELS).astype(np.float32))[:, None]
    return Case(planes, functional.interpolate(labels, size=(size, size), mode="nearest-exact")[:, 0].long())


def _middle(array: np.ndarray, size: int) -> np.ndarray:
    starts = [(length - size) // 2 for length in array.shape[1:]]
    return np.ascontiguousarray(array[:, starts[0] : starts[0] + size, starts[1] : starts[1] + size])


def _phantom(maps: np.ndarray, seed: int, scanner: CtScanner, size: int) -> Case:
    rng, generator = np.random.default_rng((seed, 7)), torch.Generator().manual_seed(seed)
    hu = torch.from_numpy(_random_hu_of_phase(rng, scanner.aorta_hu))
    square = [_square(labels) for labels in maps]
    image = (1 - scanner.neighbor_share) * hu[square[0]] + scanner.neighbor_share * hu[square[1]]
    image = functional.interpolate(image[None, None], size=(size, size), mode="area")[0, 0]
    if scanner.sharpening:
        image = image + scanner.sharpening * (image - gaussian_blur(image, 1.0))
    noise = gaussian_blur(torch.randn(size, size, generator=generator), scanner.grain)
    image = gaussian_blur(image, scanner.blur) + noise / noise.std() * scanner.noise_hu
    low, high = _CT_WINDOW
    image = ((image.clamp(low, high) - low) / (high - low) * 4 - 2).float()
    classes = torch.from_numpy(tissue_classes(square[0].numpy().astype(np.uint8), MAP_MM).astype(np.float32))
    classes = functional.interpolate(classes[None, None], size=(size, size), mode="nearest-exact")
    return Case(image[None, None], classes[0].long())


def _random_hu_of_phase(rng: np.random.Generator, aorta_hu: tuple[float, float]) -> np.ndarray:
    while True:
        hu = random_hu(rng)
        if aorta_hu[0] <= hu[Structure.AORTA] <= aorta_hu[1]:
            return hu


def _square(labels: np.ndarray) -> Tensor:
    missing = [max(0, _PHANTOM_MM - size) for size in labels.shape]
    return torch.from_numpy(
        _middle(np.pad(labels, [(gap // 2, gap - gap // 2) for gap in missing])[None], _PHANTOM_MM)[0].astype(np.int64)
    )
