"""Convolutions of 3 x 3 x 3 voxels with a quarter of the multiplications.

S. Winograd's minimal filtering F(4, 3) (Lavin and Gray, Fast algorithms for convolutional neural networks, CVPR 2016)
along the first two axes: blocks of 4 x 4 rows take 6 x 6 products of each weight instead of 144. Along the third axis
the three taps are added up as products of matrices, which is what processors do best. Sums are ordered otherwise than
in a plain convolution, so results differ by rounding errors (some 1e-5 of their standard deviation).
"""

import math
from collections.abc import Sequence

import torch

TILE, POINTS = 4, 6
# Values of the working arrays of a block: few, so that they stay in the cache, but enough for the calls not to count.
BLOCK_VALUES = 1 << 21
# Channels whose weights are transformed together, so that little is held twice.
INPUTS_AT_ONCE = 64

_FILTER = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.float64,
)


def transform_weights(weight: torch.Tensor) -> torch.Tensor:
    """Weights at the points of the transform.

    Args:
        weight: of a convolution, (output channel, input channel, 3, 3, taps).

    Returns:
        float32 (taps, 36, input channel, output channel).
    """
    outputs, inputs, _, _, taps = weight.shape
    both = torch.einsum("pa,qb->pqab", _FILTER, _FILTER).reshape(POINTS * POINTS, -1).float()
    points = weight.new_empty(taps, POINTS * POINTS, inputs, outputs, dtype=torch.float32)
    for first in range(0, inputs, INPUTS_AT_ONCE):
        part = weight[:, first : first + INPUTS_AT_ONCE].float().permute(4, 2, 3, 1, 0)
        products = both @ part.reshape(taps, both.shape[1], -1)
        points[:, :, first : first + INPUTS_AT_ONCE] = products.view(taps, POINTS * POINTS, -1, outputs)
    return points


