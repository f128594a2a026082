"""The small network of the experiment, and how it learns from labeled images."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from monai.networks.nets import UNet
from torch import Tensor

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.models.weights import read_checkpoint

from ..adaptation.disturbance import disturb
from ..adaptation.pool import Pool
from ..training.loop import train
from ..training.moving import moved

Sample = Callable[[int], tuple[Tensor, Tensor]]


def small_network(channels: int, widths: list[int], seed: int) -> torch.nn.Module:
    """A U-Net with batch normalization and random weights."""
    torch.manual_seed(seed)
    strides = [2] * (len(widths) - 1)
    return UNet(2, 1, channels, widths, strides, num_res_units=1, norm="batch")


def learn(network: torch.nn.Module, sample: Sample, settings: Mapping, seed: int, checkpoint: Path) -> torch.nn.Module:
    """Train a network in place by the project's own loop; it comes back in evaluation mode, and the checkpoint goes."""
    train(network, sample, **settings, seed=seed, checkpoint=checkpoint)
    checkpoint.unlink(missing_ok=True)
    return network.eval()


def kept_network(
    path: Path, settings: Mapping, fresh: torch.nn.Module, make: Callable[[], torch.nn.Module]
) -> tuple[torch.nn.Module, float]:
    """Network of a file, or made and written to it if it is missing or was made with other settings.

    Args:
        path: file.
        settings: all that the network depends on, as JSON has it.
        fresh: network of the same kind, which takes the weights of the file.
        make: makes the network.

    Returns:
        The network, and the processor time that making it took, in seconds.

    Raises:
        InputError: the file cannot be written.
    """
    told = json.dumps(settings, sort_keys=True)
    if path.exists():
        kept, _ = read_checkpoint(path)
        if kept["settings"] == told:
            fresh.load_state_dict(kept["weights"])
            return fresh.eval(), kept["seconds"]
    began = time.process_time()
    network = make()
    seconds = time.process_time() - began
    with atomic_path(path) as temporary:
        torch.save({"settings": told, "weights": network.state_dict(), "seconds": seconds}, temporary)
    return network, seconds


def real_samples(pool: Pool, seed: int, strength: float) -> Sample:
    """Patches with their labels, moved and turned, gray values disturbed by ``strength``."""

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((seed, number))
        images, labels = pool.draw(rng, 1)
        images, labels = moved(images, labels, rng)
        return disturb(images, rng, strength)[0], labels[0]

    return sample


def both(first: Sample, second: Sample) -> Sample:
    """Samples of one kind and of another in turn."""
    return lambda number: (first if number % 2 else second)(number)


def standardized(image: np.ndarray) -> np.ndarray:
    """Zero mean and unit variance, float32."""
    return ((image - image.mean()) / max(float(image.std()), 1e-6)).astype(np.float32)
