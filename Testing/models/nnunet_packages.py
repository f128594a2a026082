"""Small nnU-Net v2 result folders for tests, with weights that mean nothing."""

import json
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.models.nnunet_labels import read_labels
from SegmentL3Lib.models.nnunet_plans import read_configuration
from SegmentL3Lib.networks import build_planned_network

TRAINER = "nnUNetTrainer"
LABELS = {"background": 0, "liver": 1, "spleen": 2}
REGIONS = {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "rim": 3}
BLOCKS = {"PlainConvUNet": "n_conv_per_stage", "ResidualEncoderUNet": "n_blocks_per_stage"}


def architecture(dimensions: int = 3, name: str = "PlainConvUNet", norm: str = "instancenorm.InstanceNorm") -> dict:
    """Entry ``architecture`` of a network with three levels."""
    return {
        "network_class_name": f"dynamic_network_architectures.architectures.unet.{name}",
        "arch_kwargs": {
            "n_stages": 3,
            "features_per_stage": [2, 4, 4],
            "conv_op": f"torch.nn.modules.conv.Conv{dimensions}d",
            "kernel_sizes": [[1, 3, 3][-dimensions:], [3] * dimensions, [3] * dimensions],
            "strides": [[1] * dimensions, [1, 2, 2][-dimensions:], [2] * dimensions],
            BLOCKS[name]: [1, 2, 1],
            "n_conv_per_stage_decoder": [1, 1],
            "conv_bias": True,
            "norm_op": f"torch.nn.modules.{norm}{dimensions}d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def configuration(dimensions: int = 3, name: str = "PlainConvUNet", **changes) -> dict:
    """One configuration of plans.json."""
    return {
        "data_identifier": "nnUNetPlans_test",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": [8, 16, 12][-dimensions:],
        "spacing": [5.0, 1.0, 0.5][-dimensions:],
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None},
        "architecture": architecture(dimensions, name),
        **changes,
    }


def plans(**configurations: dict) -> dict:
    """Content of plans.json."""
    return {
        "dataset_name": "Dataset901_Test",
        "plans_name": "nnUNetPlans",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "image_reader_writer": "SimpleITKIO",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {
            "0": {"mean": 80.0, "std": 40.0, "percentile_00_5": -100.0, "percentile_99_5": 250.0}
        },
        "configurations": configurations,
    }


def dataset(labels: dict | None = None, channels: tuple[str, ...] = ("CT",), **more) -> dict:
    """Content of dataset.json."""
    names = {str(number): name for number, name in enumerate(channels)}
    return {"channel_names": names, "labels": labels or LABELS, "numTraining": 3, "file_ending": ".nii.gz", **more}


def checkpoint(content: dict, data: dict, name: str, trainer: str = TRAINER, **changes) -> dict:
    """Content of a checkpoint as training writes it, NumPy numbers in its log included.

    Args:
        content: of plans.json.
        data: content of dataset.json.
        name: of the configuration.
    """
    found, labels = read_configuration(content, name), read_labels(data)
    channels = len(data["channel_names"]) + (len(labels.foreground) if "previous_stage" in found else 0)
    network = build_planned_network(
        found["architecture"], channels, labels.channels, batch_norm=trainer == "nnUNetTrainerBN"
    )
    generator = torch.Generator().manual_seed(0)
    weights = {
        key: torch.rand(tensor.shape, generator=generator) if tensor.is_floating_point() else torch.tensor(1)
        for key, tensor in network.state_dict().items()
    }
    return {
        "network_weights": weights,
        "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
        "grad_scaler_state": None,
        "logging": {"mean_fg_dice": [np.float64(0.5)], "train_losses": [np.float32(-0.5)], "ema": np.arange(3.0)},
        "_best_ema": np.float64(0.75),
        "current_epoch": 1000,
        "init_args": {"configuration": name, "fold": 0, "device": torch.device("cpu"), "plans": content},
        "trainer_name": trainer,
        "inference_allowed_mirroring_axes": tuple(range(len(found["patch_size"]))),
        **changes,
    }


def write_result(
    parent: Path,
    content: dict | None = None,
    data: dict | None = None,
    name: str = "3d_fullres",
    folds: tuple = (0,),
    trainer: str = TRAINER,
    **changes,
) -> Path:
    """Write ``Trainer__Plans__configuration`` and give its path.

    Args:
        content: of plans.json.
        data: content of dataset.json.
        name: of the configuration.
        folds: numbers, or "all".
        changes: entries of the checkpoints that are replaced.
    """
    content, data = content or plans(**{name: configuration()}), data or dataset()
    path = parent / f"{trainer}__nnUNetPlans__{name}"
    for fold in folds:
        (path / f"fold_{fold}").mkdir(parents=True)
        torch.save(checkpoint(content, data, name, trainer, **changes), path / f"fold_{fold}" / "checkpoint_final.pth")
    (path / "plans.json").write_text(json.dumps(content), encoding="utf-8")
    (path / "dataset.json").write_text(json.dumps(data), encoding="utf-8")
    return path
