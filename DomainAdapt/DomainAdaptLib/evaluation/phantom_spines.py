"""Scans of random patients that no model has seen, in the resolution of the level finder, with and without L3."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from SegmentL3Lib.models import Bundle
from SegmentL3Lib.spine_views import COLUMN_MM
from SegmentL3Lib.volume import Geometry, Volume

from ..synthesis.render import random_hu
from ..synthesis.spine import VARIANTS
from ..synthesis.structures import Structure
from ..synthesis.torso import Torso
from .generated import generate
from .levels import LEVEL, LevelAnswer, LevelScan, answer

FIRST_SEED = 950_000  # no recipe uses seeds from here on
SLICE_MM = 2.0  # endplates would slip between slices that are farther apart
LOWEST_MM, HIGHEST_MM = -170.0, 225.0
BOTTOM_MM, TOP_MM = (LOWEST_MM, -60.0), (90.0, HIGHEST_MM)  # where scans with L3 begin and end, above its middle
FARTHEST_MM = 50.0  # from L3 to the nearest end of a scan without it
NORMAL, ABSENT = "five lumbar vertebrae", "L3 not in the scan"
TOGETHER = {"any variant": VARIANTS, "all with L3": (NORMAL, *VARIANTS)}
_TILT_MM = 12.0  # a body in a bent spine reaches so much further than its ends on the axis
_ONE_VARIANT_IN = 5
_SPONGY = (Structure.TRABECULAR_BONE, Structure.SACRUM, Structure.HIP_BONE)


def measured_phantom_scans(model: Bundle, count: int, workers: int = 0) -> Iterator[LevelAnswer]:
    """What a level finder says of both scans of patients 0 ... ``count`` - 1; ``workers`` processes make them."""
    return (answer(scan, model) for scans in generate(phantom_scans, count, workers) for scan in scans)


def variant_of(number: int) -> str | None:
    """Variant of the spine of patient ``number``: one in five has one, each in turn."""
    return VARIANTS[number // _ONE_VARIANT_IN % len(VARIANTS)] if number % _ONE_VARIANT_IN == 0 else None


def phantom_scans(number: int) -> tuple[LevelScan, LevelScan]:
    """Two scans of patient ``number`` (0, 1 ...), of random extent: one with L3 in it and one without.

    Pixels are ``COLUMN_MM`` wide, to which the level finder would average any scan.
    """
    seed, variant = FIRST_SEED + number, variant_of(number)
    rng = np.random.default_rng((seed, 4))
    torso = Torso(seed, variant)
    body = torso.spine.vertebra(LEVEL)
    bottom, top, gap = rng.uniform(*BOTTOM_MM), rng.uniform(*TOP_MM), _TILT_MM + rng.uniform(0, FARTHEST_MM)
    above = rng.uniform() < 0.5
    heights = np.arange(bottom if above else LOWEST_MM, HIGHEST_MM if above else top, SLICE_MM)
    image = render(np.stack([torso.slice_at(z, COLUMN_MM).labels for z in heights]), rng)
    inside = (heights >= bottom) & (heights <= top)
    outside = heights > body.top + gap if above else heights < body.bottom - gap
    first = heights[inside][0]
    middle, *ends = (float(height - first) / SLICE_MM for height in (body.middle, body.bottom, body.top))
    case = f"phantom {seed}"
    return (
        LevelScan(case, variant or NORMAL, _scan(image[inside]), middle, tuple(ends)),
        LevelScan(case, ABSENT, _scan(image[outside]), None, None),
    )


def render(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """CT numbers (HU), float32 (z, y, x), of a coarse map of structures: texture, partial volume, a little noise."""
    image = random_hu(rng)[labels]
    grain = ndimage.gaussian_filter(rng.standard_normal(labels.shape, dtype=np.float32), 1.0)
    image = image + np.isin(labels, _SPONGY) * grain * np.float32(rng.uniform(20, 150))
    image = ndimage.gaussian_filter(image, rng.uniform(0.3, 0.6))
    return image + rng.standard_normal(labels.shape, dtype=np.float32) * np.float32(rng.uniform(0, 10))


def _scan(image: np.ndarray) -> Volume:
    return Volume(np.ascontiguousarray(image), Geometry(spacing=(COLUMN_MM, COLUMN_MM, SLICE_MM)), modality="CT")
