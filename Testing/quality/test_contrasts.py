"""Images that are not what a task asks for are recognized by modality, values, names and fluid."""

import numpy as np
import pytest

from SegmentL3Lib.quality.contrasts import (
    background_value,
    contrast_reasons,
    covered_share,
    fluid_rank,
    foreground,
    looks_like_ct,
    named_input,
)
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.tasks import find_task, limit
from SegmentL3Lib.volume import Geometry, Volume
from tasks.heads import head_images


@pytest.fixture(scope="module")
def images():
    return head_images()


@pytest.fixture
def task():
    return find_task("brain_lesions_3d")


def codes(task, images, **names):
    return [reason.code for reason in contrast_reasons(task, images, names)]


def test_right_images_raise_no_doubt(task, images):
    assert codes(task, images, FLAIR="0007_flair.nii.gz", T2="t2w.nii.gz") == []


def test_exchanged_images_are_told_by_the_fluid(task, images):
    exchanged = {**images, "FLAIR": images["T2"], "T2": images["FLAIR"]}
    assert "CONTRAST_EXCHANGED" in codes(task, exchanged)


def test_exchanged_images_are_told_by_their_names(task, images):
    assert codes(task, images, FLAIR="scan_T1ce.nii.gz", T1c="scan_flair.nii.gz") == ["CONTRAST_NAME"] * 2


def test_one_image_given_twice_is_told(task, images):
    assert "CONTRAST_TWICE" in codes(task, {**images, "T1c": images["T1"]})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sub-01_FLAIR.nii.gz", "FLAIR"),
        ("t1post.nii.gz", "T1c"),
        ("T2_FLAIR_ax.nrrd", None),  # two names: it says nothing
        ("scan.nii.gz", None),
        ("outflair.nii.gz", None),
        ("IM 0004 T1", "T1"),
    ],
)
def test_names_are_read_word_by_word(task, name, found):
    entry = named_input(task.inputs, name)
    assert (entry.name if entry else None) == found


def test_most_frequent_value_is_the_background_if_it_fills_a_good_part():
    array = np.arange(20 * 40 * 40).reshape(20, 40, 40)
    assert background_value(array) is None
    assert foreground(array).all()
    array[:8] = -3000
    assert background_value(array) == -3000
    assert not foreground(array)[:8].any()


def test_covered_share_is_that_of_the_head():
    array = np.zeros((20, 40, 40))
    array[5:15, 10:30, 10:30] = np.random.default_rng(0).random((10, 20, 20)) + 1
    first = Volume(array, Geometry(spacing=(1.0, 1.0, 2.0)))
    assert covered_share(first, first) == 1
    half = Volume(array[:, :, :20], first.geometry)
    assert covered_share(first, half) == pytest.approx(0.5, abs=0.1)
    turned = Volume(array.transpose(2, 1, 0), Geometry(spacing=(2.0, 1.0, 1.0), direction=(0, 0, 1, 0, 1, 0, 1, 0, 0)))
    assert covered_share(first, turned) == 1


def test_real_ct_reads_like_ct_and_real_mr_does_not(shared_data):
    assert looks_like_ct(read_volume(shared_data / "ct" / "hcc002" / "ct.nii.gz").array)
    for path in ("ms/patient19/flair.nii.gz", "glioma/brats_2013_pat0003_1/Flair_subtrMeanDivStd.nii.gz"):
        assert not looks_like_ct(read_volume(shared_data / "brain" / path).array)


@pytest.mark.parametrize("patient", ["patient07", "patient19"])
def test_real_contrasts_are_told_apart_by_the_fluid(shared_data, patient):
    folder = shared_data / "brain" / "ms" / patient
    arrays = {name: read_volume(folder / f"{name}.nii.gz").array for name in ("flair", "t1", "t2")}
    assert fluid_rank(arrays["t2"], arrays["flair"]) <= limit("fluid_rank_max") / 2
    assert fluid_rank(arrays["t2"], arrays["t1"]) <= limit("fluid_rank_max") / 2
    assert fluid_rank(arrays["flair"], arrays["t2"]) > 5 * limit("fluid_rank_max")
    assert fluid_rank(arrays["t1"], arrays["flair"]) > limit("fluid_rank_max")
