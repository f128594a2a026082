"""Run the folds of a network on windows, mirrored where wanted."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn


class Runner:
    """Mean of the logits of several networks over mirrored copies of a window."""

    def __init__(
        self,
        networks: Sequence[nn.Module],
        device: torch.device,
        mirror_axes: Sequence[int] = (),
        *,
        bf16: bool = False,
        batch: int = 1,
    ):
        """Prepare to run; the networks have to be on the device.

        Args:
            networks: folds, in evaluation mode.
            device: where they run.
            mirror_axes: spatial axes along which mirrored copies are averaged in, 0 the first.
            bf16: whether convolutions may be computed in bfloat16.
            batch: copies of windows that are run at once.
        """
        self.device = device
        self._networks = networks
        self._bf16 = bf16
        self._batch = batch
        axes = [axis + 2 for axis in mirror_axes]
        self._flips = [flip for count in range(len(axes) + 1) for flip in itertools.combinations(axes, count)]

    def __call__(self, windows: torch.Tensor) -> torch.Tensor:
        """Logits of windows.

        Args:
            windows: float32 (window, channel, spatial axes), on any device.

        Returns:
            float32 (window, output channel, spatial axes), on the device.
        """
        windows = windows.to(self.device)
        total, jobs = None, [(network, flip) for network in self._networks for flip in self._flips]
        for network, flip in jobs:
            logits = self._run(network, windows.flip(flip) if flip else windows)
            logits = logits.flip(flip) if flip else logits
            total = logits if total is None else total.add_(logits)
        return total.div_(len(jobs)) if len(jobs) > 1 else total

    def _run(self, network: nn.Module, windows: torch.Tensor) -> torch.Tensor:
        parts = []
        for first in range(0, len(windows), self._batch):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
                logits = network(windows[first : first + self._batch])
            parts.append(logits.float().contiguous())
        return parts[0] if len(parts) == 1 else torch.cat(parts)


@contextmanager
def watched(networks: Sequence[nn.Module], heartbeat: Callable[[], None]) -> Iterator[None]:
    """Call a function before each layer of networks, so that a long window can be given up within; it may raise."""

    def before(_module: nn.Module, _inputs: tuple) -> None:
        heartbeat()

    hooks = [module.register_forward_pre_hook(before) for network in networks for module in network.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
