"""Other gray values of the same anatomy, as another scanner could have given."""

import numpy as np
import torch
from monai.networks.layers import GaussianFilter
from torch import Tensor
from torch.nn import functional


def disturb(images: Tensor, rng: np.random.Generator, strength: float = 1.0) -> Tensor:
    """Contrast, brightness, gamma, a smooth field, blur and noise by chance; each image its own.

    Args:
        images: float32 (batch, channels, axes), in any unit.
        rng: chance.
        strength: 0 changes nothing.
    """
    return torch.stack([_disturbed(image, rng, strength) for image in images])


def _disturbed(image: Tensor, rng: np.random.Generator, strength: float) -> Tensor:
    low, high = image.min(), image.max()
    size = (high - low).clamp_min(1e-6)
    values = ((image - low) / size) ** float(np.exp(strength * rng.normal(0, 0.25)))
    values = (values - 0.5) * float(np.exp(strength * rng.normal(0, 0.15))) + 0.5
    values = values + strength * float(rng.normal(0, 0.05)) + strength * 0.1 * float(rng.uniform()) * _field(image, rng)
    if rng.uniform() < 0.5 * strength:
        values = GaussianFilter(image.dim() - 1, float(rng.uniform(0.4, 1.0)))(values[None])[0]
    noise = torch.from_numpy(rng.standard_normal(image.shape, np.float32))
    return low + size * (values + strength * float(rng.uniform(0, 0.05)) * noise.to(image))


def _field(image: Tensor, rng: np.random.Generator) -> Tensor:
    """Smooth field of about unit variance."""
    axes = image.dim() - 1
    nodes = torch.from_numpy(rng.standard_normal((1, 1, *[4] * axes), np.float32)).to(image)
    mode = {2: "bilinear", 3: "trilinear"}[axes]
    return functional.interpolate(nodes, size=image.shape[1:], mode=mode, align_corners=True)[0]
