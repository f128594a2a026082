"""A model for other structures: the network of an old one with a new head."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from SegmentL3Lib.models.config import Resolver
from SegmentL3Lib.models.plan import Structure
from SegmentL3Lib.networks import build_network

from .model import AdaptableModel
from .package import bare
from .transfer import Transfer, transfer_weights


def with_new_structures(
    adaptable: AdaptableModel, names: Sequence[str], seed: int
) -> tuple[AdaptableModel, Transfer]:
    """The model with a network for other structures, and what of its weights was taken over.

    Args:
        adaptable: the old model.
        names: of the structures, label value 1 first.
        seed: of the weights that start anew.

    Raises:
        ModelError: the network cannot be built for them, or no weight fits.
    """
    torch.manual_seed(seed)
    definition = Resolver(adaptable.files.config).resolve(adaptable.files.config["network_def"], "network_def")
    network = build_network({**definition, "out_channels": 1 + len(names)})
    transfer = transfer_weights(network, bare(adaptable.network).state_dict())
    structures = tuple(Structure(value, name) for value, name in enumerate(names, start=1))
    model = replace(adaptable.with_network(network.eval()), structures=structures, largest_components=())
    return replace(adaptable, model=model), transfer
