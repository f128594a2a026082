"""A tiny world: bright squares on a darker, noisy ground, and a network that has learned to find them."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from monai.networks.nets import UNet

from DomainAdaptLib.adaptation.pool import Pool
from DomainAdaptLib.adaptation.task import Task
from DomainAdaptLib.training.losses import segmentation_loss
from models.monai_packages import CHANNEL_FIRST, LOAD, UNET, compose, config, metadata, write_zoo_bundle
from SegmentL3Lib.volume import Geometry, Volume
from SegmentL3Lib.writing import write_volume

SIZE = 16
NETWORK = {**UNET, "spatial_dims": 2, "out_channels": 2, "channels": [4, 8], "norm": "batch"}
HU_RANGE = {"_target_": "ScaleIntensityRanged", "keys": "@image_key", "a_min": -1000, "a_max": 1000, "b_min": -1.0,
            "b_max": 1.0, "clip": False}  # fmt: skip
STEPS = {"batch_norm": {"batches": 6}, "statistics_mixing": {"batches": 6}, "entropy": {"steps": 3},
         "adversarial": {"steps": 4, "connections": 2}, "mean_teacher": {"steps": 3},
         "random_contrast": {"steps": 3, "contrasts": 2}, "fine_tuning": {"steps": 3}}  # fmt: skip


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A plane in HU and its label."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIZE, SIZE), np.uint8)
    row, column = rng.integers(1, SIZE - 9, 2)
    labels[row : row + 8, column : column + 8] = 1
    return (-400.0 + 700.0 * labels + rng.normal(0, 60, labels.shape)).astype(np.float32), labels


def pool(seeds, *, gain: float = 1.0, offset: float = 0.0, labeled: bool = False) -> Pool:
    """Planes as the network sees them; another scanner has another gain and offset."""
    planes = [draw(seed) for seed in seeds]
    images = [torch.from_numpy((gain * image + offset) / 1000)[None] for image, _ in planes]
    labels = [torch.from_numpy(labels.astype(np.int64)) for _, labels in planes]
    return Pool(images, (SIZE, SIZE), labels if labeled else None)


def new_scanner(labeled: bool = False) -> Pool:
    """Planes of another scanner."""
    return pool(range(100, 112), gain=0.6, offset=600.0, labeled=labeled)


@cache
def _weights(norm: str) -> dict:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same network on every machine
    try:
        return _train(build(norm))
    finally:
        torch.set_num_threads(threads)


def _train(network: UNet) -> dict:
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    images, labels = pool(range(16), labeled=True).sample(16)
    for _ in range(40):
        optimizer.zero_grad()
        segmentation_loss(network(images), labels).backward()
        optimizer.step()
    return network.state_dict()


def build(norm: str = "batch") -> UNet:
    """The network with random weights, the same each time."""
    torch.manual_seed(0)
    return UNet(2, 1, 2, (4, 8), (2,), num_res_units=1, norm=norm)


def trained(norm: str = "batch") -> UNet:
    """The network that knows the old scanner, in evaluation mode."""
    network = build(norm)
    network.load_state_dict(_weights(norm))
    return network.eval()


def task(**more) -> Task:
    """The network, the new scanner and the labeled old one."""
    return Task(**{"network": trained(), "target": new_scanner(), "source": pool(range(8), labeled=True), **more})


def write_model(path: Path, norm: str = "batch") -> Path:
    """The network as a MONAI bundle for axial CT."""
    network_def = {**NETWORK, "norm": norm}
    about = metadata(("background", "square"), name="Squares", version="1.0", license="Apache-2.0")
    about["network_data_format"]["inputs"]["image"] |= {"spatial_shape": [SIZE, SIZE], "modality": "CT"}
    inferer = {"_target_": "SimpleInferer"}
    write_zoo_bundle(
        path,
        config(network_def=network_def, preprocessing=compose(LOAD, CHANNEL_FIRST, HU_RANGE), inferer=inferer),
        about,
    )
    torch.save(trained(norm).state_dict(), path / "models" / "model.pt")
    return path


def write_scan(path: Path, seed: int, *, gain: float = 1.0, offset: float = 0.0, slices: int = 2) -> str:
    """Write a scan of a few planes; returns its path as text."""
    array = np.stack([gain * draw(seed + number)[0] + offset for number in range(slices)]).astype(np.float32)
    array[:, 0, 0] = -1000  # some air, as every CT shows
    write_volume(Volume(array, Geometry(spacing=(1.0, 1.0, 3.0))), path)
    return str(path)


def write_labels(path: Path, seed: int, slices: int = 2) -> str:
    """Write the label map of a scan of ``write_scan``; returns its path as text."""
    array = np.stack([draw(seed + number)[1] for number in range(slices)])
    write_volume(Volume(array, Geometry(spacing=(1.0, 1.0, 3.0))), path)
    return str(path)
