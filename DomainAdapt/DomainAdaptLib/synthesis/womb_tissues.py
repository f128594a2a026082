"""Tissues of a pregnant abdomen and their gray values in T2-weighted MR, and the structures that are outlined in it."""

import csv
from enum import IntEnum
from functools import cache

import numpy as np

from ..resources import resource_path
from .brain_fields import smooth_noise


@cache
def womb_rows() -> tuple[dict[str, str], ...]:
    """Lines of ``Resources/Synthesis/womb_tissues.csv``."""
    with open(resource_path("Synthesis", "womb_tissues.csv"), newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


WombTissue = IntEnum("WombTissue", {row["name"].upper(): int(row["value"]) for row in womb_rows()})
WombTissue.__doc__ = "Values of a tissue map, from ``Resources/Synthesis/womb_tissues.csv``."


class Structure(IntEnum):
    """What is outlined: the labels of the task."""

    FETUS = 1
    PLACENTA = 2
    AMNIOTIC_FLUID = 3
    UTERINE_WALL = 4


def draw_womb_signal(rng: np.random.Generator) -> np.ndarray:
    """Signal of each tissue by value; the fluids of mother and fetus are nearly alike."""
    signal = np.array([rng.uniform(float(row["lowest"]), float(row["highest"])) for row in womb_rows()], np.float32)
    for fluid in (WombTissue.SPINAL_FLUID, WombTissue.BLADDER, WombTissue.FETAL_CSF, WombTissue.FETAL_FLUID):
        signal[fluid] = signal[WombTissue.AMNIOTIC_FLUID] * rng.uniform(0.8, 1.1)
    return signal


def womb_image(tissues: np.ndarray, signal: np.ndarray, voxel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Image (float32) of tissues, with the texture of each: fine and coarse."""
    texture = np.array([float(row["texture"]) for row in womb_rows()], np.float32)[tissues]
    fields = smooth_noise(rng, tissues.shape, 4 / voxel_mm) + smooth_noise(rng, tissues.shape, 15 / voxel_mm)
    return np.maximum(signal[tissues] * (1 + rng.uniform(0.3, 1.2) * texture * fields), 0).astype(np.float32)
