"""From the output of a network to labels on the grid of the scan, row by row."""

from collections.abc import Sequence

import numpy as np
import torch

from ..models.plan import SIGMOID, SegmentationModel
from .region import Box
from .sampling import AxisSampling


class Painter:
    """Takes rows of logits in ascending order and paints labels as soon as all is there that they depend on.

    No more than two rows of logits are held, however large the scan.
    """

    def __init__(
        self,
        decide: "Decision",
        outward: Sequence[AxisSampling],
        canvas: np.ndarray,
        part: Sequence[slice],
        labels_first: bool = False,
        probabilities: Sequence[np.ndarray] = (),
    ):
        """Prepare to paint.

        Args:
            decide: how logits become labels.
            outward: for each axis of the network's grid how the canvas samples it.
            canvas: uint8 or uint16 (a, b, c), along the axes of the network's grid; is painted on.
            part: of the canvas that is wanted.
            labels_first: whether labels are decided on the network's grid and then brought to the canvas.
            probabilities: for each channel float32 (a, b, c), as the canvas; are painted on with the softmax of the
                logits. Empty where they are not wanted.
        """
        self._decide = decide
        self._canvas = canvas
        self._part = part
        self._labels_first = labels_first
        self._probabilities = probabilities
        first = outward[0]
        self._lower, self._upper, self._weight = first.taps()
        self._inner = [_Taps(axis, wanted) for axis, wanted in zip(outward[1:], part[1:], strict=True)]
        self._next = part[0].start
        self._rows: dict[int, torch.Tensor] = {}

    @property
    def needed(self) -> tuple[slice, slice, slice]:
        """Part of the network's grid that the wanted part depends on."""
        rows = slice(int(self._lower[self._part[0].start]), int(self._upper[self._part[0].stop - 1]) + 1)
        return (rows, *(taps.needed for taps in self._inner))

    def add(self, first: int, logits: torch.Tensor) -> None:
        """Take rows.

        Args:
            first: number of the first.
            logits: float32 (channel, rows, b, c).
        """
        last = first + logits.shape[1] - 1
        while self._next < self._part[0].stop and self._upper[self._next] <= last:
            self._paint(self._next, first, logits)
            self._next += 1
        if self._next < self._part[0].stop:
            needed = range(self._lower[self._next], self._upper[self._next] + 1)
            self._rows = {row: self._row(row, first, logits) for row in needed if row <= last}

    def _paint(self, index: int, first: int, logits: torch.Tensor) -> None:
        pair = [int(self._lower[index]), int(self._upper[index])]
        self._rows = {row: self._row(row, first, logits) for row in set(pair)}
        lower, upper = (self._rows[row] for row in pair)
        weight = float(self._weight[index])
        if self._labels_first:
            labels = lower if weight < 0.5 else upper
        else:
            logits = torch.lerp(lower, upper, weight) if weight else lower
            labels = self._decide(logits)
            if self._probabilities:
                self._paint_probabilities(index, logits)
        self._canvas[index][self._part[1], self._part[2]] = labels.cpu().numpy()

    def _paint_probabilities(self, index: int, logits: torch.Tensor) -> None:
        for canvas, values in zip(self._probabilities, logits.softmax(0).cpu().numpy(), strict=True):
            canvas[index][self._part[1], self._part[2]] = values

    def _row(self, row: int, first: int, logits: torch.Tensor) -> torch.Tensor:
        """A row of the network's grid, sampled along its other axes."""
        if row in self._rows:
            return self._rows[row]
        values = logits[:, row - first]
        if not self._labels_first:
            return self._inner[0].linear(self._inner[1].linear(values, 2), 1)
        return self._inner[0].nearest(self._inner[1].nearest(self._decide(values), 1), 0)


class _Taps:
    """Sampling of one axis, of the wanted part only."""

    def __init__(self, axis: AxisSampling, wanted: slice):
        lower, upper, weight = axis.taps()
        self._identity = axis.is_identity and wanted == slice(0, axis.target)
        self._lower, self._upper = torch.from_numpy(lower[wanted]), torch.from_numpy(upper[wanted])
        self._weight = torch.from_numpy(weight[wanted])
        self._nearest = torch.from_numpy(np.where(weight < 0.5, lower, upper)[wanted])

    @property
    def needed(self) -> slice:
        """Voxels that the wanted part depends on."""
        return slice(int(self._lower[0]), int(self._upper[-1]) + 1)

    def linear(self, values: torch.Tensor, axis: int) -> torch.Tensor:
        if self._identity:
            return values
        lower = values.index_select(axis, self._lower.to(values.device))
        if not self._weight.any():
            return lower
        upper = values.index_select(axis, self._upper.to(values.device))
        shape = [-1 if number == axis else 1 for number in range(values.ndim)]
        return lower.lerp_(upper, self._weight.to(values.device).view(shape))

    def nearest(self, values: torch.Tensor, axis: int) -> torch.Tensor:
        return values if self._identity else values.index_select(axis, self._nearest.to(values.device))


class Decision:
    """How logits become labels: the largest channel, or every region above one half, painted in order."""

    def __init__(self, model: SegmentationModel, structures: Sequence[str] | None = None):
        """Prepare for a model.

        Args:
            model: its structures and its activation.
            structures: names of those that are wanted; None wants all.
        """
        wanted = [structure for structure in model.structures if structures is None or structure.name in structures]
        self.largest = max((structure.value for structure in model.structures), default=0)
        self._regions = model.activation == SIGMOID
        self._painted = [
            (channel, structure.value) for channel, structure in enumerate(model.structures) if structure in wanted
        ]
        self._kept = torch.zeros(max(self.largest + 1, 256), dtype=torch.uint8 if self.largest < 256 else torch.int32)
        for structure in wanted:
            self._kept[structure.value] = structure.value
        self._keeps_all = len(wanted) == len(model.structures)

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """Labels (b, c), uint8 or int32, of logits (channel, b, c)."""
        labels = torch.zeros(logits.shape[1:], dtype=self._kept.dtype, device=logits.device)
        if self._regions:
            for channel, value in self._painted:
                labels.masked_fill_(logits[channel] > 0, value)
            return labels
        largest = logits[0].clone()
        for channel in range(1, len(logits)):
            labels.masked_fill_(logits[channel] > largest, channel)
            torch.maximum(largest, logits[channel], out=largest)
        return labels if self._keeps_all else self._kept.to(labels.device)[labels.long()]


def canvas_part(box: Box, crop: Box) -> Box | None:
    """Part of a crop, in voxels of the crop (z, y, x), that lies in a box of the scan; None where nothing does."""
    low = [max(first, start) - start for first, start in zip(box.low, crop.low, strict=True)]
    high = [min(last, end) - start for last, end, start in zip(box.high, crop.high, crop.low, strict=True)]
    return Box(tuple(low), tuple(high)) if all(a < b for a, b in zip(low, high, strict=True)) else None
