"""Losses that a recipe may name, those of MONAI alone or added up."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from monai import losses
from torch import nn

from SegmentL3Lib.errors import ModelError

_SMOOTHING_VOXELS = 50

# Loss of logits (batch, channels, ...) and classes (int64, batch, ...).
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def soft_dice(output: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Soft Dice of each channel over a batch, smoothed for classes that are rare in it."""
    probability = torch.softmax(output.float(), 1)
    flat, of_class = classes.flatten(), probability.gather(1, classes[:, None]).flatten()
    overlap = of_class.new_zeros(output.shape[1]).index_add(0, flat, of_class)
    voxels = probability.sum((0, *range(2, output.dim()))) + torch.bincount(flat, minlength=output.shape[1])
    return (2 * overlap + _SMOOTHING_VOXELS) / (voxels + _SMOOTHING_VOXELS)


def segmentation_loss(output: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Cross entropy plus 1 - soft Dice over the batch, background left out: the loss of recipes that name none.

    Args:
        output: logits, (batch, channels, ...).
        classes: int64, (batch, ...).
    """
    cross_entropy = torch.nn.functional.cross_entropy(output.float(), classes)
    return cross_entropy + 1 - soft_dice(output, classes)[1:].mean()


def build_loss(parts: Sequence[Mapping] | None) -> Loss:
    """Loss of a recipe.

    Args:
        parts: losses to add up, ``{"name": ..., "share": 1.0, argument: value, ...}``; names are "cross_entropy"
            (argument ``class_weights``), "dice", "generalized_dice" (Sudre et al., DLMIA 2017) and
            "generalized_wasserstein_dice" (Fidon et al., BrainLes 2017; argument ``places``, see
            ``class_distances``).  None: ``segmentation_loss``.

    Raises:
        ModelError: a name that is not known, or an argument that it does not take.
    """
    if parts is None:
        return segmentation_loss
    terms = [_build_part(dict(part)) for part in parts]
    return lambda output, classes: sum(share * loss(output.float(), classes) for share, loss in terms)


def class_distances(places: Sequence[str]) -> np.ndarray:
    """How far classes are from one another in the tree of labels, 0 to 1, (classes, classes).

    Args:
        places: of each class in the tree, such as "" for the background, "tumor/edema" and "tumor/core/necrosis".  Two
            classes are the nearer the larger the part of the longer way from the root that they share.
    """
    ways = [place.split("/") if place else [] for place in places]
    return np.array([[_distance(first, second) for second in ways] for first in ways], np.float32)


def _distance(first: list[str], second: list[str]) -> float:
    if first == second:
        return 0.0
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return 1 - shared / max(len(first), len(second), 1)


def _cross_entropy(class_weights: Sequence[float] | None = None) -> Loss:
    weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)

    def loss(output: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        own = None if weights is None else weights.to(output.device)
        return torch.nn.functional.cross_entropy(output, classes, own)

    return loss


def _dice() -> Loss:
    loss = losses.DiceLoss(include_background=False, to_onehot_y=True, softmax=True, batch=True)
    return _with_class_channel(loss)


def _generalized_dice() -> Loss:
    return _with_class_channel(losses.GeneralizedDiceLoss(to_onehot_y=True, softmax=True, batch=True))


def _generalized_wasserstein_dice(places: Sequence[str]) -> Loss:
    return losses.GeneralizedWassersteinDiceLoss(class_distances(places))


def _with_class_channel(loss: nn.Module) -> Loss:
    return lambda output, classes: loss(output, classes[:, None])


_PARTS = {
    "cross_entropy": _cross_entropy,
    "dice": _dice,
    "generalized_dice": _generalized_dice,
    "generalized_wasserstein_dice": _generalized_wasserstein_dice,
}


def _build_part(part: dict) -> tuple[float, Loss]:
    name, share = part.pop("name", None), part.pop("share", 1.0)
    if name not in _PARTS:
        raise ModelError(f'The loss "{name}" of the recipe is none of {", ".join(_PARTS)}.')
    try:
        return share, _PARTS[name](**part)
    except TypeError as error:
        raise ModelError(f"The loss {name} does not take the arguments {', '.join(part)} of the recipe.") from error