def convolve(
    images: Sequence[torch.Tensor], weights: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Convolution with a padding of one voxel of zeros and a stride of one.

    Args:
        images: float32 (z, y, x, channel), contiguous; the channels of one follow those of the one before.
        weights: of ``transform_weights``, with three taps.
        bias: (output channel), added.

    Returns:
        float32 (z, y, x, output channel), contiguous.
    """
    return _Convolution(images, weights, bias).run()


class _Convolution:
    """Working arrays for one convolution; each block is 4 slices deep and some multiple of 4 rows high."""

    def __init__(self, images: Sequence[torch.Tensor], weights: torch.Tensor, bias: torch.Tensor | None):
        depth, height, width = images[0].shape[:3]
        channels = [image.shape[3] for image in images]
        outputs = weights.shape[3]
        padded = width + 2
        row_values = POINTS * POINTS * padded * max(*channels, outputs)
        tiles = _block_tiles(-(-height // TILE), BLOCK_VALUES // row_values)
        self._rows, self._tiles, self._padded = tiles * TILE, tiles, padded
        self._inputs = [
            _Input(image, part, tiles) for image, part in zip(images, weights.split(channels, 2), strict=True)
        ]
        self._bias = None if bias is None else bias.repeat(width)
        self._result = images[0].new_empty(depth, height, width, outputs)
        self._products = self._result.new_empty(POINTS * POINTS, tiles * padded, outputs)
        self._sums = self._result.new_empty(POINTS, tiles, TILE, width, outputs)
        self._block = self._result.new_empty(TILE, tiles * TILE, width, outputs)
        self._scratch = _Scratch(self._result, POINTS * tiles * TILE * width * outputs)

    def run(self) -> torch.Tensor:
        depth, height = self._result.shape[:2]
        for z in range(0, depth, TILE):
            for y in range(0, height, self._rows):
                for number, image in enumerate(self._inputs):
                    image.multiply(z, y, self._products, add=number > 0)
                self._store(z, y)
        return self._result

    def _store(self, z: int, y: int) -> None:
        depth, height, width, outputs = self._result.shape
        products = self._products.view(POINTS, POINTS, self._tiles, self._padded, outputs)[:, :, :, :width]
        sums = self._sums
        _from_points(products.unbind(1), sums.unbind(2), self._scratch.pair(POINTS, self._tiles, width, outputs))
        slices, rows = min(TILE, depth - z), min(self._rows, height - y)
        whole = slices == TILE and rows == self._rows
        target = self._result[z : z + TILE, y : y + rows] if whole else self._block
        target = target.view(TILE, self._tiles, TILE, width, outputs)
        _from_points(sums.unbind(0), target.unbind(0), self._scratch.pair(self._tiles, TILE, width, outputs))
        if self._bias is not None:
            target.view(TILE, self._tiles, TILE, width * outputs).add_(self._bias)
        if not whole:
            self._result[z : z + slices, y : y + rows] = self._block[:slices, :rows]


class _Input:
    """An image that is convolved, with its part of the weights."""

    def __init__(self, image: torch.Tensor, weights: torch.Tensor, tiles: int):
        _, _, width, channels = image.shape
        rows, padded = tiles * TILE, width + 2
        self._image, self._weights = image, weights
        self._rows, self._tiles, self._padded = rows, tiles, padded
        self._no_slice = image.new_zeros(1, 1, 1).expand(rows + 2, width, channels)
        self._columns = image.new_zeros(POINTS, rows + 2, padded, channels)
        # Two voxels more than the rows hold: the taps of the last voxels, whose sums are not used, end there.
        self._points = image.new_zeros(POINTS, POINTS, (tiles * padded + 2) * channels)
        self._scratch = _Scratch(image, POINTS * (rows + 2) * padded * channels)

    def multiply(self, z: int, y: int, products: torch.Tensor, add: bool) -> None:
        """Products of the block that begins at a slice and a row, (36, voxels, output channel), set or added to."""
        self._transform(z, y)
        voxels = self._points.view(POINTS * POINTS, -1, self._image.shape[3])
        count = products.shape[1]
        for tap, weights in enumerate(self._weights):
            torch.baddbmm(products, voxels[:, tap : tap + count], weights, beta=int(add or tap > 0), out=products)

    def _transform(self, z: int, y: int) -> None:
        """Take the slices z - 1 to z + 4 and the rows from y - 1 on to the points of the transform."""
        depth, height, width, channels = self._image.shape
        low, high = max(y - 1, 0), min(y + self._rows + 1, height)
        above, below = low - (y - 1), high - (y - 1)
        self._columns[:, :above] = 0
        self._columns[:, below:] = 0
        slices = [
            self._image[index, low:high] if 0 <= index < depth else self._no_slice[: high - low]
            for index in range(z - 1, z + POINTS - 1)
        ]
        _to_points(slices, self._columns[:, above:below, 1:-1], self._scratch.pair(high - low, width, channels))
        last = (self._tiles - 1) * TILE
        rows = [self._columns[:, index : index + last + 1 : TILE] for index in range(POINTS)]
        points = self._points[..., : self._tiles * self._padded * channels]
        points = points.view(POINTS, POINTS, self._tiles, self._padded, channels).transpose(0, 1)
        _to_points(rows, points, self._scratch.pair(POINTS, self._tiles, self._padded, channels))


class _Scratch:
    """Memory for two arrays of any shape."""

    def __init__(self, like: torch.Tensor, values: int):
        self._values = like.new_empty(2, values)

    def pair(self, *shape: int) -> Sequence[torch.Tensor]:
        return [values[: math.prod(shape)].view(shape) for values in self._values]


def _block_tiles(total: int, most: int) -> int:
    """Tiles of a block, no more than given, such that as few as possible lie beyond the image."""
    most = max(1, min(total, most))
    return min(range(most, most // 2, -1), key=lambda tiles: -(-total // tiles) * tiles)


def _to_points(values: Sequence[torch.Tensor], points: torch.Tensor, pair: Sequence[torch.Tensor]) -> None:
    """Six neighbors along an axis to the six points."""
    v0, v1, v2, v3, v4, v5 = values
    p0, p1, p2, p3, p4, p5 = points.unbind(0)
    even, odd = pair
    torch.sub(v4, v2, alpha=4, out=even)
    torch.sub(v3, v1, alpha=4, out=odd)
    torch.add(even, odd, out=p1)
    torch.sub(even, odd, out=p2)
    torch.sub(v4, v2, out=even)
    torch.sub(v3, v1, out=odd)
    torch.add(even, odd, alpha=2, out=p3)
    torch.sub(even, odd, alpha=2, out=p4)
    torch.sub(v5, v3, out=p5)
    p5.sub_(odd, alpha=4)
    torch.sub(v0, v2, out=p0)
    torch.add(even, p0, alpha=4, out=p0)


def _from_points(points: Sequence[torch.Tensor], values: Sequence[torch.Tensor], pair: Sequence[torch.Tensor]) -> None:
    """Six points to the four values of a tile."""
    p0, p1, p2, p3, p4, p5 = points
    v0, v1, v2, v3 = values
    first, second = pair
    torch.add(p1, p2, out=first)
    torch.add(p3, p4, out=second)
    torch.add(p0, first, out=v0)
    v0.add_(second)
    torch.add(first, second, alpha=4, out=v2)
    torch.sub(p1, p2, out=first)
    torch.sub(p3, p4, out=second)
    torch.add(first, second, alpha=2, out=v1)
    torch.add(first, second, alpha=8, out=v3)
    v3.add_(p5)
