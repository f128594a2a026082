"""The scan and the model of the inference benchmark, and one run of them; see ``benchmark_inference.py``."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
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
MATRIX, MATRIX_TRIALS = 2048, 10


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


def write_model(
    folder: Path, patch: tuple[int, int, int], classes: int, features: Sequence[int] = FEATURES, seed: int = 1
) -> None:
    """Write an nnU-Net v2 result folder of a plain U-Net with random weights."""
    from SegmentL3Lib.networks import build_planned_network

    stages = len(features)
    arguments = {
        "n_stages": stages,
        "features_per_stage": list(features),
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


Run = Callable[[np.ndarray], tuple[np.ndarray, dict]]


def ours(folder: Path, options: argparse.Namespace) -> Run:
    """This project's engine, with the plan of the folder."""
    from SegmentL3Lib.models import load_model

    return _engine(load_model(folder), options)


def ours_as_monai(folder: Path, options: argparse.Namespace) -> Run:
    """This project's engine, with MONAI's resampling and windows that overlap by half, as nnU-Net's do."""
    return _ours_as_monai(folder, options, step=0.5, gaussian=True)


def ours_as_monai_default(folder: Path, options: argparse.Namespace) -> Run:
    """This project's engine, with MONAI's resampling and the windows that it has unless told otherwise."""
    return _ours_as_monai(folder, options, step=0.75, gaussian=False)


def _ours_as_monai(folder: Path, options: argparse.Namespace, **window) -> Run:
    import monai.data.utils  # noqa: F401  before the clock starts, as for MONAI itself

    from SegmentL3Lib.models import load_model

    model = load_model(folder)
    stage = model.stages[0]
    stage = replace(
        stage,
        window=replace(stage.window, overlap_scheme="monai", **window),
        resampling=replace(stage.resampling, exact=False, image_order=1),
    )
    return _engine(replace(model, stages=(stage,)), options)


def _engine(model, options: argparse.Namespace) -> Run:
    from SegmentL3Lib.inference import predict
    from SegmentL3Lib.volume import Geometry, Volume

    def run(scan: np.ndarray) -> tuple[np.ndarray, dict]:
        volume = Volume(scan, Geometry(spacing=(options.voxel_mm,) * 3))
        found = predict(model, [volume], mirror=options.mirror, precision=options.precision, device=options.device)
        facts = {"precision": found.precision, "agreement": found.agreement, "device": found.device}
        return found.labels.array, {**facts, "parts": dict(found.seconds), "notes": list(found.notes)}

    return run


def nnunet(folder: Path, options: argparse.Namespace) -> Run:
    """nnU-Net's own predictor, in one process."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(use_mirroring=options.mirror, device=torch.device(options.device), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(folder), use_folds=(0,))

    def run(scan: np.ndarray) -> tuple[np.ndarray, dict]:
        image = scan[None].astype(np.float32)
        return predictor.predict_single_npy_array(image, {"spacing": [options.voxel_mm] * 3}), {}

    return run


def nnunet_float32(folder: Path, options: argparse.Namespace) -> Run:
    """nnU-Net's predictor that adds its windows up in float32 instead of half precision: for its labels only."""
    from nnunetv2.inference import predict_from_raw_data as predictor

    class Single:
        """PyTorch, except that half precision is single precision."""

        half = torch.float32

        def __getattr__(self, name: str):
            return getattr(torch, name)

    gaussian = predictor.compute_gaussian

    def single_gaussian(*sizes, **choices):
        return gaussian(*sizes, **choices, dtype=torch.float32)

    single_gaussian.cache_clear = gaussian.cache_clear
    predictor.torch, predictor.compute_gaussian = Single(), single_gaussian
    return nnunet(folder, options)


def monai(folder: Path, options: argparse.Namespace) -> Run:
    """MONAI's transforms and sliding window around the same network, with windows that overlap by half."""
    return _monai(folder, options, overlap=0.5, mode="gaussian")


def monai_default(folder: Path, options: argparse.Namespace) -> Run:
    """MONAI's transforms and sliding window around the same network, with the windows it has unless told otherwise."""
    return _monai(folder, options)


