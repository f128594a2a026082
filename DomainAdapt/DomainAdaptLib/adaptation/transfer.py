"""Taking weights over into another network, by name and shape."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from SegmentL3Lib.errors import ModelError


@dataclass(frozen=True)
class Transfer:
    """What happened to each tensor, by name.

    Attributes:
        taken: now in the network.
        other_shape: known to both, but of another shape; the network keeps its own.
        missing: in the network only.
        unused: in the weights only.
    """

    taken: tuple[str, ...]
    other_shape: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def sentence(self) -> str:
        """What was not taken over."""
        total = len(self.taken) + len(self.other_shape) + len(self.missing)
        text = f"{len(self.taken)} of {total} weights of the network were taken over."
        for names, reason in (
            (self.other_shape, "have another shape and start anew"),
            (self.missing, "are not in the old model and start anew"),
            (self.unused, "of the old model have no place in the new one"),
        ):
            if names:
                text += f" {len(names)} {reason}: {', '.join(names)}."
        return text


@torch.no_grad()
def transfer_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> Transfer:
    """Copy the weights that fit into a network, in place.

    Raises:
        ModelError: none fits.
    """
    own = network.state_dict()
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    if not fitting:
        raise ModelError("None of the weights of the model fits the new network.")
    network.load_state_dict(fitting, strict=False)
    return Transfer(
        taken=tuple(fitting),
        other_shape=tuple(name for name in weights if name in own and name not in fitting),
        missing=tuple(name for name in own if name not in weights),
        unused=tuple(name for name in weights if name not in own),
    )
