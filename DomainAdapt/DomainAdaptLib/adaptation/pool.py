"""Images as a network sees them, and random patches of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_SEARCHES = 4  # patches tried before one without any label is taken


@dataclass(frozen=True, eq=False)
class Pool:
    """Prepared images of one scanner.

    Attributes:
        images: float32 (channels, axes of the network), sizes may differ.
        patch: size of what the network sees at once, along its axes.
        labels: channel of the network's output for each voxel, int64 (axes of the network); None: not known.
        padding: value around images that are smaller than a patch.
    """

    images: Sequence[Tensor]
    patch: tuple[int, ...]
    labels: Sequence[Tensor] | None = None
    padding: float = 0.0

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor | None]:
        """Random patches: images (count, channels, patch) and labels (count, patch), None where they are not known.

        Every image is as likely as the others. Of labeled images, patches that hold a label are preferred.
        """
        images, labels = zip(*(self._patch(rng) for _ in range(count)), strict=True)
        return torch.stack(images), None if self.labels is None else torch.stack(labels)

    def sample(self, count: int) -> tuple[Tensor, Tensor | None]:
        """The same patches each time: of evenly spread images, the middle of each."""
        chosen = np.unique(np.linspace(0, len(self) - 1, count).round().astype(int))
        middles = [
            [(size - length) // 2 for size, length in zip(self._padded_shape(number), self.patch, strict=True)]
            for number in chosen
        ]
        patches = [self._cut(number, starts) for number, starts in zip(chosen, middles, strict=True)]
        images, labels = zip(*patches, strict=True)
        return torch.stack(images), None if self.labels is None else torch.stack(labels)

    def _patch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor | None]:
        number = int(rng.integers(len(self)))
        shape = self._padded_shape(number)
        for _ in range(_SEARCHES):
            starts = [int(rng.integers(size - length + 1)) for size, length in zip(shape, self.patch, strict=True)]
            image, labels = self._cut(number, starts)
            if labels is None or labels.any():
                break
        return image, labels

    def _padded_shape(self, number: int) -> tuple[int, ...]:
        shape = self.images[number].shape[1:]
        return tuple(max(size, length) for size, length in zip(shape, self.patch, strict=True))

    def _cut(self, number: int, starts: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        part = tuple(slice(start, start + size) for start, size in zip(starts, self.patch, strict=True))
        image = self._padded(self.images[number], self.padding)[(slice(None), *part)]
        labels = None if self.labels is None else self._padded(self.labels[number], 0)[part]
        return image, labels

    def _padded(self, array: Tensor, value: float) -> Tensor:
        missing = [
            max(0, length - size) for size, length in zip(array.shape[-len(self.patch) :], self.patch, strict=True)
        ]
        if not any(missing):
            return array
        borders = [border for size in reversed(missing) for border in (size // 2, size - size // 2)]
        return functional.pad(array, borders, value=value)
