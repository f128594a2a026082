"""The scan and the model of the inference benchmark, and one run of them; see ``benchmark_inference.py``."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "SegmentL3"))

NETWORK_MM, SCAN_MM = 3.0, 1.5
FEATURES = (32, 64, 128, 256, 320, 320)
CONFIGURATION = "3d_fullres"
MIRROR_AXES = (0, 1, 2)


def make_scan(path: Path, shape: tuple[int, int, int], seed: int = 1) -> None:
    """Write a CT of the given shape (z, y, x): a body with organs and noise, air around it; int16 HU."""
    rng = np.random.default_rng(seed)
    grid = [np.linspace(-1, 1, size, dtype=np.float32) for size in shape]
    z, y, x = np.meshgrid(*grid, indexing="ij", sparse=True)
    ct = np.full(shape, -1000, np.float32)
    ct[np.broadcast_to((y / 0.75) ** 2 + (x / 0.9) ** 2 < 1, shape)] = 40
    for _ in range(30):
        center, radii = rng.uniform(-0.6, 0.6, 3), rng.uniform(0.08, 0.3, 3)
        inside = sum(((axis - c) / r) ** 2 for axis, c, r in zip((z, y, x), center, radii, strict=True)) < 1
        ct[inside] = rng.uniform(-120, 300)
    ct += rng.normal(0, 15, shape).astype(np.float32)
    np.save(path, np.clip(ct, -1024, 3071).astype(np.int16))


def write_model(folder: Path, patch: tuple[int, int, int], classes: int, seed: int = 1) -> None:
    """Write an nnU-Net v2 result folder of a plain U-Net with random weights."""
    from SegmentL3Lib.networks import build_planned_network

    stages = len(FEATURES)
    arguments = {
        "n_stages": stages,
        "features_per_stage": list(FEATURES),
        "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": [[3, 3, 3]] * stages,
        "strides": [[1, 1, 1]] + [[2, 2, 2]] * (stages - 1),
        "n_conv_per_stage": [2] * stages,
        "n_conv_per_stage_decoder": [2] * (stages - 1),
        "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    architecture = {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": arguments,
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
    resampling = {"is_seg": False, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": f"nnUNetPlans_{CONFIGURATION}",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": list(patch),
        "spacing": [NETWORK_MM] * 3,
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": {**resampling, "order": 3},
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True, "order": 1},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": {**resampling, "order": 1},
        "architecture": architecture,
        "batch_dice": False,
    }
    intensities = {"mean": 20.0, "std": 150.0, "percentile_00_5": -950.0, "percentile_99_5": 900.0}
    plans = {
        "dataset_name": "Dataset999_Benchmark",
        "plans_name": "nnUNetPlans",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "image_reader_writer": "SimpleITKIO",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": intensities},
        "configurations": {CONFIGURATION: configuration},
    }
    labels = {"background": 0, **{f"structure_{value}": value for value in range(1, classes)}}
    dataset = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 1, "file_ending": ".nii.gz"}
    torch.manual_seed(seed)
    network = build_planned_network(architecture, 1, classes).to_empty(device="cpu")
    for module in network.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    checkpoint = {
        "network_weights": network.state_dict(),
        "init_args": {"configuration": CONFIGURATION},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": MIRROR_AXES,
    }
    (folder / "fold_0").mkdir(parents=True)
    torch.save(checkpoint, folder / "fold_0" / "checkpoint_final.pth")
    (folder / "plans.json").write_text(json.dumps(plans), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(dataset), encoding="utf-8")


def run_ours(scan: np.ndarray, model_path: Path, mirror: bool, precision: str, device: str) -> tuple[np.ndarray, dict]:
    """Labels by this project's engine, with the plan of the folder."""
    from SegmentL3Lib.models import load_model

    return _predict(load_model(model_path), scan, mirror, precision, device)


