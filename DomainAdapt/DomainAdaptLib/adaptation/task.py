"""What a method of adaptation is given and gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from SegmentL3Lib.progress import Progress, silent

from .pool import Pool

# Called with the name of a curve, the step and the value.
Metric = Callable[[str, int, float], None]


def unseen(_series: str, _step: int, _value: float) -> None:
    """Curves that nobody watches."""


@dataclass(frozen=True, eq=False)
class Task:
    """A model, and images to adapt it to.

    Attributes:
        network: gives logits (batch, channels, axes), of which the largest wins; methods change copies of it only.
        target: unlabeled images of the new scanner.
        source: images of the scanner that the network was trained on, with labels where they are known.
        labeled: labeled images of the new scanner.
        checkpoint: file for what is needed to go on after an interruption; None: none is written.
        device: where the network learns, as torch names it.
        seed: of all that is drawn at random.
        progress: is told the fraction done; may raise to cancel.
        metric: is told the curves.
    """

    network: nn.Module
    target: Pool
    source: Pool | None = None
    labeled: Pool | None = None
    checkpoint: Path | None = None
    device: str = "cpu"
    seed: int = 0
    progress: Progress = silent
    metric: Metric = unseen


@dataclass(frozen=True, eq=False)
class Adapted:
    """What a method made.

    Attributes:
        network: a changed copy, in evaluation mode, on the CPU.
        evidence: figures of the method, by name.
    """

    network: nn.Module
    evidence: Mapping[str, float] = field(default_factory=dict)
