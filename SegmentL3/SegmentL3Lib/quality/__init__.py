"""How far a result can be trusted, and why."""

from .assess import assess
from .judge import CHECKS, judge
from .reasons import codes

__all__ = ["CHECKS", "assess", "codes", "judge"]
