"""One network started in several ways: with and without pre-training of its input and of its output side."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.nn import functional

from SegmentL3Lib.networks.autoencoder import TiedAutoEncoder
from SegmentL3Lib.networks.ioda import IODA

from .descent import Descent, descend
from .pairs import Pairs

CHECK_EVERY = 20  # steps between two looks at the validation pairs
PATIENCE = 200  # steps without a lower error on the validation pairs after which a training ends


@dataclass(frozen=True)
class Variant:
    """A way to start.

    Attributes:
        name: as the authors call it; with a plus where the output side has seen label maps beyond those of the pairs.
        images: the input side comes from an auto-encoder of the pairs' images.
        label_maps: the output side comes from an auto-encoder of "pairs" or of "all" label maps; None if of none.
    """

    name: str
    images: bool
    label_maps: str | None


VARIANTS = (
    Variant("NDA", False, None),
    Variant("IDA", True, None),
    Variant("ODA", False, "pairs"),
    Variant("IODA", True, "pairs"),
    Variant("IODA+", True, "all"),
)


@dataclass(frozen=True)
class Training:
    """Sizes and steps of an experiment.

    Attributes:
        features: units of each hidden layer.
        images, label_maps: training of the auto-encoders.
        pairs: fine tuning of the whole network.
    """

    features: int
    images: Descent
    label_maps: Descent
    pairs: Descent


def fit_autoencoder(values: torch.Tensor, features: int, settings: Descent, seed: int) -> TiedAutoEncoder:
    """Auto-encoder of images or label maps, values in [0, 1], float32 (samples, channels, rows, columns)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TiedAutoEncoder(values.shape[2:], values.shape[1], features)

    def loss_of(chosen: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(network(values[chosen]), values[chosen])

    descend(list(network.parameters()), loss_of, len(values), settings, seed)
    return network.requires_grad_(False)


def train_variants(
    train: Pairs, all_masks: torch.Tensor | None, validation: Pairs, training: Training, seed: int
) -> dict[str, IODA]:
    """Train the variants from equal random weights on equal batches.

    Args:
        train: labelled pairs.
        all_masks: label maps for the variants with a plus, (samples, 1, rows, columns); those are left out if None.
        validation: pairs on which the best weights of each training are chosen.
        training: sizes and steps.
        seed: of random weights and of the order of the pairs.

    Returns:
        The networks by the names of their variants.
    """
    images = fit_autoencoder(train.images, training.features, training.images, seed)
    sides = {"pairs": fit_autoencoder(train.masks, training.features, training.label_maps, seed)}
    if all_masks is not None:
        sides["all"] = fit_autoencoder(all_masks, training.features, training.label_maps, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        start = IODA(2, train.images.shape[2:], 1, 1, training.features, training.features)
    networks = {}
    for variant in VARIANTS:
        if variant.label_maps is not None and variant.label_maps not in sides:
            continue
        network = copy.deepcopy(start)
        if variant.images:
            network.take_input_side(images)
        if variant.label_maps:
            network.take_output_side(sides[variant.label_maps])
        _fine_tune(network, train, validation, training.pairs, seed)
        networks[variant.name] = network
    return networks


def _fine_tune(network: IODA, train: Pairs, validation: Pairs, settings: Descent, seed: int) -> None:
    """Lower the mean squared error; the weights of the lowest one on the validation pairs are kept."""
    best, best_step, kept = float("inf"), 0, copy.deepcopy(network.state_dict())

    def loss_of(chosen: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(torch.sigmoid(network(train.images[chosen])), train.masks[chosen])

    def go_on(step: int) -> bool:
        nonlocal best, best_step, kept
        if step % CHECK_EVERY == 0:
            error = float(functional.mse_loss(predict(network, validation.images), validation.masks))
            if error < best:
                best, best_step, kept = error, step, copy.deepcopy(network.state_dict())
        return step - best_step < PATIENCE

    descend(list(network.parameters()), loss_of, len(train), settings, seed, go_on)
    network.load_state_dict(kept)


@torch.no_grad()
def predict(network: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Probability of the label, of the shape of the images."""
    return torch.sigmoid(network(images))


def measure(network: torch.nn.Module, pairs: Pairs) -> Mapping[str, float]:
    """How good the network is.

    Returns:
        "mse": mean squared error of the probability; "jaccard_percent": mean overlap of the masks at a threshold of
        0.5; "area_error_percent": mean of the predicted minus the true area, in percent of the true one.
    """
    probability = predict(network, pairs.images)
    found, true = probability.flatten(1) > 0.5, pairs.masks.flatten(1) > 0.5
    area = true.sum(1).clamp(min=1)
    return {
        "mse": float(functional.mse_loss(probability, pairs.masks)),
        "jaccard_percent": float(100 * ((found & true).sum(1) / (found | true).sum(1).clamp(min=1)).mean()),
        "area_error_percent": float(100 * ((found.sum(1) - true.sum(1)) / area).mean()),
    }
