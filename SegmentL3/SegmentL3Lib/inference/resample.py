"""Bring an image to the grid of a network, slab by slab."""

from collections.abc import Callable, Sequence

import torch

from .sampling import LINEAR, AxisSampling

# Values of a slab: little enough for the cache of a processor to help, enough for its cores to be busy.
SLAB_VALUES = 1 << 22


def slabs(shape: Sequence[int], values: int = SLAB_VALUES) -> list[slice]:
    """Ranges of the first axis that hold about the given number of values each."""
    rows = max(1, values // max(1, shape[1] * shape[2]))
    return [slice(first, min(first + rows, shape[0])) for first in range(0, shape[0], rows)]


def resample_image(
    read: Callable[[slice], torch.Tensor], axes: Sequence[AxisSampling], flipped: Sequence[bool], coarse: int | None
) -> torch.Tensor:
    """Image on another grid.

    Splines overshoot; as nnU-Net does, values are held within those of the image, or of their own slice where a coarse
    axis is sampled apart.

    Args:
        read: gives the values of a range of the first axis, float32 (range, y, x); is called once for each range.
        axes: how each axis is sampled, counted from the end where the axis is flipped.
        flipped: which axes of the result run the other way.
        coarse: axis that is sampled after, and apart from, the others.

    Returns:
        Values, float32 with the target's size along each axis.
    """
    matrices = [_matrix(axis, turned) for axis, turned in zip(axes, flipped, strict=True)]
    together = [axis for axis in range(3) if axis != coarse]
    rows, limits = [], _Limits(coarse)
    for part in slabs([axis.source for axis in axes]):
        values = read(part)
        limits.see(values)
        for axis in (2, 1):
            values = _apply(values, matrices[axis] if axis in together else None, axis)
        rows.append(values)
    image = torch.cat(rows)
    rows.clear()
    if 0 in together:
        image = _apply(image, matrices[0], 0)
    if any(axes[axis].order > LINEAR and matrices[axis] is not None for axis in together):
        limits.hold(image)
    if coarse is not None:
        image = _apply(image, matrices[coarse], coarse)
    turned = [axis for axis in range(3) if flipped[axis] and matrices[axis] is None]
    return image.flip(turned) if turned else image


class _Limits:
    """Smallest and largest value of an image, or of each of its slices along a coarse axis."""

    def __init__(self, coarse: int | None):
        self._coarse = coarse
        self._found: list[tuple[torch.Tensor, torch.Tensor]] = []

    def see(self, values: torch.Tensor) -> None:
        within = tuple(axis for axis in range(3) if axis != self._coarse)
        self._found.append((values.amin(within), values.amax(within)))

    def hold(self, image: torch.Tensor) -> None:
        if self._coarse is None:
            image.clamp_(min(low for low, _ in self._found), max(high for _, high in self._found))
            return
        lows, highs = (torch.cat(found) if self._coarse == 0 else found for found in zip(*self._found, strict=True))
        if self._coarse != 0:
            lows, highs = torch.stack(lows).amin(0), torch.stack(highs).amax(0)
        shape = [-1 if axis == self._coarse else 1 for axis in range(3)]
        torch.maximum(image, lows.view(shape), out=image)
        torch.minimum(image, highs.view(shape), out=image)


def _matrix(axis: AxisSampling, flipped: bool) -> torch.Tensor | None:
    if axis.is_identity:
        return None
    matrix = torch.from_numpy(axis.matrix())
    return matrix.flip(1).contiguous() if flipped else matrix


def _apply(values: torch.Tensor, matrix: torch.Tensor | None, axis: int) -> torch.Tensor:
    if matrix is None:
        return values
    if axis == 0:
        return (matrix @ values.reshape(len(values), -1)).view(-1, *values.shape[1:])
    return matrix @ values if axis == 1 else values @ matrix.T
