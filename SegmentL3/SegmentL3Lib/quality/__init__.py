"""How far a result can be trusted, and why."""

from .judge import CHECKS, judge
from .reasons import codes

__all__ = ["CHECKS", "codes", "judge"]
