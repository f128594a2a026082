"""A small torso of ellipses with plausible areas and exact labels, for tests of checks and reports."""

from dataclasses import replace

import numpy as np

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.measure import measure_slice
from SegmentL3Lib.quality.subject import Subject
from SegmentL3Lib.results import LevelResult, Patient
from SegmentL3Lib.volume import Geometry, Volume

VALUE = {label.id: label.value for label in load_labels()}
HU = {
    0: 30,
    VALUE["subcutaneous_fat"]: -100,
    VALUE["visceral_fat"]: -100,
    VALUE["skeletal_muscle"]: 45,
    VALUE["intermuscular_fat"]: -60,
    VALUE["bone"]: 300,
    VALUE["bowel"]: 20,
}
SPACING_MM = (1.5, 1.5, 5.0)
SIZE = 256


def torso_slice(shift_mm=(0.0, 0.0)):
    """Labels and CT numbers, (256, 256), of a body 340 mm wide, shifted (down, to its left) from the middle."""
    rows, columns = np.indices((SIZE, SIZE))
    down = (rows - (SIZE - 1) / 2) * SPACING_MM[1] - shift_mm[0]
    across = (columns - (SIZE - 1) / 2) * SPACING_MM[0] - shift_mm[1]

    def ellipse(half_width, half_height, below=0.0, beside=0.0):
        return ((across - beside) / half_width) ** 2 + ((down - below) / half_height) ** 2 <= 1

    labels = np.zeros((SIZE, SIZE), np.uint8)
    body = ellipse(170, 115)
    labels[body] = VALUE["subcutaneous_fat"]
    labels[ellipse(148, 93)] = VALUE["skeletal_muscle"]
    labels[ellipse(138, 83)] = VALUE["visceral_fat"]
    labels[ellipse(60, 40, below=-30)] = VALUE["bowel"]
    labels[ellipse(26, 26, below=40, beside=55) | ellipse(26, 26, below=40, beside=-55)] = VALUE["skeletal_muscle"]
    labels[ellipse(25, 40, below=40)] = VALUE["bone"]
    labels[ellipse(4, 4, below=40, beside=55) | ellipse(4, 4, below=40, beside=-55)] = VALUE["intermuscular_fat"]
    labels[ellipse(168, 113) & ~ellipse(166, 111)] = 0  # skin
    hu = np.where(body, np.vectorize(HU.get)(labels), -1000).astype(np.int16)
    return labels, hu


def subject(labels=None, hu=None, *, slices=21, index=10, level="found", patient=None, **changes):
    """A measured slice in the middle of a stack of equal slices."""
    plain_labels, plain_hu = torso_slice()
    labels = plain_labels if labels is None else labels
    hu = plain_hu if hu is None else hu
    volume = Volume(
        np.repeat(hu[None], slices, axis=0), Geometry(spacing=SPACING_MM), "CT", {"slice_thickness_mm": 5.0}
    )
    volume = replace(volume, **changes)
    measurements = measure_slice(labels, hu, volume.geometry.pixel_area_mm2, patient or Patient(), volume.acquisition)
    level = level_at(volume, 10) if level == "found" else level
    return Subject(volume, index, labels, hu, level, measurements, patient or Patient())


def level_at(volume, index, certainty=0.9, found=True):
    """Answer of a level finder."""
    rows, columns = volume.array.shape[1:]
    position = volume.geometry.index_to_lps(((columns - 1) / 2, (rows - 1) / 2, index))
    vertebrae = {"L2": index + 6, "L3": index, "L4": index - 6}
    return LevelResult("L3", found, index, position, certainty, "Counted from T12.", vertebrae)
