"""Several answers of one network to one slice: with dropout, or to slightly changed copies of the slice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from ..inference import window_probabilities
from ..models import Bundle
from ..segment import NetworkGrid, check_regions, network_grid

COUNT = 6
_SEED = 0
_SHIFT_MM = 3.0
_SCALE = 0.06
_OFFSET_HU = 8.0
_NOISE_HU = 15.0
_DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def sampled_probabilities(
    hu: np.ndarray, spacing_yx_mm: tuple[float, float], model: Bundle, device="cpu", count: int = COUNT
) -> Iterator[np.ndarray]:
    """Answers that differ as far as the network is unsure.

    A network with dropout is run with it (Gal & Ghahramani, ICML 2016): its dropout layers are active, everything
    else, batch normalization above all, stays as in use. One without is shown copies of the slice that are mirrored,
    shifted by up to 3 mm, scaled by up to 6 %, brighter or darker by about 8 HU, and noisier by up to 15 HU.
    The copies of a slice are the same every time.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        spacing_yx_mm: pixel size.
        model: tissue model.
        device: where the network runs, as torch names it.
        count: number of answers.

    Yields:
        Probability of each region, float32 (region, y, x).

    Raises:
        ModelError: the model is not a 2D model of these regions.
    """
    grid = network_grid(hu, spacing_yx_mm, model)
    dropout = dropout_layers(model.network)
    copies = [_Copy()] * count if dropout else _copies(count)
    grids = [copy.moved(grid, spacing_yx_mm) for copy in copies]
    for copy, place in zip(copies, grids, strict=True):
        image = copy.changed(model, place.image(hu))
        # One at a time: a batch does not fit into the cache of a processor, and takes longer.
        with active(dropout):
            (probabilities,) = window_probabilities(model, image[None], device)
        check_regions(probabilities, model)
        yield place.to_native(probabilities[..., ::-1] if copy.mirrored else probabilities)


def dropout_layers(network: nn.Module) -> list[nn.Module]:
    """Layers of a network that drop something when they are active."""
    return [module for module in network.modules() if isinstance(module, _DROPOUT) and module.p > 0]


@contextmanager
def active(layers: Sequence[nn.Module]) -> Iterator[None]:
    """Let dropout layers drop; the other layers of their network stay as they are."""
    for layer in layers:
        layer.train()
    try:
        yield
    finally:
        for layer in layers:
            layer.eval()


@dataclass(frozen=True)
class _Copy:
    """A slightly changed copy of a slice; it is the slice itself by default."""

    shift_mm: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    offset_hu: float = 0.0
    noise_hu: float = 0.0
    mirrored: bool = False
    seed: int = 0

    def moved(self, grid: NetworkGrid, spacing_yx_mm: tuple[float, float]) -> NetworkGrid:
        """The network's grid shifted and scaled around its middle."""
        middle = (np.asarray(grid.shape) - 1) / 2
        center = grid.origin + middle * grid.step + np.asarray(self.shift_mm) / np.asarray(spacing_yx_mm)
        step = grid.step * self.scale
        return replace(grid, origin=center - middle * step, step=step)

    def changed(self, model: Bundle, hu: np.ndarray) -> np.ndarray:
        """Gray values as the network expects them of an image with other CT numbers."""
        noise = np.random.default_rng(self.seed).standard_normal(hu.shape, np.float32) * self.noise_hu
        image = model.preprocessing.scale(hu + np.float32(self.offset_hu) + noise)
        return image[:, ::-1] if self.mirrored else image


def _copies(count: int) -> list[_Copy]:
    rng = np.random.default_rng(_SEED)
    return [
        _Copy(
            shift_mm=tuple(rng.uniform(-_SHIFT_MM, _SHIFT_MM, 2)),
            scale=1 + rng.uniform(-_SCALE, _SCALE),
            offset_hu=_OFFSET_HU * rng.standard_normal(),
            noise_hu=rng.uniform(0, _NOISE_HU),
            mirrored=bool(number % 2),
            seed=number,
        )
        for number in range(count)
    ]
