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
    direct, mirrored = window_probabilities(model, np.stack([image, image[:, ::-1]]), device)
    return (direct + mirrored[..., ::-1]) / 2


def window_probabilities(model: Bundle, images: np.ndarray, device: torch.device | str = "cpu") -> np.ndarray:
    """Probabilities for several images of one size.

    Args:
        model: 2D model.
        images: gray values as the network expects them, float32 (image, y, x).
        device: where the network runs.

    Returns:
        Probabilities, float32 (image, channel, y, x).
    """
    network = model.network.to(device)
    with torch.inference_mode():
        windows = torch.from_numpy(np.ascontiguousarray(images))[:, None].to(device)
        return model.inferer(windows, network).softmax(1).float().cpu().numpy()


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
    source = torch.from_numpy(np.ascontiguousarray(probabilities))[None]
    native = functional.grid_sample(source, places, mode="bilinear", padding_mode="zeros", align_corners=False)[0]
    native[background] += 1 - native.sum(0)
    return native.numpy()
