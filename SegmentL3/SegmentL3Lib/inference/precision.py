"""Which of several ways to compute a network is the fastest that gives the same labels: measured, not assumed."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from ..errors import UsageError
from ..models.plan import Window
from .acceleration import accelerated
from .compiling import Compiled
from .memory import halved, is_out_of_memory
from .runner import Runner, watched

PRECISIONS = ("auto", "fp32", "bf16")
# Share of voxels whose label has to be that of plain float32.
LEAST_AGREEMENT = {"fp32": 0.999, "bf16": 0.995}
# Of the check on a processor, which takes its share of the time of a small scan.
SAMPLE_VOXELS = 1 << 16

NOT_COMPILED = "The network was not compiled:"

logger = logging.getLogger(__name__)


def _as_it_is(network: nn.Module) -> nn.Module:
    return network


@dataclass(frozen=True, eq=False)
class Way:
    """One way to compute.

    Attributes:
        networks: folds, prepared for it and on the device.
        bf16: whether convolutions are computed in bfloat16.
        agreement: share of voxels of the check whose label is that of plain float32; None where nothing was checked.
        make: prepares a network for it.
        note: what the user should know.
    """

    networks: tuple[nn.Module, ...]
    bf16: bool = False
    agreement: float | None = None
    make: Callable[[nn.Module], nn.Module] = _as_it_is
    note: str = ""

    @property
    def precision(self) -> str:
        """ "fp32" or "bf16"."""
        return "bf16" if self.bf16 else "fp32"


def choose_way(
    networks: Sequence[nn.Module],
    device: torch.device,
    precision: str,
    sample: torch.Tensor,
    labels: Callable[[torch.Tensor], torch.Tensor],
    heartbeat: Callable[[], None],
    compiled: bool = False,
) -> Way:
    """Fastest way that agrees with plain float32 on a sample.

    Args:
        networks: folds, on the device.
        device: where they run.
        precision: "auto" takes bfloat16 where the hardware has it and it agrees; "fp32" never; "bf16" always.
        sample: part of the image that is no larger than a window, (1, channel, spatial axes).
        labels: how logits (channel, b, c) become labels.
        heartbeat: is called before each layer and may raise.
        compiled: whether the network may be compiled; a note says what became of that.

    Raises:
        UsageError: a precision that is not known.
    """
    if precision not in PRECISIONS:
        raise UsageError(f'The precision "{precision}" is not known; choose one of {", ".join(PRECISIONS)}.')
    way = _fastest(networks[0], device, precision, _Check(device, sample, labels, heartbeat), compiled)
    return replace(way, networks=(*way.networks, *map(way.make, networks[1:])))


def _fastest(network: nn.Module, device: torch.device, precision: str, check: "_Check", compiled: bool) -> Way:
    """Way to compute the first fold."""
    plain = Way((network,))
    others = _others(network, device, precision)
    if not others and not compiled:
        return plain
    try:
        reference, longest = check.run(plain)
        measured = [(way, *check.run(way)) for way in others]
    except (RuntimeError, ValueError) as error:
        if is_out_of_memory(error) or check.interrupted:
            raise
        logger.info("The check of the precision was left out: %s", error)
        return plain if precision != "bf16" else replace(plain, bf16=True)
    note = ""
    if compiled:
        precisions = {way.bf16 for way in (plain, *others) if way.bf16 or precision != "bf16"}
        more, note = _compiled_ways(network, precisions, check)
        measured += more
    best, shortest = plain, math.inf if precision == "bf16" else longest
    for way, found, seconds in measured:
        agreement = float((found == reference).float().mean())
        logger.info("%s: %.2f s against %.2f s, agreement %.5f", way.precision, seconds, longest, agreement)
        if seconds < shortest and (precision == "bf16" or agreement >= LEAST_AGREEMENT[way.precision]):
            best, shortest = replace(way, agreement=agreement), seconds
    return best if best.note else replace(best, note=note)


def _compiled_ways(network: nn.Module, precisions: Iterable[bool], check: "_Check") -> tuple[list, str]:
    """Measured ways with a compiled network, and what to say where none of them is taken."""
    measured = []
    try:
        for bf16 in precisions:
            way = Way((Compiled(network),), bf16, make=Compiled, note="The network was compiled.")
            measured.append((way, *check.run(way, prepare=True)))
    except Exception as error:  # the compiler's own, those of the programs that it starts, and of the system
        if is_out_of_memory(error) or check.interrupted:
            raise
        logger.info("%s %s", NOT_COMPILED, error)
        return measured, f"{NOT_COMPILED} PyTorch lacks a C++ compiler or, for graphics cards, Triton on this computer."
    return measured, f"{NOT_COMPILED} that is not faster here."


def sample_size(window: Window, device: torch.device) -> tuple[int, ...]:
    """Voxels of the check along the axes of the network: a window, or on a processor a part of it that is not large."""
    size = window.patch_size
    while device.type == "cpu" and math.prod(size) > SAMPLE_VOXELS:
        longest = size.index(max(size))
        smaller = (*size[:longest], halved(size[longest]), *size[longest + 1 :])
        if smaller == size:
            break
        size = smaller
    return size


def has_fast_bf16(device: torch.device) -> bool:
    """Whether a device computes bfloat16 faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


class _Check:
    """Runs the first fold on a sample."""

    def __init__(self, device: torch.device, sample: torch.Tensor, labels, heartbeat: Callable[[], None]):
        self.interrupted = False
        self._device, self._sample, self._labels, self._beat = device, sample, labels, heartbeat

    def run(self, way: Way, prepare: bool = False) -> tuple[torch.Tensor, float]:
        """Labels, and the seconds that they took; ``prepare`` runs it once before, as is done on graphics cards."""
        run = Runner(way.networks[:1], self._device, bf16=way.bf16)
        with watched(way.networks[:1], self._heartbeat):
            if prepare or self._device.type != "cpu":
                run(self._sample)  # the first run prepares the kernels
            # On a processor its own seconds: other programs must not decide.
            clock = time.process_time if self._device.type == "cpu" else time.perf_counter
            began = clock()
            found = self._labels(run(self._sample)[0].flatten(2)).cpu()
        return found, clock() - began

    def _heartbeat(self) -> None:
        try:
            self._beat()
        except BaseException:
            self.interrupted = True
            raise


def _others(network: nn.Module, device: torch.device, precision: str) -> list[Way]:
    ways = []
    if device.type == "cpu" and precision != "bf16":
        faster = accelerated(network)
        if faster is not network:
            ways.append(Way((faster,), make=accelerated))
    if precision == "bf16" or (precision == "auto" and has_fast_bf16(device)):
        ways.append(Way((network,), bf16=True))
    return ways
