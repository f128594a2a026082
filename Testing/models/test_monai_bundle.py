"""MONAI bundles of the zoo's kind become models; what is not understood is refused by name."""

import json

import pytest
import torch

from models.monai_packages import (
    ARGMAX,
    CHANNEL_FIRST,
    INVERT,
    LOAD,
    ORIENT,
    SAVE,
    SCALE_RANGE,
    SIGMOID,
    SOFTMAX,
    SPACE,
    THRESHOLD,
    TYPED,
    UNET,
    compose,
    config,
    metadata,
    write_zoo_bundle,
)
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import Normalization, Resampling, Structure, Window, inspect_package, load_model
from SegmentL3Lib.networks import build_network

Z_SCORE = {"_target_": "NormalizeIntensityd", "keys": "@image_key", "nonzero": True, "channel_wise": True}
RESCALE = {"_target_": "ScaleIntensityd", "keys": "@image_key", "minv": -1.0, "maxv": 1.0}
KEEP_LARGEST = {"_target_": "KeepLargestConnectedComponentd", "keys": "pred", "applied_labels": [1, 2]}
NESTED_TUMOR = "$lambda x: torch.where(x[[2]] > 0, 4, torch.where(x[[0]] > 0, 1, torch.where(x[[1]] > 0, 2, 0)))"
UNET_2D = {**UNET, "spatial_dims": 2}


def load(tmp_path, about=None, **sections):
    return load_model(write_zoo_bundle(tmp_path / "bundle", config(**sections), about))


def refused(tmp_path, about=None, **sections) -> str:
    with pytest.raises(ModelError) as refusal:
        load(tmp_path, about, **sections)
    return str(refusal.value)


def refused_transform(tmp_path, *transforms) -> str:
    return refused(tmp_path, preprocessing=compose(LOAD, *transforms))


def test_a_bundle_as_the_zoo_has_them_is_read_completely(tmp_path):
    model = load(tmp_path)
    stage = model.stages[0]
    assert (model.title, model.version, model.license, model.kind) == (
        "Two organs",
        "0.1.2",
        "Apache License",
        "MONAI bundle",
    )
    assert (model.inputs, model.modality, model.activation) == (("CT",), ("CT",), "softmax")
    assert model.structures == (Structure(1, "liver"), Structure(2, "spleen"))
    assert stage.channels == (Normalization("range", lower=-57, upper=164),)
    assert stage.resampling == Resampling((1.5, 2.0, 3.0), 1, 1)
    assert stage.window == Window((8, 8, 16), "monai", 0.5, gaussian=False)
    assert (stage.transpose, stage.orientation) == ((0, 1, 2), "RAS")
    assert (stage.crop_to_nonzero, stage.normalize_before_resampling, stage.inverse_argmax_first) == (False,) * 3
    assert model.notes == ()


def test_the_network_has_the_weights_of_the_file_and_is_ready_to_run(tmp_path):
    model = load(tmp_path)
    network = model.stages[0].networks[0]
    stored = torch.load(tmp_path / "bundle/models/model.pt", weights_only=True)
    assert all(torch.equal(tensor, stored[key]) for key, tensor in network.state_dict().items())
    assert not network.training
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, 8, 8, 16)).shape == (1, 3, 8, 8, 16)


@pytest.mark.parametrize("wrapper", ["model", "state_dict"])
def test_weights_may_lie_below_a_name(tmp_path, wrapper):
    path = write_zoo_bundle(tmp_path / "bundle")
    weights = path / "models/model.pt"
    torch.save({wrapper: torch.load(weights, weights_only=True), "epoch": 3}, weights)
    assert load_model(path).stages


def test_the_description_names_size_hash_and_parameters(tmp_path):
    path = write_zoo_bundle(tmp_path / "bundle")
    info = inspect_package(path)
    assert (info.identifier, info.title, info.structures) == ("bundle", "Two organs", ("liver", "spleen"))
    assert info.parameters == sum(tensor.numel() for tensor in build_network(UNET).parameters())
    assert info.size_bytes == sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    assert len(info.sha256) == 64


