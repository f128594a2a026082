"""A task in 3D from images to measured lesions, with a network that calls bright places of FLAIR lesions."""

from dataclasses import replace

import numpy as np
import pytest

from SegmentL3Lib.errors import InputError, ModelError, UsageError
from SegmentL3Lib.inference import predict
from SegmentL3Lib.models import load_model
from SegmentL3Lib.refinement import refiners
from SegmentL3Lib.task_pipeline import run_task
from SegmentL3Lib.tasks import CleaningStep, Refinement, find_task
from tasks.heads import LESION_AT, VOXEL_MM, head_images, on_thick_slices
from tasks.threshold_bundle import write_threshold_bundle

THRESHOLD = 6.0


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(write_threshold_bundle(tmp_path_factory.mktemp("models") / "brain_lesions_3d", THRESHOLD))


@pytest.fixture(scope="module")
def images():
    return head_images()


@pytest.fixture
def task():
    return find_task("brain_lesions_3d")


def codes(result):
    return [reason.code for reason in result.quality.reasons]


def reason(result, code):
    return next(each for each in result.quality.reasons if each.code == code)


def test_lesion_is_found_where_it_is_and_measured(task, images, model):
    result = run_task(task, images, model, device="cpu")
    inside = np.zeros(result.segmentation.array.shape, bool)
    inside[LESION_AT] = True
    assert np.array_equal(result.segmentation.array > 0, inside)
    (lesion,) = result.lesions
    assert lesion.volume_ml == pytest.approx(4 * 5 * 4 * VOXEL_MM**3 / 1000)
    assert lesion.label == "brain_lesion"
    assert lesion.centroid_lps_mm == pytest.approx((-88 + 15.5 * 4, -108 + 22 * 4, -88 + 21.5 * 4))
    assert result.total_lesion_ml == result.volumes[0].volume_ml
    assert result.inputs == {"FLAIR": "given", "T1": "given", "T1c": "given", "T2": "given"}
    assert result.quality.verdict == "check"  # slices of 4 mm
    assert codes(result) == ["SLICES_THICK", "MODEL_LIMITED"]
    assert result.segmentation.geometry == images["FLAIR"].geometry


def test_missing_contrasts_are_left_empty_and_said(task, images, model):
    result = run_task(task, {"FLAIR": images["FLAIR"]}, model, device="cpu")
    assert len(result.lesions) == 1
    assert codes(result).count("CONTRAST_MISSING") == 3
    assert result.inputs == {"FLAIR": "given", "T1": "missing", "T1c": "missing", "T2": "missing"}


def test_needed_contrast_is_asked_for(task, images, model):
    with pytest.raises(UsageError, match="needs the image FLAIR"):
        run_task(task, {"T1": images["T1"]}, model)


def test_other_grids_are_resampled_to_the_first_and_it_is_said(task, images, model):
    thick = {**images, "T2": on_thick_slices(images["T2"])}
    result = run_task(task, thick, model, device="cpu")
    assert result.inputs["T2"] == "resampled"
    assert reason(result, "CONTRAST_RESAMPLED").text == "T2 was resampled to the voxels of FLAIR."
    assert result.segmentation.array.shape == images["FLAIR"].array.shape
    assert len(result.lesions) == 1


def test_image_that_shows_less_of_the_head_is_said(task, images, model):
    low = replace(images["T2"], array=images["T2"].array[:25])
    result = run_task(task, {**images, "T2": low}, model, device="cpu")
    assert reason(result, "CONTRAST_COVERAGE").effect == "check"


def test_images_of_different_places_are_refused(task, images, model):
    geometry = replace(images["T2"].geometry, origin=(900.0, 0.0, 0.0))
    with pytest.raises(InputError, match="do not overlap"):
        run_task(task, {**images, "T2": replace(images["T2"], geometry=geometry)}, model)


def test_no_lesion_is_a_result(task, model):
    result = run_task(task, head_images(lesions=False), model, device="cpu")
    assert result.lesions == ()
    assert result.total_lesion_ml == 0
    assert result.volumes[0].volume_ml == 0
    assert result.consistency["brain_lesion"].after is None
    assert reason(result, "NO_LESION").effect == "note"


@pytest.mark.parametrize("modality", ["CT", "PT"])
def test_other_modality_is_refused(task, images, model, modality):
    with pytest.raises(InputError, match=f"T1 is {modality}, but this task understands MR only"):
        run_task(task, {**images, "T1": replace(images["T1"], modality=modality)}, model)


