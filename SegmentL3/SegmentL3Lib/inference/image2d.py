"""Run a 2D network over one image, and bring its probabilities to another grid."""

import numpy as np
import torch
from torch.nn import functional

from ..models import Bundle


def mirrored_probabilities(model: Bundle, image: np.ndarray, device: torch.device | str = "cpu") -> np.ndarray:
    """Mean of the probabilities for an image and for its left-right mirror image.

    Args:
        model: 2D model.
        image: gray values as the network expects them, float32 (y, x).
        device: where the network runs.

    Returns:
        Probabilities, float32 (channel, y, x).
    """
    network = model.network.to(device)
    direct = torch.from_numpy(image)[None, None]
    with torch.inference_mode():
        both = torch.cat([direct, direct.flip(-1)]).to(device)
        probabilities = model.inferer(both, network).softmax(1).float().cpu()
    return ((probabilities[0] + probabilities[1].flip(-1)) / 2).numpy()


def to_native_grid(
    probabilities: np.ndarray, origin: np.ndarray, step: np.ndarray, shape: tuple[int, int], background: int = 0
) -> np.ndarray:
    """Probabilities on the grid of the slice, by linear interpolation.

    Args:
        probabilities: (channel, y, x).
        origin: place of their first pixel on the native grid, (y, x), in native pixels.
        step: distance of their pixels, (y, x), in native pixels.
        shape: of the native grid, (y, x).
        background: channel that is certain outside their grid.

    Returns:
        Probabilities, float32 (channel, y, x) of the given shape; they sum up to 1 at each pixel.
    """
    axes = [
        ((torch.arange(shape[axis]) - origin[axis]) / step[axis] * 2 + 1) / probabilities.shape[axis + 1] - 1
        for axis in (0, 1)
    ]
    y, x = torch.meshgrid(*axes, indexing="ij")
    places = torch.stack([x, y], -1).float()[None]
    native = functional.grid_sample(
        torch.from_numpy(probabilities)[None], places, mode="bilinear", padding_mode="zeros", align_corners=False
    )[0]
    native[background] += 1 - native.sum(0)
    return native.numpy()
