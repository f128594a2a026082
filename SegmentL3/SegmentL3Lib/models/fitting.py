"""Put weights into a network, or say which of them does not fit."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..errors import ModelError
from .values import shown


def load_weights(network: nn.Module, state_dict: Mapping[str, Tensor], name: str) -> nn.Module:
    """Give a network its weights, as float32, in evaluation mode.

    A network on the meta device, which has shapes but no numbers, takes the tensors over; another one copies them.

    Args:
        network: as it was built.
        state_dict: weights by name.
        name: of the package or file, for error texts.

    Raises:
        ModelError: a weight is missing, too many, of another shape or kind, or not finite; it is named.
    """
    takes_over = any(parameter.is_meta for parameter in network.parameters())
    expected = network.state_dict()
    _check_names(expected, state_dict, name)
    for key, target in expected.items():
        _check_shape(key, state_dict[key], target, name)
    tensors = {key: _checked_values(key, state_dict[key], target, name) for key, target in expected.items()}
    network.load_state_dict(tensors, assign=takes_over)
    return network.eval()


def _check_names(expected: Mapping, found: Mapping, name: str) -> None:
    for names, verb in ((expected.keys() - found.keys(), "lack"), (found.keys() - expected.keys(), "also hold")):
        if names:
            what = f'"{shown(min(names))}"' + (f" and {len(names) - 1} more" if len(names) > 1 else "")
            raise ModelError(f"The weights of the model package {name} do not fit its network: they {verb} {what}.")


def _check_shape(key: str, tensor: Tensor, target: Tensor, name: str) -> None:
    misfit = f'The weights of the model package {name} do not fit its network: "{key}"'
    dense = tensor.layout == torch.strided and tensor.device.type == "cpu"
    if not dense or tensor.is_nested or tensor.is_quantized or tensor.is_complex():
        raise ModelError(f"{misfit} does not hold plain numbers.")
    if tensor.shape != target.shape:
        raise ModelError(f"{misfit} has the shape {tuple(tensor.shape)} where {tuple(target.shape)} is needed.")
    if tensor.is_floating_point() != target.is_floating_point():
        raise ModelError(f"{misfit} holds {tensor.dtype} where {target.dtype} is needed.")


def _checked_values(key: str, tensor: Tensor, target: Tensor, name: str) -> Tensor:
    tensor = tensor.detach().to(target.dtype)
    if tensor.is_floating_point() and not torch.isfinite(tensor).all():
        raise ModelError(f'The weights of the model package {name} are damaged: "{key}" is not finite everywhere.')
    return tensor
