"""A network of the table with the weights of a file."""

from collections.abc import Mapping
from pathlib import Path

from torch import nn

from ..networks import build_network
from ..networks.budget import limited_to
from .fitting import load_weights
from .weights import read_state_dict

# What a network may have beyond the numbers in its file, where equal layers are stored once.
_SPARE_NUMBERS = 1_000_000


def read_network(path: Path, definition: Mapping, name: str, sha256: str | None = None) -> tuple[nn.Module, str]:
    """Network in evaluation mode, float32, on the CPU, and the hash of its weights.

    Args:
        path: of the weights.
        definition: that ``networks.build_network`` takes.
        name: of the package, for error texts.
        sha256: hash that the weights must have; None where the package names none.

    Raises:
        ModelError: the weights cannot be read, the network is not understood, or they do not fit together.
    """
    state_dict, found = read_state_dict(path, sha256)
    # Each number takes a byte or more, so that a network that fits cannot have more of them than the file.
    with limited_to(path.stat().st_size + _SPARE_NUMBERS):
        network = build_network(definition)
    return load_weights(network, state_dict, name), found
