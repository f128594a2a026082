"""Anatomical regions of one axial slice by the tissue model, on the slice's own grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .body import body_mask
from .errors import ModelError
from .inference import mirrored_probabilities, to_native_grid, window_probabilities
from .models import Bundle
from .regions import Region

AIR_HU = -1000.0
MARGIN_MM = 15.0
# Encoders halve the grid up to five times.
GRID_MULTIPLE = 32
# Width of the smoothing before sampling more coarsely, in pixels of the coarse grid: little aliasing, little blur.
ANTIALIAS_SIGMA = 0.42
# On drawn slices, version 0.5.0 of the model, 1.7 to 4 give the same: Dice of intermuscular fat 0.005 better than 1.
SURELY_INTERMUSCULAR = 2.0
# Slices so far above and below are asked, too, and no farther ones; weights of a Gaussian of this width.
BESIDE_MM, FARTHEST_MM, BESIDE_SIGMA_MM = 3.0, 8.0, 5.0


@dataclass(frozen=True, eq=False)
class SliceBeside:
    """A slice near the one that is segmented: CT numbers of the same pixels, (y, x), and how far away it is, mm."""

    hu: np.ndarray
    distance_mm: float


def slices_beside(array: np.ndarray, index: int, step_mm: float) -> tuple[SliceBeside, ...]:
    """The slices about ``BESIDE_MM`` above and below a slice, as far as there are such.

    Args:
        array: CT numbers, (z, y, x).
        index: of the slice.
        step_mm: distance of the slices.
    """
    step = max(1, round(BESIDE_MM / step_mm))
    if step * step_mm > FARTHEST_MM:
        return ()
    return tuple(
        SliceBeside(np.asarray(array[number]), step * step_mm)
        for number in (index + step, index - step)
        if 0 <= number < len(array)
    )


def segment_slice(
    hu: np.ndarray,
    spacing_yx_mm: tuple[float, float],
    model: Bundle,
    device="cpu",
    beside: Sequence[SliceBeside] = (),
) -> np.ndarray:
    """Most probable region of each pixel.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        spacing_yx_mm: pixel size.
        model: tissue model.
        device: where the network runs, as torch names it.
        beside: slices near it, which are asked, too.

    Returns:
        ``Region`` values, uint8 (y, x).

    Raises:
        ModelError: the model is not a 2D model of these regions.
    """
    return most_probable(region_probabilities(hu, spacing_yx_mm, model, device, beside))


def most_probable(probabilities: np.ndarray) -> np.ndarray:
    """Region of each pixel, uint8 (y, x), by the probabilities of the regions, (region, y, x).

    Fat is intermuscular instead of visceral only where that is ``SURELY_INTERMUSCULAR`` times as probable.
    """
    regions = probabilities.argmax(0).astype(np.uint8)
    surely = probabilities[Region.INTERMUSCULAR] >= SURELY_INTERMUSCULAR * probabilities[Region.VISCERAL]
    regions[(regions == Region.INTERMUSCULAR) & ~surely] = Region.VISCERAL
    return regions


def region_probabilities(
    hu: np.ndarray,
    spacing_yx_mm: tuple[float, float],
    model: Bundle,
    device="cpu",
    beside: Sequence[SliceBeside] = (),
) -> np.ndarray:
    """Probability of each region, float32 (region, y, x); arguments and errors as for ``segment_slice``."""
    grid = network_grid(hu, spacing_yx_mm, model)
    own = mirrored_probabilities(model, model.preprocessing.scale(grid.image(hu)), device)
    check_regions(own, model)
    return grid.to_native(_mean_with(beside, own, grid, model, device) if beside else own)


def _mean_with(beside: Sequence[SliceBeside], own: np.ndarray, grid: "NetworkGrid", model: Bundle, device):
    """Mean of the answers to a slice and to those beside it: a kidney beside bowel is whole in one of them.

    Bone stays that of the slice itself, since vertebrae end between slices.
    """
    total, weights = own.copy(), 1.0
    for number, item in enumerate(beside):
        way = slice(None, None, -1 if number % 2 else 1)
        image = model.preprocessing.scale(grid.image(item.hu))[:, way]
        (answer,) = window_probabilities(model, image[None], device)
        weight = np.exp(-0.5 * (item.distance_mm / BESIDE_SIGMA_MM) ** 2)
        total += np.float32(weight) * answer[..., way]
        weights += weight
    total /= np.float32(weights)
    total[Region.BONE] = own[Region.BONE]
    return total / total.sum(0)


def check_regions(probabilities: np.ndarray, model: Bundle) -> None:
    """Raise ModelError where a model's output, (channel, y, x), does not have a channel for each region."""
    if len(probabilities) != len(Region):
        raise ModelError(f"The model {model.name} has {len(probabilities)} output channels; {len(Region)} are needed.")


@dataclass(frozen=True, eq=False)
class NetworkGrid:
    """Where the network's pixels lie on a slice.

    Attributes:
        origin: first pixel, (y, x), in pixels of the slice.
        step: distance of the pixels, (y, x), in pixels of the slice.
        shape: rows and columns.
        native_shape: rows and columns of the slice.
    """

    origin: np.ndarray
    step: np.ndarray
    shape: tuple[int, int]
    native_shape: tuple[int, int]

    def image(self, hu: np.ndarray) -> np.ndarray:
        """CT numbers of the slice at the network's pixels, float32; air outside of the slice."""
        return _resample(hu, self.origin, self.step, self.shape)

    def to_native(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities at the network's pixels, (channel, y, x), on those of the slice; background outside."""
        return to_native_grid(probabilities, self.origin, self.step, self.native_shape, Region.BACKGROUND)


def network_grid(hu: np.ndarray, spacing_yx_mm: tuple[float, float], model: Bundle) -> NetworkGrid:
    """Grid around the body with the model's pixel size; arguments and errors as for ``segment_slice``.

    It is no smaller than in training: the statistics that normalize the layers take in the air around the body.
    """
    target_spacing = model.preprocessing.spacing_mm or spacing_yx_mm
    if len(target_spacing) != 2:
        raise ModelError(f"The model {model.name} does not work on single slices.")
    step = np.asarray(target_spacing, float) / np.asarray(spacing_yx_mm, float)
    low, high = _extent(body_mask(hu, spacing_yx_mm))
    pixels = (high - low + 2 * MARGIN_MM / np.asarray(spacing_yx_mm)) / step + 1
    needed = np.ceil(pixels / GRID_MULTIPLE) * GRID_MULTIPLE
    smallest = model.grid_shape or (GRID_MULTIPLE, GRID_MULTIPLE)
    rows, columns = (int(size) for size in np.maximum(needed, smallest))
    return NetworkGrid((low + high) / 2 - (np.array([rows, columns]) - 1) / 2 * step, step, (rows, columns), hu.shape)


def _extent(body: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last pixel (y, x) of the body; of the image where there is none."""
    if not body.any():
        return np.zeros(2), np.array(body.shape, float) - 1
    rows, columns = (np.flatnonzero(body.any(axis)) for axis in (1, 0))
    return np.array([rows[0], columns[0]], float), np.array([rows[-1], columns[-1]], float)


def _resample(hu: np.ndarray, origin: np.ndarray, step: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    image = hu.astype(np.float32)
    sigma = ANTIALIAS_SIGMA * np.sqrt(np.maximum(step**2 - 1, 0))
    if sigma.any():
        image = ndimage.gaussian_filter(image, sigma, mode="nearest")
    return ndimage.affine_transform(image, step, origin, shape, order=1, mode="constant", cval=AIR_HU)
