"""The fine anatomical structures of synthetic label maps, and the tissue classes that a network learns from them.

Fine structures exist because they differ in CT number, texture or shape; ``tissue_classes`` reduces them to the eight
output channels of the L3 tissue model.  Conventions are those of the drawn reference slices: the skin is a geometric
rim of 2 mm, fat in the cavity is visceral up to the front of psoas and quadratus lumborum, fat within the envelope of
the back muscles is intermuscular; spinal canal, discs, aponeuroses, vessels, organs and ascites are "other".
"""

import csv
from enum import IntEnum
from functools import cache

import numpy as np
from scipy import ndimage

from SegmentL3Lib.refine import SKIN_RIM_MM

from ..resources import resource_path

TISSUES = (
    "background",
    "subcutaneous_fat",
    "visceral_fat",
    "skeletal_muscle",
    "intermuscular_fat",
    "bone",
    "bowel",
    "other",
)


def _rows() -> list[dict[str, str]]:
    with open(resource_path("Synthesis", "structures.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


Structure = IntEnum("Structure", {row["name"].upper(): int(row["value"]) for row in _rows()})
Structure.__doc__ = "Values of a fine label map, from ``Resources/Synthesis/structures.csv``."
MUSCLES = tuple(Structure[row["name"].upper()] for row in _rows() if row["tissue"] == "skeletal_muscle")


@cache
def tissue_of_structure() -> np.ndarray:
    """Index into ``TISSUES`` for each structure value, uint8 (structures,)."""
    table = np.zeros(len(Structure), np.uint8)
    for row in _rows():
        table[int(row["value"])] = TISSUES.index(row["tissue"])
    return table


def skin_rim(body: np.ndarray, pixel_mm: float, thickness_mm: float = SKIN_RIM_MM) -> np.ndarray:
    """Outer rim of a 2D body mask, at least a pixel; none where the image edge cuts the body."""
    radius = max(1.0, thickness_mm / pixel_mm)
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = x**2 + y**2 <= radius**2
    return body & ~ndimage.binary_erosion(body, disc, border_value=1)


def tissue_classes(fine: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Output classes, uint8 (y, x), of a fine label map; the skin rim becomes "other"."""
    classes = tissue_of_structure()[fine]
    classes[skin_rim(classes > 0, pixel_mm)] = TISSUES.index("other")
    return classes