def _monai(folder: Path, options: argparse.Namespace, **window) -> Run:
    from monai import transforms
    from monai.data import MetaTensor
    from monai.inferers import sliding_window_inference

    from SegmentL3Lib.models import load_model

    stage = load_model(folder).stages[0]
    channel, network = stage.channels[0], stage.networks[0].to(options.device)
    before = transforms.Compose(
        [
            transforms.EnsureChannelFirstd("image", channel_dim="no_channel"),
            transforms.ThresholdIntensityd("image", threshold=channel.lower, above=True, cval=channel.lower),
            transforms.ThresholdIntensityd("image", threshold=channel.upper, above=False, cval=channel.upper),
            transforms.NormalizeIntensityd("image", subtrahend=channel.mean, divisor=channel.deviation),
            transforms.Spacingd("image", pixdim=(NETWORK_MM,) * 3, mode="bilinear"),
        ]
    )
    after = transforms.Compose(
        [
            transforms.Invertd("pred", transform=before, orig_keys="image", nearest_interp=False),
            transforms.AsDiscreted("pred", argmax=True),
        ]
    )

    def run(scan: np.ndarray) -> tuple[np.ndarray, dict]:
        image = MetaTensor(torch.from_numpy(scan.astype(np.float32)), affine=np.diag([options.voxel_mm] * 3 + [1.0]))
        data = before({"image": image})
        moved = data["image"][None].to(options.device)
        with torch.inference_mode():
            found = sliding_window_inference(moved, stage.window.patch_size, 1, network, device="cpu", **window)
        applied = data["image"].applied_operations
        data["pred"] = MetaTensor(found[0], meta=data["image"].meta, applied_operations=applied)
        return after(data)["pred"][0].numpy().astype(np.uint8), {}

    return run


def work(folder: Path, options: argparse.Namespace) -> Run:
    """How many multiplications and additions the convolutions of all windows are, computed directly."""
    from torch.utils.flop_counter import FlopCounterMode

    from SegmentL3Lib.inference.windows import window_starts
    from SegmentL3Lib.models import load_model

    stage = load_model(folder).stages[0]
    network = stage.networks[0].to("meta")

    def run(scan: np.ndarray) -> tuple[np.ndarray, dict]:
        shape = [max(round(size * options.voxel_mm / NETWORK_MM), stage.window.patch_size[0]) for size in scan.shape]
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(torch.empty(1, 1, *stage.window.patch_size, device="meta"))
        windows = len(window_starts(shape, stage.window))
        return np.empty(0), {"windows": windows, "operations": counter.get_total_flops() * windows}

    return run


def matrix_peak(_folder: Path, _options: argparse.Namespace) -> Run:
    """How many operations a product of large matrices does in a second of a processor, the best of several."""

    def run(_scan: np.ndarray) -> tuple[np.ndarray, dict]:
        first, second, result = (torch.randn(MATRIX, MATRIX) for _ in range(3))
        seconds = []
        for _ in range(MATRIX_TRIALS):
            began = time.process_time()
            torch.mm(first, second, out=result)
            seconds.append(time.process_time() - began)
        return np.empty(0), {"operations_a_second": 2 * MATRIX**3 / min(seconds)}

    return run


ROLES = {
    made.__name__: made
    for made in (
        ours,
        ours_as_monai,
        ours_as_monai_default,
        nnunet,
        nnunet_float32,
        monai,
        monai_default,
        work,
        matrix_peak,
    )
}


def main() -> None:
    """Run one role and write its labels and facts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=sorted(ROLES))
    parser.add_argument("scan", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--voxel-mm", type=float, default=SCAN_MM)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--mirror", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scan = np.load(options.scan)
    run = ROLES[options.role](options.model, options)
    wall, processor = time.perf_counter(), time.process_time()
    labels, facts = run(scan)
    facts.update(seconds=time.perf_counter() - wall, processor_seconds=time.process_time() - processor)
    facts.update(peak_gb=peak_gb(), whole_processor_seconds=time.process_time())
    np.save(options.out.with_suffix(".npy"), labels)
    options.out.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")


def peak_gb() -> float | None:
    """Most memory that this process has held, 10^9 bytes; None on Windows, which does not say."""
    try:
        import resource
    except ModuleNotFoundError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    main()
