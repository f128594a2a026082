"""Slices and volumes of concentric tissues, simple enough to know the answer."""

import numpy as np

from SegmentL3Lib.regions import Region
from SegmentL3Lib.volume import Geometry, Volume

AIR, FAT, MUSCLE, BONE = -1000, -100, 50, 400
# Radius (mm), region and CT number of each ring, from outside to inside.
RINGS = (
    (100.0, Region.SUBCUTANEOUS, FAT),
    (80.0, Region.MUSCLE, MUSCLE),
    (65.0, Region.VISCERAL, FAT),
    (20.0, Region.BONE, BONE),
)


def rings(size: int = 256, spacing_mm: float = 1.0, center=(0.0, 0.0)) -> tuple[np.ndarray, np.ndarray]:
    """CT numbers (int16) and regions (uint8), both (y, x), of a round patient with the given center (y, x), mm."""
    axis = (np.arange(size) - (size - 1) / 2) * spacing_mm
    distance = np.hypot((axis - center[0])[:, None], (axis - center[1])[None])
    hu = np.full((size, size), AIR, np.int16)
    regions = np.zeros((size, size), np.uint8)
    for radius_mm, region, value in RINGS:
        hu[distance <= radius_mm] = value
        regions[distance <= radius_mm] = region
    return hu, regions


def numbered_volume(count: int = 6, size: int = 64) -> Volume:
    """CT in axial order whose slices differ: the vertebra (bone) is brighter by 10 HU a slice."""
    hu, regions = rings(size, 4.0)
    array = np.stack([hu + 10 * number * (regions == Region.BONE) for number in range(count)]).astype(np.int16)
    return Volume(array, Geometry(spacing=(4.0, 4.0, 5.0)), modality="CT")
