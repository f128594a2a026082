"""A segmentation model from a MONAI bundle in its declarative subset."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from torch import nn

from ..errors import ModelError
from ..networks.outputs import with_ordered_output
from ..networks.registry import network_argument
from .archive import PROGRAM_SUFFIXES, program_refusal
from .config import Resolver, read_config
from .folder import PackageFolder
from .monai_output import OutputSteps, read_output
from .monai_preprocessing import ImageSteps, read_preprocessing
from .monai_window import InfererPlan, read_inferer
from .network import read_network
from .plan import MONAI_BUNDLE, SIGMOID, SegmentationModel, Stage, Structure
from .values import table, title, whole

METADATA = "configs/metadata.json"
WEIGHTS = "models/model.pt"
_MOST_CHANNELS, _LARGEST_SHAPE = 4096, 4096
_AXIAL_SLICES = (2, 0, 1)


def is_bundle(folder: PackageFolder) -> bool:
    """Whether it is the folder of a bundle."""
    return folder.has(METADATA) or folder.has("configs/inference.json")


def load_monai_bundle(folder: PackageFolder) -> SegmentationModel:
    """Read a bundle.

    Only the metadata, four sections of ``configs/inference.json``, the name of the weights file and the weights are
    read; network, transforms and inferer are told by names of a table, with literal arguments.

    Raises:
        ModelError: missing, damaged, not understood, or not fitting together; key or file is named.
    """
    metadata, content = folder.json(METADATA), read_config(folder)
    resolver = Resolver({**content, "bundle_root": "."})
    definition = table(resolver.resolve(content["network_def"], "network_def"), "network_def")
    dimensions = whole(network_argument(definition, "spatial_dims"), "network_def.spatial_dims", 2, 3)
    image = _data_format(metadata, "inputs")
    inferer = read_inferer(content["inferer"], resolver, dimensions, _training_shape(image, dimensions))
    steps = read_preprocessing(content["preprocessing"], resolver)
    output = read_output(content["postprocessing"], resolver)
    inputs = _input_names(image, _channels(definition, "in_channels"))
    if len(inputs) > 1 and not steps.channel_wise:
        raise ModelError("preprocessing normalizes several channels together, which is not supported.")
    names = _output_names(_data_format(metadata, "outputs"), _channels(definition, "out_channels"), output)
    structures, order = _structures(names, output)
    weights = folder.file(_weights_file(folder, content, resolver))
    network, sha256 = read_network(weights, definition, folder.name)
    network = with_ordered_output(network, len(names), order)
    return SegmentationModel(
        identifier=folder.name,
        title=title(metadata.get("name")) or folder.name,
        description=title(metadata.get("description")),
        modality=tuple(filter(None, [title(image.get("modality"))])),
        license=title(metadata.get("license")) or folder.first_line("LICENSE", "LICENSE.txt", "docs/license.txt"),
        version=title(metadata.get("version")),
        inputs=inputs,
        structures=structures,
        activation=output.activation,
        stages=(_stage(network, steps, inferer, output, len(inputs), dimensions),),
        kind=MONAI_BUNDLE,
        sha256=sha256,
        notes=_notes(output, inferer, structures),
        largest_components=_kept(output, structures),
    )


def _stage(
    network: nn.Module, steps: ImageSteps, inferer: InfererPlan, output: OutputSteps, channels: int, dimensions: int
) -> Stage:
    order = _axis_order(dimensions, inferer.slice_axis)
    in_plane = steps.spacing_mm is not None and len(steps.spacing_mm) == 2
    if in_plane and order != _AXIAL_SLICES:
        raise ModelError("preprocessing: Spacingd with two sizes needs a 2D network that runs over axial slices.")
    oriented = steps.orientation is not None
    return Stage(
        networks=(network,),
        channels=(steps.normalization(),) * channels,
        resampling=steps.resampling((0, 1) if in_plane else order),
        window=inferer.window,
        transpose=(0, 1, 2) if oriented else tuple(2 - axis for axis in order),
        orientation="".join(steps.orientation[axis] for axis in order) if oriented else None,
        crop_to_nonzero=False,
        normalize_before_resampling=steps.intensities_before_spacing > 0,
        inverse_argmax_first=output.labels_resampled,
    )


def _axis_order(dimensions: int, slice_axis: int | None) -> tuple[int, ...]:
    """Axes of MONAI's array (x, y, z) in the order of the stage: the one that a 2D network does not see is first."""
    if dimensions == 3:
        return (0, 1, 2)
    first = _AXIAL_SLICES[0] if slice_axis is None else slice_axis
    return (first, *(axis for axis in range(3) if axis != first))