def test_a_report_is_told_what_is_known_and_nothing_empty(tmp_path):
    model = load(tmp_path)
    assert model.describe() == {
        "name": "bundle",
        "title": "Two organs",
        "version": "0.1.2",
        "kind": "MONAI bundle",
        "license": "Apache License",
        "weights_sha256": model.sha256,
    }


def test_without_orientation_axes_are_those_of_monai_in_the_order_of_the_file(tmp_path):
    stage = load(tmp_path, preprocessing=compose(LOAD, Z_SCORE)).stages[0]
    assert (stage.transpose, stage.orientation) == ((2, 1, 0), None)
    assert stage.resampling.spacing_mm is None


def test_normalizations_are_chained_in_their_order(tmp_path):
    stage = load(tmp_path, preprocessing=compose(LOAD, SPACE, Z_SCORE, RESCALE)).stages[0]
    last = Normalization("rescale", target_lower=-1, target_upper=1)
    assert stage.channels == (Normalization("z_score", nonzero_only=True, then=last),)
    assert not stage.normalize_before_resampling


def test_normalization_before_resampling_stays_before(tmp_path):
    assert load(tmp_path, preprocessing=compose(LOAD, Z_SCORE, SPACE)).stages[0].normalize_before_resampling


def test_scaling_without_clipping_stays_without(tmp_path):
    stage = load(tmp_path, preprocessing=compose(LOAD, {**SCALE_RANGE, "clip": False})).stages[0]
    assert not stage.channels[0].clip


def test_windows_of_the_inferer_are_taken_over(tmp_path):
    inferer = {
        "_target_": "monai.inferers.SlidingWindowInferer",
        "roi_size": 8,
        "overlap": "@displayable_configs#sw_overlap",
        "sw_batch_size": "$@batch * 2",
        "mode": "gaussian",
        "sigma_scale": 0.25,
        "padding_mode": "replicate",
        "cval": -1,
    }
    window = load(tmp_path, inferer=inferer).stages[0].window
    assert window == Window((8, 8, 8), "monai", 0.75, True, 0.25, (), -1.0, True)


def test_a_choice_between_literals_by_a_switch_is_understood_without_evaluation(tmp_path):
    spacing = {**SPACE, "pixdim": "@pixdim"}
    pixdim = "$[1.5, 1.5, 1.5] if @displayable_configs#highres else [3.0, 3.0, 3.0]"
    stage = load(tmp_path, pixdim=pixdim, preprocessing=compose(LOAD, spacing)).stages[0]
    assert stage.resampling.spacing_mm == (1.5, 1.5, 1.5)


def test_the_weights_that_the_bundle_chooses_are_read(tmp_path):
    sections = {
        "displayable_configs": {"highres": False},
        "modelname": "$'model.pt' if @displayable_configs#highres else 'model_lowres.pt'",
        "checkpointloader": {"load_path": "$@bundle_root + '/models/' + @modelname"},
    }
    path = write_zoo_bundle(tmp_path / "bundle", config(**sections))
    network = build_network(UNET)
    torch.save(network.state_dict(), path / "models/model_lowres.pt")
    read = load_model(path).stages[0].networks[0].state_dict()
    assert all(torch.equal(read[key], tensor) for key, tensor in network.state_dict().items())
    (path / "models/model_lowres.pt").unlink()
    with pytest.raises(ModelError, match="has no models/model_lowres.pt"):
        load_model(path)


@pytest.mark.parametrize("load_path", ["$os.environ['HOME']", "/etc/passwd", "../other/model.pt", "$@missing + 'x'"])
def test_a_path_on_its_makers_disk_leads_to_the_usual_weights(tmp_path, load_path):
    assert load(tmp_path, checkpointloader={"load_path": load_path}).stages


def test_labels_that_return_to_the_grid_as_labels_do_so_here_too(tmp_path):
    assert load(tmp_path, postprocessing=compose(SOFTMAX, ARGMAX, INVERT, SAVE)).stages[0].inverse_argmax_first


