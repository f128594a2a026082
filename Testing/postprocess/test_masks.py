"""Each step of postprocessing does what it says, and nothing else."""

import numpy as np
import pytest

from SegmentL3Lib.postprocess import STEPS, clean, slice_consistency, slice_order
from SegmentL3Lib.tasks import CleaningStep, load_tasks
from SegmentL3Lib.volume import Geometry, LabelMap

SPACING = (3.0, 1.0, 1.0)
ARGUMENTS = {
    "largest_component": {},
    "minimum_volume": {"volume_ml": 0.01},
    "fill_holes": {},
    "drop_isolated_slices": {"slices": 2},
    "close_between_slices": {"slices": 2},
}


def disk(radius, size=21, center=(10, 10)):
    y, x = np.indices((size, size))
    return (y - center[0]) ** 2 + (x - center[1]) ** 2 <= radius**2


def ball():
    return np.stack([disk(radius) for radius in (4, 6, 7, 6, 4)])


def do(step, mask, **parameters):
    return STEPS[step](mask, SPACING, **{**ARGUMENTS[step], **parameters})


@pytest.mark.parametrize("step", STEPS)
def test_empty_mask_stays_empty(step):
    assert not do(step, np.zeros((4, 5, 6), bool)).any()


@pytest.mark.parametrize("step", STEPS)
def test_whole_body_stays_as_it_is(step):
    mask = ball()
    assert np.array_equal(do(step, mask), mask)
    assert np.array_equal(mask, ball())


def test_largest_component_is_kept():
    mask = ball()
    mask[0, 0, 0] = True
    assert np.array_equal(do("largest_component", mask), ball())


def test_parts_below_the_volume_go_and_those_of_the_very_volume_stay():
    mask = np.zeros((5, 9, 9), bool)
    mask[0, 0, :2], mask[2, 0, :3], mask[4, 8, 8] = True, True, True
    kept = do("minimum_volume", mask, volume_ml=0.009)
    assert kept[2, 0, :3].all()
    assert kept.sum() == 3


def test_holes_are_filled_and_bays_stay():
    mask = ball()
    mask[2, 10, 10], mask[2, 10, 15:] = False, False
    filled = do("fill_holes", mask)
    assert filled[2, 10, 10]
    assert not filled[2, 10, 16]


def test_parts_of_a_single_slice_go():
    mask = np.zeros((5, 9, 9), bool)
    mask[1, 1:4, 1:4], mask[2:4, 6:8, 6:8] = True, True
    kept = do("drop_isolated_slices", mask)
    assert not kept[1].any()
    assert kept.sum() == 8


def test_gap_is_filled_with_the_shape_in_between():
    cone = np.stack([disk(radius) for radius in (3, 5, 7)])
    broken = cone.copy()
    broken[1] = False
    closed = do("close_between_slices", broken)
    assert np.array_equal(closed[[0, 2]], cone[[0, 2]])
    assert (closed[1] ^ cone[1]).sum() <= 0.1 * cone[1].sum()


def test_wide_gaps_and_those_between_things_apart_stay_open():
    wide = np.stack([disk(5), *[np.zeros((21, 21), bool)] * 3, disk(5)])
    apart = np.stack([disk(3, center=(4, 4)), np.zeros((21, 21), bool), disk(3, center=(16, 16))])
    assert np.array_equal(do("close_between_slices", wide), wide)
    assert np.array_equal(do("close_between_slices", apart), apart)


def test_consistency_is_the_mean_dice_of_neighbors():
    mask = np.zeros((5, 1, 4), bool)
    mask[1, 0, :4], mask[2, 0, :2], mask[3, 0, 1:3] = True, True, True
    assert slice_consistency(mask) == pytest.approx(((2 * 2 / 6) + (2 * 1 / 4)) / 2)


def test_consistency_counts_gaps_and_ignores_what_lies_beyond_the_ends():
    mask = np.zeros((7, 2, 2), bool)
    mask[[1, 3]] = True
    assert slice_consistency(mask) == 0
    mask[2] = True
    assert slice_consistency(mask) == 1
    assert slice_consistency(mask[:2]) is None


def test_closing_gaps_raises_the_consistency():
    mask = ball()
    mask[2] = False
    assert slice_consistency(do("close_between_slices", mask)) > slice_consistency(mask)


def test_added_voxels_never_cover_another_label():
    array = np.zeros((3, 7, 7), np.uint8)
    array[:, 1:6, 1:6] = 1
    array[1, 3, 3] = 2
    array[1, 2, 2] = 0
    step = CleaningStep("fill_holes", ("organ",), {}, "")
    cleaned = clean(LabelMap(array), [step], {"organ": 1, "lesion": 2}).array
    assert cleaned[1, 3, 3] == 2
    assert cleaned[1, 2, 2] == 1
    assert array[1, 2, 2] == 0


def test_slices_lie_along_the_coarsest_axis_else_they_are_axial():
    sagittal = Geometry(spacing=(1.0, 1.0, 4.0), direction=(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0))
    order, spacing = slice_order(sagittal)
    assert (order.axes[0], spacing[0]) == (0, 4.0)
    even = Geometry(direction=sagittal.direction)
    assert slice_order(even)[0].axes[0] == 1  # the axis of the array that runs to the foot


def test_steps_that_the_catalog_asks_for_are_there_and_lesions_are_never_reduced_to_the_largest():
    for task in load_tasks():
        for step in task.postprocessing:
            result = STEPS[step.step](ball(), SPACING, **step.parameters)
            assert result.shape == ball().shape
            assert step.source.endswith(".")
            assert not (step.step == "largest_component" and set(step.labels) & set(task.lesions))
