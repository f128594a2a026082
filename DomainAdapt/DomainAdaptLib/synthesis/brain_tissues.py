"""Tissues of synthetic heads: which labels of a head label map they are, and how they relax."""

import csv
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from ..resources import resource_path


@dataclass(frozen=True)
class TissueProperties:
    """What the signal of a tissue depends on.

    Attributes:
        labels_inside, labels_outside: FreeSurfer labels that stand for it inside and outside the skull.
        t1_ms, t2_ms: relaxation times.
        density: of protons, 1 that of water.
        spread: standard deviation of the logarithm of the relaxation times from case to case.
        enhanced_t1_ms: T1 after contrast agent.
    """

    labels_inside: tuple[int, ...]
    labels_outside: tuple[int, ...]
    t1_ms: float
    t2_ms: float
    density: float
    spread: float
    enhanced_t1_ms: float


def _rows() -> list[dict[str, str]]:
    with open(resource_path("Synthesis", "brain_tissues.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


Tissue = IntEnum("Tissue", {row["name"].upper(): int(row["value"]) for row in _rows()})
Tissue.__doc__ = "Values of a tissue map, from ``Resources/Synthesis/brain_tissues.csv``."
FLUIDS = (Tissue.CEREBROSPINAL_FLUID, Tissue.VENTRICLE)
INTRACRANIAL = tuple(tissue for tissue in Tissue if Tissue.WHITE_MATTER <= tissue <= Tissue.VESSEL)
FIRST_LESION = Tissue.PLAQUE


@cache
def tissue_properties() -> dict[Tissue, TissueProperties]:
    """Properties of each tissue."""
    return {Tissue(int(row["value"])): _properties(row) for row in _rows()}


def _properties(row: dict[str, str]) -> TissueProperties:
    numbers = {key: float(row[key]) for key in ("t1_ms", "t2_ms", "density", "spread", "enhanced_t1_ms")}
    inside, outside = (tuple(map(int, row[key].split())) for key in ("labels_inside", "labels_outside"))
    return TissueProperties(inside, outside, **numbers)
