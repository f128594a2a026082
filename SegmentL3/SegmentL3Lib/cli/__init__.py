"""The command line ``segment-l3``."""

from .program import main

__all__ = ["main"]
