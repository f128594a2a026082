"""Weights on disk: tensors that are never unpickled without torch's restricted reader."""

import hashlib
import io
import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from ..errors import ModelError
from .archive import check_archive, damaged

# Below 2.10 the restricted reader itself can be attacked (CVE-2026-24747).
SAFE_TORCH = (2, 10)
_TENSORS = (Tensor, torch.nn.Parameter)
# Names below which checkpoints keep their weights, if not at the top.
WRAPPERS = ("network_weights", "state_dict", "model", "network", "net")
# What wrapping a network for training puts before each name.
TRAINING_PREFIXES = ("module.", "_orig_mod.")


class Unread:
    """Stands for a NumPy object in a checkpoint, whose content is dropped instead of rebuilt."""

    def __init__(self, *_arguments):
        """Take anything."""

    def __setstate__(self, _state):
        """Take anything."""


# The training log of a checkpoint holds NumPy numbers; nothing of it is needed, so that NumPy need not be called.
_HARMLESS = [
    (Unread, f"{module}.{name}")
    for module, name in (
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.multiarray", "_reconstruct"),
    )
]


def require_safe_torch(version: str = torch.__version__) -> None:
    """Raise ModelError where torch is too old to read weights of unknown origin safely."""
    major, minor = (int(number) for number in version.split(".")[:2])
    if (major, minor) < SAFE_TORCH:
        wanted = ".".join(map(str, SAFE_TORCH))
        raise ModelError(f"PyTorch {version} cannot read model weights safely; please install {wanted} or newer.")


def read_checkpoint(path: Path, sha256: str | None = None):
    """Content of a weights file and the file's SHA-256; NumPy numbers in it are replaced by ``Unread``.

    Args:
        path: of an existing file.
        sha256: hash that the file must have; None where the package names none.

    Raises:
        ModelError: unreadable file, another hash, a program, damaged, or holding more than plain values and tensors.
    """
    require_safe_torch()
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if sha256 is not None and found != sha256.lower():
                raise ModelError(f"The weights {path.name} are not those of the published package; install it again.")
            check_archive(file, path.name, path.stat().st_size)
            return _load(file, path.name), found
    except OSError as error:
        raise ModelError(f"The weights {path.name} cannot be read: {error.strerror}.") from error


def read_state_dict(path: Path, sha256: str | None = None) -> tuple[dict[str, Tensor], str]:
    """Weights of a file by name, on the CPU, and the file's SHA-256.

    Raises:
        ModelError: as ``read_checkpoint``, or there is no table of tensors in it.
    """
    content, found = read_checkpoint(path, sha256)
    content = plain_table(content)
    wrapped = next((content[key] for key in WRAPPERS if isinstance(content.get(key), dict)), content)
    return state_dict_of(wrapped, path.name), found


def state_dict_of(content, name: str) -> dict[str, Tensor]:
    """A table of tensors by name, without the prefixes of training.

    Raises:
        ModelError: something else.
    """
    tensors = plain_table(content)
    if not tensors or not all(isinstance(key, str) and type(value) in _TENSORS for key, value in tensors.items()):
        raise ModelError(f"The weights {name} are not a table of tensors by name.")
    return {_plain_name(key): tensor for key, tensor in tensors.items()}


def plain_table(content) -> dict:
    """A table of a checkpoint as a plain dict; empty where it is something else.

    A checkpoint can give an ``OrderedDict`` attributes that hide its methods.
    """
    return dict(dict.items(content)) if isinstance(content, dict) else {}


def write_half_precision(state_dict: Mapping[str, Tensor]) -> bytes:
    """File content of a state dict in half precision; equal tensors are stored once.

    Some networks list a layer under two names.

    Raises:
        ModelError: a weight is not finite in half precision.
    """
    known: dict[tuple, Tensor] = {}
    stored = {}
    for name, tensor in state_dict.items():
        half = _half(name, tensor)
        stored[name] = known.setdefault(_content(half), half)
    content = io.BytesIO()
    torch.save(stored, content)
    return content.getvalue()


def _load(file: BinaryIO, name: str):
    file.seek(0)
    try:
        with _nothing_else_allowed():
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        what = re.search(r"GLOBAL ([\w.]+)", str(error))
        more = f" ({what.group(1)[:100]})" if what else ""
        raise ModelError(
            f"The weights {name} hold more than numbers{more}, or are damaged; they are not loaded."
        ) from error
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise damaged(name) from error


@contextmanager
def _nothing_else_allowed() -> Iterator[None]:
    """Leave out what others, such as MONAI, have allowed to be called while weights are read."""
    others = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            yield
    finally:
        torch.serialization.add_safe_globals(others)


def _plain_name(name: str) -> str:
    while name.startswith(TRAINING_PREFIXES):
        name = name[name.index(".") + 1 :]
    return name


def _content(tensor: Tensor) -> tuple:
    return tensor.dtype, tuple(tensor.shape), tensor.numpy().tobytes()


def _half(name: str, tensor: Tensor) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    if not torch.isfinite(half).all():
        raise ModelError(f'The weight "{name}" is not a finite number in half precision.')
    return half
