"""A stack of thick slices of a moving fetus, and what a volume of thin voxels made of it looks like.

Slices are taken one after the other, every second one first, while the fetus moves: each shows it at another place.
The motion during a slice is small, so it is rigid from slice to slice; some slices lose signal.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise

_THROUGH_SLICE = 3  # planes that are averaged to one slice
_SLOWNESS = 2.0  # of the motion, in slices


@dataclass(frozen=True)
class Motion:
    """How a fetus moves and what that does to the slices.

    Attributes:
        shift_mm: standard deviation of the place.
        angle_deg: standard deviation of the angle about each axis.
        lost_share: of the slices, those that lose signal.
    """

    shift_mm: float
    angle_deg: float
    lost_share: float


def draw_motion(rng: np.random.Generator) -> Motion:
    """From none to strong."""
    strength = rng.uniform() ** 1.5
    return Motion(1.2 * strength, 2.5 * strength, rng.uniform(0, 0.08))


def take_stack(
    image: np.ndarray, tissues: np.ndarray, axis: int, thickness: float, motion: Motion, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Slices (float32) and the tissues in the middle of each (uint8); their axis has as many voxels as slices fit.

    Args:
        image, tissues: of the fetus at rest, on cubic voxels of 1 mm.
        axis: across the slices.
        thickness: of the slices, mm.
    """
    slices, labels = moving_slices(image, tissues, axis, thickness, motion, rng)
    return slices * slice_gain(slices.shape, axis, motion, rng), labels


def moving_slices(
    image: np.ndarray,
    tissues: np.ndarray,
    axis: int,
    thickness: float,
    motion: Motion,
    rng: np.random.Generator,
    voxel_mm: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """As ``take_stack`` without the changes of brightness, on cubic voxels of any size."""
    image, tissues = (np.moveaxis(values, axis, 0) for values in (image, tissues))
    thickness = thickness / voxel_mm
    count = max(1, int(len(image) / thickness))
    turns, shifts = _poses(count, motion, rng)
    middles = (np.arange(count) + 0.5) * thickness - 0.5
    planes = (np.arange(_THROUGH_SLICE) - (_THROUGH_SLICE - 1) / 2) * thickness / _THROUGH_SLICE
    center = (np.array(image.shape) - 1) / 2
    rows = np.arange(image.shape[1], dtype=np.float32)[:, None] - center[1]
    columns = np.arange(image.shape[2], dtype=np.float32) - center[2]
    slices = np.zeros((count, *image.shape[1:]), np.float32)
    labels = np.zeros(slices.shape, np.uint8)
    for number, (turn, shift, middle) in enumerate(zip(turns, shifts / voxel_mm, middles, strict=True)):
        for plane in planes:
            across = middle + plane - center[0]
            at = [r[0] * across + r[1] * rows + r[2] * columns + to for r, to in zip(turn, center + shift, strict=True)]
            slices[number] += ndimage.map_coordinates(image, at, order=1) / _THROUGH_SLICE
            if plane == 0:
                labels[number] = ndimage.map_coordinates(tissues, at, order=0)
    return np.moveaxis(slices, 0, axis), np.moveaxis(labels, 0, axis)


def slice_gain(shape: tuple[int, ...], axis: int, motion: Motion, rng: np.random.Generator) -> np.ndarray:
    """Brightness (float32) of each slice; where motion spoils one it sinks, in part of the slice more than elsewhere.

    Args:
        shape: of the stack.
        axis: across the slices.
    """
    shape = (shape[axis], *(size for each, size in enumerate(shape) if each != axis))
    gain = np.exp(0.04 * rng.standard_normal(shape[0])).astype(np.float32)[:, None, None] * np.ones(shape, np.float32)
    for number in np.flatnonzero(rng.uniform(size=shape[0]) < motion.lost_share):
        lost = rng.uniform(0.2, 0.9) * (1 + smooth_noise(rng, (1, *shape[1:]), 40)[0]) / 2
        gain[number] *= np.clip(1 - lost, 0.05, 1)
    return np.moveaxis(gain, 0, axis)


def thin_voxels(stack: np.ndarray, axis: int, size: int, thickness: float, linear: bool) -> np.ndarray:
    """Stack with ``size`` voxels of 1 mm along its axis, interpolated between the slices or of the nearest one."""
    at = np.clip((np.arange(size) + 0.5) / thickness - 0.5, 0, stack.shape[axis] - 1)
    if not linear:
        return stack.take(np.rint(at).astype(int), axis)
    low = np.minimum(at.astype(int), max(stack.shape[axis] - 2, 0))
    high = np.minimum(low + 1, stack.shape[axis] - 1)
    share = (at - low).astype(np.float32).reshape([-1 if each == axis else 1 for each in range(3)])
    return stack.take(low, axis) * (1 - share) + stack.take(high, axis) * share


def _poses(count: int, motion: Motion, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rotation matrices (slice, 3, 3) and shifts (slice, 3), mm."""
    path = ndimage.gaussian_filter1d(rng.standard_normal((count, 6)), _SLOWNESS, axis=0)
    path = path / max(path.std(), 1e-6) + 0.15 * rng.standard_normal((count, 6))
    order = np.concatenate([np.arange(0, count, 2), np.arange(1, count, 2)])
    poses = np.empty_like(path)
    poses[order] = path
    a, b, c = np.radians(motion.angle_deg) * poses[:, :3].T
    one, zero = np.ones(count), np.zeros(count)
    first = np.array([[one, zero, zero], [zero, np.cos(a), -np.sin(a)], [zero, np.sin(a), np.cos(a)]])
    second = np.array([[np.cos(b), zero, np.sin(b)], [zero, one, zero], [-np.sin(b), zero, np.cos(b)]])
    third = np.array([[np.cos(c), -np.sin(c), zero], [np.sin(c), np.cos(c), zero], [zero, zero, one]])
    matrices = [np.moveaxis(turn, -1, 0) for turn in (first, second, third)]
    return matrices[0] @ matrices[1] @ matrices[2], motion.shift_mm * poses[:, 3:]
