"""A region of the scan gives the labels that the whole scan gives there."""

import numpy as np
import pytest

from inference.small_models import AS_NNUNET, OBLIQUE, UNCHANGED, model, network, scan, stage
from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.inference import Box, box_from_lps_bounds, box_from_slices, predict
from SegmentL3Lib.volume import Geometry


@pytest.mark.parametrize(
    "changes", [{}, {"resampling": UNCHANGED}, {"orientation": "RAS"}, {"transpose": (2, 1, 0)}, {"patch": (16, 12)}]
)
def test_labels_in_a_region_are_those_of_the_whole_scan(changes):
    changes = {"resampling": AS_NNUNET, **changes}
    if len(changes.get("patch", (1, 1, 1))) == 2:
        changes["resampling"] = UNCHANGED
    used, volume = model(stage(network(len(changes.get("patch", (1, 1, 1)))), **changes)), scan(direction=OBLIQUE)
    box = Box((3, 10, 5), (8, 21, 30))
    whole = predict(used, [volume]).labels.array
    expected = np.zeros_like(whole)
    expected[box.slices] = whole[box.slices]
    assert expected.any()
    np.testing.assert_array_equal(predict(used, [volume], region=box).labels.array, expected)


def test_a_region_takes_fewer_windows():
    seen = []
    used = stage(resampling=UNCHANGED)
    used.networks[0].register_forward_hook(lambda *_: seen.append(1))
    volume = scan(shape=(40, 32, 24))
    predict(model(used), [volume])
    whole = len(seen)
    predict(model(used), [volume], region=box_from_slices(20, 21, volume.array.shape))
    assert len(seen) - whole < whole / 2


def test_a_cascade_gives_the_labels_of_the_whole_scan_too():
    coarse, fine = stage(), stage(network(inputs=3, seed=1), resampling=UNCHANGED, previous_labels=(1, 2))
    used, volume, box = model(coarse, fine), scan(), Box((0, 0, 0), (3, 40, 36))
    whole = predict(used, [volume]).labels.array
    assert np.array_equal(predict(used, [volume], region=box).labels.array[:3], whole[:3])


def test_a_range_of_slices_includes_the_last():
    assert box_from_slices(2, 4, (10, 20, 30)) == Box((2, 0, 0), (5, 20, 30))


def test_a_range_is_held_within_the_scan():
    assert box_from_slices(-2, 40, (10, 20, 30)) == Box((0, 0, 0), (10, 20, 30))


@pytest.mark.parametrize("first, last", [(5, 4), (10, 12), (-3, -1)])
def test_a_range_that_holds_no_slice_is_refused(first, last):
    with pytest.raises(UsageError, match="outside the scan"):
        box_from_slices(first, last, (10, 20, 30))


def test_bounds_take_every_voxel_they_touch():
    geometry = Geometry((10.0, 20.0, 30.0), (1.0, 2.0, 3.0))
    # From the middle of voxel 2 to that of voxel 4 along each axis.
    box = box_from_lps_bounds((12, 14, 24, 28, 36, 42), geometry, (10, 10, 10))
    assert box == Box((2, 2, 2), (5, 5, 5))


def test_bounds_on_the_edges_of_voxels_take_no_neighbors():
    box = box_from_lps_bounds((1.5, 3.5, 1.5, 3.5, 1.5, 3.5), Geometry(), (10, 10, 10))
    assert box == Box((2, 2, 2), (4, 4, 4))


def test_bounds_in_an_oblique_scan_lie_within_the_box():
    geometry = Geometry((-20.0, -20.0, 0.0), (1.0, 1.0, 2.0), OBLIQUE)
    bounds = np.array([-4.0, 6.0, -3.0, 5.0, 4.0, 12.0])
    box = box_from_lps_bounds(bounds, geometry, (20, 60, 60))
    corners = np.stack(np.meshgrid(*bounds.reshape(3, 2)), -1).reshape(-1, 3) - np.asarray(geometry.origin)
    indices = np.linalg.solve(geometry.matrix * np.asarray(geometry.spacing), corners.T).T[:, ::-1]
    assert (indices >= np.array(box.low) - 0.5 - 1e-6).all()
    assert (indices <= np.array(box.high) - 0.5 + 1e-6).all()


@pytest.mark.parametrize("bounds", [(0, 1, 2), (0, 1, 0, 1, 0, float("nan"))])
def test_bounds_that_are_not_six_numbers_are_refused(bounds):
    with pytest.raises(UsageError, match="six numbers"):
        box_from_lps_bounds(bounds, Geometry(), (10, 10, 10))


def test_bounds_beside_the_scan_are_refused():
    with pytest.raises(UsageError, match="outside the scan"):
        box_from_lps_bounds((100, 110, 0, 5, 0, 5), Geometry(), (10, 10, 10))
