"""Weights on disk: a state dict that is never unpickled without torch's restricted reader."""

import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import ModelError

# Below 2.10 the restricted reader itself can be attacked (CVE-2026-24747).
SAFE_TORCH = (2, 10)


def require_safe_torch(version: str = torch.__version__) -> None:
    """Raise ModelError where torch is too old to read weights of unknown origin safely."""
    major, minor = (int(number) for number in version.split(".")[:2])
    if (major, minor) < SAFE_TORCH:
        wanted = ".".join(map(str, SAFE_TORCH))
        raise ModelError(f"PyTorch {version} cannot read model weights safely; please install {wanted} or newer.")


def read_state_dict(path: Path, sha256: str | None = None) -> tuple[dict[str, Tensor], str]:
    """Weights of a file as float32 on the CPU, and the file's SHA-256.

    The bytes that were hashed are the bytes that are read.

    Args:
        sha256: hash that the file must have; None where the package names none.

    Raises:
        ModelError: missing or unreadable file, another hash, damaged, or holding more than tensors.
    """
    require_safe_torch()
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"The model package {path.parent.parent.name} has no models/{path.name}.") from error
    except OSError as error:
        raise ModelError(f"The weights {path.name} cannot be read: {error.strerror}.") from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise ModelError(f"The weights {path.name} are not those of the published package; install it again.")
    return _float_tensors(_load(content, path.name), path.name), found


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


def _load(content: bytes, name: str):
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(f"The weights {name} hold more than numbers, or are damaged; they are not loaded.") from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError, OSError) as error:
        raise ModelError(f"The weights {name} are damaged; they cannot be read.") from error


def _float_tensors(content, name: str) -> dict[str, Tensor]:
    if not isinstance(content, Mapping) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise ModelError(f"The weights {name} are not a table of tensors by name.")
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in content.items()}


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
