"""Networks that need no training."""

import dataclasses

import torch

from SegmentL3Lib.models import Bundle
from SegmentL3Lib.regions import Region


class ThresholdNetwork(torch.nn.Module):
    """Knows the regions of ``phantoms.rings`` by their gray value; remembers what it was shown."""

    def __init__(self, side=None):
        super().__init__()
        self.side = side

    def forward(self, image):
        self.seen = image
        hu = (image + 2) / 4 * 600 - 250
        logits = torch.zeros(len(image), len(Region), *image.shape[2:])
        logits[:, Region.SUBCUTANEOUS] = 20.0 * ((hu > -200) & (hu < -50))[:, 0]
        logits[:, Region.MUSCLE] = 20.0 * ((hu > 0) & (hu < 100))[:, 0]
        logits[:, Region.BONE] = 20.0 * (hu > 300)[:, 0]
        if self.side is not None:
            logits[..., : image.shape[-1] // 2] = 0
            logits[:, self.side, :, : image.shape[-1] // 2] = 20.0
        return logits


def with_network(model: Bundle, network: torch.nn.Module) -> Bundle:
    """The same package with another network."""
    return dataclasses.replace(model, network=network)
