"""What an nnU-Net result folder says and this library does not understand is refused by name."""

import json
import math

import pytest
import torch

from models.nnunet_packages import REGIONS, checkpoint, configuration, dataset, plans, write_result
from models.packages import edit_json
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_model

KEY = "3d_fullres"


def refused(path, **arguments) -> str:
    with pytest.raises(ModelError) as refusal:
        load_model(path, **arguments)
    return str(refusal.value)


def refused_plan(tmp_path, change) -> str:
    path = write_result(tmp_path)
    edit_json(path / "plans.json", change)
    return refused(path)


def refused_configuration(tmp_path, **changes) -> str:
    return refused_plan(tmp_path, lambda content: content["configurations"][KEY].update(changes))


def refused_network(tmp_path, **changes) -> str:
    def change(content):
        content["configurations"][KEY]["architecture"]["arch_kwargs"].update(changes)

    return refused_plan(tmp_path, change)


@pytest.mark.parametrize(
    "name",
    ["os.system", "torch.load", "PlainConvUNet.__init__", "evil.unet.PlainConvUNet", "", None, 3, ["x"], "a" * 10**6],
)
def test_other_network_class_names_are_refused_by_a_short_text(tmp_path, name):
    path = write_result(tmp_path)
    edit_json(
        path / "plans.json",
        lambda content: content["configurations"][KEY]["architecture"].update(network_class_name=name),
    )
    text = refused(path)
    assert "network_class_name" in text
    assert str(name)[:50] in text
    assert len(text) < 400


