"""Input, target and what each variant makes of it, side by side."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from SegmentL3Lib.files import atomic_path

from .pairs import Pairs
from .variants import predict

_CASES = 4  # of each test
_ZOOM = 3
_TITLE_HEIGHT = 16


def write_comparison(networks: Mapping[str, torch.nn.Module], tests: Mapping[str, Pairs], path: Path) -> None:
    """Write a PNG with a row for each of some cases, spread evenly over each test.

    Raises:
        InputError: the file cannot be written.
    """
    chosen = [pairs[np.linspace(0, len(pairs) - 1, _CASES).astype(int)] for pairs in tests.values()]
    shown = Pairs(torch.cat([pairs.images for pairs in chosen]), torch.cat([pairs.masks for pairs in chosen]))
    columns = {"input": shown.images, "target": shown.masks}
    columns |= {name: predict(network, shown.images) for name, network in networks.items()}
    pixels = np.hstack([np.vstack(values[:, 0].numpy()) for values in columns.values()])
    gray = np.kron(np.round(255 * pixels).astype(np.uint8), np.ones((_ZOOM, _ZOOM), np.uint8))
    image = Image.new("L", (gray.shape[1], gray.shape[0] + _TITLE_HEIGHT))
    image.paste(Image.fromarray(gray), (0, _TITLE_HEIGHT))
    draw = ImageDraw.Draw(image)
    for number, name in enumerate(columns):
        draw.text((number * gray.shape[1] / len(columns) + 4, 2), name, fill=255)
    with atomic_path(path) as temporary:
        image.save(temporary, "PNG")
