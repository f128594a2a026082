"""A good mask teaches known slices well, a bad one badly."""

import time

import numpy as np
import pytest
import SimpleITK as sitk

from quality.torso import VALUE, torso_slice
from SegmentL3Lib.trust.aligned import GRID, lay_on_grid
from SegmentL3Lib.trust.registration import corresponding_places
from SegmentL3Lib.trust.reverse import MOST_REFERENCES, compare_with_references, likest
from trust.torsos import PIXEL_YX_MM, noisy_torso, reference


@pytest.fixture(scope="module")
def references():
    return [reference(seed) for seed in (1, 2)]


def test_a_shifted_mask_reaches_less(references):
    labels, hu = noisy_torso(0)
    case = lay_on_grid(hu, [labels, np.roll(labels, 8, axis=1)], PIXEL_YX_MM)
    compared = compare_with_references(case, references)
    assert compared.reverse_dice.shape == (2, 2, 6)
    good, bad = compared.reverse_dice.mean(1)
    muscle = VALUE["skeletal_muscle"] - 1
    assert good[muscle] > 0.7 and bad[muscle] < good[muscle] - 0.2
    atlas, true = compared.atlas == VALUE["bone"], case.label_maps[0] == VALUE["bone"]
    assert 2 * (atlas & true).sum() / (atlas.sum() + true.sum()) > 0.9


def test_registration_finds_a_shift():
    _, hu = torso_slice()
    image = lay_on_grid(hu, [], PIXEL_YX_MM).image
    moved = np.roll(image, (4, -6), (0, 1))
    found = corresponding_places(image, moved) - np.indices(GRID.shape)
    assert np.allclose(np.median(found[:, image > 0.1], axis=1), (4, -6), atol=0.5)


def test_the_result_does_not_depend_on_the_number_of_cores(references, monkeypatch):
    labels, hu = noisy_torso(0)
    case = lay_on_grid(hu, [labels], PIXEL_YX_MM)
    several = compare_with_references(case, references)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    usual = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        alone = compare_with_references(case, references)
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(usual)
    np.testing.assert_array_equal(alone.reverse_dice, several.reverse_dice)
    np.testing.assert_array_equal(alone.atlas, several.atlas)


def test_itk_is_first_used_by_one_thread(references, monkeypatch):
    events = []

    def slow(*arguments):
        events.append("begins")
        time.sleep(0.1)
        places = corresponding_places(*arguments)
        events.append("ends")
        return places

    monkeypatch.setattr("SegmentL3Lib.trust.reverse.corresponding_places", slow)
    labels, hu = noisy_torso(0)
    compare_with_references(lay_on_grid(hu, [labels], PIXEL_YX_MM), references)
    assert events[:2] == ["begins", "ends"] and len(events) == 2 * len(references)


def test_a_slice_without_body_is_registered_to_nothing_in_particular():
    assert np.isfinite(corresponding_places(np.zeros(GRID.shape), np.zeros(GRID.shape))).all()


def test_progress_can_end_the_comparison(references):
    def cancel(*_):
        raise KeyboardInterrupt

    labels, hu = noisy_torso(0)
    with pytest.raises(KeyboardInterrupt):
        compare_with_references(lay_on_grid(hu, [labels], PIXEL_YX_MM), references, cancel)


def test_the_slice_itself_is_no_reference(references):
    _, hu = noisy_torso(1)
    image = lay_on_grid(hu, [], PIXEL_YX_MM).image
    assert [item.name for item in likest(image, references)] == ["torso 2"]


def test_the_likest_come_first_and_not_all_are_taken(references):
    wide = [reference(1, f"copy {number}") for number in range(MOST_REFERENCES)]
    far = reference(2, "far")
    far.image[:] = np.roll(far.image, 30, axis=0)
    _, hu = noisy_torso(3)
    chosen = likest(lay_on_grid(hu, [], PIXEL_YX_MM).image, [far, *wide])
    assert len(chosen) == MOST_REFERENCES and "far" not in [item.name for item in chosen]


def test_pixels_that_are_not_square_are_made_square():
    labels, hu = torso_slice()
    squeezed = lay_on_grid(hu[::2], [labels[::2]], (2 * PIXEL_YX_MM[0], PIXEL_YX_MM[1]))
    plain = lay_on_grid(hu, [labels], PIXEL_YX_MM)
    assert (squeezed.label_maps[0] == plain.label_maps[0]).mean() > 0.97
