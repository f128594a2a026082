"""Images of label maps by a network that has learned how the images of one site look.

The network is the generator of pix2pix (Isola et al., Image-to-image translation with conditional adversarial networks,
CVPR 2017), a U-Net slice by slice, with noise as a further input from which it makes texture. A saved generator is a
folder of two files, numbers and plain text: ``generator.json`` and ``generator.pt``.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from SegmentL3Lib.errors import InputError, ModelError
from SegmentL3Lib.files import atomic_path, check_writable_folder
from SegmentL3Lib.labels import Label
from SegmentL3Lib.models.weights import read_state_dict, write_half_precision
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.structure_names import label_structures

DESCRIPTION, WEIGHTS = "generator.json", "generator.pt"
_FORMAT = 1
_LEVELS = 4  # times that BasicUNet halves an image


@dataclass(frozen=True, eq=False)
class LearnedGenerator:
    """A generator for the images of one site.

    Attributes:
        structures: names, label value 1 first; 0 is the background.
        pixel_mm: pixel size at which the network works.
        window: gray values that the network knows as -1 and 1; there are none beyond.
        widths: features of the network, see ``generator_definition``.
        network: as ``generator_definition`` declares it.
        provenance: what it has learned from and how, for the record.
    """

    structures: Sequence[str]
    pixel_mm: float
    window: tuple[float, float]
    widths: Sequence[int]
    network: nn.Module
    provenance: Mapping = field(default_factory=dict)

    @property
    def labels(self) -> Sequence[Label]:
        """Value, readable name and color of each structure."""
        return label_structures(enumerate(self.structures, start=1))

    @torch.inference_mode()
    def image(self, labels: np.ndarray, seed: int, spacing_mm: tuple[float, float, float]) -> np.ndarray:
        """Make an image.

        Args:
            labels: whole numbers from 0, (z, y, x).
            seed: the same labels and seed give the same image.
            spacing_mm: voxel size along the axes of the array.

        Returns:
            float32 of the same shape, gray values within the window.

        Raises:
            InputError: a label has a value that the generator does not know.
        """
        if labels.max() > len(self.structures):
            known = ", ".join(f"{label.value} {label.name}" for label in self.labels)
            raise InputError(f"The label map has the value {labels.max()}, but this generator knows: {known}.")
        chance = torch.Generator().manual_seed(seed)
        extents = zip(labels.shape[1:], spacing_mm[1:], strict=True)
        sizes = [max(1, round(size * mm / self.pixel_mm)) for size, mm in extents]
        low, high = self.window
        image = np.empty(labels.shape, np.float32)
        for number, plane in enumerate(labels):
            plane = torch.from_numpy(plane.astype(np.float32))[None, None]
            plane = functional.interpolate(plane, sizes, mode="nearest-exact")[:, 0].long()
            made = make_images(self.network, plane, 1 + len(self.structures), chance)
            made = functional.interpolate(made, labels.shape[1:], mode="bilinear", align_corners=False)[0, 0]
            image[number] = (low + (made + 1) / 2 * (high - low)).numpy()
        return image


def generator_definition(channels: int, widths: Sequence[int]) -> dict:
    """The network: ``channels`` classes and noise in, one image out; ``widths`` are the six of MONAI's BasicUNet."""
    return {
        "_target_": "BasicUNet",
        "spatial_dims": 2,
        "in_channels": channels + 1,
        "out_channels": 1,
        "features": list(widths),
        "norm": "batch",
        "upsample": "nontrainable",
    }


def make_images(network: nn.Module, labels: Tensor, channels: int, chance: torch.Generator) -> Tensor:
    """Images, -1 to 1, float32 (batch, 1, rows, columns), of label maps, int64 (batch, rows, columns)."""
    noise = torch.randn(len(labels), 1, *labels.shape[1:], generator=chance).to(labels.device)
    known = torch.cat([one_hot(labels, channels), noise], 1)
    missing = [math.ceil(size / 2**_LEVELS) * 2**_LEVELS - size for size in labels.shape[1:]]
    padded = functional.pad(known, (0, missing[1], 0, missing[0]), mode="replicate")
    return torch.tanh(network(padded))[..., : labels.shape[1], : labels.shape[2]]


def one_hot(labels: Tensor, channels: int) -> Tensor:
    """Float32 (batch, channels, rows, columns) of int64 (batch, rows, columns)."""
    return functional.one_hot(labels, channels).movedim(-1, 1).float()


def save_generator(generator: LearnedGenerator, folder: Path) -> None:
    """Write a generator, its weights in half precision.

    Raises:
        InputError: it cannot be written.
        ModelError: a weight is not finite.
    """
    folder = check_writable_folder(folder)
    weights = write_half_precision(generator.network.state_dict())
    description = {
        "format": _FORMAT,
        "structures": list(generator.structures),
        "pixel_mm": generator.pixel_mm,
        "window": list(generator.window),
        "widths": list(generator.widths),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "provenance": dict(generator.provenance),
    }
    with atomic_path(folder / WEIGHTS) as temporary:
        temporary.write_bytes(weights)
    with atomic_path(folder / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def load_generator(folder: Path) -> LearnedGenerator:
    """Read what ``save_generator`` wrote; nothing in it is run.

    Raises:
        InputError: there is no generator.
        ModelError: it is damaged, or of another version of this program.
    """
    folder = Path(folder)
    try:
        text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"There is no generator in {folder}: the file {DESCRIPTION} is missing.") from error
    try:
        description = json.loads(text)
        if description["format"] != _FORMAT:
            raise ModelError(f"The generator in {folder} was made by another version of this program.")
        structures, widths = [str(name) for name in description["structures"]], list(description["widths"])
        pixel_mm, (low, high) = float(description["pixel_mm"]), map(float, description["window"])
        sha256 = str(description["weights_sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The generator in {folder} is damaged: its {DESCRIPTION} is not understood.") from error
    if not structures or not pixel_mm > 0 or not low < high:
        raise ModelError(f"The generator in {folder} is damaged: its {DESCRIPTION} makes no sense.")
    network = build_network(generator_definition(1 + len(structures), widths))
    weights, _ = read_state_dict(folder / WEIGHTS, sha256)
    try:
        network.load_state_dict({name: value.float() if value.is_floating_point() else value
                                 for name, value in weights.items()})  # fmt: skip
    except RuntimeError as error:
        raise ModelError(f"The generator in {folder} is damaged: its weights are those of another network.") from error
    provenance = description.get("provenance", {})
    return LearnedGenerator(structures, pixel_mm, (low, high), widths, network.eval(), provenance)
