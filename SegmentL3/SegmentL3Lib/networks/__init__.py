"""Network architectures that a model package may ask for, by name."""

from .registry import build_network, network_names

__all__ = ["build_network", "network_names"]
