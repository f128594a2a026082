"""The training loop that all recipes share: AdamW, warm-up and cosine decay, averaged weights, resumable."""

import io
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.inference.allocation import kept_memory

from . import ranks
from .losses import Loss, segmentation_loss, soft_dice

logger = logging.getLogger(__name__)
_WARM_UP_STEPS = 60
_AVERAGING = 0.998
_CHECKPOINT_EVERY = 500
_CHECKPOINT_EVERY_S = 120.0
_REPORT_EVERY = 100


class SeededSamples(Dataset):
    """Samples numbered 0 ... made on demand; the number is all that chance depends on."""

    def __init__(self, make: Callable[[int], tuple[torch.Tensor, torch.Tensor]], count: int):
        self.make, self.count = make, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int):
        return self.make(number)


def choose_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the processor multiplies it in hardware, else float32."""
    if device.type == "cuda":
        return torch.bfloat16
    fast = (
        getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()
        or getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    )
    return torch.bfloat16 if fast else torch.float32


@kept_memory()
def train(
    network: torch.nn.Module,
    make_sample: Callable[[int], tuple[torch.Tensor, torch.Tensor]],
    *,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int,
    checkpoint: Path,
    device: str = "cpu",
    workers: int = 0,
    loss_of: Loss = segmentation_loss,
    watch: Callable[[int, float], None] | None = None,
) -> None:
    """Train a network in place; in the end it holds the exponential moving average of its weights.

    Processes that ``torchrun`` has started train it together (``ranks.joined``); the first one writes the checkpoint.

    Args:
        network: on the CPU; it comes back there.
        make_sample: sample of a number: input (channels, ...) float32 and classes (...) int64 of the size of the
            network's output.
        checkpoint: file to resume from, written every few hundred steps.
        workers: processes that make samples beside the training.
        loss_of: what is minimized.
        watch: called after each step with the number of steps done and the loss; may raise to stop.

    Raises:
        InputError: the checkpoint cannot be written.
        UsageError: the batch cannot be divided among the processes.
    """
    torch.manual_seed(seed)
    place = ranks.own_device(device)
    precision = choose_precision(place)
    layout = _fastest_layout(place, network)
    network = network.to(place, memory_format=layout).train()
    optimizer = torch.optim.AdamW(network.parameters(), learning_rate, weight_decay=1e-4)
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    start = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=place, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average, start = state["average"], state["step"]
        logger.info("resuming at step %d", start)
    samples = torch.utils.data.Subset(SeededSamples(make_sample, steps * batch), range(start * batch, steps * batch))
    loader = DataLoader(
        samples,
        ranks.share_of(batch),
        sampler=ranks.sampler(samples),
        num_workers=workers,
        worker_init_fn=_one_thread,
        prefetch_factor=4 if workers else None,
    )
    shared = ranks.shared(network)
    history, began = [], time.monotonic()
    saved = began
    for step, (images, classes) in enumerate(loader, start):
        rate = _learning_rate(learning_rate, step, steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        images = images.to(place, memory_format=layout)
        with torch.autocast(place.type, dtype=precision, enabled=precision != torch.float32):
            output = shared(images)
        classes = classes.to(place)
        loss, dice = loss_of(output, classes), soft_dice(output.detach(), classes)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimizer.step()
        _update_average(average, network, min(_AVERAGING, (step + 1) / (step + 20)))
        history.append([loss.item(), *dice.tolist()])
        if (step + 1) % _REPORT_EVERY == 0 and ranks.is_first():
            mean = np.mean(history[-_REPORT_EVERY:], axis=0)
            seconds = (time.monotonic() - began) / len(history)
            scores = " ".join(f"{value:.3f}" for value in mean[2:])
            logger.info("step %d, %.2f s a step, loss %.3f, Dice %s", step + 1, seconds, mean[0], scores)
        if watch is not None:
            watch(step + 1, loss.item())
        if (step + 1) % _CHECKPOINT_EVERY == 0 or time.monotonic() - saved > _CHECKPOINT_EVERY_S:
            if ranks.is_first():
                _save(checkpoint, network, optimizer, average, step + 1)
            saved = time.monotonic()
    network.load_state_dict(average)
    network.cpu().eval()


def _learning_rate(highest: float, step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to almost nothing."""
    return highest * min(1.0, (step + 1) / _WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-5


def _fastest_layout(device: torch.device, network) -> torch.memory_format:
    """Channels last on graphics cards; in float32 on a processor it costs a quarter more time than it saves."""
    if device.type == "cpu":
        return torch.contiguous_format
    return torch.channels_last if _is_2d(network) else torch.channels_last_3d


def _is_2d(network) -> bool:
    return any(isinstance(module, torch.nn.Conv2d) for module in network.modules())


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


@torch.no_grad()
def _update_average(average, network, keep: float) -> None:
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            average[name].lerp_(value, 1 - keep)
        else:
            average[name].copy_(value)


def _save(checkpoint: Path, network, optimizer, average, step: int) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "average": average, "step": step}
    content = io.BytesIO()  # torch itself does not say why a file cannot be written
    torch.save(state, content)
    with atomic_path(checkpoint) as temporary:
        temporary.write_bytes(content.getvalue())
