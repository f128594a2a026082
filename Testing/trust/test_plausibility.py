"""The label auto-encoder: its input, its file, and what it finds likely."""

import numpy as np
import pytest
import torch

from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.networks.autoencoder import TiedAutoEncoder
from SegmentL3Lib.trust.aligned import GRID
from SegmentL3Lib.trust.plausibility import (
    BLOCK,
    read_autoencoder,
    shipped_autoencoder,
    structure_plausibility,
    structure_shares,
    write_autoencoder,
)
from SegmentL3Lib.trust.references import shipped_references
from trust.torsos import untrained_autoencoder


def test_shares_keep_areas():
    maps = np.random.default_rng(0).integers(0, 7, (2, *GRID.shape)).astype(np.uint8)
    shares = structure_shares(maps)
    assert shares.shape == (2, 6, GRID.shape[0] // BLOCK, GRID.shape[1] // BLOCK)
    for row, label in enumerate(load_labels()):
        assert shares[1, row].sum() * BLOCK**2 == pytest.approx((maps[1] == label.value).sum(), rel=1e-4)


def test_the_weights_come_back_from_the_file(tmp_path):
    network = untrained_autoencoder()
    write_autoencoder(network, tmp_path / "weights.npz")
    again = read_autoencoder(tmp_path / "weights.npz")
    assert again.weight == pytest.approx(network.weight, abs=1e-3)


def test_the_weights_mean_the_same_as_in_training():
    weights = untrained_autoencoder()
    network = TiedAutoEncoder((GRID.shape[0] // BLOCK, GRID.shape[1] // BLOCK), len(load_labels()), 4)
    network.load_state_dict({name: torch.from_numpy(values) for name, values in vars(weights).items()})
    shares = np.random.default_rng(1).random((2, *network.shape), np.float32)
    with torch.no_grad():
        rebuilt = torch.sigmoid(network(torch.from_numpy(shares))).numpy()
    assert weights.rebuilt(shares) == pytest.approx(rebuilt, abs=1e-5)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def something_else(path):
    path.write_text("none")


def other_sizes(path):
    np.savez(path, weight=np.zeros((4, 9)), encoder_bias=np.zeros(4), decoder_bias=np.zeros(9))


def code_in_it(path):
    np.savez(path, encoder_bias=np.array([{}], dtype=object))


@pytest.mark.parametrize("damage", [cut_short, something_else, other_sizes, code_in_it])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "weights.npz"
    write_autoencoder(untrained_autoencoder(), path)
    damage(path)
    with pytest.raises(ModelError, match="install the extension again"):
        read_autoencoder(path)


def test_maps_of_patients_are_likelier_than_the_same_upside_down():
    maps = np.stack([item.labels for item in shipped_references()])
    usual, turned = (structure_plausibility(values, shipped_autoencoder()) for values in (maps, maps[:, ::-1]))
    assert usual.mean() > turned.mean() + 0.2
    assert usual.min() >= 0 and usual.max() <= 1
