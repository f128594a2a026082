"""T2-weighted MR of a fetal head made of shapes, with exact truth: sample data and test input.

No atlas is needed for it.  The brain is an ellipsoid with smooth random bends, about as large and as smooth as at 26
weeks: a layer of cortex, a fissure between the hemispheres and one on each side, ventricles, deep gray matter, corpus
callosum, brain stem and cerebellum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .brain_fields import Shape, smooth_noise
from .ellipsoids import ellipsoid_distance
from .fetal_atlases import FetalTissue
from .fetal_brain import with_noise, with_surroundings
from .fetal_contrast import image_of_tissues, middle_signal
from .fetal_stack import Motion, take_stack

SHAPE: Shape = (100, 116, 96)  # voxels of 1 mm
THICKNESS_MM = 3.0
MOTION = Motion(shift_mm=0.4, angle_deg=0.8, lost_share=0.04)
# Half axes and centers towards right, front and top, mm from the middle of the brain.
_CEREBRUM = (31.0, 39.0, 27.0)
_FLUID_MM, _CORTEX_MM, _BEND_MM = 3.0, 2.0, 1.2
_STEM, _STEM_AT = (6.5, 6.0, 15.0), (0.0, -9.0, -24.0)
_LOBE, _LOBE_AT = (10.0, 8.0, 8.0), (8.0, -22.0, -24.0)
_DEEP, _DEEP_AT = (8.0, 13.0, 8.0), (10.0, 2.0, -2.0)
_VENTRICLES = (((4.0, 17.0, 5.0), (7.0, 4.0, 8.0)), ((6.0, 10.0, 8.0), (13.0, -17.0, 3.0)))
_CALLOSUM, _CALLOSUM_AT, _CALLOSUM_MM = (9.0, 20.0, 13.0), (0.0, 1.0, 3.0), 2.0
_GRAY_OF_WHITE_MATTER = 500.0


@dataclass(frozen=True, eq=False)
class FetalHead:
    """A fetal head.

    Attributes:
        image: int16 (x, y, z) towards right, front and top: axial slices of ``THICKNESS_MM``, 1 mm within them.
        tissues: uint8, values of ``FetalTissue`` in the middle of each slice.
    """

    image: np.ndarray
    tissues: np.ndarray


def make_fetal_head(seed: int) -> FetalHead:
    """Make the head of a random fetus who moves a little; the same seed gives the same head and noise."""
    rng = np.random.default_rng((seed, 17))
    tissues = fetal_tissues(rng)
    image = image_of_tissues(tissues, middle_signal(), rng)
    image = ndimage.gaussian_filter(with_surroundings(image, tissues, False, rng), 0.5)
    image *= np.exp(np.float32(0.1) * smooth_noise(rng, tissues.shape, 70))
    image, tissues = take_stack(image, tissues, 2, THICKNESS_MM, MOTION, rng)
    gray = _GRAY_OF_WHITE_MATTER * with_noise(image, False, rng)
    return FetalHead(np.rint(gray).astype(np.int16), tissues)


def fetal_tissues(rng: np.random.Generator, shape: Shape = SHAPE) -> np.ndarray:
    """Tissues (uint8, values of ``FetalTissue``) of a random fetal brain, voxels of 1 mm."""
    space = _Space(rng, shape)
    x, y, z = space.axes
    cerebrum = space.distance(_CEREBRUM)
    hind = np.minimum(space.distance(_STEM, _STEM_AT), space.both(_LOBE, _LOBE_AT))
    tissues = np.zeros(shape, np.uint8)
    tissues[np.minimum(cerebrum, hind) < _FLUID_MM] = FetalTissue.EXTRA_AXIAL_CSF
    fissure = (np.abs(x) < 1.0) & ((z > 14) | (y > 22) | (y < -24)) & (z > -12)
    side = (np.abs(z + 6 - 0.25 * y) < 2.0) & (np.abs(x) > 22) & (np.abs(y) < 16)
    inside = (cerebrum < 0) & ~fissure & ~side & ~(hind < 1.5)
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1, 1:-1]
    tissues[inside] = FetalTissue.CEREBRAL_WHITE_MATTER
    tissues[inside & (depth <= _CORTEX_MM)] = FetalTissue.CEREBRAL_GRAY_MATTER
    tissues[inside & (space.both(_DEEP, _DEEP_AT) < 0)] = FetalTissue.DEEP_GRAY_MATTER
    tissues[(np.abs(x) < 8) & (np.abs(space.distance(_CALLOSUM, _CALLOSUM_AT)) < _CALLOSUM_MM / 2) & (z > 6)] = (
        FetalTissue.CORPUS_CALLOSUM
    )
    size = rng.uniform(0.8, 1.2)
    for radii, center in _VENTRICLES:
        fluid = inside & (space.both(np.multiply(radii, size), center) < 0)
        tissues[fluid & (tissues != FetalTissue.CORPUS_CALLOSUM)] = FetalTissue.INTRA_AXIAL_CSF
    tissues[space.distance(_STEM, _STEM_AT) < 0] = FetalTissue.BRAIN_STEM
    tissues[space.both(_LOBE, _LOBE_AT) < 0] = FetalTissue.CEREBELLUM
    return tissues


class _Space:
    """Coordinates of the voxels in mm, bent by random fields; size and proportions vary."""

    def __init__(self, rng: np.random.Generator, shape: Shape):
        growth = rng.uniform(0.9, 1.1) * np.exp(0.03 * rng.standard_normal(3))
        axes = (np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in shape)
        grids = np.meshgrid(*axes, indexing="ij")
        self.axes = [
            grid / np.float32(scale) + np.float32(_BEND_MM) * smooth_noise(rng, shape, 25)
            for grid, scale in zip(grids, growth, strict=True)
        ]

    def distance(self, radii: Sequence[float], center: Sequence[float] = (0.0, 0.0, 0.0)) -> np.ndarray:
        """About how many mm outside of an ellipsoid each voxel lies; negative inside."""
        return ellipsoid_distance(self.axes, radii, center)

    def both(self, radii: Sequence[float], center: Sequence[float]) -> np.ndarray:
        """The same for a pair of ellipsoids, one on each side."""
        return ellipsoid_distance([np.abs(self.axes[0]), *self.axes[1:]], radii, center)
