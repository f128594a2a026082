"""Slices of ellipses laid on the grid of the references, and volumes of them."""

import numpy as np

from quality.torso import SPACING_MM, torso_slice
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust.aligned import GRID, lay_on_grid
from SegmentL3Lib.trust.plausibility import BLOCK, LabelAutoEncoder
from SegmentL3Lib.trust.references import Reference
from SegmentL3Lib.volume import Geometry, LabelMap, Volume

PIXEL_YX_MM = SPACING_MM[1], SPACING_MM[0]


def noisy_torso(seed, noise_hu=20):
    """Labels and CT numbers; bodies of seeds 0 to 3 differ in brightness too."""
    labels, hu = torso_slice()
    noise = np.random.default_rng(seed).standard_normal(hu.shape) * noise_hu
    return labels, np.where(hu > -900, hu + noise + 30 * seed, hu).astype(np.int16)


def reference(seed, name=None):
    labels, hu = noisy_torso(seed)
    laid = lay_on_grid(hu, [labels], PIXEL_YX_MM)
    return Reference(name or f"torso {seed}", f"torso {seed}", laid.image, laid.label_maps[0])


def untrained_autoencoder():
    values = len(load_labels()) * GRID.shape[0] * GRID.shape[1] // BLOCK**2
    weight = np.random.default_rng(0).normal(0, 0.01, (4, values)).astype(np.float32)
    return LabelAutoEncoder(weight, np.zeros(4, np.float32), np.zeros(values, np.float32))


def torso_volume(slices=3, labeled=1):
    labels, hu = torso_slice()
    geometry = Geometry(spacing=SPACING_MM)
    array = np.zeros((slices, *labels.shape), np.uint8)
    array[labeled] = labels
    return Volume(np.repeat(hu[None], slices, axis=0), geometry, "CT"), LabelMap(array, geometry)
