"""Anatomical regions of one axial slice by the tissue model, on the slice's own grid."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .body import body_mask
from .errors import ModelError
from .inference import mirrored_probabilities, to_native_grid
from .models import Bundle
from .regions import Region

AIR_HU = -1000.0
MARGIN_MM = 15.0
# Encoders halve the grid up to five times.
GRID_MULTIPLE = 32
# Width of the smoothing before sampling more coarsely, in pixels of the coarse grid: little aliasing, little blur.
ANTIALIAS_SIGMA = 0.42


def segment_slice(hu: np.ndarray, spacing_yx_mm: tuple[float, float], model: Bundle, device="cpu") -> np.ndarray:
    """Most probable region of each pixel.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        spacing_yx_mm: pixel size.
        model: tissue model.
        device: where the network runs, as torch names it.

    Returns:
        ``Region`` values, uint8 (y, x).

    Raises:
        ModelError: the model is not a 2D model of these regions.
    """
    return region_probabilities(hu, spacing_yx_mm, model, device).argmax(0).astype(np.uint8)


def region_probabilities(hu: np.ndarray, spacing_yx_mm: tuple[float, float], model: Bundle, device="cpu") -> np.ndarray:
    """Probability of each region, float32 (region, y, x); arguments and errors as for ``segment_slice``."""
    grid = network_grid(hu, spacing_yx_mm, model)
    probabilities = mirrored_probabilities(model, model.preprocessing.scale(grid.image(hu)), device)
    check_regions(probabilities, model)
    return grid.to_native(probabilities)


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
