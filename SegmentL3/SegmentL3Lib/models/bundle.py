"""A model package in memory, and the one reader of packages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from ..errors import ModelError
from ..networks.registry import network_argument
from .config import read_sections
from .folder import PackageFolder
from .inferer import build_inferer
from .network import read_network
from .postprocessing import check_postprocessing
from .preprocessing import Preprocessing, read_preprocessing

CONFIGS, WEIGHTS = "configs", Path("models", "model.pt")
METADATA, INFERENCE = Path(CONFIGS, "metadata.json"), Path(CONFIGS, "inference.json")


@dataclass(frozen=True, eq=False)
class Bundle:
    """A network with its weights and all that belongs to its use.

    Attributes:
        name: name of the package's folder.
        network: ready for inference: weights loaded, float32, evaluation mode, on the CPU.
        preprocessing: voxel size and gray values the network expects.
        inferer: runs the network over an image: ``inferer(image, network)``.
        grid_shape: shape of the images the network learned on, (y, x) or (z, y, x); None where the metadata name none.
        channels: names of the output channels, in their order; empty where the metadata name none.
        metadata: content of ``configs/metadata.json``.
        sha256: hash of the weights file.
    """

    name: str
    network: nn.Module
    preprocessing: Preprocessing
    inferer: Callable[..., Tensor]
    grid_shape: tuple[int, ...] | None
    channels: tuple[str, ...]
    metadata: Mapping
    sha256: str

    def describe(self) -> dict[str, str]:
        """What a report says of the model: name, version, task, hash of the weights."""
        known = {key: str(self.metadata[key]) for key in ("version", "task") if key in self.metadata}
        return {"name": self.name, **known, "weights_sha256": self.sha256}


def load_bundle(path: str | Path, *, require_hash: bool = False) -> Bundle:
    """Read a model package without running anything of it.

    Only the metadata, four sections of ``inference.json`` and the weights are read; network, transforms and inferer
    come from tables of this library, with literal arguments.

    Args:
        path: folder of the package.
        require_hash: whether the metadata must name the hash of the weights, as shipped packages do.

    Raises:
        ModelError: the package is missing, damaged, needs code, or its weights do not fit.
    """
    path = Path(path)
    folder = PackageFolder(path)
    metadata = folder.json(METADATA)
    sections = read_sections(folder)
    dimensions = _dimensions(_mapping(sections, "network_def"))
    preprocessing = read_preprocessing(sections["preprocessing"], dimensions)
    inferer = build_inferer(sections["inferer"])
    check_postprocessing(sections["postprocessing"])
    published = _published_hash(metadata, path.name, require_hash)
    network, sha256 = read_network(folder.file(WEIGHTS), sections["network_def"], path.name, published)
    return Bundle(
        name=path.name,
        network=network,
        preprocessing=preprocessing,
        inferer=inferer,
        grid_shape=_grid_shape(metadata, dimensions),
        channels=_channels(metadata),
        metadata=metadata,
        sha256=sha256,
    )


def _mapping(sections: Mapping, name: str) -> Mapping:
    if not isinstance(sections[name], dict):
        raise ModelError(f"The entry {name} of the model package does not hold named entries.")
    return sections[name]


def _dimensions(network_definition: Mapping) -> int:
    dimensions = network_argument(network_definition, "spatial_dims")
    if dimensions not in (2, 3):
        raise ModelError("The network of the model package does not say whether it has 2 or 3 spatial dimensions.")
    return dimensions


def _grid_shape(metadata: Mapping, dimensions: int) -> tuple[int, ...] | None:
    """Shape of the input; None where it is free, as ``"*"`` says."""
    try:
        shape = tuple(metadata["network_data_format"]["inputs"]["image"]["spatial_shape"])
    except (KeyError, TypeError):
        return None
    return shape if len(shape) == dimensions and all(isinstance(size, int) for size in shape) else None


def _channels(metadata: Mapping) -> tuple[str, ...]:
    try:
        names = metadata["network_data_format"]["outputs"]["pred"]["channel_def"]
        return tuple(str(names[key]) for key in sorted(names, key=int))
    except KeyError:
        return ()
    except (TypeError, ValueError) as error:
        raise ModelError("The metadata of the model package do not list the output channels by number.") from error


def _published_hash(metadata: Mapping, name: str, required: bool) -> str | None:
    published = metadata.get("weights_sha256")
    if published is None and not required:
        return None
    if not isinstance(published, str):
        raise ModelError(f"The model package {name} does not name the hash of its weights; install it again.")
    return published