def _weights_file(folder: PackageFolder, content: Mapping, resolver: Resolver) -> str:
    """Weights that the bundle's own checkpoint loader names, or else models/model.pt."""
    relative = _named_weights(content, resolver) or WEIGHTS
    for suffix, kind in PROGRAM_SUFFIXES.items():
        program = f"models/model{suffix}"
        if folder.has(program) and not folder.has(relative):
            raise program_refusal(program, kind)
    return relative


def _named_weights(content: Mapping, resolver: Resolver) -> str | None:
    """File of the package that a checkpoint loader names; None where it names none or one on its maker's disk."""
    handlers = content.get("handlers")
    loaders = [content.get("checkpointloader"), *(handlers if isinstance(handlers, list) else [])]
    named = next(
        (loader["load_path"] for loader in loaders if isinstance(loader, dict) and "load_path" in loader), None
    )
    try:
        path = resolver.resolve(named, "load_path")
    except ModelError:
        return None
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    return "/".join(parts) if parts[:1] == ("models",) and len(parts) == 2 else None


def _channels(definition: Mapping, argument: str) -> int:
    return whole(network_argument(definition, argument), f"network_def.{argument}", 1, _MOST_CHANNELS)


def _data_format(metadata: Mapping, side: str) -> Mapping:
    """The only entry of the inputs or outputs of ``network_data_format``; empty where there is no such section."""
    whole_format = table(metadata.get("network_data_format", {}), "network_data_format in metadata.json")
    place = f"network_data_format.{side} in metadata.json"
    found = table(whole_format.get(side, {}), place)
    if len(found) > 1:
        raise ModelError(f"{place} has {len(found)} entries; bundles with one are supported.")
    return table(next(iter(found.values()), {}), place)


def _training_shape(image: Mapping, dimensions: int) -> tuple[int, ...] | None:
    """Size of the network's input; None where it is free, as "*" says."""
    shape = image.get("spatial_shape")
    if not isinstance(shape, list) or len(shape) != dimensions or not all(type(size) is int for size in shape):
        return None
    return tuple(whole(size, "spatial_shape in metadata.json", 1, _LARGEST_SHAPE) for size in shape)


def _channel_names(data_format: Mapping, count: int, place: str) -> tuple[str, ...]:
    """Names by channel; empty where there are none."""
    names = table(data_format.get("channel_def", {}), place)
    if names and set(names) != {str(number) for number in range(count)}:
        raise ModelError(f"{place} has {len(names)} entries that do not match the {count} channels of the network.")
    return tuple(title(names[str(number)]) or f"channel {number}" for number in range(count)) if names else ()


def _input_names(image: Mapping, count: int) -> tuple[str, ...]:
    if "num_channels" in image and image["num_channels"] != count:
        raise ModelError(f"num_channels of the input in metadata.json is not the {count} of the network.")
    names = _channel_names(image, count, "channel_def of the input in metadata.json")
    if count == 1:
        given = names[0] if names and names[0].lower() != "image" else ""
        return (given or title(image.get("modality")) or "image",)
    return names or tuple(f"channel {number}" for number in range(count))


def _output_names(prediction: Mapping, count: int, output: OutputSteps) -> tuple[str, ...]:
    names = _channel_names(prediction, count, "channel_def of the output in metadata.json")
    if count == 1 and output.activation != SIGMOID:
        raise ModelError("The network has one output channel, of which postprocessing takes the largest.")
    return names or tuple(f"label {number + (output.activation == SIGMOID)}" for number in range(count))


def _structures(names: Sequence[str], output: OutputSteps) -> tuple[tuple[Structure, ...], tuple[int, ...]]:
    """Structures, and the order of the network's channels that belongs to them."""
    if output.activation != SIGMOID:
        return tuple(Structure(value, name) for value, name in enumerate(names) if value), tuple(range(len(names)))
    painted = output.painted or tuple((channel, channel + 1) for channel in range(len(names)))
    if sorted(channel for channel, _ in painted) != list(range(len(names))):
        raise ModelError(f"postprocessing is for {len(painted)} channels, but the network has {len(names)}.")
    return tuple(Structure(value, names[channel]) for channel, value in painted), tuple(c for c, _ in painted)


def _kept(output: OutputSteps, structures: Sequence[Structure]) -> tuple[int, ...]:
    values = tuple(structure.value for structure in structures)
    if output.largest_components is None:
        return values
    if not set(output.largest_components) <= set(values):
        raise ModelError("postprocessing: applied_labels names a label that the network does not have.")
    return output.largest_components


def _notes(output: OutputSteps, inferer: InfererPlan, structures: Sequence[Structure]) -> tuple[str, ...]:
    notes = []
    if inferer.whole_image:
        notes.append("The package runs its network over whole images; here it runs in windows of its training size.")
    if output.activation == SIGMOID and len(structures) > 1:
        notes.append("Structures may overlap; where they do, the later one is shown.")
    return tuple(notes)
