"""Run a segmentation model on a scan: the labels its makers' own software gives, faster and in bounded memory."""

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
import torch

from ..errors import InputError, ModelError, UsageError
from ..itk_images import to_image
from ..models.plan import SOFTMAX, SegmentationModel, Stage
from ..progress import Progress, silent
from ..volume import Geometry, LabelMap, Volume
from .allocation import kept_memory
from .blending import Layout, lay_out, run_windows
from .components import keep_largest
from .device import choose_device
from .labeling import Decision, Painter, canvas_part
from .memory import Attempt, attempts, free, is_out_of_memory
from .precision import choose_way, sample_size
from .prepare import Prepared, prepare
from .region import Box, clip, whole
from .runner import Runner, watched

# Seconds between two looks whether the user has cancelled, within a window.
HEARTBEAT_S = 0.5
# Of the progress of a stage.
PREPARED_SHARE = 0.1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Prediction:
    """Result of a model.

    Attributes:
        labels: on the grid of the first image.
        seconds: time taken by "prepare", "check" (choice of the way to compute), "network" (with labeling) and "total".
        device: where the network ran, as torch names it.
        precision: "fp32" or "bf16".
        agreement: share of voxels of a check, the size of a window at most, whose label is that of plain float32; None
            where plain float32 was used.
        notes: what the user should know.
        probabilities: float32 (channel, z, y, x) on the same grid, summing to 1 over the channels, the background being
            the first; None where they were not asked for.
    """

    labels: LabelMap
    seconds: Mapping[str, float]
    device: str
    precision: str
    agreement: float | None
    notes: tuple[str, ...]
    probabilities: np.ndarray | None = None


def predict(
    model: SegmentationModel,
    images: Sequence[Volume],
    *,
    device: str = "auto",
    precision: str = "auto",
    mirror: bool | None = None,
    structures: Collection[str] | None = None,
    progress: Progress = silent,
    region: Box | None = None,
    with_probabilities: bool = False,
    compiled: bool = False,
) -> Prediction:
    """Segment a scan.

    Memory: the images, one label per voxel, the images on the network's grid as float32, and logits of one window's
    depth for the rows that are being worked on; the number of classes does not multiply the size of the scan.

    Args:
        model: what to run.
        images: one per input of the model, in its order. Others than the first are resampled to its grid.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", "fp32" or "bf16"; see ``precision.choose_way``.
        mirror: whether mirrored copies are averaged in, where the model allows it; None does.
        structures: names of the structures that are wanted; None wants all. Of overlapping regions, those that are not
            wanted leave the others whole.
        progress: is told the fraction done and the time that remains; may raise to cancel, and is called twice a
            second at least while a layer of the network does not take longer.
        region: part of the first image that is wanted. Inside, the labels are those of a run over the whole image.
        with_probabilities: whether the probabilities are wanted too, 4 bytes per voxel and class.
        compiled: whether PyTorch may compile the networks where a check finds that faster; compiling takes from seconds
            to minutes. A note says what became of it.

    Raises:
        UsageError: wrong number of images, an unknown structure, device or precision, or a region outside the image.
        ModelError: the plan of the model asks for something that is not known, the network cannot be run, or it has no
            probabilities that sum to 1.
        InputError: memory does not suffice even for smaller windows on the processor.
    """
    began = time.perf_counter()
    _check_inputs(model, images, structures)
    images, notes = on_one_grid(images)
    arrays, geometry = [image.array for image in images], images[0].geometry
    box = whole(arrays[0].shape) if region is None else clip(region, arrays[0].shape)
    run = _Run(model, device, precision, mirror is not False, _Watch(progress), compiled)
    probabilities = _background(model, arrays[0].shape) if with_probabilities else ()
    labels = None
    for number, stage in enumerate(model.stages):
        final = number == len(model.stages) - 1
        run.watch.enter(number, len(model.stages))
        decision = Decision(model, structures if final else None)
        task = _Task(stage, arrays, geometry, labels, decision, box, final, probabilities)
        labels = run.stage(task)
    keep_largest(labels, model.largest_components)
    run.seconds["total"] = time.perf_counter() - began
    return Prediction(
        labels=LabelMap(labels, geometry),
        seconds=run.seconds,
        device=run.device.type,
        precision=run.precision,
        agreement=run.agreement,
        notes=(*notes, *dict.fromkeys(run.notes)),
        probabilities=probabilities if with_probabilities else None,
    )


