"""How far images of a new scanner are from those that a model knows: gray values, noise, resolution, features."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from SegmentL3Lib.volume import Volume

from .pool import Pool
from .taps import Taps, choose_layers

PATCHES = 64
_AT_ONCE = 16
_LAYERS = 3
# How many times the distance within the old scanner itself the distance of features may be.
_LIKE, _UNLIKE = 2.0, 5.0
_LAPLACE = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
_AIR_SHARE = 0.2  # of the range of gray values, below which there is air
_STRONGEST_CHANGE = 1.25  # factor from which a difference is named
_MADE_NORMAL = 1.4826  # standard deviation of a normal distribution by its median absolute deviation


@dataclass(frozen=True)
class ScannerStatistics:
    """Means over the images of a scanner.

    Attributes:
        images: number of images.
        mean, deviation: of the voxels that are not air, in the unit of the files.
        contrast: 1st to 99th percentile, in the unit of the files.
        noise: standard deviation of the noise, in the unit of the files (Immerkaer 1996, robust form).
        noise_percent_of_contrast: the same relative to ``contrast``.
        sharpness: share of the change from voxel to voxel that is still there between every other voxel; less means a
            smoother image.
        pixel_mm, slice_mm: voxel size in the slice and between slices.
    """

    images: int
    mean: float
    deviation: float
    contrast: float
    noise: float
    noise_percent_of_contrast: float
    sharpness: float
    pixel_mm: float
    slice_mm: float


@dataclass(frozen=True)
class Shift:
    """The comparison.

    Attributes:
        target, source: statistics of the new and the old scanner.
        feature_distance: Frechet distance of what layers of the network see, each layer's channels in standard
            deviations of the old scanner and taken as independent.
        distance_within_source: the same between two halves of the old scanner's images.
        ratio: first by second.
        degree: "like", "somewhat different" or "very different".
        sentence: for the user.
    """

    target: ScannerStatistics
    source: ScannerStatistics
    feature_distance: float
    distance_within_source: float
    ratio: float
    degree: str
    sentence: str


def compare(
    network: nn.Module, target: Sequence[Volume], source: Sequence[Volume], target_pool: Pool, source_pool: Pool
) -> Shift:
    """Compare two scanners."""
    new, old = features(network, target_pool), features(network, source_pool)
    within = frechet_distance(old[::2], old[1::2], old)
    between = frechet_distance(new, old, old)
    ratio = between / within if within > 0 else math.inf
    degree = "like" if ratio < _LIKE else "somewhat different" if ratio < _UNLIKE else "very different"
    statistics = scanner_statistics(target), scanner_statistics(source)
    return Shift(*statistics, between, within, ratio, degree, _sentence(degree, ratio, *statistics))


def features(network: nn.Module, pool: Pool) -> Tensor:
    """What layers of a network see: mean and standard deviation of each channel, (patches, features)."""
    patches = pool.sample(PATCHES)[0]
    layers, _ = choose_layers(network.eval(), patches[:1], _LAYERS)
    taps = Taps(network, layers)
    rows = []
    try:
        with torch.no_grad():
            for part in patches.split(_AT_ONCE):
                network(part)
                flat = [values.flatten(2) for values in taps.take()]
                rows.append(torch.cat([x for values in flat for x in (values.mean(2), values.std(2))], 1))
    finally:
        taps.close()
    return torch.cat(rows)


def frechet_distance(first: Tensor, second: Tensor, unit: Tensor) -> float:
    """Frechet distance of two sets of features, channels taken as independent, per channel.

    Args:
        first, second: (patches, features), two patches or more each.
        unit: features whose standard deviations are the unit.
    """
    if min(len(first), len(second)) < 2:
        return math.nan
    deviation = unit.std(0).clamp_min(1e-6)
    means = (first.mean(0) - second.mean(0)) / deviation
    spreads = (first.std(0) - second.std(0)) / deviation
    return float((means**2 + spreads**2).mean().sqrt())


def scanner_statistics(scans: Sequence[Volume]) -> ScannerStatistics:
    """Means over scans."""
    rows = np.mean([_scan_statistics(scan) for scan in scans], 0)
    return ScannerStatistics(len(scans), *(float(value) for value in rows))


def _scan_statistics(scan: Volume) -> tuple[float, ...]:
    array = scan.array
    chosen = np.unique(np.linspace(0, len(array) - 1, min(len(array), 16)).round().astype(int))
    planes = array[chosen].astype(np.float32)
    low, high = np.percentile(planes, (1, 99))
    contrast = max(float(high - low), 1e-6)
    threshold = low + _AIR_SHARE * contrast
    seen = planes[planes > threshold]
    seen = seen if seen.size else planes
    noise = float(np.median([_noise(plane, threshold) for plane in planes]))
    near = np.abs(np.diff(planes, axis=2)).mean()
    far = np.abs(planes[:, :, 2:] - planes[:, :, :-2]).mean()
    spacing = scan.geometry.spacing
    sharpness = float(near / max(far, 1e-6))
    return (
        float(seen.mean()),
        float(seen.std()),
        contrast,
        noise,
        100 * noise / contrast,
        sharpness,
        float(np.mean(spacing[:2])),
        float(spacing[2]),
    )


def _noise(plane: np.ndarray, threshold: float) -> float:
    """Standard deviation of noise: median of what is left of the body after all that is locally straight is taken away.

    Right for noise that differs from voxel to voxel; grainy noise comes out too small.
    """
    if min(plane.shape) < 3:
        return 0.0
    view = np.lib.stride_tricks.sliding_window_view(plane, (3, 3))
    rest = np.einsum("yxij,ij->yx", view, _LAPLACE) / 6
    body = rest[plane[1:-1, 1:-1] > threshold]
    return float(_MADE_NORMAL * np.median(np.abs(body))) if body.size else 0.0


def _sentence(degree: str, ratio: float, new: ScannerStatistics, old: ScannerStatistics) -> str:
    if degree == "like":
        return "The new images look like those that the model knows; adapting will hardly help."
    text = {
        "somewhat different": "The new images look somewhat different from those that the model knows",
        "very different": "The new images look very different from those that the model knows",
    }[degree]
    named = [
        f"{name} {_times(getattr(new, key), getattr(old, key))}"
        for key, name in (
            ("noise", "noise"),
            ("contrast", "range of gray values"),
            ("sharpness", "sharpness"),
            ("pixel_mm", "pixel size"),
            ("slice_mm", "slice distance"),
        )
        if _factor(getattr(new, key), getattr(old, key)) >= _STRONGEST_CHANGE
    ]
    distance = f" ({ratio:.1f} times the difference among known images)" if math.isfinite(ratio) else ""
    return f"{text}{distance}{': ' + ', '.join(named) if named else ''}. Check results closely, or adapt the model."


def _factor(new: float, old: float) -> float:
    if min(new, old) <= 0:
        return math.inf if new != old else 1.0
    return max(new / old, old / new)


def _times(new: float, old: float) -> str:
    return f"{new:.3g} instead of {old:.3g}"
