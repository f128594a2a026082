"""Network architectures that a model package may ask for, by name."""

from .nnunet import build_planned_network
from .registry import build_network, network_names

__all__ = ["build_network", "build_planned_network", "network_names"]
