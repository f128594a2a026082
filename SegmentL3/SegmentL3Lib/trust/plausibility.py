"""Do the masks of a slice look like label maps that are right?  In numpy, so that the panel can ask too."""

import zipfile
import zlib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..files import atomic_path
from ..labels import load_labels
from ..resources import resource_path
from .aligned import GRID

SHIPPED = ("Trust", "plausibility.npz")
BLOCK = 4  # pixels of ``aligned.GRID`` to one of the auto-encoder, each way
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, eq=False)
class LabelAutoEncoder:
    """The weights of a ``networks.autoencoder.TiedAutoEncoder`` of ``structure_shares``, float32.

    Attributes:
        weight: (feature, value).
        encoder_bias: (feature,).
        decoder_bias: (value,).
    """

    weight: np.ndarray
    encoder_bias: np.ndarray
    decoder_bias: np.ndarray

    def rebuilt(self, shares: np.ndarray) -> np.ndarray:
        """Shares put together from what shares usually consist of, of the same shape."""
        hidden = np.tanh(shares.reshape(len(shares), -1) @ self.weight.T + self.encoder_bias)
        return 1 / (1 + np.exp(-(hidden @ self.weight + self.decoder_bias).reshape(shares.shape)))


def structure_plausibility(label_maps: np.ndarray, autoencoder: LabelAutoEncoder) -> np.ndarray:
    """Overlap of each structure with its reconstruction from all structures, float (map, label of ``load_labels``).

    It is the soft Dice overlap, from 0 to 1.

    Args:
        label_maps: labels on ``aligned.GRID``, uint8 (map, y, x).
        autoencoder: trained on ``structure_shares`` of label maps that were right.
    """
    shares = structure_shares(label_maps)
    rebuilt = autoencoder.rebuilt(shares)
    common, total = ((first * second).sum((2, 3)) for first, second in ((shares, rebuilt), (shares, shares)))
    return 2 * common / np.maximum(total + (rebuilt**2).sum((2, 3)), 1e-6)


def structure_shares(label_maps: np.ndarray) -> np.ndarray:
    """Share of each structure in blocks of pixels, float32 (map, label of ``load_labels``, y, x).

    Args:
        label_maps: labels on ``aligned.GRID``, uint8 (map, y, x).
    """
    rows, columns = GRID.shape[0] // BLOCK, GRID.shape[1] // BLOCK
    blocks = label_maps.reshape(-1, rows, BLOCK, columns, BLOCK)
    return np.stack([(blocks == label.value).mean((2, 4), dtype=np.float32) for label in load_labels()], 1)


@cache
def shipped_autoencoder() -> LabelAutoEncoder:
    """The auto-encoder that comes with the extension.

    Raises:
        ModelError: its file is damaged or missing.
    """
    return read_autoencoder(resource_path(*SHIPPED))


def write_autoencoder(autoencoder: LabelAutoEncoder, path: Path) -> None:
    """Write the weights, in half precision, to a compressed ``.npz``.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    state = {name: values.astype(np.float16) for name, values in vars(autoencoder).items()}
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **state)


def read_autoencoder(path: Path) -> LabelAutoEncoder:
    """Read what ``write_autoencoder`` wrote, without running anything of it.

    Raises:
        ModelError: the file is missing, damaged, or something else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = {field.name: file[field.name].astype(np.float32) for field in fields(LabelAutoEncoder)}
    except _UNREADABLE as error:
        raise _damaged(path) from error
    features, values = len(weights["encoder_bias"]), len(load_labels()) * GRID.shape[0] * GRID.shape[1] // BLOCK**2
    if [array.shape for array in weights.values()] != [(features, values), (features,), (values,)]:
        raise _damaged(path)
    return LabelAutoEncoder(**weights)


def _damaged(path: Path) -> ModelError:
    return ModelError(f"The label auto-encoder {path.name} is damaged; install the extension again.")
