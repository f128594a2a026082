"""Images and label maps of files: what is taken and what is refused."""

import numpy as np
import pytest
import torch

from adaptation import squares
from DomainAdaptLib.adaptation import model as model_of
from DomainAdaptLib.adaptation.images import image_hash, make_pool, read_label_maps, read_plain_labels, read_scans
from DomainAdaptLib.adaptation.model import find_model
from DomainAdaptLib.synthesis.render import GRID
from models.nnunet_packages import write_result
from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.volume import Geometry, Volume
from SegmentL3Lib.writing import write_volume


@pytest.fixture
def adaptable(tmp_path):
    return find_model(str(squares.write_model(tmp_path / "squares")))


def write(path, array):
    write_volume(Volume(np.asarray(array), Geometry()), path)
    return str(path)


def test_scans_of_different_shapes_become_one_pool(adaptable, tmp_path):
    paths = [squares.write_scan(tmp_path / f"{slices}.nrrd", slices, slices=slices) for slices in (1, 3)]
    paths.append(write(tmp_path / "small.nrrd", np.random.default_rng(0).normal(-400, 300, (2, 9, 30)).astype("f4")))
    pool = make_pool(read_scans(paths, adaptable), adaptable)
    assert len(pool) == 6
    images, labels = pool.draw(np.random.default_rng(0), 8)
    assert images.shape == (8, 1, 16, 16) and labels is None
    assert pool.sample(100)[0].shape == (6, 1, 16, 16)


def test_images_are_prepared_as_in_use_and_labels_lie_on_them(adaptable, tmp_path):
    scans = read_scans([squares.write_scan(tmp_path / "scan.nrrd", 3)], adaptable)
    labels = read_label_maps([squares.write_labels(tmp_path / "labels.nrrd", 3)], scans, adaptable)
    pool = make_pool(scans, adaptable, labels)
    image, found = pool.images[0][0], pool.labels[0]
    assert found.dtype == torch.int64 and int(found.sum()) == 64
    assert image[found == 1].mean() > 0.2 > -0.3 > image[found == 0].mean()


def test_a_folder_stands_for_the_files_in_it(adaptable, tmp_path):
    (tmp_path / "scans").mkdir()
    for number in (2, 1):
        squares.write_scan(tmp_path / "scans" / f"{number}.nrrd", number)
    (tmp_path / "scans" / "notes.txt").write_text("nothing")
    first, second = read_scans([str(tmp_path / "scans")], adaptable)
    assert image_hash(first) != image_hash(second)
    assert image_hash(first) == image_hash(read_scans([str(tmp_path / "scans" / "1.nrrd")], adaptable)[0])


def test_a_label_map_among_the_images_is_named(adaptable, tmp_path):
    with pytest.raises(InputError, match="labels_7.nrrd looks like a label map"):
        read_scans([squares.write_labels(tmp_path / "labels_7.nrrd", 7)], adaptable)


def test_a_segmentation_among_the_images_is_named(adaptable, tmp_path):
    with pytest.raises(InputError, match="is a segmentation"):
        read_scans([str(tmp_path / "case.seg.nrrd")], adaptable)


def test_an_image_of_one_value_is_refused(adaptable, tmp_path):
    with pytest.raises(InputError, match="same value everywhere"):
        read_scans([write(tmp_path / "flat.nrrd", np.full((2, 16, 16), -900, np.int16))], adaptable)


def test_mr_is_refused_by_a_model_for_ct(adaptable, tmp_path):
    values = np.random.default_rng(0).integers(0, 4000, (2, 16, 16)).astype(np.int16)
    with pytest.raises(InputError, match="does not seem to be CT"):
        read_scans([write(tmp_path / "mr.nrrd", values)], adaptable)


def test_a_missing_file_is_said(adaptable, tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_scans([str(tmp_path / "absent.nrrd")], adaptable)


@pytest.mark.parametrize(
    ("array", "fragment"),
    [
        (np.ones((3, 16, 16), np.uint8), "same order"),
        (np.zeros((2, 16, 16), np.uint8), "empty"),
        (np.full((2, 16, 16), 2, np.uint8), "value 2"),
    ],
)
def test_label_maps_that_do_not_fit_are_refused(adaptable, tmp_path, array, fragment):
    scans = read_scans([squares.write_scan(tmp_path / "scan.nrrd", 1)], adaptable)
    with pytest.raises(UsageError, match=fragment):
        read_label_maps([write(tmp_path / "labels.nrrd", array)], scans, adaptable)


def test_an_image_is_no_label_map(adaptable, tmp_path):
    scan = squares.write_scan(tmp_path / "scan.nrrd", 1)
    with pytest.raises(InputError, match="no label map"):
        read_label_maps([scan], read_scans([scan], adaptable), adaptable)
    with pytest.raises(InputError, match="no label map"):
        read_plain_labels(scan)


def test_the_shipped_model_can_be_taken_by_name():
    adaptable = find_model("l3_tissue_2d")
    assert adaptable.channels == 8 and adaptable.model.stages[0].window.patch_size == GRID
    assert adaptable.folder.name == "l3_tissue_2d"


def test_a_model_of_several_networks_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be adapted"):
        find_model(str(write_result(tmp_path)))


def test_an_unknown_model_is_said(tmp_path):
    with pytest.raises(UsageError, match="absent"):
        find_model("absent", str(tmp_path))


def test_models_whose_structures_overlap_are_refused(adaptable):
    from dataclasses import replace

    with pytest.raises(UsageError, match="overlap"):
        model_of._refuse_obstacles(replace(adaptable.model, activation="sigmoid"))
    with pytest.raises(UsageError, match="2 images"):
        model_of._refuse_obstacles(replace(adaptable.model, inputs=("T1", "T2")))
