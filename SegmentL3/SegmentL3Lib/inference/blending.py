"""Run a network over an image in overlapping windows, and hand its output on row by row.

Only as many rows as a window is deep are held, so memory is bounded by the window and the other two axes, not by the
number of classes times the volume. A window that holds one value throughout (air beyond the range the model looks at,
padding by the scanner) is computed once: the same input gives the same output. Nothing else is skipped, since a
network may well give labels where there is only air, and the result is to be that of the model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from ..models.plan import Window
from .prepare import Prepared
from .windows import importance, window_starts

# In normalized values: the rounding errors of resampling a constant image stay far below.
CONSTANT_TOLERANCE = 1e-5
# Few, so that the copy that is handed on stays small.
HANDED_ON_ROWS = 8


@dataclass(frozen=True, eq=False)
class Layout:
    """Windows on a prepared image, along the axes of its frame.

    Attributes:
        image: float32 (channel, a, b, c), padded to a window at least.
        padding: voxels added before each axis.
        size: of a window along each axis; 1 along the first for 2D networks.
        starts: first voxel of each window in the padded image, in the order in which they are run.
        weights: of a window's voxels, float32 of its size.
        shape: of the image without the padding.
    """

    image: torch.Tensor
    padding: tuple[int, int, int]
    size: tuple[int, int, int]
    starts: tuple[tuple[int, int, int], ...]
    weights: torch.Tensor
    shape: tuple[int, int, int]


def lay_out(prepared: Prepared, window: Window, wanted: Sequence[slice]) -> Layout:
    """Windows that the wanted part of an image depends on.

    Args:
        prepared: the image.
        window: of the stage.
        wanted: voxels of the image along each of its axes. A window that touches them is run even where most of it
            lies outside, so that the labels are those of a run over the whole image.
    """
    order = sorted(range(3), key=lambda axis: prepared.stage_order[axis])
    flat = len(window.patch_size) == 2
    weights = importance(window)
    if flat:
        size, weights = (1, *window.patch_size), weights[None]
    else:
        size, weights = tuple(window.patch_size[axis] for axis in order), weights.permute(order).contiguous()
    image, padding = _padded(prepared.values, size, window)
    starts = _starts(image.shape[1:], size, window, flat)
    touching = [
        start
        for start in starts
        if all(
            first < part.stop + pad and first + length > part.start + pad
            for first, length, part, pad in zip(start, size, wanted, padding, strict=True)
        )
    ]
    return Layout(image, padding, size, tuple(touching), weights, tuple(prepared.values.shape[1:]))


def _starts(shape: Sequence[int], size: Sequence[int], window: Window, flat: bool) -> list[tuple[int, ...]]:
    if not flat:
        return window_starts(shape, replace(window, patch_size=tuple(size)))
    return [(row, *start) for row in range(shape[0]) for start in window_starts(shape[1:], window)]


def _padded(values: torch.Tensor, size: Sequence[int], window: Window) -> tuple[torch.Tensor, tuple[int, ...]]:
    """The image in the middle of one that is no smaller than a window, and what was added before each axis."""
    missing = [max(0, length - have) for length, have in zip(size, values.shape[1:], strict=True)]
    before = tuple(count // 2 for count in missing)
    if not any(missing):
        return values, before
    both = [(first, count - first) for first, count in zip(before, missing, strict=True)]
    flat = [count for pair in reversed(both) for count in pair]
    if window.padding_repeats:
        return functional.pad(values, flat, mode="replicate"), before
    return functional.pad(values, flat, value=window.padding_value), before


def run_windows(
    layout: Layout,
    run: Callable[[torch.Tensor], torch.Tensor],
    stage_order: Sequence[int],
    sink: Callable[[int, torch.Tensor], None],
    *,
    device: torch.device,
    batch: int = 1,
    done: Callable[[int], None] = lambda count: None,
) -> None:
    """Run a network over all windows and hand on the blended logits.

    Args:
        layout: the windows.
        run: gives the logits (window, output channel, ...) of windows (window, channel, ...), along the stage's axes.
        stage_order: for each axis of the stage its place in the layout.
        sink: takes the number of a first row, in the image without padding, and logits (output channel, rows, b, c).
        device: where the logits are blended.
        batch: windows of the same row that are run at once.
        done: is told how many windows are finished.
    """
    blender = _Blender(layout, sink, device)
    windows = _Windows(layout, run, stage_order)
    count = 0
    while count < len(layout.starts):
        row = layout.starts[count][0]
        group = [start for start in layout.starts[count : count + batch] if batch == 1 or _fits(layout, start, row)]
        blender.advance(row)
        for start, logits in zip(group, windows.logits(group), strict=True):
            blender.advance(start[0])
            blender.add(start, logits)
        count += len(group)
        done(count)
    blender.advance(None)


def _fits(layout: Layout, start: tuple[int, ...], row: int) -> bool:
    """Whether a window may be run along with one that begins at a row: 2D networks take slices together."""
    return layout.size[0] == 1 or start[0] == row


class _Windows:
    """Logits of windows, along the axes of the layout."""

    def __init__(self, layout: Layout, run: Callable[[torch.Tensor], torch.Tensor], stage_order: Sequence[int]):
        self._layout = layout
        self._run = run
        self._to_stage = (0, *(axis + 1 for axis in stage_order))
        self._from_stage = (0, *(list(stage_order).index(axis) + 1 for axis in range(3)))
        self._flat = layout.size[0] == 1
        self._constant: tuple[torch.Tensor, torch.Tensor] | None = None

    def logits(self, starts: Sequence[tuple[int, ...]]) -> list[torch.Tensor]:
        windows = [self._window(start) for start in starts]
        values = [_constant_value(window) for window in windows]
        known = [self._known(value) for value in values]
        missing = [index for index, logits in enumerate(known) if logits is None]
        if missing:
            computed = self._compute([windows[index] for index in missing])
            for index, logits in zip(missing, computed, strict=True):
                known[index] = logits
                if values[index] is not None:
                    self._constant = (values[index], logits)
        return known

    def _window(self, start: tuple[int, ...]) -> torch.Tensor:
        part = tuple(slice(first, first + length) for first, length in zip(start, self._layout.size, strict=True))
        return self._layout.image[(slice(None), *part)]

    def _known(self, value: torch.Tensor | None) -> torch.Tensor | None:
        if value is None or self._constant is None:
            return None
        constant, logits = self._constant
        return logits if torch.allclose(value, constant, rtol=0, atol=CONSTANT_TOLERANCE) else None

    def _compute(self, windows: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        if self._flat:
            return list(self._run(torch.stack([window[:, 0] for window in windows])).unsqueeze(2))
        stacked = torch.stack([window.permute(self._to_stage) for window in windows])
        return [logits.permute(self._from_stage) for logits in self._run(stacked.contiguous())]


def _constant_value(window: torch.Tensor) -> torch.Tensor | None:
    """Value of each channel of a window that holds one value throughout, otherwise None."""
    corner = window[:, 0, 0, 0]
    if (window[:, -1, -1, -1] - corner).abs().max() > CONSTANT_TOLERANCE:
        return None
    within = (1, 2, 3)
    return corner if (window.amax(within) - window.amin(within)).max() <= CONSTANT_TOLERANCE else None


class _Blender:
    """Weighted sums of the rows that further windows may still touch."""

    def __init__(self, layout: Layout, sink: Callable[[int, torch.Tensor], None], device: torch.device):
        self._layout = layout
        self._sink = sink
        self._weights = layout.weights.to(device)
        self._counts = torch.zeros(layout.size[0], *layout.image.shape[2:], device=device)
        self._sums: torch.Tensor | None = None
        self._row = layout.starts[0][0] if layout.starts else 0

    def add(self, start: tuple[int, ...], logits: torch.Tensor) -> None:
        if self._sums is None:
            self._sums = torch.zeros(len(logits), *self._counts.shape, device=self._counts.device)
        part = tuple(slice(at, at + length) for at, length in zip(start[1:], self._layout.size[1:], strict=True))
        self._sums[:, :, part[0], part[1]].addcmul_(logits, self._weights)
        self._counts[:, part[0], part[1]] += self._weights

    def advance(self, row: int | None) -> None:
        """Hand on the rows before a row, or all, and make room for as many."""
        size = self._layout.size[0]
        finished = size if row is None else min(row - self._row, size)
        if finished <= 0 or self._sums is None:
            return
        self._hand_on(finished)
        for held in (*self._sums, self._counts):
            if finished < size:
                held[: size - finished] = held[finished:].clone()
            held[size - finished :] = 0
        self._row = self._row + size if row is None else row

    def _hand_on(self, finished: int) -> None:
        low, shape = self._layout.padding, self._layout.shape
        first = max(self._row, low[0])
        last = min(self._row + finished, low[0] + shape[0])
        if first >= last:
            return
        inner = tuple(slice(start, start + length) for start, length in zip(low[1:], shape[1:], strict=True))
        for row in range(first, last, HANDED_ON_ROWS):
            rows = slice(row - self._row, min(row + HANDED_ON_ROWS, last) - self._row)
            counts = self._counts[(rows, *inner)].clamp_min(torch.finfo(torch.float32).tiny)
            self._sink(row - low[0], self._sums[(slice(None), rows, *inner)] / counts)
