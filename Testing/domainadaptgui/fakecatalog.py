"""A catalog of methods of the shape of ``DomainAdaptLib.adaptation.catalog``, where that is not there."""

import importlib.util
import sys
import types
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Setting:
    name: str
    title: str
    description: str
    default: int | float
    lowest: int | float
    highest: int | float


@dataclass(frozen=True)
class Method:
    name: str
    title: str
    description: str
    minutes: float
    needs_source: bool = False
    needs_labels: bool = False
    reference: str = ""
    settings: dict = field(default_factory=dict)


STEPS = Setting("steps", "Steps", "Updates of the weights.", 60, 1, 100000)
RATE = Setting("learning_rate", "Learning rate", "", 0.001, 1e-7, 0.1)


def load_methods():
    return (
        Method("batch_norm", "Batch normalization statistics", "Measures every normalization layer again.", 0.5),
        Method("entropy", "Entropy", "Makes the model surer.", 2, settings={"steps": STEPS, "learning_rate": RATE}),
        Method("adversarial", "Adversarial", "A second network tells old from new images.", 8, needs_source=True),
        Method("fine_tuning", "Fine-tuning", "Learns from a few labeled cases.", 6, needs_labels=True),
    )


def install_where_absent():
    """Make the import of the catalog work."""
    name = "DomainAdaptLib.adaptation"
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        catalog = types.ModuleType(f"{name}.catalog")
        catalog.load_methods = load_methods
        sys.modules |= {name: types.ModuleType(name), f"{name}.catalog": catalog}
