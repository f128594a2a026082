"""A limit on what building a network may allocate, for arguments that nobody has looked at."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode

from ..errors import ModelError

_ALLOCATING = frozenset({torch.empty, torch.full, torch.ones, torch.rand, torch.randn, torch.zeros})
_MOST_TENSORS = 50_000


@contextmanager
def limited_to(elements: int) -> Iterator[None]:
    """Raise ModelError as soon as the networks built in this block have more numbers than ``elements``."""
    with _Budget(elements):
        yield


class _Budget(TorchFunctionMode):
    def __init__(self, elements: int):
        super().__init__()
        self._elements = elements
        self._tensors = _MOST_TENSORS

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function in _ALLOCATING:
            self._spend(_count(args, kwargs or {}))
        return function(*args, **(kwargs or {}))

    def _spend(self, elements: int) -> None:
        self._elements -= elements
        self._tensors -= 1
        if self._elements < 0 or self._tensors < 0:
            raise ModelError("The network that the model package describes is larger than its weights.")


def _count(args: tuple, kwargs: dict) -> int:
    sizes = kwargs.get("size", args)
    if isinstance(sizes, tuple) and sizes and isinstance(sizes[0], tuple | list | torch.Size):
        sizes = sizes[0]
    return math.prod(size for size in sizes if isinstance(size, int)) if isinstance(sizes, tuple | list) else 0
