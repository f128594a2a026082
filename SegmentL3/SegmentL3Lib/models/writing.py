"""Write a network as a model package."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from torch import Tensor

from ..errors import InputError
from .bundle import INFERENCE, METADATA, WEIGHTS, load_bundle
from .weights import write_half_precision

READ_SHIPPED = partial(load_bundle, require_hash=True)
POSTPROCESSING = {"_target_": "Compose", "transforms": [{"_target_": "Activationsd", "keys": "pred", "softmax": True}]}


def write_bundle(
    path: str | Path,
    *,
    network_def: Mapping,
    state_dict: Mapping[str, Tensor],
    transforms: Sequence[Mapping],
    metadata: Mapping,
    card: str,
    license_text: str,
    inferer: Mapping | None = None,
    read_back: Callable[[Path], object] = READ_SHIPPED,
) -> Path:
    """Write a package; it replaces an older one of the name after it has been read back.

    Args:
        path: folder of the package; its parent exists.
        network_def: definition that ``networks.build_network`` takes.
        state_dict: weights; written in half precision.
        transforms: preprocessing, such as ``Spacingd`` and ``ScaleIntensityRanged``.
        metadata: entries of ``metadata.json``; the versions of the libraries and the hash of the weights are added.
        card: model card (Markdown), ``docs/README.md``.
        license_text: ``LICENSE``.
        inferer: definition of the inferer; the whole image at once where it is None.
        read_back: reader that has to accept the package.

    Returns:
        The folder.

    Raises:
        ModelError: the package would not be read again.
        InputError: the folder cannot be written.
    """
    path = Path(path)
    weights = write_half_precision(state_dict)
    config = {
        "network_def": network_def,
        "preprocessing": {"_target_": "Compose", "transforms": list(transforms)},
        "inferer": inferer or {"_target_": "SimpleInferer"},
        "postprocessing": POSTPROCESSING,
    }
    contents = {
        METADATA: _json({**metadata, **_versions(), "weights_sha256": hashlib.sha256(weights).hexdigest()}),
        INFERENCE: _json(config),
        WEIGHTS: weights,
        Path("docs", "README.md"): card.encode(),
        Path("LICENSE"): license_text.encode(),
    }
    try:
        _replace_folder(path, contents, read_back)
    except OSError as error:
        raise InputError(f"The model package {path.name} cannot be written: {error.strerror}.") from error
    return path


def _replace_folder(path: Path, contents: Mapping[Path, bytes], read_back: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
        fresh = Path(scratch, path.name)
        for name, content in contents.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        read_back(fresh)
        _swap(fresh, path, Path(scratch, "replaced"))


def _swap(fresh: Path, path: Path, replaced: Path) -> None:
    if path.exists():
        path.rename(replaced)
    try:
        fresh.rename(path)
    except OSError:
        if replaced.exists():
            replaced.rename(path)
        raise


def _versions() -> dict[str, str]:
    libraries = {"monai_version": "monai", "pytorch_version": "torch", "numpy_version": "numpy"}
    return {key: version(library) for key, library in libraries.items()}


def _json(content: Mapping) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
