"""nnU-Net v2 result folders are understood as nnU-Net writes them."""

import pytest
import torch

from models.nnunet_packages import (
    REGIONS,
    architecture,
    checkpoint,
    configuration,
    dataset,
    plans,
    write_result,
)
from SegmentL3Lib.models import Normalization, Resampling, Structure, Window, inspect_package, load_model

OLD_PLANS = {
    "UNet_class_name": "PlainConvUNet",
    "UNet_base_num_features": 2,
    "unet_max_num_features": 4,
    "n_conv_per_stage_encoder": [1, 2, 1],
    "n_conv_per_stage_decoder": [1, 1],
    "num_pool_per_axis": [1, 2, 2],
    "pool_op_kernel_sizes": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
    "conv_kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
}


def load(tmp_path, **arguments):
    return load_model(write_result(tmp_path, **arguments))


def logits(model, stage=0):
    planned = model.stages[stage]
    channels = len(planned.channels) + len(planned.previous_labels)
    image = torch.linspace(0, 1, channels * int(torch.tensor(planned.window.patch_size).prod()))
    with torch.inference_mode():
        return planned.networks[0](image.reshape(1, channels, *planned.window.patch_size))


@pytest.mark.parametrize("name", ["PlainConvUNet", "ResidualEncoderUNet"])
@pytest.mark.parametrize(("dimensions", "key"), [(2, "2d"), (3, "3d_fullres"), (3, "3d_lowres")])
def test_both_networks_run_in_each_configuration(tmp_path, name, dimensions, key):
    model = load(tmp_path, content=plans(**{key: configuration(dimensions, name)}), name=key)
    assert logits(model).shape == (1, 3, *model.stages[0].window.patch_size)
    assert model.kind == "nnU-Net v2 result folder"


def test_networks_have_the_weights_of_the_file_and_are_ready_to_run(tmp_path):
    path = write_result(tmp_path)
    network = load_model(path).stages[0].networks[0]
    stored = torch.load(path / "fold_0/checkpoint_final.pth", weights_only=False)["network_weights"]
    assert network.state_dict().keys() == stored.keys()
    assert torch.equal(network.decoder.seg_layers[1].weight, stored["decoder.seg_layers.1.weight"])
    assert not network.training
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_of_training_are_taken_off_the_weights(tmp_path, prefix):
    content, data = plans(**{"3d_fullres": configuration()}), dataset()
    weights = checkpoint(content, data, "3d_fullres")["network_weights"]
    renamed = {prefix + key: tensor for key, tensor in weights.items()}
    assert load(tmp_path, content=content, data=data, network_weights=renamed).stages[0].networks


def test_weights_in_half_precision_become_full_precision(tmp_path):
    content, data = plans(**{"3d_fullres": configuration()}), dataset()
    weights = checkpoint(content, data, "3d_fullres")["network_weights"]
    half = {key: tensor.half() for key, tensor in weights.items()}
    network = load(tmp_path, content=content, data=data, network_weights=half).stages[0].networks[0]
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


def test_labels_are_structures_in_the_order_of_their_values(tmp_path):
    model = load(tmp_path, data=dataset({"spleen": 2, "background": 0, "liver": 1}))
    assert model.structures == (Structure(1, "liver"), Structure(2, "spleen"))
    assert model.activation == "softmax"


def test_regions_are_painted_in_their_order_with_their_values(tmp_path):
    model = load(tmp_path, data=dataset(REGIONS, regions_class_order=[1, 2, 3]))
    assert model.activation == "sigmoid"
    assert model.structures == (
        Structure(1, "whole", (1, 2, 3)),
        Structure(2, "core", (2, 3)),
        Structure(3, "rim", (3,)),
    )
    assert logits(model).shape[1] == 3


def test_the_ignore_label_is_no_channel(tmp_path):
    model = load(tmp_path, data=dataset({"background": 0, "liver": 1, "ignore": 2}))
    assert model.structures == (Structure(1, "liver"),)
    assert logits(model).shape[1] == 2


def test_older_plans_describe_the_same_network(tmp_path):
    old = configuration(**OLD_PLANS)
    del old["architecture"]
    model, new = (
        load(tmp_path / name, content=plans(**{"3d_fullres": content}))
        for name, content in (("old", old), ("new", configuration()))
    )
    assert torch.equal(logits(model), logits(new))


def test_a_configuration_inherits_what_it_does_not_say(tmp_path):
    content = plans(
        **{
            "3d_fullres": configuration(),
            "larger": {"inherits_from": "3d_fullres", "patch_size": [8, 32, 16]},
            "larger_batch": {"inherits_from": "larger", "batch_size": 4},
        }
    )
    window = load(tmp_path, content=content, name="larger_batch").stages[0].window
    assert window.patch_size == (8, 32, 16)


def test_all_folds_that_are_there_are_read_and_missing_ones_are_noted(tmp_path):
    model = load(tmp_path, folds=(3, 0, "all"))
    assert len(model.stages[0].networks) == 2
    assert "2 of 5 folds are present (3d_fullres)." in model.notes


