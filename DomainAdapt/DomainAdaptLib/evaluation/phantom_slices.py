"""Slices of random patients that no model has seen, with what a perfect reader would draw on them."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from SegmentL3Lib.models import Bundle
from SegmentL3Lib.refine import gate, return_blurred_fat
from SegmentL3Lib.segment import BESIDE_MM, slices_beside

from ..synthesis.phantom import phantom_volume
from ..synthesis.structures import Structure
from ..synthesis.torso import Torso
from .generated import generate
from .slices import MeasuredSlice, TrueSlice, measure

FIRST_SEED = 900_000  # no recipe uses seeds from here on
LEVELS = ("L1", "L2", "L3", "L4", "L5")
PIXEL_MM = 0.8
SIZE = 650  # pixels a side: the whole width of the synthetic field
NOISE_HU = (5.0, 20.0)
ORDINARY, HARD = "ordinary", "ascites, or a mass on the wall"
_COARSE_MM = 2.0
_CONTACT_MM = 10.0  # length of wall that a mass has to touch
_WALL = (
    Structure.EXTERNAL_OBLIQUE,
    Structure.INTERNAL_OBLIQUE,
    Structure.TRANSVERSUS_ABDOMINIS,
    Structure.RECTUS_ABDOMINIS,
)


def measured_phantom_slices(model: Bundle, count: int, workers: int = 0) -> Iterator[MeasuredSlice]:
    """Slices 0 ... ``count`` - 1 with what a model predicts; ``workers`` processes make them beside this one."""
    return (measure(item, model) for item in generate(phantom_slice, count, workers))


def phantom_slice(number: int) -> TrueSlice:
    """Make slice ``number`` (0, 1 ...); the levels L1 to L5 take turns.

    The truth is the regions that the phantom consists of, gated by the CT numbers of the image as the pipeline gates
    predicted regions (``refine.return_blurred_fat``, ``refine.gate``).
    """
    seed, level = FIRST_SEED + number, LEVELS[number % len(LEVELS)]
    vertebra = Torso(seed).spine.vertebra(level)
    return phantom_slice_at(seed, np.random.default_rng((seed, 3)).uniform(vertebra.bottom, vertebra.top), level)


def phantom_slice_at(seed: int, z_mm: float, place: str) -> TrueSlice:
    """The slice of a patient at a height above the middle of L3, with its truth as of ``phantom_slice``.

    Two slices beside it belong to it, as to a slice of a scan.
    """
    rng = np.random.default_rng((seed, 3))
    rng.uniform()  # the height of ``phantom_slice``
    torso = Torso(seed)
    hu, regions, _ = phantom_volume(
        seed,
        slice_mm=BESIDE_MM,
        pixel_mm=PIXEL_MM,
        size=SIZE,
        z_range_mm=(z_mm - BESIDE_MM, z_mm + BESIDE_MM),
        noise_hu=rng.uniform(*NOISE_HU),
    )
    drawn = gate(return_blurred_fat(regions[1], hu[1]), hu[1])
    group = HARD if is_hard(torso.slice_at(z_mm, _COARSE_MM).labels, _COARSE_MM, torso) else ORDINARY
    beside = slices_beside(hu, 1, BESIDE_MM)
    return TrueSlice(f"phantom {seed}", place, group, hu[1], drawn, PIXEL_MM, beside)


def is_hard(labels: np.ndarray, pixel_mm: float, torso: Torso) -> bool:
    """Whether a slice shows free fluid, or a mass that touches the muscles of the wall.

    Args:
        labels: fine structures of the slice, uint8 (y, x).
        torso: the patient; cysts are drawn as fluid too, so fluid alone does not tell.
    """
    if torso.organs.ascites is not None and (labels == Structure.ASCITES).any():
        return True
    mass = np.isin(labels, (Structure.MASS, Structure.MASS_NODULE))
    touched = ndimage.binary_dilation(mass, np.ones((3, 3), bool)) & np.isin(labels, _WALL)
    return touched.sum() * pixel_mm >= _CONTACT_MM
