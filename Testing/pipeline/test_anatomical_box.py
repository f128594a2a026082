"""Regions that the patient's anatomy bounds, whichever way the file has its axes."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.phantoms import rings
from SegmentL3Lib import anatomical_box
from SegmentL3Lib.anatomical_box import OUTLINE_MM, VERTEBRA_MM, body_box, vertebrae_box
from SegmentL3Lib.errors import InputError, LevelNotFoundError, UsageError
from SegmentL3Lib.results import LevelResult
from SegmentL3Lib.volume import Geometry, Volume

PIXEL_MM, SLICE_MM, SLICES, SIZE = 4.0, 5.0, 20, 80
CENTER_MM, RADIUS_MM, TABLE_ROW = (-40.0, 20.0), 100.0, 70
# Directions of the file's x, y and z in LPS, and where axial z, y, x so lie in the file's array and run.
FILES = {
    "axial": ((1, 0, 0, 0, 1, 0, 0, 0, 1), lambda axial: axial),
    "head first": ((1, 0, 0, 0, 1, 0, 0, 0, -1), lambda axial: axial[::-1]),
    "back first": ((1, 0, 0, 0, -1, 0, 0, 0, 1), lambda axial: axial[:, ::-1]),
    "sagittal": ((0, 0, 1, 1, 0, 0, 0, 1, 0), lambda axial: axial.transpose(2, 0, 1)),
}


def patient(name: str = "axial") -> tuple[Volume, np.ndarray]:
    """A round patient on a table as a file of that kind, and where the patient is, both in the file's axes."""
    hu, regions = rings(SIZE, PIXEL_MM, CENTER_MM)
    body = np.repeat((regions > 0)[None], SLICES, 0)
    hu[TABLE_ROW, 5:75] = 300  # a sheet
    direction, of_axial = FILES[name]
    matrix = np.array(direction, float).reshape(3, 3)
    spacing = np.abs(np.linalg.inv(matrix) @ [PIXEL_MM, PIXEL_MM, SLICE_MM])
    array = of_axial(np.repeat(hu[None], SLICES, 0))
    return Volume(array, Geometry(spacing=tuple(spacing), direction=direction), modality="CT"), of_axial(body)


@pytest.mark.parametrize("name", FILES)
def test_the_box_of_the_body_holds_the_patient_and_little_more(name):
    volume, body = patient(name)
    box = body_box(volume)
    inside = np.zeros(body.shape, bool)
    inside[box.slices] = True
    assert inside[body].all()
    margin = 2 * OUTLINE_MM / PIXEL_MM
    extents = [np.ptp(np.flatnonzero(body.any(others))) + 1 for others in ((1, 2), (0, 2), (0, 1))]
    assert all(size <= extent + margin + 1 for size, extent in zip(box.shape, extents, strict=True))


def test_a_scan_of_air_has_no_patient():
    with pytest.raises(InputError, match="whole volume"):
        body_box(Volume(np.full((4, 32, 32), -1000, np.int16), Geometry(), modality="CT"))


@pytest.fixture
def levels(monkeypatch):
    """Middle slices that the level finder is to find, by name, in the file's own order."""
    known = {}

    def find(volume, level):
        index = known.get(level)
        return LevelResult(level, index is not None, index, None, 1.0, f"{level} is not in this scan.")

    monkeypatch.setattr(anatomical_box, "find_level", find)
    return known


@pytest.mark.parametrize("name", FILES)
def test_vertebrae_bound_the_slices_with_room_for_a_vertebra(name, levels):
    volume, body = patient(name)
    axis = body.shape.index(SLICES)
    levels.update(L5=8, L2=12)
    box = vertebrae_box(volume, ("L2", "L5"))
    reach = VERTEBRA_MM / SLICE_MM
    assert (box.low[axis], box.high[axis]) == (8 - reach, 12 + reach + 1)
    others = [number for number in range(3) if number != axis]
    assert all((box.low[other], box.high[other]) == (0, body.shape[other]) for other in others)
    assert vertebrae_box(volume, ("L5", "L2")) == box


def test_the_range_ends_with_the_scan(levels):
    levels.update(L5=1, T11=19)
    assert vertebrae_box(patient()[0], ("T11", "L5")).shape == (SLICES, SIZE, SIZE)


def test_a_vertebra_that_is_not_there_is_told(levels):
    levels.update(L5=8)
    with pytest.raises(LevelNotFoundError, match="T11 is not in this scan"):
        vertebrae_box(patient()[0], ("T11", "L5"))


def test_an_unknown_vertebra_is_refused():
    with pytest.raises(UsageError, match="T11, T12, L1, L2, L3, L4, L5, S1"):
        vertebrae_box(patient()[0], ("C7", "L5"))


@pytest.mark.parametrize("find", [body_box, lambda volume: vertebrae_box(volume, ("L3", "L3"))])
def test_other_modalities_are_refused(find):
    with pytest.raises(UsageError, match="CT only"):
        find(replace(patient()[0], modality="MR"))
