"""Layers of 3D networks as a processor computes them fastest: channels last in memory, matrix products, few passes."""

import itertools

import torch
from torch import nn
from torch.nn import functional

from .resample import slabs
from .winograd import convolve, transform_weights

# Values worked on at once: they should stay in the cache.
CACHED_VALUES = 1 << 18
# Of images of fewer rows, tiles of four would cover too much beyond the border.
LEAST_ROWS = 8


def channels_last(image: torch.Tensor) -> torch.Tensor:
    """View (z, y, x, channel) of an image (channel, z, y, x), contiguous; a copy where the memory is not so."""
    return image.permute(1, 2, 3, 0).contiguous()


def _stacked(images: list[torch.Tensor]) -> torch.Tensor:
    whole = images[0][None] if len(images) == 1 else torch.stack(images)
    return whole.permute(0, 4, 1, 2, 3)


class ImageLayer(nn.Module):
    """A layer that works on one image (z, y, x, channel) at a time.

    Attributes:
        plain: the layer whose weights it has.
        bias: what it adds to the channels; a normalization that follows takes it out again, so that it can be left out.
    """

    def __init__(self, plain: nn.Module):
        super().__init__()
        self.plain = plain
        self.bias = None if plain.bias is None else plain.bias.detach()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return _stacked([self.work(channels_last(image)) for image in images])

    def work(self, image: torch.Tensor) -> torch.Tensor:
        """Result (z, y, x, output channel), contiguous."""
        raise NotImplementedError


class WinogradConvolution(ImageLayer):
    """A convolution of 3 x 3 x 3 voxels, stride 1 and padding 1; small images go the plain way."""

    def __init__(self, plain: nn.Conv3d):
        super().__init__(plain)
        self._weights = transform_weights(plain.weight.detach())

    def forward(self, images: torch.Tensor | list[torch.Tensor]) -> torch.Tensor:
        """Result for images, or for parts of their channels, in a list that is emptied."""
        parts = images if isinstance(images, list) else [images]
        if min(parts[0].shape[2:4]) < LEAST_ROWS:
            result = self.plain(torch.cat(parts, 1) if len(parts) > 1 else parts[0])
        else:
            result = _stacked([self.work(*map(channels_last, image)) for image in zip(*parts, strict=True)])
        if isinstance(images, list):
            images.clear()
        return result

    def work(self, *parts: torch.Tensor) -> torch.Tensor:
        return convolve(parts, self._weights, self.bias)


class Parts(nn.Module):
    """Two images whose channels would follow each other, left apart for the convolution that takes them."""

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> list[torch.Tensor]:
        return [first, second]


class FewChannelConvolution(ImageLayer):
    """A convolution of 3 x 3 x 3 voxels of an image of few channels: one product with a matrix of shifted copies."""

    def __init__(self, plain: nn.Conv3d):
        super().__init__(plain)
        self._weights = plain.weight.detach().flatten(1).T.contiguous()

    def work(self, image: torch.Tensor) -> torch.Tensor:
        depth, height, width, channels = image.shape
        taps = len(self._weights)
        padded = functional.pad(image.permute(3, 0, 1, 2), (1, 1, 1, 1, 1, 1))
        result = image.new_empty(depth, height, width, self._weights.shape[1])
        step = slabs((depth, height, width * taps), CACHED_VALUES)[0].stop
        copies = image.new_empty(channels, 3, 3, 3, step, height, width)
        for z in range(0, depth, step):
            count = min(step, depth - z)
            for dz, dy, dx in itertools.product(range(3), repeat=3):
                part = padded[:, z + dz : z + dz + count, dy : dy + height, dx : dx + width]
                copies[:, dz, dy, dx, :count] = part
            matrix = copies[..., :count, :, :].reshape(taps, -1).T
            rows = result[z : z + count].view(-1, result.shape[3])
            if self.bias is None:
                torch.mm(matrix, self._weights, out=rows)
            else:
                torch.addmm(self.bias, matrix, self._weights, out=rows)
        return result


class Upsampling(ImageLayer):
    """A transposed convolution whose stride is its kernel: one matrix product."""

    def __init__(self, plain: nn.ConvTranspose3d):
        super().__init__(plain)
        self._scale = plain.stride
        self._weights = plain.weight.detach().permute(0, 2, 3, 4, 1).flatten(1).contiguous()

    def work(self, image: torch.Tensor) -> torch.Tensor:
        depth, height, width, channels = image.shape
        sz, sy, sx = self._scale
        outputs = self.plain.out_channels
        result = image.new_empty(depth, sz, height, sy, width, sx * outputs)
        bias = self._weights.new_zeros(1) if self.bias is None else self.bias.repeat(sz * sy * sx)
        for rows in slabs((depth, height, width * sz * sy * sx * outputs), CACHED_VALUES):
            products = torch.addmm(bias, image[rows].view(-1, channels), self._weights)
            products = products.view(-1, height, width, sz, sy, sx * outputs)
            result[rows] = products.permute(0, 3, 1, 4, 2, 5)
        return result.view(depth * sz, height * sy, width * sx, outputs)


class InstanceNormalization(ImageLayer):
    """Instance normalization without running statistics, and the leaky rectifier that may follow it.

    Attributes:
        slope: of the rectifier below zero; None where there is none.
        in_place: whether the image may be overwritten, since nothing else uses it.
    """

    def __init__(self, plain: nn.InstanceNorm3d, slope: float | None = None, in_place: bool = False):
        super().__init__(plain)
        self.slope = slope
        self.in_place = in_place

    def work(self, image: torch.Tensor) -> torch.Tensor:
        depth, height, width, channels = image.shape
        rows = image.view(depth, height, width * channels)
        parts = slabs(rows.shape, CACHED_VALUES)
        gain, offset = (values.repeat(width) for values in self._line(rows, parts, channels))
        result = rows if self.in_place else torch.empty_like(rows)
        for part in parts:
            torch.addcmul(offset, rows[part], gain, out=result[part])
            if self.slope is not None:
                functional.leaky_relu_(result[part], self.slope)
        return result.view(image.shape)

    def _line(self, rows: torch.Tensor, parts: list[slice], channels: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Gain and offset of each channel; deviations are taken from a nearby value, so that nothing cancels out."""
        guess = rows[len(rows) // 2].view(-1, channels).mean(0)
        near = guess.repeat(rows.shape[2] // channels)
        first = torch.zeros(channels, dtype=torch.float64)
        second = torch.zeros(channels, dtype=torch.float64)
        for part in parts:
            deviations = rows[part] - near
            first += deviations.sum((0, 1)).view(-1, channels).sum(0, dtype=torch.float64)
            second += deviations.square_().sum((0, 1)).view(-1, channels).sum(0, dtype=torch.float64)
        count = rows.numel() // channels
        mean = first / count
        gain = (second / count - mean**2 + self.plain.eps).rsqrt()
        if self.plain.affine:
            gain = gain * self.plain.weight
        offset = -gain * (mean + guess)
        if self.plain.affine:
            offset = offset + self.plain.bias
        return gain.float(), offset.float()


class FewOutputs(nn.Module):
    """A convolution of single voxels to few channels, which come to lie one after the other in memory."""

    def __init__(self, plain: nn.Conv3d):
        super().__init__()
        self.plain = plain
        self._weights = plain.weight.detach().flatten(1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        results = [self._weights @ channels_last(image).view(-1, image.shape[0]).T for image in images]
        result = torch.stack(results).view(len(images), -1, *images.shape[2:])
        return result if self.plain.bias is None else result.add_(self.plain.bias.view(1, -1, 1, 1, 1))
