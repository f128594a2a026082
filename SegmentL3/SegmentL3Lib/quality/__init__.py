"""How far a result can be trusted, and why."""

from .judge import CHECKS, judge

__all__ = ["CHECKS", "judge"]
