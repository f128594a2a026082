"""Do the masks of a slice look like label maps that are right?"""

import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import torch

from ..errors import ModelError
from ..files import atomic_path
from ..labels import load_labels
from ..networks.autoencoder import TiedAutoEncoder
from ..networks.plausibility import soft_plausibility
from ..resources import resource_path
from .aligned import GRID

SHIPPED = ("Trust", "plausibility.npz")
BLOCK = 4  # pixels of ``aligned.GRID`` to one of the auto-encoder, each way
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error)


def structure_plausibility(label_maps: np.ndarray, autoencoder: TiedAutoEncoder) -> np.ndarray:
    """Overlap of each structure with its reconstruction from all structures, float (map, label of ``load_labels``).

    Args:
        label_maps: labels on ``aligned.GRID``, uint8 (map, y, x).
        autoencoder: trained on ``structure_shares`` of label maps that were right.
    """
    return soft_plausibility(torch.from_numpy(structure_shares(label_maps)), autoencoder).numpy()


def structure_shares(label_maps: np.ndarray) -> np.ndarray:
    """Share of each structure in blocks of pixels, float32 (map, label of ``load_labels``, y, x).

    Args:
        label_maps: labels on ``aligned.GRID``, uint8 (map, y, x).
    """
    rows, columns = GRID.shape[0] // BLOCK, GRID.shape[1] // BLOCK
    blocks = label_maps.reshape(-1, rows, BLOCK, columns, BLOCK)
    return np.stack([(blocks == label.value).mean((2, 4), dtype=np.float32) for label in load_labels()], 1)


@cache
def shipped_autoencoder() -> TiedAutoEncoder:
    """The auto-encoder that comes with the extension.

    Raises:
        ModelError: its file is damaged or missing.
    """
    return read_autoencoder(resource_path(*SHIPPED))


def write_autoencoder(autoencoder: TiedAutoEncoder, path: Path) -> None:
    """Write the weights, in half precision, to a compressed ``.npz``.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    state = {name: values.numpy().astype(np.float16) for name, values in autoencoder.state_dict().items()}
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **state)


def read_autoencoder(path: Path) -> TiedAutoEncoder:
    """Read what ``write_autoencoder`` wrote, without running anything of it.

    Raises:
        ModelError: the file is missing, damaged, or something else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            state = {name: torch.from_numpy(file[name].astype(np.float32)) for name in file.files}
        shape = GRID.shape[0] // BLOCK, GRID.shape[1] // BLOCK
        network = TiedAutoEncoder(shape, len(load_labels()), len(state["encoder_bias"]))
        network.load_state_dict(state)
    except _UNREADABLE as error:
        raise ModelError(f"The label auto-encoder {path.name} is damaged; install the extension again.") from error
    return network.requires_grad_(False)
