"""An adapted model as a package of its own, which says where it comes from."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from SegmentL3Lib.files import unwritable
from SegmentL3Lib.models import SegmentationModel, load_model
from SegmentL3Lib.models.weights import write_half_precision
from SegmentL3Lib.networks.outputs import OrderedOutput

from .package_files import CARD, WEIGHTS, PackageFiles

# Entries of the configuration that may name another weights file.
_LOADERS = ("checkpointloader", "handlers")


def write_adapted(
    original: PackageFiles, network: nn.Module, path: Path, title: str, provenance: Mapping
) -> SegmentationModel:
    """Write a package; it replaces an older one at ``path`` after it has been read back.

    Configuration and license are those of the original package; of its other files nothing is taken.

    Args:
        original: files of the original package.
        network: adapted; its weights are written in half precision.
        path: folder to write; its parent exists.
        title: what a list of models shows.
        provenance: entry ``adaptation`` of the metadata.

    Returns:
        The package as it was read back.

    Raises:
        InputError: it cannot be written.
        ModelError: a weight is not finite, or the package would not be read again.
    """
    weights = write_half_precision(bare(network).state_dict())
    metadata = {
        **original.metadata,
        "name": title,
        "version": f"{original.metadata.get('version', '0')}+adapted",
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "adaptation": dict(provenance),
    }
    config = {key: value for key, value in original.config.items() if key not in _LOADERS}
    if provenance.get("structures"):
        _set_structures(config, metadata, provenance["structures"])
    card = original.texts.get(CARD, "") + _card_section(title, provenance)
    files = PackageFiles(config, metadata, {**original.texts, CARD: card})
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
            fresh = Path(scratch, path.name)
            write_files(fresh, {**files.contents(), WEIGHTS: weights})
            load_model(fresh)
            if path.exists():
                path.rename(Path(scratch, "replaced"))
            fresh.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error
    return load_model(path)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files by path below a folder, which is made.

    Raises:
        OSError: one cannot be written.
    """
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def remove_adapted(path: Path) -> None:
    """Remove what an earlier run has written; nothing happens where there is nothing.

    Raises:
        InputError: it cannot be removed.
    """
    if not path.exists():
        return
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise unwritable(path, error) from error


def bare(network: nn.Module) -> nn.Module:
    """The network that the package declares."""
    return network.network if isinstance(network, OrderedOutput) else network


def _set_structures(config: dict, metadata: dict, names: Sequence[str]) -> None:
    channels = ["background", *names]
    config["network_def"] = {**config["network_def"], "out_channels": len(channels)}
    data_format = dict(metadata.get("network_data_format", {}))
    prediction = dict(data_format.get("outputs", {}).get("pred", {}))
    prediction["num_channels"] = len(channels)
    prediction["channel_def"] = {str(number): name for number, name in enumerate(channels)}
    metadata["network_data_format"] = {**data_format, "outputs": {"pred": prediction}}


def _card_section(title: str, provenance: Mapping) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in provenance["settings"].items())
    parent, images = provenance["parent"], len(provenance["target_images_sha256"])
    return (
        f"\n\n## Adapted: {title}\n\nThe weights are not those that the text above describes. They were adapted from "
        f"`{parent['name']}` (weights sha256 `{parent['weights_sha256']}`) with the method "
        f"`{provenance['method']}` ({settings}) to {images} images of another scanner. "
        f"{provenance['verdict']} Images by hash and all figures: `adaptation` in `configs/metadata.json`.\n"
    )