def run_ours_as_monai(scan, model_path: Path, mirror: bool, precision: str, device: str) -> tuple[np.ndarray, dict]:
    """Labels by this project's engine, with the windows and the resampling that MONAI has."""
    from SegmentL3Lib.models import load_model

    model = load_model(model_path)
    stage = model.stages[0]
    stage = replace(
        stage,
        window=replace(stage.window, overlap_scheme="monai"),
        resampling=replace(stage.resampling, exact=False, image_order=1),
    )
    return _predict(replace(model, stages=(stage,)), scan, mirror, precision, device)


def _predict(model, scan: np.ndarray, mirror: bool, precision: str, device: str) -> tuple[np.ndarray, dict]:
    from SegmentL3Lib.inference import predict
    from SegmentL3Lib.volume import Geometry, Volume

    volume = Volume(scan, Geometry(spacing=(SCAN_MM,) * 3))
    found = predict(model, [volume], mirror=mirror, precision=precision, device=device)
    facts = {"precision": found.precision, "agreement": found.agreement, "device": found.device}
    return found.labels.array, {**facts, "parts": dict(found.seconds), "notes": list(found.notes)}


def run_nnunet(scan: np.ndarray, model_path: Path, mirror: bool, _precision: str, device: str):
    """Labels by nnU-Net's own predictor, in one process."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(use_mirroring=mirror, device=torch.device(device), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(model_path), use_folds=(0,))
    labels = predictor.predict_single_npy_array(scan[None].astype(np.float32), {"spacing": [SCAN_MM] * 3})
    return labels, {}


def run_monai(scan: np.ndarray, model_path: Path, mirror: bool, _precision: str, device: str):
    """Labels by MONAI's transforms and sliding window."""
    from monai import transforms
    from monai.data import MetaTensor
    from monai.inferers import sliding_window_inference

    from SegmentL3Lib.models import load_model

    if mirror:
        raise SystemExit("MONAI's sliding window does not mirror.")
    stage = load_model(model_path).stages[0]
    channel, patch = stage.channels[0], stage.window.patch_size
    network = stage.networks[0].to(device)
    before = transforms.Compose(
        [
            transforms.EnsureChannelFirstd("image", channel_dim="no_channel"),
            transforms.ThresholdIntensityd("image", threshold=channel.lower, above=True, cval=channel.lower),
            transforms.ThresholdIntensityd("image", threshold=channel.upper, above=False, cval=channel.upper),
            transforms.NormalizeIntensityd("image", subtrahend=channel.mean, divisor=channel.deviation),
            transforms.Spacingd("image", pixdim=(NETWORK_MM,) * 3, mode="bilinear"),
        ]
    )
    image = MetaTensor(torch.from_numpy(scan.astype(np.float32)), affine=np.diag([SCAN_MM] * 3 + [1.0]))
    data = before({"image": image})
    after = transforms.Compose(
        [
            transforms.Invertd("pred", transform=before, orig_keys="image", nearest_interp=False),
            transforms.AsDiscreted("pred", argmax=True),
        ]
    )
    with torch.inference_mode():
        data["pred"] = sliding_window_inference(
            data["image"][None].to(device), patch, 1, network, overlap=0.5, mode="gaussian", device="cpu"
        )[0]
    data["pred"] = MetaTensor(
        data["pred"], meta=data["image"].meta, applied_operations=data["image"].applied_operations
    )
    return after(data)["pred"][0].numpy().astype(np.uint8), {}


ROLES = {"ours": run_ours, "ours_as_monai": run_ours_as_monai, "nnunet": run_nnunet, "monai": run_monai}


def main() -> None:
    """Run one role and write its labels and facts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=sorted(ROLES))
    parser.add_argument("scan", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--mirror", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    scan = np.load(arguments.scan)
    wall, processor = time.perf_counter(), time.process_time()
    labels, facts = ROLES[arguments.role](
        scan, arguments.model, arguments.mirror, arguments.precision, arguments.device
    )
    facts.update(seconds=time.perf_counter() - wall, processor_seconds=time.process_time() - processor)
    np.save(arguments.out.with_suffix(".npy"), labels)
    arguments.out.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
