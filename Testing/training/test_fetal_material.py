"""Synthetic scans of fetuses on disk, and samples from them."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.fetal_atlases import atlas_folders
from DomainAdaptLib.synthesis.womb import WombStack
from DomainAdaptLib.training.fetal import FetalSamples, WombSamples
from DomainAdaptLib.training.fetal_material import make_brain_pool, make_womb_pools, on_slices, read_case
from DomainAdaptLib.training.packaging import CHANNELS
from DomainAdaptLib.training.recipe import read_recipe
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models.shipped import FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL
from SegmentL3Lib.tasks import find_task
from synthesis.tiny_atlas import tiny_atlas, write_atlas

RECIPE = {"segment": [16, 20, 16], "voxel_mm": 1.2}
MATERIAL = {"material": "pool", "left_out": ["fetal_SB_atlas_GA23_x"], "first_seed": 5, "patients": 2}

WOMB_RECIPE = {
    "material": "pool",
    "first_seed": 5,
    "patients": 2,
    "validation_material": "other",
    "validation_first_seed": 9,
    "validation_patients": 1,
    "segment": [16, 16, 8],
    "material_mm": [6.0, 6.0, 8.0],
    "voxel_mm": [7.0, 7.0, 8.0],
}


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_atlas(folder / "fetal" / "fetal_SB_atlas_GA21_x", tiny_atlas())
    (folder / "fetal" / "fetal_SB_atlas_GA23_x").mkdir()  # would be refused if it were read
    make_brain_pool(MATERIAL, folder, folder)
    return folder / "pool"


def test_pool_holds_the_cases_of_the_recipe_from_atlases_that_are_not_left_out(pool):
    assert [path.name for path in sorted(pool.iterdir())] == ["5.npy", "6.npy"]
    image, classes = read_case(pool / "5.npy")
    assert image.dtype == np.uint8 and image.shape == classes.shape
    assert set(np.unique(classes)) == set(range(9))


def test_cases_that_are_there_are_kept(pool):
    before = [path.stat().st_mtime_ns for path in sorted(pool.iterdir())]
    make_brain_pool(MATERIAL, pool.parent, pool.parent)
    assert [path.stat().st_mtime_ns for path in sorted(pool.iterdir())] == before


def test_a_sample_is_the_same_for_the_same_number(pool):
    samples = FetalSamples(RECIPE, pool)
    for number in range(10):
        image, classes = samples(number)
        assert image.shape == (1, 16, 20, 16) and classes.shape == (16, 20, 16)
        again = samples(number)
        assert (image == again[0]).all() and (classes == again[1]).all()
    assert any(samples(number)[1].any() for number in range(10))


def test_image_and_classes_are_cut_and_mirrored_together(tmp_path):
    classes = np.zeros((30, 30, 30), np.uint8)
    classes[4:20, 9:12, 3:27] = 1
    (tmp_path / "pool").mkdir()
    np.save(tmp_path / "pool" / "0.npy", np.stack([200 * classes, classes]))
    samples = FetalSamples(RECIPE, tmp_path / "pool")
    for number in range(12):
        image, classes = samples(number)
        assert ((image[0] > 0.3) == (classes == 1)).float().mean() > 0.97


def test_without_cases_it_is_said_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="prepare the material"):
        FetalSamples(RECIPE, tmp_path)
    with pytest.raises(InputError, match="no atlases"):
        make_brain_pool(MATERIAL, tmp_path, tmp_path)


@pytest.mark.parametrize("name", [FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL])
def test_segment_and_window_of_the_recipe_fit_its_network(name):
    recipe = read_recipe(name)
    depth = np.prod([np.broadcast_to(stride, 3) for stride in recipe["network_def"]["strides"]], axis=0)
    for sizes in (recipe["segment"], recipe["inferer"]["roi_size"]):
        assert not (np.array(sizes) % depth).any()


@pytest.mark.parametrize("name", [FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL])
def test_labels_of_the_task_are_the_channels_of_the_model(name):
    assert find_task(name).labels == CHANNELS[name][1:]


def test_scans_to_choose_with_and_to_measure_on_are_not_learned_from():
    recipe = read_recipe(FETAL_ORGANS_MODEL)
    seeds = [
        range(recipe[f"{kind}first_seed"], recipe[f"{kind}first_seed"] + recipe[f"{kind}patients"])
        for kind in ("", "validation_", "test_")
    ]
    assert len({seed for each in seeds for seed in each}) == sum(map(len, seeds))
    assert recipe["preprocessing"][2]["pixdim"] == recipe["voxel_mm"]


def test_atlases_to_measure_on_are_not_learned_from(shared_data):
    if not (shared_data / "fetal").exists():
        pytest.skip("the atlases of the fetal brain are absent")
    names = {folder.name for folder in atlas_folders(shared_data)}
    assert set(read_recipe(FETAL_BRAIN_MODEL)["left_out"]) < names


@pytest.fixture(scope="module")
def womb_pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("womb")
    make_womb_pools(WOMB_RECIPE, folder)
    return folder / "pool"


def test_pools_of_the_organs_share_no_scan(womb_pool):
    names = [{path.name for path in folder.iterdir()} for folder in (womb_pool, womb_pool.parent / "other")]
    assert names == [{"5.npy", "6.npy"}, {"9.npy"}]
    image, classes = read_case(womb_pool / "5.npy")
    assert image.dtype == np.uint8 and image.shape == classes.shape
    assert set(np.unique(classes)) == set(range(5))


def test_slices_of_any_plane_come_last_with_the_thickness_of_the_network():
    image = np.zeros((10, 4, 6), np.float32)
    image[4:6] = 1
    stack = WombStack(image, image.astype(np.uint8), (3.0, 2.0, 2.0), "sagittal", 25.0)
    thin, structures = on_slices(stack, 1.5)
    assert thin.shape == structures.shape == (4, 6, 20)
    assert structures[0, 0].nonzero()[0].tolist() == [8, 9, 10, 11]
    assert thin[..., 9:11].min() == 1 and 0 < thin[0, 0, 8] < 1


def test_samples_of_the_organs_are_the_same_for_the_same_number(womb_pool):
    samples = WombSamples(WOMB_RECIPE, womb_pool)
    for number in range(6):
        image, classes = samples(number)
        assert image.shape == (1, 16, 16, 8) and classes.shape == (16, 16, 8)
        assert (image == samples(number)[0]).all()
    assert any(samples(number)[1].any() for number in range(6))