def test_five_folds_need_no_note(tmp_path):
    assert not [note for note in load(tmp_path, folds=range(5)).notes if "folds" in note]


def test_the_fold_of_all_cases_is_taken_where_it_is_alone(tmp_path):
    model = load(tmp_path, folds=("all",))
    assert len(model.stages[0].networks) == 1
    assert not [note for note in model.notes if "folds" in note]


@pytest.mark.parametrize(("folds", "count"), [((1,), 1), ((0, 1), 2), ("all", 1), (1, 1)])
def test_folds_can_be_chosen(tmp_path, folds, count):
    path = write_result(tmp_path, folds=(0, 1, "all"))
    assert len(load_model(path, folds=folds).stages[0].networks) == count


def test_another_checkpoint_can_be_chosen(tmp_path):
    path = write_result(tmp_path)
    (path / "fold_0/checkpoint_final.pth").rename(path / "fold_0/checkpoint_best.pth")
    assert load_model(path, checkpoint="checkpoint_best.pth").stages[0].networks


def write_cascade(folder):
    content = plans(
        **{
            "3d_lowres": configuration(spacing=[5.0, 2.0, 2.0], next_stage="3d_cascade_fullres"),
            "3d_fullres": configuration(),
            "3d_cascade_fullres": {"inherits_from": "3d_fullres", "previous_stage": "3d_lowres"},
        }
    )
    return [write_result(folder, content, name=name) for name in ("3d_lowres", "3d_cascade_fullres")]


def test_a_cascade_has_two_stages_and_the_second_sees_the_result_of_the_first(tmp_path):
    model = load_model(write_cascade(tmp_path)[1])
    assert [stage.resampling.spacing_mm for stage in model.stages] == [(5.0, 2.0, 2.0), (5.0, 1.0, 0.5)]
    assert [stage.previous_labels for stage in model.stages] == [(), (1, 2)]
    assert logits(model, 1).shape[1] == 3


def test_the_best_configuration_of_a_data_set_is_taken_and_the_others_are_noted(tmp_path):
    write_cascade(tmp_path / "Dataset901_Test")
    model = load_model(tmp_path / "Dataset901_Test")
    assert len(model.stages) == 2
    assert "The configuration 3d_cascade_fullres is used; there is also 3d_lowres." in model.notes
    assert len(load_model(tmp_path / "Dataset901_Test", configuration="3d_lowres").stages) == 1


def test_a_folder_around_the_data_set_makes_no_difference(tmp_path):
    write_result(tmp_path / "import" / "Dataset901_Test")
    (tmp_path / "import" / "__MACOSX").mkdir()
    model = load_model(tmp_path / "import")
    assert (model.identifier, model.title) == ("import", "Dataset901_Test")


def test_axes_are_transposed_as_planned(tmp_path):
    content = {**plans(**{"3d_fullres": configuration()}), "transpose_forward": [2, 0, 1]}
    stage = load(tmp_path, content=content).stages[0]
    assert (stage.transpose, stage.orientation) == ((2, 0, 1), None)


@pytest.mark.parametrize("reader", ["NibabelIOWithReorient", "SimpleITKIOWithReorient"])
def test_a_reader_that_reorients_gives_directions_in_the_planned_order_of_axes(tmp_path, reader):
    content = {
        **plans(**{"3d_fullres": configuration()}),
        "transpose_forward": [2, 0, 1],
        "image_reader_writer": reader,
    }
    stage = load(tmp_path, content=content).stages[0]
    assert (stage.transpose, stage.orientation) == ((0, 1, 2), "RSA")


def test_scans_for_totalsegmentator_are_turned_as_its_program_does(tmp_path):
    content = {**plans(**{"3d_fullres": configuration()}), "dataset_name": "Dataset291_TotalSegmentator_part1_organs"}
    model = load(tmp_path, content=content)
    assert model.stages[0].orientation == "SAR"
    assert "Scans are turned to RAS first, as the makers of this data set do." in model.notes


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("CTNormalization", Normalization("ct", lower=-100, upper=250, mean=80, deviation=40)),
        ("ZScoreNormalization", Normalization("z_score", inside_mask=True)),
        ("NoNormalization", Normalization("none")),
        ("RescaleTo01Normalization", Normalization("rescale")),
        ("RGBTo01Normalization", Normalization("range", upper=255, clip=False)),
    ],
)
def test_each_normalization_is_understood(tmp_path, scheme, expected):
    planned = configuration(normalization_schemes=[scheme], use_mask_for_norm=[True])
    stage = load(tmp_path, content=plans(**{"3d_fullres": planned})).stages[0]
    assert stage.channels == (expected,)
    assert stage.normalize_before_resampling
    assert stage.crop_to_nonzero


