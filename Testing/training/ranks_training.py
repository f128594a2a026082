"""A few steps of training, alone or as one of the processes of ``torchrun``: python ranks_training.py FOLDER."""

import sys
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from DomainAdaptLib.training import loop, ranks

STEPS, BATCH = 4, 4


def build() -> torch.nn.Module:
    """A tiny network, its weights the same each time."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 1))


def sample(number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise, and where it is positive."""
    image = torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(number))
    return image, (image[0] > 0).long()


def train(folder: Path, batch: int = BATCH) -> torch.nn.Module:
    """Train, with a checkpoint after every other step."""
    network, loop._CHECKPOINT_EVERY = build(), 2
    loop.train(network, sample, steps=STEPS, batch=batch, learning_rate=0.05, seed=0,
               checkpoint=folder / "checkpoint", loss_of=cross_entropy)  # fmt: skip
    return network


if __name__ == "__main__":
    with ranks.joined("cpu"):
        name = f"{torch.distributed.get_rank()}-of-{ranks.count()}"
        torch.save(train(Path(sys.argv[1])).state_dict(), Path(sys.argv[1]) / name)
