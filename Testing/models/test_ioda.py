"""The input/output deep architecture, its auto-encoders, and the plausibility of masks."""

import numpy as np
import pytest
import torch

from models.packages import SCALING, spacing
from quality.torso import SPACING_MM, VALUE, torso_slice
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_bundle, write_bundle
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.networks.autoencoder import TiedAutoEncoder
from SegmentL3Lib.networks.ioda import IODA
from SegmentL3Lib.networks.plausibility import mask_plausibility, slice_mask_plausibility
from SegmentL3Lib.slice_alignment import GRID, align_slice

SMALL = {"_target_": "IODA", "spatial_dims": 2, "spatial_shape": [6, 8], "input_features": 5, "output_features": 4}


def filled(autoencoder, seed=0):
    """The auto-encoder with random biases too, which begin as zeros."""
    torch.manual_seed(seed)
    for parameter in autoencoder.parameters():
        torch.nn.init.normal_(parameter)
    return autoencoder.requires_grad_(False)


def test_the_published_network_for_muscle_at_l3_has_428_million_weights():
    with torch.device("meta"):
        network = IODA(2, (311, 457))
    assert sum(parameter.numel() for name, parameter in network.named_parameters() if "weight" in name) == 428_631_000


def test_the_network_takes_only_images_of_its_size():
    network = build_network(SMALL)
    assert network(torch.zeros(3, 1, 6, 8)).shape == (3, 1, 6, 8)
    with pytest.raises(ValueError, match="takes images of"):
        network(torch.zeros(3, 1, 8, 6))


def test_a_shape_with_another_number_of_axes_is_refused():
    with pytest.raises(ModelError, match="spatial_shape needs 3 sizes, not 2"):
        build_network({**SMALL, "spatial_dims": 3})


def test_a_package_may_hold_the_network(tmp_path):
    network = build_network(SMALL).eval()
    write_bundle(
        tmp_path / "ioda",
        network_def=SMALL,
        state_dict=network.state_dict(),
        transforms=[spacing(4.0, 4.0), SCALING],
        metadata={"version": "0.0.1", "task": "test"},
        card="# A test model\n",
        license_text="Apache-2.0\n",
    )
    read = load_bundle(tmp_path / "ioda").network
    image = torch.rand(1, 1, 6, 8)
    with torch.inference_mode():
        assert torch.allclose(read(image), network(image), atol=2e-3)  # weights are stored in half precision


def test_the_decoder_is_the_encoder_transposed():
    autoencoder = filled(TiedAutoEncoder((3, 4), channels=2, features=5))
    values = torch.rand(7, 2, 3, 4)
    weight, encoder_bias, decoder_bias = (
        getattr(autoencoder, name).numpy() for name in ("weight", "encoder_bias", "decoder_bias")
    )
    hidden = np.tanh(values.reshape(7, 24).numpy() @ weight.T + encoder_bias)
    expected = (hidden @ weight + decoder_bias).reshape(7, 2, 3, 4)
    assert np.allclose(autoencoder(values).numpy(), expected, atol=1e-5)


def test_each_side_of_the_network_can_come_from_an_auto_encoder():
    images, label_maps = filled(TiedAutoEncoder((6, 8), features=5)), filled(TiedAutoEncoder((6, 8), features=4), 1)
    network = build_network(SMALL).requires_grad_(False)
    network.take_input_side(images)
    network.take_output_side(label_maps)
    values = torch.rand(3, 1, 6, 8)
    hidden = torch.tanh(network.input_layer(values.flatten(1)))
    assert torch.allclose(hidden, images.encode(values))
    rebuilt = network.output_layer(label_maps.encode(values)).reshape(3, 1, 6, 8)
    assert torch.allclose(rebuilt, label_maps(values))


def knowing(masks):
    """Auto-encoder with a hidden unit for each of some masks that do not overlap, which it rebuilds exactly."""
    autoencoder = TiedAutoEncoder(masks.shape[2:], features=len(masks)).requires_grad_(False)
    autoencoder.weight.copy_(masks.flatten(1))
    autoencoder.decoder_bias.fill_(-0.5)
    return autoencoder


def test_masks_like_the_known_ones_are_plausible_and_others_less():
    masks = torch.zeros(2, 1, 8, 8)
    masks[0, :, :, :4], masks[1, :, :, 4:] = 1, 1
    other = torch.zeros(1, 1, 8, 8)
    other[:, :, ::2, ::2] = 1
    autoencoder = knowing(masks)
    assert mask_plausibility(masks, autoencoder).tolist() == [1, 1]
    assert mask_plausibility(other, autoencoder).item() < 0.7
    assert mask_plausibility(torch.zeros(1, 1, 8, 8), autoencoder).item() == 0


def test_a_mask_of_a_slice_is_judged_where_it_lies_in_the_body():
    labels, hu = torso_slice()
    muscle = labels == VALUE["skeletal_muscle"]
    pixel_mm = SPACING_MM[0]
    known = torch.zeros(1, 1, *GRID)
    known[0, 0] = torch.from_numpy(align_slice(hu, pixel_mm).to_grid(muscle) > 0.5)
    autoencoder = knowing(known)
    moved_labels, moved_hu = torso_slice(shift_mm=(16.5, -22.5))
    moved = moved_labels == VALUE["skeletal_muscle"]
    assert slice_mask_plausibility(moved, moved_hu, pixel_mm, autoencoder) > 0.9
    assert slice_mask_plausibility(muscle, moved_hu, pixel_mm, autoencoder) < 0.7
