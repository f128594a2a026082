"""A network as PyTorch's compiler translates it for this computer."""

import torch
from torch import nn


class Compiled(nn.Module):
    """A network that is compiled when it first sees windows of a size, which takes from seconds to minutes.

    Its layers are none of its modules, so that what watches modules is not compiled with them.

    Raises:
        RuntimeError: from the first run, where something that the compiler needs is missing: a C++ compiler or, for
            graphics cards, Triton.
    """

    def __init__(self, plain: nn.Module):
        """Take a network in evaluation mode, on its device."""
        super().__init__()
        self._run = torch.compile(plain.forward, dynamic=False)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Output of the network."""
        return self._run(windows)
