"""What the engine is to reproduce, written as plainly as possible: whole arrays, one window after the other."""

import itertools

import numpy as np
import torch
from scipy import ndimage

from SegmentL3Lib.inference.windows import importance, window_starts


def nnunet_resized(array: np.ndarray, shape, order: int, coarse: int | None = None) -> np.ndarray:
    """An array on another grid of the same extent, held within its values; slice by slice with a coarse axis."""
    if coarse is None:
        return _zoomed(array, shape, order)
    inner = [size for axis, size in enumerate(shape) if axis != coarse]
    slices = [_zoomed(part, inner, order) for part in np.moveaxis(array, coarse, 0)]
    places = (np.arange(shape[coarse]) + 0.5) * array.shape[coarse] / shape[coarse] - 0.5
    nearest = np.clip(np.floor(places + 0.5).astype(int), 0, array.shape[coarse] - 1)
    return np.moveaxis(np.stack(slices)[nearest], 0, coarse)


def _zoomed(array: np.ndarray, shape, order: int) -> np.ndarray:
    factors = [new / old for new, old in zip(shape, array.shape, strict=True)]
    zoomed = ndimage.zoom(array.astype(float), factors, order=order, mode="nearest", grid_mode=True)
    return np.clip(zoomed, array.min(), array.max())


def ct_normalized(array: np.ndarray, channel) -> np.ndarray:
    """CT numbers as nnU-Net normalizes them."""
    return (np.clip(array.astype(np.float32), channel.lower, channel.upper) - channel.mean) / channel.deviation


def logits_of(image: np.ndarray, stage, mirror: bool = False) -> np.ndarray:
    """Blended logits (output channel, a, b, c) of an image (channel, a, b, c) on the network's grid."""
    values = torch.from_numpy(np.ascontiguousarray(image, np.float32))
    patch = stage.window.patch_size
    if len(patch) == 2:
        return np.stack([_blended(values[:, row], stage, mirror) for row in range(values.shape[1])], 1)
    return _blended(values, stage, mirror)


def _blended(values: torch.Tensor, stage, mirror: bool) -> np.ndarray:
    patch, shape = stage.window.patch_size, values.shape[1:]
    missing = [max(0, size - have) for size, have in zip(patch, shape, strict=True)]
    padding = [count for total in reversed(missing) for count in (total // 2, total - total // 2)]
    padded = torch.nn.functional.pad(values, padding, value=stage.window.padding_value)
    weights = importance(stage.window)
    total, count = 0.0, torch.zeros(padded.shape[1:])
    for start in window_starts(padded.shape[1:], stage.window):
        place = tuple(slice(first, first + size) for first, size in zip(start, patch, strict=True))
        found = _mean_logits(padded[(slice(None), *place)][None], stage, mirror)[0]
        whole = torch.zeros(len(found), *padded.shape[1:])
        whole[(slice(None), *place)] = found * weights
        total, count = total + whole, count.clone()
        count[place] += weights
    inner = tuple(slice(lack // 2, lack // 2 + size) for lack, size in zip(missing, shape, strict=True))
    return (total / count)[(slice(None), *inner)].numpy()


def _mean_logits(window: torch.Tensor, stage, mirror: bool) -> torch.Tensor:
    axes = [axis + 2 for axis in stage.window.mirror_axes] if mirror else []
    flips = [flip for number in range(len(axes) + 1) for flip in itertools.combinations(axes, number)]
    with torch.inference_mode():
        found = [net(window.flip(flip)).flip(flip) for net in stage.networks for flip in flips]
    return torch.stack(found).mean(0)
