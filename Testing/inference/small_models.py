"""Small models with weights that mean nothing, and scans for them."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from SegmentL3Lib.models.plan import (
    Normalization,
    Resampling,
    SegmentationModel,
    Stage,
    Structure,
    Window,
)
from SegmentL3Lib.volume import Geometry, Volume

STRAIGHT = Geometry().direction
OBLIQUE = (0.96, -0.28, 0.0, 0.28, 0.96, 0.0, 0.0, 0.0, 1.0)
CT = Normalization("ct", lower=-900.0, upper=800.0, mean=20.0, deviation=150.0)
AS_NNUNET = Resampling((3.0, 2.0, 2.0), image_order=3, output_order=1, exact=True)
AS_MONAI = Resampling((3.0, 2.0, 2.0), image_order=1, output_order=1)
UNCHANGED = Resampling(None, image_order=1, exact=True)


def network(dimensions: int = 3, inputs: int = 1, outputs: int = 3, seed: int = 0) -> nn.Module:
    """A small U-Net without the U: convolutions, instance normalization, one level down and up."""
    torch.manual_seed(seed)
    convolution, up, norm = (
        (nn.Conv3d, nn.ConvTranspose3d, nn.InstanceNorm3d)
        if dimensions == 3
        else (nn.Conv2d, nn.ConvTranspose2d, nn.InstanceNorm2d)
    )
    last = convolution(4, outputs, 1)
    nn.init.zeros_(last.bias)  # so that every label occurs
    return nn.Sequential(
        convolution(inputs, 4, 3, padding=1),
        norm(4, affine=True),
        nn.LeakyReLU(),
        convolution(4, 8, 3, stride=2, padding=1),
        norm(8, affine=True),
        nn.LeakyReLU(),
        up(8, 4, 2, stride=2),
        last,
    ).eval()


def stage(*networks: nn.Module, patch=(8, 16, 12), scheme: str = "nnunet", **changes) -> Stage:
    """A stage of one channel, as nnU-Net has it unless changed; entries of the window may be changed as well."""
    window_changes = {name: changes.pop(name) for name in list(changes) if name in Window.__dataclass_fields__}
    standard = Stage(
        networks=networks or (network(len(patch)),),
        channels=(CT,),
        resampling=AS_NNUNET,
        window=Window(patch_size=tuple(patch), overlap_scheme=scheme, **window_changes),
        transpose=(0, 1, 2),
        orientation=None,
        crop_to_nonzero=False,
        normalize_before_resampling=True,
    )
    return replace(standard, **changes)


def model(*stages: Stage, activation: str = "softmax", values=(1, 2), inputs=("CT",)) -> SegmentationModel:
    """A model of the given stages with structures named by their values."""
    return SegmentationModel(
        identifier="small",
        title="Small",
        description="",
        modality=("CT",),
        license="",
        version="",
        inputs=inputs,
        structures=tuple(Structure(value, f"s{value}") for value in values),
        activation=activation,
        stages=stages,
        kind="nnU-Net v2 result folder",
        sha256="",
    )


def scan(shape=(14, 40, 36), spacing=(1.5, 1.5, 3.0), direction=STRAIGHT, seed: int = 0) -> Volume:
    """Smooth noise around soft tissue with a border of zeros, int16; spacing is (x, y, z)."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.normal(0, 300, [1, 1, *(max(2, size // 4) for size in shape)]))
    smooth = nn.functional.interpolate(coarse, shape, mode="trilinear")[0, 0].numpy()
    return Volume(np.round(smooth).astype(np.int16), Geometry((5.0, -7.0, 11.0), spacing, direction), "CT")