@pytest.mark.parametrize(("labels", "expected"), [([1, 2], (1, 2)), ([2], (2,)), (1, (1,)), (None, (1, 2))])
def test_keeping_the_largest_component_is_handed_on(tmp_path, labels, expected):
    keep = {**KEEP_LARGEST, "applied_labels": labels}
    model = load(tmp_path, postprocessing=compose(ARGMAX, keep, INVERT, SAVE))
    assert model.largest_components == expected


def test_overlapping_regions_are_painted_as_the_published_function_does(tmp_path):
    lambdad = {"_target_": "Lambdad", "keys": "pred", "func": NESTED_TUMOR}
    model = load(
        tmp_path,
        metadata(("core", "whole", "enhancing")),
        postprocessing=compose(SIGMOID, INVERT, THRESHOLD, lambdad, SAVE),
    )
    assert model.structures == (Structure(2, "whole"), Structure(1, "core"), Structure(4, "enhancing"))
    image = torch.rand(1, 1, 8, 8, 16)
    with torch.inference_mode():
        plain = load(tmp_path / "plain").stages[0].networks[0](image)
        assert torch.equal(model.stages[0].networks[0](image), plain[:, [1, 0, 2]])


def test_one_channel_above_a_half_is_one_structure(tmp_path):
    model = load(
        tmp_path,
        metadata(("lesion",)),
        network_def={**UNET, "out_channels": 1},
        postprocessing=compose(SIGMOID, THRESHOLD),
    )
    assert (model.activation, model.structures) == ("sigmoid", (Structure(1, "lesion"),))


def test_several_channels_are_named_by_the_metadata(tmp_path):
    model = load(
        tmp_path,
        metadata(channels=("T1", "FLAIR")),
        network_def={**UNET, "in_channels": 2},
        preprocessing=compose(LOAD, Z_SCORE),
    )
    assert model.inputs == ("T1", "FLAIR")
    assert len(model.stages[0].channels) == 2


def test_a_network_for_slices_runs_over_the_slices_of_the_file(tmp_path):
    about = metadata()
    inferer = {"_target_": "SliceInferer", "roi_size": [8, 16], "spatial_dim": 2}
    model = load(tmp_path, about, network_def=UNET_2D, inferer=inferer, preprocessing=compose(LOAD, RESCALE))
    stage = model.stages[0]
    assert (stage.transpose, stage.window.patch_size) == ((0, 2, 1), (8, 16))


def test_a_network_for_slices_may_look_along_another_axis_of_an_oriented_scan(tmp_path):
    inferer = {"_target_": "SliceInferer", "roi_size": [8, 16], "spatial_dim": 0}
    preprocessing = compose(LOAD, ORIENT, SPACE, SCALE_RANGE)
    stage = load(tmp_path, network_def=UNET_2D, inferer=inferer, preprocessing=preprocessing).stages[0]
    assert (stage.orientation, stage.resampling.spacing_mm) == ("RAS", (1.5, 2.0, 3.0))
    inferer["spatial_dim"] = 1
    stage = load(tmp_path / "b", network_def=UNET_2D, inferer=inferer, preprocessing=preprocessing).stages[0]
    assert (stage.orientation, stage.resampling.spacing_mm) == ("ARS", (2.0, 1.5, 3.0))


def test_a_network_for_whole_images_runs_in_windows_of_its_training_and_says_so(tmp_path):
    model = load(tmp_path, inferer={"_target_": "SimpleInferer"})
    assert model.stages[0].window == Window((8, 8, 16), "monai", 0.75)
    assert "whole images" in model.notes[0]


def test_stock_networks_of_the_zoo_may_have_arguments_of_older_versions(tmp_path):
    network = {"_target_": "SwinUNETR", "in_channels": 1, "out_channels": 3, "feature_size": 12, "img_size": 32}
    pytest.importorskip("einops", reason="attention layers of MONAI use einops")
    assert load(tmp_path, network_def={**network, "depths": [1, 1, 1, 1]}).stages


