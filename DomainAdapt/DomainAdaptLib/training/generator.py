"""Training of a generator on images of one site and their label maps.

As pix2pix (Isola et al., CVPR 2017), with the least squares loss of Mao et al. (ICCV 2017): a second network sees label
map and image, and tries to tell made from real ones patch by patch.
"""

from collections.abc import Callable, Mapping

import torch
from monai.losses import PatchAdversarialLoss
from monai.networks.nets import PatchDiscriminator
from torch import Tensor, nn
from torch.nn import functional

from SegmentL3Lib.networks import build_network

from ..adaptation.steps import run_steps
from ..adaptation.task import Task
from ..synthesis.learned import generator_definition, make_images, one_hot

_JUDGE_WIDTH, _JUDGE_LAYERS = 16, 2
_BETAS = (0.5, 0.999)  # as pix2pix
# Gives image (1, rows, columns), -1 to 1, and classes (rows, columns) of a number.
Sample = Callable[[int], tuple[Tensor, Tensor]]


def train_generator(sample: Sample, channels: int, settings: Mapping, task: Task) -> nn.Module:
    """Train the network of a generator.

    Args:
        sample: labeled patches; rows and columns are multiples of 16.
        channels: classes with the background.
        settings: ``widths`` of the network, ``steps``, ``batch``, ``learning_rate`` and ``likeness``, the weight of the
            difference from the real image beside that of deceiving the second network.
        task: checkpoint, device, seed, and who is told of progress and curves; its images are not looked at.

    Returns:
        The network, in evaluation mode, on the CPU.

    Raises:
        InputError: the checkpoint cannot be written.
    """
    torch.manual_seed(task.seed)
    learner = _Learner(sample, channels, settings, task)
    run_steps(learner, settings["steps"], task)
    return learner.maker.cpu().eval()


class _Learner:
    def __init__(self, sample: Sample, channels: int, settings: Mapping, task: Task):
        self._sample, self._channels, self._settings, self._task = sample, channels, settings, task
        self.maker = build_network(generator_definition(channels, settings["widths"])).to(task.device)
        self._judge = PatchDiscriminator(
            2, _JUDGE_WIDTH, channels + 1, num_layers_d=_JUDGE_LAYERS, norm="instance"
        ).to(task.device)
        self._optimizers = [
            torch.optim.Adam(network.parameters(), settings["learning_rate"], _BETAS)
            for network in (self.maker, self._judge)
        ]
        self._deceived = PatchAdversarialLoss(criterion="least_squares", no_activation_leastsq=True)

    def step(self, number: int) -> dict[str, float]:
        batch = self._settings["batch"]
        pairs = [self._sample(number * batch + place) for place in range(batch)]
        real, labels = (torch.stack(values).to(self._task.device) for values in zip(*pairs, strict=True))
        chance = torch.Generator().manual_seed(self._task.seed * 1_000_003 + number)
        made = make_images(self.maker.train(), labels, self._channels, chance)
        known = one_hot(labels, self._channels)
        judge_loss = 0.5 * (self._judged(real, known, True, True) + self._judged(made.detach(), known, False, True))
        self._update(1, judge_loss)
        difference = functional.l1_loss(made, real)
        deceit = self._judged(made, known, True, False)
        self._update(0, deceit + self._settings["likeness"] * difference)
        return {
            "image_difference": float(difference.detach()),
            "deceit_loss": float(deceit.detach()),
            "discriminator_loss": float(judge_loss.detach()),
        }

    def state(self) -> dict:
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: Mapping) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict:
        maker, judge = self._optimizers
        return {"maker": self.maker, "judge": self._judge, "maker_optimizer": maker, "judge_optimizer": judge}

    def _judged(self, images: Tensor, known: Tensor, is_real: bool, for_judge: bool) -> Tensor:
        return self._deceived(self._judge(torch.cat([images, known], 1))[-1], is_real, for_judge)

    def _update(self, which: int, loss: Tensor) -> None:
        self._optimizers[which].zero_grad()
        loss.backward()
        self._optimizers[which].step()