def on_one_grid(images: Sequence[Volume]) -> tuple[list[Volume], list[str]]:
    """Images on the grid of the first, linearly resampled where they are not, and sentences that say so."""
    first, result, notes = images[0], [images[0]], []
    reference = None
    for number, image in enumerate(images[1:], 2):
        if _same_grid(first, image):
            result.append(image)
            continue
        reference = to_image(first.array, first.geometry) if reference is None else reference
        moving = to_image(image.array.astype(np.float32), image.geometry)
        moved = sitk.Resample(moving, reference, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
        result.append(replace(image, array=sitk.GetArrayFromImage(moved), geometry=first.geometry))
        notes.append(f"Image {number} was resampled to the voxels of image 1.")
    return result, notes


def _background(model: SegmentationModel, shape: tuple[int, ...]) -> np.ndarray:
    """Probabilities (channel, z, y, x) where everything is background."""
    if model.activation != SOFTMAX or model.stages[-1].inverse_argmax_first:
        raise ModelError(f"The model {model.title} has no probabilities on the voxels of the scan.")
    probabilities = np.zeros((1 + len(model.structures), *shape), np.float32)
    probabilities[0] = 1
    return probabilities


def _same_grid(first: Volume, second: Volume) -> bool:
    if first.array.shape != second.array.shape:
        return False
    tolerance_mm = 1e-3 * min(first.geometry.spacing)
    corners = [(0, 0, 0), *(np.eye(3) * (np.asarray(first.array.shape[::-1]) - 1))]
    return all(
        np.allclose(first.geometry.index_to_lps(corner), second.geometry.index_to_lps(corner), atol=tolerance_mm)
        for corner in corners
    )


def _check_inputs(model: SegmentationModel, images: Sequence[Volume], structures: Collection[str] | None) -> None:
    if len(images) != len(model.inputs):
        raise UsageError(
            f"The model {model.title} needs {len(model.inputs)} images ({', '.join(model.inputs)}); "
            f"{len(images)} were given."
        )
    names = {structure.name for structure in model.structures}
    unknown = sorted(set(structures or ()) - names)
    if unknown:
        raise UsageError(f'The model {model.title} has no structure "{unknown[0]}"; it has {", ".join(sorted(names))}.')


class _Watch:
    """Tells the progress and the time that remains; knows whether the user has cancelled."""

    def __init__(self, progress: Progress):
        self.cancelled = False
        self._progress = progress
        self._stages = (0, 1)
        self._last = (0.0, "")
        self._told = 0.0
        self._began = 0.0

    def enter(self, number: int, count: int) -> None:
        """Begin one of several stages."""
        self._stages = (number, count)

    def begin(self) -> None:
        """Begin to count the time of windows."""
        self._began = time.perf_counter()

    def tell(self, fraction: float, text: str) -> None:
        """Fraction of the stage that is done, and what is being done."""
        number, count = self._stages
        self._last = ((number + fraction) / count, text if count == 1 else f"Stage {number + 1} of {count}: {text}")
        self._send()

    def windows(self, done: int, total: int) -> None:
        """Windows of the stage that are done."""
        left_s = (time.perf_counter() - self._began) / done * (total - done)
        text = f"window {done} of {total}" + (f", about {left_s:.0f} s left" if done < total else "")
        self.tell(PREPARED_SHARE + (1 - PREPARED_SHARE) * done / total, text)

    def heartbeat(self) -> None:
        """Give the user a chance to cancel."""
        if time.perf_counter() - self._told >= HEARTBEAT_S:
            self._send()

    def _send(self) -> None:
        self._told = time.perf_counter()
        try:
            self._progress(*self._last)
        except BaseException:
            self.cancelled = True
            raise


@dataclass(frozen=True, eq=False)
class _Task:
    """A stage with what it works on."""

    stage: Stage
    arrays: Sequence[np.ndarray]
    geometry: Geometry
    previous: np.ndarray | None
    decide: Decision
    box: Box
    final: bool
    probabilities: Sequence[np.ndarray]


class _Run:
    """A model on its way: what was chosen, measured and noted so far."""

    def __init__(
        self, model: SegmentationModel, device: str, precision: str, mirror: bool, watch: _Watch, compiled: bool
    ):
        self.model = model
        self.device = choose_device(device)
        self.watch = watch
        self.precision = "fp32"
        self.agreement: float | None = None
        self.notes: list[str] = []
        self.seconds = {"prepare": 0.0, "check": 0.0, "network": 0.0}
        self._wanted_precision = precision
        self._mirror = mirror
        self._compiled = compiled

    def stage(self, task: _Task) -> np.ndarray:
        """Labels of a stage on the grid of the scan."""
        self.watch.tell(0.0, "preparing the images")
        with self._timed("prepare"):
            prepared = prepare(task.stage, task.arrays, task.geometry, task.previous)
        failure: BaseException | None = None
        for attempt in attempts(self.device, task.stage.window):
            try:
                labels = self._attempt(task, prepared, attempt)
            except (RuntimeError, MemoryError) as error:
                if self.watch.cancelled:
                    raise
                failure = failure or error
                if not is_out_of_memory(failure):
                    raise ModelError(f"The network of {self.model.title} cannot be run: {error}") from error
                logger.warning("Attempt on %s failed: %s", attempt.device, error)
                free(attempt.device)
                continue
            self.device = attempt.device
            self.notes += filter(None, [attempt.note])
            return labels
        raise InputError(
            f"The memory of this computer does not suffice to run {self.model.title} on this scan; "
            "close other programs or use a computer with more memory."
        ) from failure

    def _attempt(self, task: _Task, prepared: Prepared, attempt: Attempt) -> np.ndarray:
        labels, painter, wanted = _canvas(task, prepared)
        if painter is None:
            return labels
        layout = lay_out(prepared, attempt.window, wanted)
        networks = [network.to(attempt.device) for network in task.stage.networks]
        try:
            with torch.inference_mode(), kept_memory():
                self._run(task, prepared, attempt, layout, networks, painter)
        finally:
            for network in networks:
                network.to("cpu")
        return labels

    def _run(self, task, prepared, attempt, layout, networks, painter) -> None:
        self.watch.tell(PREPARED_SHARE / 2, "measuring how to compute")
        with self._timed("check"):
            sample = _sample(layout, sample_size(attempt.window, attempt.device), prepared.stage_order)
            choice = attempt.device, self._wanted_precision, sample, task.decide, self.watch.heartbeat, self._compiled
            way = choose_way(networks, *choice)
        self.notes += filter(None, [way.note])
        axes = attempt.window.mirror_axes if self._mirror else ()
        run = Runner(way.networks, attempt.device, axes, bf16=way.bf16, batch=attempt.batch)
        self.watch.begin()
        with self._timed("network"), watched(way.networks, self.watch.heartbeat):
            run_windows(
                layout,
                run,
                prepared.stage_order,
                painter.add,
                device=attempt.device,
                batch=attempt.batch,
                done=lambda count: self.watch.windows(count, len(layout.starts)),
            )
        self.precision = way.precision
        if way.agreement is not None:
            self.agreement = min(way.agreement, 1.0 if self.agreement is None else self.agreement)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began


def _canvas(task: _Task, prepared: Prepared) -> tuple[np.ndarray, Painter | None, tuple[slice, ...]]:
    """Empty labels of the scan, what paints on them, and the part of the network's grid that this takes."""
    labels = np.zeros(task.arrays[0].shape, np.uint8 if task.decide.largest < 256 else np.uint16)
    box = task.box if task.final else whole(labels.shape)
    inside = canvas_part(box, prepared.crop)
    if inside is None:
        return labels, None, ()
    frame = prepared.frame
    canvas = frame.view(labels[prepared.crop.slices])
    flips = zip(frame.of_scan(inside.slices), frame.flipped, canvas.shape, strict=True)
    painted = [slice(size - s.stop, size - s.start) if flipped else s for s, flipped, size in flips]
    likely = [frame.view(channel[prepared.crop.slices]) for channel in task.probabilities]
    painter = Painter(task.decide, prepared.outward, canvas, painted, task.stage.inverse_argmax_first, likely)
    return labels, painter, painter.needed


def _sample(layout: Layout, patch_size: Sequence[int], stage_order: Sequence[int]) -> torch.Tensor:
    """Middle of the image, (1, channel, axes of the stage), no larger than the image and a patch."""
    if len(patch_size) == 2:
        image, size = layout.image[:, layout.image.shape[1] // 2], patch_size
    else:
        image, size = layout.image.permute(0, *(axis + 1 for axis in stage_order)), patch_size
    starts = [(have - length) // 2 for have, length in zip(image.shape[1:], size, strict=True)]
    part = tuple(slice(start, start + length) for start, length in zip(starts, size, strict=True))
    return image[(slice(None), *part)][None].contiguous()