def test_a_network_that_needs_another_package_says_which(tmp_path, monkeypatch):
    path = write_zoo_bundle(tmp_path / "bundle")
    content = config(network_def={"_target_": "UNETR", "in_channels": 1, "out_channels": 3, "img_size": 32})
    (path / "configs/inference.json").write_text(json.dumps(content))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="einops"):
        load_model(path)


@pytest.mark.parametrize(
    "name", ["Resized", "CropForegroundd", "Lambdad", "RandFlipd", "scripts.my.Transform", "os.system"]
)
def test_other_transforms_are_refused_by_name(tmp_path, name):
    text = refused_transform(tmp_path, {"_target_": name, "keys": "image"})
    assert name in text
    assert "preprocessing.transforms[1]" in text


@pytest.mark.parametrize(
    ("transform", "what"),
    [
        ({**SPACE, "pixdim": [1.5, 0, 3]}, "pixdim"),
        ({**SPACE, "pixdim": [1.5, 2, 3, 4]}, "pixdim"),
        ({**SPACE, "pixdim": "$[1, 1, 1]"}, "$[1, 1, 1]"),
        ({**SPACE, "mode": 3}, "mode"),
        ({**SPACE, "padding_mode": "zeros"}, "padding_mode"),
        ({**SPACE, "diagonal": True}, "diagonal"),
        ({**SPACE, "scale_extent": True}, "scale_extent"),
        ({**SPACE, "dtype": "uint8"}, "dtype"),
        ({**ORIENT, "axcodes": "RAR"}, "axcodes"),
        ({**ORIENT, "axcodes": "XYZ"}, "axcodes"),
        ({**ORIENT, "labels": [["R", "L"], ["A", "P"], ["S", "I"]]}, "labels"),
        ({**SCALE_RANGE, "a_min": 164}, "a_min"),
        ({**SCALE_RANGE, "b_min": None}, "b_min"),
        ({**SCALE_RANGE, "clip": "yes"}, "clip"),
        ({**RESCALE, "factor": 0.1}, "factor"),
        ({**Z_SCORE, "divisor": 2}, "divisor"),
        ({**CHANNEL_FIRST, "channel_dim": 0}, "channel_dim"),
        ({**TYPED, "dtype": "$torch.uint8"}, "dtype"),
        ({**TYPED, "keys": ["image", "label"]}, "keys"),
        ({**TYPED, "keys": "label"}, "keys"),
        ({**TYPED, "_disabled_": True}, "_disabled_"),
        ({**TYPED, "surprise": 1}, "surprise"),
    ],
)
def test_arguments_that_would_change_the_image_otherwise_are_refused_by_name(tmp_path, transform, what):
    assert what in refused_transform(tmp_path, transform)


@pytest.mark.parametrize(
    ("transforms", "what"),
    [
        ([], "empty"),
        ([SPACE], "LoadImaged"),
        ([LOAD, Z_SCORE, SPACE, RESCALE], "before and after Spacingd"),
        ([LOAD, SPACE, SPACE], "twice"),
        ([LOAD, SPACE, ORIENT], "Orientationd after Spacingd"),
        ([{**LOAD, "keys": ["image", "label"]}], "keys"),
        ([{**LOAD, "reader": "PILReader"}], "PILReader"),
        (["LoadImaged"], "transforms[0]"),
        ("LoadImaged", "transforms"),
    ],
)
def test_orders_that_are_not_understood_are_refused(tmp_path, transforms, what):
    assert what in refused(tmp_path, preprocessing={"_target_": "Compose", "transforms": transforms})


@pytest.mark.parametrize(
    ("inferer", "what"),
    [
        ({"_target_": "SaliencyInferer"}, "SaliencyInferer"),
        ({"_target_": "SlidingWindowInferer"}, "roi_size"),
        ({"_target_": "SlidingWindowInferer", "roi_size": [8, 8]}, "roi_size"),
        ({"_target_": "SlidingWindowInferer", "roi_size": [8, 8, -1]}, "roi_size"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "overlap": 1.0}, "overlap"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "overlap": [0.5, 0.25, 0.5]}, "overlap"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "mode": "max"}, "mode"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "padding_mode": "reflect"}, "padding_mode"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "process_fn": "$print"}, "$print"),
        ({"_target_": "SlidingWindowInferer", "roi_size": 8, "process_fn": None}, "process_fn"),
        ({"_target_": "SliceInferer", "roi_size": [8, 8]}, "SliceInferer"),
        ({"_target_": "SimpleInferer", "surprise": 1}, "surprise"),
        (3, "inferer"),
    ],
)
def test_inferers_that_are_not_understood_are_refused(tmp_path, inferer, what):
    assert what in refused(tmp_path, inferer=inferer)


