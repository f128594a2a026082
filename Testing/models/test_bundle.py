"""Packages are read back as they were written; damaged ones are refused in plain words."""

import numpy as np
import pytest
import torch

from models.packages import SCALING, TINY_2D, TINY_3D, edit_json, spacing, write_tiny
from SegmentL3Lib.errors import InputError, ModelError
from SegmentL3Lib.models import load_bundle, shipped_model, write_bundle
from SegmentL3Lib.networks import build_network

CHANNELS = {"network_data_format": {"outputs": {"pred": {"channel_def": {"0": "air", "10": "bone", "2": "fat"}}}}}


def test_a_written_package_is_read_back_in_full_precision(tmp_path):
    bundle = load_bundle(write_tiny(tmp_path / "tiny"), require_hash=True)
    torch.manual_seed(0)
    expected = build_network(TINY_2D).state_dict()
    for name, tensor in bundle.network.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, expected[name].half().float())
    assert not bundle.network.training
    assert bundle.name == "tiny"
    assert bundle.preprocessing.spacing_mm == (4.0, 4.0)


def test_a_package_holds_card_license_and_versions(tmp_path):
    path = write_tiny(tmp_path / "tiny")
    assert (path / "docs" / "README.md").read_text() == "# A test model\n"
    assert (path / "LICENSE").read_text() == "Apache-2.0\n"
    metadata = load_bundle(path).metadata
    assert metadata["pytorch_version"].startswith(torch.__version__.split("+")[0])
    assert load_bundle(path).describe() == {
        "name": "tiny",
        "version": "0.0.1",
        "task": "test",
        "weights_sha256": metadata["weights_sha256"],
    }


def test_equal_weights_under_two_names_are_stored_once(tmp_path):
    weights = write_tiny(tmp_path / "tiny") / "models" / "model.pt"
    stored = torch.load(weights, weights_only=True)
    distinct = {tensor.untyped_storage().data_ptr() for tensor in stored.values()}
    assert len(distinct) < len(stored)


def test_writing_the_same_weights_gives_the_same_bytes(tmp_path):
    first, second = (write_tiny(tmp_path / name) / "models" / "model.pt" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_new_package_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    write_tiny(tmp_path / "tiny")
    write_tiny(tmp_path / "tiny", TINY_3D)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert load_bundle(tmp_path / "tiny").preprocessing.spacing_mm == (4.0, 4.0, 4.0)


def test_a_package_that_could_not_be_read_again_is_not_written(tmp_path):
    write_tiny(tmp_path / "tiny")
    with pytest.raises(ModelError):
        write_tiny(tmp_path / "tiny", transforms=[{"_target_": "Lambdad", "keys": "image"}])
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert load_bundle(tmp_path / "tiny")


def test_weights_that_overflow_half_precision_are_refused(tmp_path):
    state_dict = build_network(TINY_2D).state_dict()
    next(iter(state_dict.values())).fill_(1e6)
    with pytest.raises(ModelError, match="half precision"):
        write_bundle(
            tmp_path / "tiny",
            network_def=TINY_2D,
            state_dict=state_dict,
            transforms=[SCALING],
            metadata={},
            card="",
            license_text="",
        )


def test_writing_into_a_missing_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_tiny(tmp_path / "missing" / "tiny")


def test_channels_are_listed_by_number(tmp_path):
    assert load_bundle(write_tiny(tmp_path / "tiny", **CHANNELS)).channels == ("air", "fat", "bone")
    assert load_bundle(write_tiny(tmp_path / "plain")).channels == ()


@pytest.mark.parametrize(("shape", "expected"), [([64, 96], (64, 96)), (["*", "*"], None), ([64], None), (7, None)])
def test_the_grid_of_training_is_read_where_it_is_fixed(tmp_path, shape, expected):
    metadata = {"network_data_format": {"inputs": {"image": {"spatial_shape": shape}}}}
    assert load_bundle(write_tiny(tmp_path / "tiny", **metadata)).grid_shape == expected


def test_pixdim_is_turned_into_the_order_of_the_array(tmp_path):
    bundle = load_bundle(write_tiny(tmp_path / "tiny", transforms=[spacing(1.0, 2.0), SCALING]))
    assert bundle.preprocessing.spacing_mm == (2.0, 1.0)


def test_ct_numbers_are_clipped_and_scaled(tmp_path):
    scale = load_bundle(write_tiny(tmp_path / "tiny")).preprocessing.scale
    gray = scale(np.array([-2000, -250, 50, 350, 3000], np.int16))
    assert gray.dtype == np.float32
    np.testing.assert_allclose(gray, [-2, -2, 0, 2, 2], atol=1e-6)


@pytest.mark.parametrize("missing", ["configs/metadata.json", "configs/inference.json", "models/model.pt"])
def test_a_missing_file_is_named(tmp_path, missing):
    path = write_tiny(tmp_path / "tiny")
    (path / missing).unlink()
    with pytest.raises(ModelError, match=f"tiny has no {missing}"):
        load_bundle(path)


def test_a_missing_package_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model package tiny"):
        load_bundle(tmp_path / "tiny")
    with pytest.raises(ModelError, match="no model package no_such_model"):
        shipped_model("no_such_model")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("name", ["metadata.json", "inference.json"])
def test_damaged_configuration_is_a_model_error(tmp_path, name, content):
    path = write_tiny(tmp_path / "tiny")
    (path / "configs" / name).write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        load_bundle(path)


def test_weights_with_another_hash_are_refused(tmp_path):
    path = write_tiny(tmp_path / "tiny")
    other = write_tiny(tmp_path / "other", TINY_3D)
    (path / "models" / "model.pt").write_bytes((other / "models" / "model.pt").read_bytes())
    with pytest.raises(ModelError, match="not those of the published package"):
        load_bundle(path)


def test_weights_of_another_network_are_refused(tmp_path):
    path = write_tiny(tmp_path / "tiny")
    edit_json(path / "configs" / "inference.json", lambda config: config["network_def"].update(filters=[4, 4, 12]))
    with pytest.raises(ModelError, match="do not fit"):
        load_bundle(path)


def test_a_shipped_package_must_name_its_hash(tmp_path):
    path = write_tiny(tmp_path / "tiny")
    edit_json(path / "configs" / "metadata.json", lambda metadata: metadata.pop("weights_sha256"))
    assert load_bundle(path)
    with pytest.raises(ModelError, match="hash"):
        load_bundle(path, require_hash=True)


@pytest.mark.parametrize("length", [0, 10, 1000])
def test_truncated_weights_are_a_model_error(tmp_path, length):
    path = write_tiny(tmp_path / "tiny")
    edit_json(path / "configs" / "metadata.json", lambda metadata: metadata.pop("weights_sha256"))
    weights = path / "models" / "model.pt"
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(ModelError, match="damaged"):
        load_bundle(path)
