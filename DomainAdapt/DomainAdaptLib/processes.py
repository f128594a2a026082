"""Processes beside this one."""

import multiprocessing
from multiprocessing.pool import Pool


def single_threaded_pool(processes: int | None) -> Pool:
    """Pool of processes, one for each core if None, whose numerical libraries do not fight for the cores."""
    return multiprocessing.get_context("spawn").Pool(processes, initializer=_one_thread)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