def test_a_network_for_whole_images_of_any_size_is_refused(tmp_path):
    about = metadata()
    about["network_data_format"]["inputs"]["image"]["spatial_shape"] = ["*", "*", "*"]
    assert "spatial_shape" in refused(tmp_path, about, inferer={"_target_": "SimpleInferer"})


@pytest.mark.parametrize(
    ("transforms", "what"),
    [
        ([], "neither softmax nor sigmoid"),
        ([SAVE], "neither softmax nor sigmoid"),
        ([{**SOFTMAX, "sigmoid": True}], "transforms[0]"),
        ([{**SOFTMAX, "other": "$torch.tanh"}], "other"),
        ([SOFTMAX, SIGMOID], "transforms[1]"),
        ([SOFTMAX, THRESHOLD], "transforms[1]"),
        ([SIGMOID, {**THRESHOLD, "threshold": 0.3}], "transforms[1]"),
        ([SOFTMAX, {**ARGMAX, "rounding": "torchrounding"}], "rounding"),
        ([SOFTMAX, {**INVERT, "transform": "$lambda x: x"}], "transform"),
        ([SOFTMAX, {**INVERT, "post_func": "$print"}], "post_func"),
        ([SOFTMAX, KEEP_LARGEST], "before the output is labels"),
        ([ARGMAX, {**KEEP_LARGEST, "applied_labels": [7]}], "applied_labels"),
        ([ARGMAX, {**KEEP_LARGEST, "independent": False}], "independent"),
        ([ARGMAX, {"_target_": "FillHolesd", "keys": "pred"}], "FillHolesd"),
        ([ARGMAX, {"_target_": "Lambdad", "keys": "pred", "func": "$lambda x: x"}], "$lambda x: x"),
        ([SOFTMAX, ARGMAX, {"_target_": "Lambdad", "keys": "pred", "func": NESTED_TUMOR}], "func"),
    ],
)
def test_postprocessing_that_is_not_understood_is_refused(tmp_path, transforms, what):
    assert what in refused(tmp_path, postprocessing=compose(*transforms))


@pytest.mark.parametrize(
    ("about", "what"),
    [
        (metadata(("background", "liver")), "do not match the 3 channels"),
        (metadata(channels=("T1", "T2")), "num_channels"),
        ({**metadata(), "network_data_format": 3}, "network_data_format"),
        ({**metadata(), "network_data_format": {"inputs": {"image": {}, "label": {}}}}, "inputs"),
        ({**metadata(), "network_data_format": {"outputs": {"pred": {"channel_def": []}}}}, "channel_def"),
    ],
)
def test_labels_and_channels_that_do_not_match_the_network_are_refused(tmp_path, about, what):
    assert what in refused(tmp_path, about)


def test_labels_without_names_are_numbered(tmp_path):
    model = load(tmp_path, {"name": "x"})
    assert [structure.name for structure in model.structures] == ["label 1", "label 2"]


def test_channels_normalized_together_are_refused(tmp_path):
    text = refused(
        tmp_path,
        metadata(channels=("T1", "T2")),
        network_def={**UNET, "in_channels": 2},
        preprocessing=compose(LOAD, RESCALE),
    )
    assert "several channels together" in text


def test_a_bundle_in_yaml_says_that_only_json_is_read(tmp_path):
    path = write_zoo_bundle(tmp_path / "bundle")
    (path / "configs/inference.json").rename(path / "configs/inference.yaml")
    with pytest.raises(ModelError, match="inference.yaml, but only JSON is read"):
        load_model(path)