def test_several_channels_are_normalized_each_in_its_way(tmp_path):
    planned = configuration(
        normalization_schemes=["ZScoreNormalization", "NoNormalization"], use_mask_for_norm=[True, False]
    )
    model = load(tmp_path, content=plans(**{"3d_fullres": planned}), data=dataset(channels=("T1", "FLAIR")))
    assert model.inputs == ("T1", "FLAIR")
    assert [channel.scheme for channel in model.stages[0].channels] == ["z_score", "none"]


def test_resampling_is_read_from_the_plan(tmp_path):
    assert load(tmp_path).stages[0].resampling == Resampling((5.0, 1.0, 0.5), 3, 1, None, 0, exact=True)


@pytest.mark.parametrize(
    ("function", "options", "expected"),
    [
        ("resample_torch_simple", {"mode": "linear"}, Resampling((5.0, 1.0, 0.5), 1, 1, False, 0, exact=True)),
        ("resample_torch_fornnunet", {"num_threads": 4}, Resampling((5.0, 1.0, 0.5), 1, 1, None, 0, exact=True)),
        ("no_resampling_hack", {}, Resampling(None, exact=True)),
        (
            "resample_data_or_seg_to_shape",
            {"order": 1, "order_z": 1, "force_separate_z": True},
            Resampling((5.0, 1.0, 0.5), 1, 1, True, 1, exact=True),
        ),
    ],
)
def test_other_ways_of_resampling_are_read_too(tmp_path, function, options, expected):
    names = ("resampling_fn_data", "resampling_fn_probabilities")
    changes = {key: value for name in names for key, value in ((name, function), (f"{name}_kwargs", options))}
    assert load(tmp_path, content=plans(**{"3d_fullres": configuration(**changes)})).stages[0].resampling == expected


def test_windows_are_those_of_nnunet_with_the_mirroring_that_training_allows(tmp_path):
    window = load(tmp_path, inference_allowed_mirroring_axes=[1, 0]).stages[0].window
    assert window == Window((8, 16, 12), "nnunet", 0.5, True, 0.125, (0, 1))


def test_without_mirroring_in_training_there_is_none_and_directions_are_the_users_care(tmp_path):
    model = load(tmp_path, inference_allowed_mirroring_axes=None)
    assert model.stages[0].window.mirror_axes == ()
    assert any("axis directions of the training data" in note for note in model.notes)


@pytest.mark.parametrize(
    "trainer",
    ["nnUNetTrainerNoMirroring", "nnUNetTrainer_37epochs", "nnUNetTrainer_4000epochs_NoMirroring", "nnUNetTrainerDA5"],
)
def test_trainers_that_leave_the_network_as_planned_are_accepted(tmp_path, trainer):
    assert load(tmp_path, trainer=trainer).stages[0].networks


def test_the_trainer_with_batch_normalization_has_such_layers(tmp_path):
    network = load(tmp_path, trainer="nnUNetTrainerBN").stages[0].networks[0]
    assert any(isinstance(layer, torch.nn.BatchNorm3d) for layer in network.modules())
    assert not any(isinstance(layer, torch.nn.InstanceNorm3d) for layer in network.modules())


@pytest.mark.parametrize("name", ["PlainConvUNet", "ResidualEncoderUNet"])
def test_plans_may_name_batch_normalization_and_dropout(tmp_path, name):
    planned = architecture(3, name, "batchnorm.BatchNorm")
    planned["arch_kwargs"] |= {"dropout_op": "torch.nn.modules.dropout.Dropout3d", "dropout_op_kwargs": {"p": 0.1}}
    model = load(tmp_path, content=plans(**{"3d_fullres": configuration(architecture=planned)}))
    assert torch.equal(logits(model), logits(model))


def test_a_recommended_postprocessing_is_mentioned_not_applied(tmp_path):
    path = write_result(tmp_path)
    folder = path / "crossval_results_folds_0_1_2_3_4"
    folder.mkdir()
    (folder / "postprocessing.pkl").write_bytes(b"never read")
    (folder / "postprocessing.json").write_text('{"postprocessing_fns": ["remove_all_but_largest_component"]}')
    assert any("postprocessing.json" in note for note in load_model(path).notes)
    assert load_model(path).largest_components == ()


def test_the_description_names_size_hash_and_parameters(tmp_path):
    data = dataset(name="Two organs", licence="CC BY 4.0", description="Liver\nand spleen", release="1.2")
    path = write_result(tmp_path, data=data, folds=(0, 1))
    info = inspect_package(path)
    assert (info.title, info.license, info.description, info.version) == (
        "Two organs",
        "CC BY 4.0",
        "Liver and spleen",
        "1.2",
    )
    assert info.modality == info.inputs == ("CT",)
    assert info.structures == ("liver", "spleen")
    assert info.size_bytes == sum(file.stat().st_size for file in path.rglob("*.*"))
    one = inspect_package(write_result(tmp_path / "other", data=data))
    assert info.parameters == 2 * one.parameters > 0
    assert len(info.sha256) == len(one.sha256) == 64
    assert info.sha256 != one.sha256
    assert info.error is None
