"""A drawn torso: a scan of ellipses and its labels, small enough for tests of nodes and panels."""

import numpy as np

from SegmentL3Lib.volume import Geometry, LabelMap, Volume

SHAPE = (9, 120, 160)
SPACING = (2.5, 2.5, 5.0)
LEVEL_SLICE = 4
GEOMETRY = Geometry(origin=(-200.0, -150.0, 100.0), spacing=SPACING)
# Label value, CT number, half axes (y, x) and center (y, x) in pixels; later ones lie on top.
PARTS = (
    (1, -105, (50, 70), (60, 80)),
    (3, 55, (41, 60), (60, 80)),
    (2, -100, (33, 52), (57, 80)),
    (6, 30, (9, 16), (45, 68)),
    (6, 30, (8, 14), (47, 98)),
    (3, 55, (11, 11), (76, 57)),
    (3, 55, (11, 11), (76, 103)),
    (4, -80, (2, 10), (94, 60)),
    (5, 400, (13, 15), (78, 80)),
)


def ellipse(half, center):
    y, x = np.indices(SHAPE[1:])
    return ((y - center[0]) / half[0]) ** 2 + ((x - center[1]) / half[1]) ** 2 <= 1


def torso() -> tuple[Volume, LabelMap]:
    """The scan, the same in all slices but for noise, and labels on its slice ``LEVEL_SLICE``."""
    slice_hu = np.full(SHAPE[1:], -1000, np.int16)
    slice_labels = np.zeros(SHAPE[1:], np.uint8)
    for value, hu, half, center in PARTS:
        inside = ellipse(half, center)
        slice_hu[inside] = hu
        slice_labels[inside] = value
    noise = np.random.default_rng(0).normal(0, 4, SHAPE)
    labels = np.zeros(SHAPE, np.uint8)
    labels[LEVEL_SLICE] = slice_labels
    return Volume((slice_hu + noise).astype(np.int16), GEOMETRY), LabelMap(labels, GEOMETRY)