@pytest.mark.parametrize("key", ["conv_op", "norm_op", "nonlin", "dropout_op"])
@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "torch.nn.Sequential", 3])
def test_layers_outside_the_table_are_refused(tmp_path, key, name):
    assert str(name) in refused_network(tmp_path, **{key: name})


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"squeeze_excitation": True}, "squeeze_excitation"),
        ({"nonlin_first": True}, "nonlin_first"),
        ({"norm_op_kwargs": {"device": "meta"}}, "device"),
        ({"norm_op_kwargs": [1]}, "InstanceNorm3d"),
        ({"norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d"}, "InstanceNorm2d"),
        ({"n_stages": 10**9}, "n_stages"),
        ({"n_stages": 4}, "features_per_stage"),
        ({"features_per_stage": [2, 4, 10**9]}, "features_per_stage"),
        ({"n_conv_per_stage": [1, 2, 10**9]}, "n_conv_per_stage"),
        ({"n_conv_per_stage_decoder": [1]}, "n_conv_per_stage_decoder"),
        ({"kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 4, 3]]}, "kernel_sizes"),
        ({"kernel_sizes": [[1, 3, 3], [3, 3], [3, 3, 3]]}, "kernel_sizes"),
        ({"strides": [[1, 1, 1], [1, 2, 2], [2, 2, 0]]}, "strides"),
        ({"conv_bias": "yes"}, "conv_bias"),
        ({"conv_op": None}, "conv_op"),
        ({"features_per_stage": [2, 4, 6]}, "do not fit"),
        ({"n_conv_per_stage": [1, 1, 1]}, "also hold"),
        ({"n_conv_per_stage": [1, 3, 1]}, "lack"),
    ],
)
def test_networks_that_are_not_understood_are_refused_by_name(tmp_path, changes, what):
    assert what in refused_network(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"preprocessor_name": "MyPreprocessor"}, "MyPreprocessor"),
        ({"patch_size": [8, 16, 13]}, "patch_size"),
        ({"patch_size": [8, 16]}, "spacing"),
        ({"patch_size": "8"}, "patch_size"),
        ({"spacing": [5.0, 0.0, 0.5]}, "spacing"),
        ({"spacing": [5.0, 1e400, 0.5]}, "not valid JSON"),
        ({"normalization_schemes": ["MyNormalization"]}, "MyNormalization"),
        ({"normalization_schemes": []}, "normalization_schemes"),
        ({"use_mask_for_norm": None}, "use_mask_for_norm"),
        ({"use_mask_for_norm": ["yes"]}, "use_mask_for_norm"),
        ({"resampling_fn_data": "my_resampling"}, "my_resampling"),
        ({"resampling_fn_data": "no_resampling_hack", "resampling_fn_data_kwargs": {}}, "resampling_fn_probabilities"),
        ({"resampling_fn_data_kwargs": {"order": 9}}, "order"),
        ({"resampling_fn_data_kwargs": {"is_seg": True}}, "is_seg"),
        ({"resampling_fn_data_kwargs": {"order_y": 3}}, "order_y"),
        ({"resampling_fn_data_kwargs": {"force_separate_z": True}}, "different arguments"),
        ({"inherits_from": KEY}, "inherits from itself"),
        ({"inherits_from": "missing"}, "missing"),
        ({"architecture": 3}, "architecture"),
        ({"previous_stage": "3d_lowres"}, "do not fit"),
        ({"previous_stage": "../../etc"}, "do not fit"),
    ],
)
def test_configurations_that_are_not_understood_are_refused_by_name(tmp_path, changes, what):
    if changes.get("spacing", [0])[-1] == 0.5 and math.inf in changes["spacing"]:
        what = "valid JSON"
    assert what in refused_configuration(tmp_path, **changes)


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("image_reader_writer", "MyReader", "MyReader"),
        ("image_reader_writer", "NaturalImage2DIO", "NaturalImage2DIO"),
        ("label_manager", "MyLabels", "MyLabels"),
        ("transpose_forward", [0, 1, 1], "transpose_forward"),
        ("transpose_forward", None, "transpose_forward"),
        ("configurations", {}, KEY),
        ("configurations", [], "configurations"),
        ("foreground_intensity_properties_per_channel", {}, "foreground_intensity_properties_per_channel"),
        ("foreground_intensity_properties_per_channel", {"0": {"mean": 1}}, "percentile_00_5"),
    ],
)
def test_plans_that_are_not_understood_are_refused_by_name(tmp_path, key, value, what):
    assert what in refused_plan(tmp_path, lambda content: content.update({key: value}))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (dataset({"liver": 1}), "background"),
        (dataset({"background": 1, "liver": 0}), "background"),
        (dataset({"background": 0}), "nothing but the background"),
        (dataset({"background": 0, "liver": 1, "spleen": 3}), "gaps"),
        (dataset({"background": 0, "liver": 1, "spleen": 1}), "the same value"),
        (dataset({"background": 0, "liver": 1, "ignore": 1}), "ignore"),
        (dataset({"background": 0, "liver": "1"}), "liver"),
        (dataset({"background": 0, "liver": []}), "liver"),
        (dataset({"background": 0, "liver": 1}), "do not fit"),
        (dataset({"background": 0, "": 1, "spleen": 2}), "empty"),
        (dataset(REGIONS), "regions_class_order"),
        (dataset(REGIONS, regions_class_order=[1, 2]), "regions_class_order"),
        (dataset(REGIONS, regions_class_order=[1, 2, 2]), "twice"),
        (dataset(channels=("CT", "PET")), "do not match"),
        ({"labels": {"background": 0, "liver": 1, "spleen": 2}}, "modality"),
        ({**dataset(), "channel_names": {"1": "CT"}}, "channel_names"),
    ],
)
def test_labels_and_channels_that_do_not_match_the_network_are_refused(tmp_path, data, what):
    path = write_result(tmp_path)
    (path / "dataset.json").write_text(json.dumps(data))
    text = refused(path)
    assert what in text or (what == "do not match" and "do not fit" in text)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"trainer_name": "nnUNetTrainerUMambaBot"}, "nnUNetTrainerUMambaBot"),
        ({"trainer_name": "nnUNet_Primus_M_Trainer"}, "nnUNet_Primus_M_Trainer"),
        ({"trainer_name": None}, "trainer_name"),
        ({"init_args": {}}, "configuration"),
        ({"init_args": {"configuration": "../2d"}}, "configuration"),
        ({"init_args": {"configuration": "2d"}}, "2d"),
        ({"network_weights": {}}, "not a table of tensors"),
        ({"network_weights": [1]}, "not a table of tensors"),
        ({"network_weights": {"weight": 3}}, "not a table of tensors"),
        ({"inference_allowed_mirroring_axes": (0, 3)}, "mirroring axes"),
        ({"inference_allowed_mirroring_axes": torch.zeros(2)}, "mirroring_axes"),
    ],
)
def test_checkpoints_that_are_not_understood_are_refused_by_name(tmp_path, changes, what):
    assert what in refused(write_result(tmp_path, **changes))


