"""The output of a network as one tensor with its channels in a wanted order."""

from collections.abc import Sequence

from torch import Tensor, nn


def with_ordered_output(network: nn.Module, channels: int, order: Sequence[int]) -> nn.Module:
    """A network whose channels come in that order; the same one where it needs no change.

    Args:
        network: of a package.
        channels: of its output.
        order: which of them comes first, second, ...
    """
    from monai.networks.nets import BasicUNetPlusPlus  # slow to import, and not needed for models of nnU-Net

    if list(order) == list(range(channels)) and not isinstance(network, BasicUNetPlusPlus):
        return network
    return OrderedOutput(network, order).train(network.training)


class OrderedOutput(nn.Module):
    """Gives the first output of a network, with its channels in another order."""

    def __init__(self, network: nn.Module, order: Sequence[int]):
        """Take a network and which of its channels comes first, second, ..."""
        super().__init__()
        self.network = network
        self.order = list(order)

    def forward(self, image: Tensor) -> Tensor:
        """Logits (batch, channel, axes) of an image of that form."""
        output = self.network(image)
        return (output if isinstance(output, Tensor) else output[0])[:, self.order]
