"""From scans to what a network sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage

from ..models.plan import Stage
from ..volume import Geometry
from .frame import Frame, stage_frame
from .normalize import Normalize, normalizer, uses_mask
from .region import Box, whole
from .resample import resample_image, slabs
from .sampling import LINEAR, AxisSampling, network_samplings, scan_samplings


@dataclass(frozen=True, eq=False)
class Prepared:
    """Input of a network, and the way back.

    Attributes:
        values: float32 (channel, a, b, c), along the axes of ``frame``.
        frame: axes of ``values`` in the scan; the stage's own, the one along which the windows proceed first.
        stage_order: for each axis of the stage its place in ``frame``.
        crop: part of the scan that ``values`` covers.
        outward: for each axis of ``frame`` how the crop samples the network's grid.
    """

    values: torch.Tensor
    frame: Frame
    stage_order: tuple[int, int, int]
    crop: Box
    outward: tuple[AxisSampling, AxisSampling, AxisSampling]


def prepare(
    stage: Stage, arrays: Sequence[np.ndarray], geometry: Geometry, previous: np.ndarray | None = None
) -> Prepared:
    """Crop, normalize and resample scans as a stage needs them.

    Only slabs of the scans are ever held as floating point numbers; what grows with the scan is the result.

    Args:
        stage: of the model.
        arrays: one per channel, all on the same grid, (z, y, x).
        geometry: of the grid.
        previous: labels of the previous stage, (z, y, x), where the stage takes them.

    Raises:
        ModelError: something in the plan that is not known.
    """
    crop = nonzero_box(arrays) if stage.crop_to_nonzero else whole(arrays[0].shape)
    frame = stage_frame(stage, geometry)
    inward, coarse = network_samplings(
        stage.resampling, frame.of_scan(crop.shape), frame.of_scan(geometry.spacing[::-1])
    )
    outward = scan_samplings(stage.resampling, inward, frame.of_scan(geometry.spacing[::-1]))
    order = _streaming_order(stage, [axis.target for axis in inward])
    work = frame.reordered(order)
    parts = [array[crop.slices] for array in arrays]
    mask = _filled_nonzero(parts) if any(uses_mask(channel) for channel in stage.channels) else None
    grid = _Grid(frame.to_scan(inward), frame.to_scan(frame.flipped), None if coarse is None else frame.axes[coarse])
    shape = [inward[axis].target for axis in order]
    values = torch.empty(len(parts) + len(stage.previous_labels), *shape)
    for index, (part, channel) in enumerate(zip(parts, stage.channels, strict=True)):
        values[index] = _channel(part, channel, mask, grid, stage.normalize_before_resampling).permute(work.axes)
    if stage.previous_labels and previous is not None:
        labels = _resampled_labels(previous[crop.slices], grid).permute(work.axes)
        for index, value in enumerate(stage.previous_labels, len(parts)):
            values[index] = labels == value
    return Prepared(
        values=values,
        frame=work,
        stage_order=tuple(order.index(axis) for axis in range(3)),
        crop=crop,
        outward=tuple(outward[axis] for axis in order),
    )


def nonzero_box(arrays: Sequence[np.ndarray]) -> Box:
    """Smallest box (z, y, x) around what is not zero in any of some arrays; the whole where all is zero."""
    rows, columns, depths = ([np.zeros(size, bool) for _ in arrays] for size in arrays[0].shape)
    for number, array in enumerate(arrays):
        for part in slabs(array.shape):
            nonzero = array[part] != 0
            flat = nonzero.any(0)
            rows[number][part] = nonzero.any((1, 2))
            columns[number] |= flat.any(1)
            depths[number] |= flat.any(0)
    extents = [np.flatnonzero(np.any(axis, 0)) for axis in (rows, columns, depths)]
    if any(len(extent) == 0 for extent in extents):
        return whole(arrays[0].shape)
    return Box(tuple(int(extent[0]) for extent in extents), tuple(int(extent[-1]) + 1 for extent in extents))


@dataclass(frozen=True)
class _Grid:
    """The network's grid along the axes of the scan."""

    axes: tuple[AxisSampling, ...]
    flipped: tuple[bool, ...]
    coarse: int | None


def _streaming_order(stage: Stage, shape: Sequence[int]) -> tuple[int, int, int]:
    """Axes of the stage, that one first along which the windows hold the smallest share of the image."""
    patch = stage.window.patch_size
    if len(patch) == 2:
        return (0, 1, 2)
    first = min(range(3), key=lambda axis: patch[axis] / max(shape[axis], patch[axis]))
    return (first, *(axis for axis in range(3) if axis != first))


def _filled_nonzero(parts: Sequence[np.ndarray]) -> np.ndarray:
    mask = parts[0] != 0
    for part in parts[1:]:
        mask |= part != 0
    return ndimage.binary_fill_holes(mask)


def _channel(part: np.ndarray, channel, mask: np.ndarray | None, grid: _Grid, normalize_first: bool) -> torch.Tensor:
    """One channel on the network's grid, along the axes of the scan."""

    def read(rows: slice) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(part[rows], np.float32))

    def read_mask(rows: slice) -> torch.Tensor | None:
        return None if mask is None else torch.from_numpy(mask[rows])

    def all_parts() -> Iterator:
        return ((read(rows), read_mask(rows)) for rows in slabs(part.shape))

    if normalize_first:
        normalize = normalizer(channel, all_parts)
        return resample_image(lambda rows: normalize(read(rows), read_mask(rows)), grid.axes, grid.flipped, grid.coarse)
    image = resample_image(read, grid.axes, grid.flipped, grid.coarse)
    return _in_slabs(image, normalizer(channel, lambda: ((image[rows], None) for rows in slabs(image.shape))))


def _in_slabs(image: torch.Tensor, normalize: Normalize) -> torch.Tensor:
    for rows in slabs(image.shape):
        image[rows] = normalize(image[rows], None)
    return image


def _resampled_labels(labels: np.ndarray, grid: _Grid) -> torch.Tensor:
    """Labels on the network's grid, along the axes of the scan: each by itself, linearly, as nnU-Net does."""
    linear = tuple(replace(axis, order=min(axis.order, LINEAR)) for axis in grid.axes)
    result = torch.zeros([axis.target for axis in linear], dtype=torch.uint8)
    for value in np.unique(labels):

        def read(rows: slice, value=value) -> torch.Tensor:
            return torch.from_numpy((labels[rows] == value).astype(np.float32))

        result[resample_image(read, linear, grid.flipped, grid.coarse) >= 0.5] = int(value)
    return result
