"""What several layers of a network see."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .normalization import NORMALIZATIONS

_CONVOLUTIONS = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_FIRST_SHARE = 0.3  # of the layers; what lies before shows textures of the scanner more than the anatomy


class Taps:
    """Keeps the activations of layers each time the network is run."""

    def __init__(self, network: nn.Module, layers: Sequence[str]):
        """Connect to layers, by name; ``close`` takes the connections off."""
        self._found: dict[str, Tensor] = {}
        modules = dict(network.named_modules())
        self._hooks = [modules[name].register_forward_hook(self._keep(name)) for name in layers]
        self._layers = layers

    def take(self) -> list[Tensor]:
        """Activations of the last run, in the order of the layers."""
        found, self._found = self._found, {}
        return [found[name] for name in self._layers]

    def close(self) -> None:
        """Take the connections off."""
        for hook in self._hooks:
            hook.remove()

    def _keep(self, name: str):
        def keep(_module: nn.Module, _inputs: tuple, output: Tensor) -> None:
            self._found[name] = output

        return keep


@torch.no_grad()
def choose_layers(network: nn.Module, images: Tensor, count: int) -> tuple[list[str], list[int]]:
    """Layers evenly spread over the depth of a network, and the number of channels of each.

    They are normalization layers, or convolutions where there are none, in the order in which they are run.
    """
    wanted = [name for name, module in network.named_modules() if isinstance(module, NORMALIZATIONS)]
    wanted = wanted or [name for name, module in network.named_modules() if isinstance(module, _CONVOLUTIONS)]
    channels: dict[str, int] = {}

    def note(name: str):
        def hook(_module: nn.Module, _inputs: tuple, output: Tensor) -> None:
            if output.dim() == images.dim():
                channels[name] = output.shape[1]

        return hook

    modules = dict(network.named_modules())
    hooks = [modules[name].register_forward_hook(note(name)) for name in wanted]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    names = list(channels)
    places = np.linspace(_FIRST_SHARE * (len(names) - 1), len(names) - 1, min(count, len(names))).round().astype(int)
    chosen = [names[place] for place in np.unique(places)]
    return chosen, [channels[name] for name in chosen]
