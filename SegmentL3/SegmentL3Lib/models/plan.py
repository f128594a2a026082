"""What running a segmentation model takes, whatever package it came in.

A model is a row of stages, each a network (or its folds) at one resolution. **Axes of a stage are those of the array
that the network sees**: the array of the scan as SimpleITK reads it, (z, y, x) or (y, x), taken through
``Stage.transpose``; or, where ``Stage.orientation`` is given, an array whose axes run towards those directions. Voxel
size, window, mirroring and networks of the stage all count their axes there. Where the window has one axis less than
the array, the network is 2D and runs over the slices along the first axis, which keeps its voxel size.
"""

from dataclasses import dataclass

from torch import nn

SOFTMAX, SIGMOID = "softmax", "sigmoid"
MONAI_BUNDLE, NNUNET_FOLDER = "MONAI bundle", "nnU-Net v2 result folder"


@dataclass(frozen=True)
class Normalization:
    """How the values of one image channel become those the network learned on.

    Attributes:
        scheme: "ct": clip to [lower, upper], then (value - mean) / deviation;
            "z_score": (value - mean) / deviation with both taken from the image;
            "range": [lower, upper] linearly onto [target_lower, target_upper];
            "rescale": minimum to maximum of the image linearly onto [target_lower, target_upper];
            "none": as they are.
        clip: "range" only: whether values beyond the range are clipped.
        inside_mask: "z_score" only: statistics over, and changes of, the voxels inside the mask of nonzero values with
            its holes filled (nnU-Net); what lies outside is zero.
        nonzero_only: "z_score" only: statistics over, and changes of, voxels that are not zero (MONAI).
        then: what is applied to the outcome; None where this is all.
    """

    scheme: str
    lower: float = 0.0
    upper: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    target_lower: float = 0.0
    target_upper: float = 1.0
    clip: bool = True
    inside_mask: bool = False
    nonzero_only: bool = False
    then: "Normalization | None" = None


@dataclass(frozen=True)
class Resampling:
    """How a scan comes to the voxel size of the network, and its output back.

    Attributes:
        spacing_mm: voxel size along the axes of the stage; one entry less than the array where the first axis keeps
            its own; None keeps the scan's own throughout.
        image_order: order of the spline for images; 1 is linear, 0 the nearest neighbor.
        output_order: order for logits or probabilities on the way back.
        separate_z: whether the coarse axis is resampled apart from the others; None decides by anisotropy: largest
            voxel size more than three times the smallest.
        z_order: order along the coarse axis then.
        exact: whether to sample as nnU-Net does (edges extended, outermost voxel borders kept in place); otherwise as
            MONAI's ``Spacingd`` does (centers of the outermost voxels as its documentation has them).
    """

    spacing_mm: tuple[float, ...] | None
    image_order: int = 3
    output_order: int = 1
    separate_z: bool | None = None
    z_order: int = 0
    exact: bool = False


@dataclass(frozen=True)
class Window:
    """Part of the image that the network sees at once, and how the parts overlap.

    Attributes:
        patch_size: voxels along the axes of the network.
        overlap_scheme: "nnunet": as many steps as cover the axis, evenly spaced and rounded; "monai": fixed interval,
            the last part moved back to the border.
        step: distance from one part to the next as share of the patch, in (0, 1].
        gaussian: whether parts are weighted by a Gaussian around their center.
        sigma_scale: its standard deviation as share of the patch.
        mirror_axes: axes of the network along which mirrored predictions may be averaged in; 0 is the first.
        padding_value: what surrounds an image that is smaller than the patch.
        padding_repeats: whether the values at its border are repeated there instead.
    """

    patch_size: tuple[int, ...]
    overlap_scheme: str
    step: float = 0.5
    gaussian: bool = True
    sigma_scale: float = 0.125
    mirror_axes: tuple[int, ...] = ()
    padding_value: float = 0.0
    padding_repeats: bool = False


@dataclass(frozen=True, eq=False)
class Stage:
    """One network, or its folds, at one resolution.

    Attributes:
        networks: folds, whose logits are averaged; evaluation mode, float32, on the CPU. They take (batch, channel,
            axes of the stage) and give one tensor of logits of that size.
        channels: one normalization per image channel.
        resampling: voxel size.
        window: parts that are seen at once.
        transpose: order of the axes of the scan's array in that of the stage; ascending keeps them.
        orientation: direction each axis of the stage runs to, such as "RAS" (first axis to the right, second to
            anterior, third to superior); None takes the axes as the file has them, through ``transpose``.
        crop_to_nonzero: whether the image is cropped to the box of its nonzero voxels first.
        normalize_before_resampling: order of the two.
        previous_labels: values of the previous stage's result that enter as one-hot channels after the image.
        inverse_argmax_first: whether the output becomes labels before it is resampled to the scan.
    """

    networks: tuple[nn.Module, ...]
    channels: tuple[Normalization, ...]
    resampling: Resampling
    window: Window
    transpose: tuple[int, ...]
    orientation: str | None
    crop_to_nonzero: bool
    normalize_before_resampling: bool
    previous_labels: tuple[int, ...] = ()
    inverse_argmax_first: bool = False


@dataclass(frozen=True)
class Structure:
    """One thing that the model segments.

    Attributes:
        value: in the label map.
        name: as the package has it.
        source_values: for a region, the training labels it is made of.
    """

    value: int
    name: str
    source_values: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class SegmentationModel:
    """A model ready to be run.

    Attributes:
        identifier: name of its folder in the store.
        title: what a list shows.
        description: one sentence or more; may be empty.
        modality: "CT", "MR", ... as far as the package says.
        license: name or first line of the license; empty where the package has none.
        version: of the package; empty where it has none.
        inputs: names of the input images, in their order.
        structures: without the background. With "softmax" the value is the channel of the network's output; with
            "sigmoid" the channels are the structures in their order.
        activation: "softmax": the largest channel wins; "sigmoid": each channel above 0.5 is painted, in their order.
        stages: one, or two for a cascade.
        kind: "MONAI bundle" or "nnU-Net v2 result folder".
        sha256: of all weights.
        notes: what the user should know, such as "2 of 5 folds present".
        largest_components: values of which only the largest connected component (26 neighbors, each value alone) is
            kept in the result.
    """

    identifier: str
    title: str
    description: str
    modality: tuple[str, ...]
    license: str
    version: str
    inputs: tuple[str, ...]
    structures: tuple[Structure, ...]
    activation: str
    stages: tuple[Stage, ...]
    kind: str
    sha256: str
    notes: tuple[str, ...] = ()
    largest_components: tuple[int, ...] = ()

    def describe(self) -> dict[str, str]:
        """What a report says of the model: name, title, version, kind, license, hash of the weights, notes."""
        entries = {
            "name": self.identifier,
            "title": self.title,
            "version": self.version,
            "kind": self.kind,
            "license": self.license,
            "weights_sha256": self.sha256,
            "notes": " ".join(self.notes),
        }
        return {key: text for key, text in entries.items() if text}
