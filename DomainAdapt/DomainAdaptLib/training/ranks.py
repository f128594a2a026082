"""Several processes that train one network together, as ``torchrun`` starts them; a single process needs none of it.

What is done here is PyTorch's own: torch.distributed, DistributedDataParallel and DistributedSampler. Each process
(rank) makes its share of every batch; gradients are averaged. A loss that is not a mean over the samples, such as Dice
over a batch, is that of each share.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import Dataset, DistributedSampler

from SegmentL3Lib.errors import UsageError

_LONGEST_WAIT = timedelta(hours=12)  # the first rank prepares material and measures while the others wait


@contextmanager
def joined(device: str) -> Iterator[None]:
    """Work together with the other processes if ``torchrun`` has started this one.

    Args:
        device: "cpu", or "cuda" where each process has a graphics card of its own.
    """
    if not (distributed.is_available() and distributed.is_torchelastic_launched()):
        yield
        return
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=_LONGEST_WAIT)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def count() -> int:
    """Number of processes."""
    return distributed.get_world_size() if _are_joined() else 1


def is_first() -> bool:
    """Whether this process is the one that writes files."""
    return not _are_joined() or distributed.get_rank() == 0


def wait() -> None:
    """Wait until all processes are here."""
    if _are_joined():
        distributed.barrier()


def own_device(device: str) -> torch.device:
    """The device of this process."""
    if count() > 1 and device == "cuda":
        return torch.device("cuda", distributed.get_node_local_rank())
    return torch.device(device)


def shared(network: nn.Module) -> nn.Module:
    """The network to call in training; its gradients become the mean of those of all processes."""
    return DistributedDataParallel(network) if count() > 1 else network


def share_of(batch: int) -> int:
    """Samples of a batch that this process makes.

    Raises:
        UsageError: the batch cannot be divided equally.
    """
    if batch % count():
        raise UsageError(f"A batch of {batch} cannot be divided among {count()} processes; start another number.")
    return batch // count()


def sampler(samples: Dataset) -> DistributedSampler | None:
    """Which samples this process makes, in their order; None: all of them."""
    return DistributedSampler(samples, shuffle=False) if count() > 1 else None


def _are_joined() -> bool:
    return distributed.is_available() and distributed.is_initialized()