@pytest.mark.parametrize("missing", ["network_weights", "trainer_name", "init_args"])
def test_a_missing_entry_of_a_checkpoint_is_named(tmp_path, missing):
    path = write_result(tmp_path)
    weights = path / "fold_0/checkpoint_final.pth"
    content = torch.load(weights, weights_only=False)
    del content[missing]
    torch.save(content, weights)
    assert missing in refused(path)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_weight_that_is_not_finite_is_named(tmp_path, value):
    content, data = plans(**{KEY: configuration()}), dataset()
    weights = checkpoint(content, data, KEY)["network_weights"]
    weights["decoder.seg_layers.1.bias"][0] = value
    assert "decoder.seg_layers.1.bias" in refused(write_result(tmp_path, content, data, network_weights=weights))


@pytest.mark.parametrize("missing", ["plans.json", "dataset.json"])
def test_a_folder_without_one_of_its_files_is_no_package(tmp_path, missing):
    path = write_result(tmp_path)
    (path / missing).unlink()
    assert missing in refused(path)


def test_a_missing_checkpoint_is_told_with_those_that_are_there(tmp_path):
    path = write_result(tmp_path)
    (path / "fold_0/checkpoint_final.pth").rename(path / "fold_0/checkpoint_best.pth")
    assert "There is checkpoint_best.pth" in refused(path)


@pytest.mark.parametrize("folds", [(4,), (), ("../x",)])
def test_a_missing_fold_is_told(tmp_path, folds):
    assert "checkpoint_final.pth" in refused(write_result(tmp_path), folds=folds)


@pytest.mark.parametrize("name", ["../checkpoint_final.pth", "/etc/passwd", "", "a\0b"])
def test_a_checkpoint_is_named_not_given_as_path(tmp_path, name):
    assert "not the name of a file" in refused(write_result(tmp_path), checkpoint=name)


def test_folds_of_different_training_are_refused(tmp_path):
    path = write_result(tmp_path, folds=(0, 1))
    weights = path / "fold_1/checkpoint_final.pth"
    content = torch.load(weights, weights_only=False)
    torch.save({**content, "inference_allowed_mirroring_axes": (0,)}, weights)
    assert "mirror axes" in refused(path)


def test_a_cascade_without_its_first_stage_says_which_folder_is_missing(tmp_path):
    content = plans(
        **{
            KEY: configuration(),
            "3d_cascade_fullres": {"inherits_from": KEY, "previous_stage": "3d_lowres"},
        }
    )
    text = refused(write_result(tmp_path, content, name="3d_cascade_fullres"))
    assert "nnUNetTrainer__nnUNetPlans__3d_lowres" in text


def test_a_configuration_that_is_not_there_is_told_with_those_that_are(tmp_path):
    write_result(tmp_path / "Dataset901_Test")
    assert "3d_fullres" in refused(tmp_path / "Dataset901_Test", configuration="2d")
    assert "not" in refused(tmp_path / "Dataset901_Test/nnUNetTrainer__nnUNetPlans__3d_fullres", configuration="2d")


def test_one_configuration_of_two_trainers_is_for_the_user_to_choose(tmp_path):
    for trainer in ("nnUNetTrainer", "nnUNetTrainerDA5"):
        write_result(tmp_path / "Dataset901_Test", trainer=trainer)
    assert "nnUNetTrainerDA5__nnUNetPlans__3d_fullres" in refused(tmp_path / "Dataset901_Test")


def test_a_folder_of_something_else_is_no_package(tmp_path):
    (tmp_path / "scans").mkdir()
    assert "no model package" in refused(tmp_path / "scans")
    assert "no model package" in refused(tmp_path / "missing")