def test_hounsfield_units_are_recognized_where_the_file_says_nothing(task, images, model):
    hu = np.where(images["T1"].array > 200, 40, -1000).astype(np.int16)
    with pytest.raises(InputError, match="T1 reads like CT"):
        run_task(task, {**images, "T1": replace(images["T1"], array=hu)}, model)


def test_empty_image_is_refused(task, images, model):
    with pytest.raises(InputError, match="T2 is empty"):
        run_task(task, {**images, "T2": replace(images["T2"], array=np.full((44, 55, 44), 7))}, model)


def test_lesion_at_the_edge_is_said(task, images, model):
    array = images["FLAIR"].array.copy()
    array[0:3, 20:26, 20:26] = 4000
    result = run_task(task, {"FLAIR": replace(images["FLAIR"], array=array)}, model, device="cpu")
    assert reason(result, "LESION_AT_EDGE").effect == "check"


def test_background_that_is_not_zero_changes_nothing(task, images, model):
    """As in images that were normalized after the skull was taken away."""
    flair = images["FLAIR"]
    stripped = np.where(flair.array < 200, 0, flair.array)
    results = [
        run_task(task, {"FLAIR": replace(flair, array=(stripped + shift).astype(np.int16))}, model, device="cpu")
        for shift in (0, -3000)
    ]
    assert results[0].lesions
    assert np.array_equal(*(result.segmentation.array for result in results))


def test_postprocessing_of_the_catalog_is_done_and_its_effect_on_slices_told(task, images, model):
    everything = CleaningStep("minimum_volume", ("brain_lesion",), {"volume_ml": 100.0}, "Because.")
    result = run_task(replace(task, postprocessing=(everything,)), images, model, device="cpu")
    assert result.lesions == ()
    assert result.consistency["brain_lesion"].before == 1.0
    assert result.consistency["brain_lesion"].after is None


def test_refinement_gets_probabilities_and_images_and_decides_the_labels(task, images, model, monkeypatch):
    seen = {}

    def refine(probabilities, given, parameters):
        seen.update(probabilities=probabilities, count=len(given), parameters=parameters)
        return probabilities[::-1]

    monkeypatch.setitem(refiners.REFINERS, "turned", refine)
    turned = replace(task, refinement=Refinement("turned", {"weight": 2.0}), postprocessing=())
    plain = run_task(replace(task, postprocessing=()), images, model, device="cpu")
    result = run_task(turned, images, model, device="cpu")
    assert np.array_equal(result.segmentation.array == 0, plain.segmentation.array == 1)
    assert (seen["count"], seen["parameters"]) == (4, {"weight": 2.0})
    assert seen["probabilities"].sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(seen["probabilities"].argmax(axis=0), plain.segmentation.array)


def test_unknown_refinement_is_refused(task, images, model):
    with pytest.raises(ModelError, match='"magic"'):
        run_task(replace(task, refinement=Refinement("magic", {})), images, model, device="cpu")


def test_probabilities_lie_where_the_labels_do_for_any_orientation_of_the_file(images, model):
    turned = replace(images["FLAIR"], array=np.ascontiguousarray(images["FLAIR"].array[:, ::-1].transpose(2, 0, 1)))
    prediction = predict(model, [turned] * 4, device="cpu", with_probabilities=True)
    assert prediction.labels.array.any()
    assert np.array_equal(prediction.probabilities.argmax(axis=0), prediction.labels.array)
    assert predict(model, [turned] * 4, device="cpu").probabilities is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"inputs": ("FLAIR", "T1")}, "takes the images FLAIR, T1, but the task has FLAIR, T1, T1c, T2"),
        ({"structures": ("edema", "core")}, "does not give the 1 labels of the task"),
    ],
)
def test_model_that_does_not_fit_the_task_is_refused(task, images, tmp_path, arguments, text):
    other = load_model(write_threshold_bundle(tmp_path / "brain_lesions_3d", **arguments))
    with pytest.raises(ModelError, match=text):
        run_task(task, images, other)


def test_progress_rises_to_the_measuring(task, images, model):
    told = []
    run_task(task, {"FLAIR": images["FLAIR"]}, model, device="cpu", progress=lambda share, text: told.append(share))
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == pytest.approx(0.9)
