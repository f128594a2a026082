"""Gray values as a network expects them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import torch

from ..errors import ModelError
from ..models.plan import Normalization

SMALLEST_DEVIATION = 1e-8

# Changes the values of a range of slices; the second argument is the mask of the same slices, or None.
Normalize = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
Parts = Iterable[tuple[torch.Tensor, torch.Tensor | None]]


def normalizer(normalization: Normalization, parts: Callable[[], Parts]) -> Normalize:
    """Function that normalizes an image part by part.

    Args:
        normalization: of the channel.
        parts: gives the whole image, as float32 tensors with their masks of nonzero values (or None), as often as it
            is called; it is called where statistics of the image are needed.

    Raises:
        ModelError: a scheme that is not known.
    """
    if normalization.then is not None:
        first = normalizer(replace(normalization, then=None), parts)
        second = normalizer(normalization.then, lambda: ((first(values, mask), mask) for values, mask in parts()))
        return lambda values, mask: second(first(values, mask), mask)
    match normalization.scheme:
        case "none":
            return lambda values, _: values
        case "ct":
            deviation = max(normalization.deviation, SMALLEST_DEVIATION)
            low, high = normalization.lower, normalization.upper
            return lambda values, _: values.clamp(low, high).sub_(normalization.mean).div_(deviation)
        case "range":
            return _range(normalization, normalization.lower, normalization.upper)
        case "rescale":
            low, high = _limits(parts())
            return _range(normalization, low, high)
        case "z_score":
            return _z_score(normalization, parts)
        case _:
            raise ModelError(f'The normalization "{normalization.scheme}" of the model is not known.')


def uses_mask(normalization: Normalization) -> bool:
    """Whether the mask of nonzero values is needed."""
    masked = normalization.scheme == "z_score" and normalization.inside_mask
    return masked or (normalization.then is not None and uses_mask(normalization.then))


def _range(normalization: Normalization, low: float, high: float) -> Normalize:
    target_low, target_high = normalization.target_lower, normalization.target_upper
    gain = (target_high - target_low) / max(high - low, SMALLEST_DEVIATION)

    def normalize(values: torch.Tensor, _mask: torch.Tensor | None) -> torch.Tensor:
        scaled = values.sub(low).mul_(gain).add_(target_low)
        return scaled.clamp_(*sorted((target_low, target_high))) if normalization.clip else scaled

    return normalize


def _limits(parts: Parts) -> tuple[float, float]:
    limits = [torch.aminmax(values) for values, _ in parts]
    return min(float(low) for low, _ in limits), max(float(high) for _, high in limits)


def _z_score(normalization: Normalization, parts: Callable[[], Parts]) -> Normalize:
    def counted(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor | None:
        if normalization.nonzero_only:
            return values != 0
        return mask if normalization.inside_mask else None

    mean, deviation = _moments((values, counted(values, mask)) for values, mask in parts())
    deviation = max(deviation, SMALLEST_DEVIATION)

    def normalize(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        scaled = values.sub(mean).div_(deviation)
        changed = counted(values, mask)
        return scaled if changed is None else torch.where(changed, scaled, values)

    return normalize


def _moments(parts: Parts) -> tuple[float, float]:
    """Mean and standard deviation; each part's own are combined, so that nothing cancels out."""
    count, mean, squares = 0, 0.0, 0.0
    for values, counted in parts:
        chosen = values if counted is None else values[counted]
        if chosen.numel() == 0:
            continue
        variance, center = torch.var_mean(chosen, correction=0)
        size, difference = chosen.numel(), float(center) - mean
        total = count + size
        squares += float(variance) * size + difference**2 * count * size / total
        mean += difference * size / total
        count = total
    return mean, (squares / count) ** 0.5 if count else 0.0
