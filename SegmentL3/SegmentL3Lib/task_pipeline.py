"""From the images of a patient to segmented, cleaned, measured and judged structures, as a task of the catalog says."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from .errors import ModelError, UsageError
from .inference import Prediction, predict
from .inference.engine import on_one_grid
from .measure.lesions import measure_lesions
from .models.plan import SegmentationModel
from .pipeline import software_versions
from .postprocess import clean, slice_consistency, slice_order
from .progress import Progress, part, silent
from .quality.contrasts import background_value, contrast_reasons, grid_reasons, refuse_unsuitable
from .quality.lesions import lesion_reasons
from .quality.structures import structure_reasons
from .refinement.refiners import refine_labels
from .results import CHECK, NOTE, QualityReason, report_of
from .structure_volumes import structure_volumes
from .task_results import Consistency, TaskResult
from .tasks import Task
from .volume import LabelMap, Volume


def run_task(
    task: Task,
    images: Mapping[str, Volume],
    model: SegmentationModel,
    *,
    names: Mapping[str, str] | None = None,
    device: str = "auto",
    precision: str = "auto",
    progress: Progress = silent,
) -> TaskResult:
    """Do a task with one model.

    The gray values of MR have no unit, so a constant background is moved to zero, which is also what stands for an
    image that was not given.

    Args:
        task: what is to be done.
        images: by the name of the input; those that are not required may be missing. The first of them, in the order of
            the task, gives the voxels of the result.
        model: of the task.
        names: of the files or nodes of the images, by the name of the input; tell whether images were exchanged.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", "fp32" or "bf16".
        progress: called with the fraction done and what is being done.

    Raises:
        UsageError: a required image is missing.
        InputError: an image is unsuitable.
        ModelError: the model does not fit the task.
    """
    clock = _Clock()
    images = _ordered(task, images)
    _check_fit(task, model)
    with clock.timed("align"):
        progress(0.0, "Checking the images")
        taken = _take(task, images, names or {})
    prediction = _predicted(task, taken.images, model, device, precision, part(progress, 0.05, 0.85))
    with clock.timed("refine"):
        labels = _refined(task, prediction, taken.images, part(progress, 0.85, 0.9))
    progress(0.9, "Measuring")
    with clock.timed("clean"):
        cleaned = clean(labels, task.postprocessing, _values(task, task.labels))
    with clock.timed("measure"):
        lesions = measure_lesions(cleaned, _values(task, task.lesions))
        consistency = _consistency(task, labels, cleaned)
    notes = [QualityReason("MODEL_NOTE", NOTE, note) for note in (*model.notes, *prediction.notes)]
    if task.caution:
        notes.append(QualityReason("MODEL_LIMITED", CHECK, task.caution, "Compare every outline with the images."))
    volumes = structure_volumes(cleaned, [(label.value, label.id) for label in task.label_entries()])
    if task.lesions:
        found = lesion_reasons(cleaned, _values(task, task.lesions))
    else:
        found = structure_reasons(task, cleaned, volumes)
    return TaskResult(
        task=task.id,
        segmentation=cleaned,
        volumes=volumes,
        lesions=lesions,
        consistency=consistency,
        quality=report_of([*taken.reasons, *found, *notes]),
        inputs={each.name: taken.state(each.name) for each in task.inputs},
        model=model.describe(),
        seconds={**clock.seconds, **prediction.seconds, "total": clock.total},
        device=prediction.device,
        precision=prediction.precision,
        software=software_versions(),
    )


class _Clock:
    """Times of the steps, s."""

    def __init__(self):
        self.seconds: dict[str, float] = {}
        self._began = time.perf_counter()

    @property
    def total(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._began

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def _ordered(task: Task, images: Mapping[str, Volume]) -> dict[str, Volume]:
    """The images in the order of the task."""
    missing = [each for each in task.inputs if each.required and each.name not in images]
    if missing:
        raise UsageError(f"This task needs the image {missing[0].name}. {missing[0].description}")
    return {each.name: images[each.name] for each in task.inputs if each.name in images}


def _check_fit(task: Task, model: SegmentationModel) -> None:
    found = {entry.name for name in model.inputs if (entry := task.input(name))}
    alone = len(task.inputs) == len(model.inputs) == 1
    if not alone and (found != {each.name for each in task.inputs} or len(model.inputs) != len(found)):
        wanted, given = (", ".join(names) for names in ([each.name for each in task.inputs], model.inputs))
        raise ModelError(f"The model {model.identifier} takes the images {given}, but the task has {wanted}.")
    if [structure.value for structure in model.structures] != list(range(1, len(task.labels) + 1)):
        raise ModelError(f"The model {model.identifier} does not give the {len(task.labels)} labels of the task.")


@dataclass(frozen=True, eq=False)
class _Taken:
    """The images on one grid, the names of those that were resampled for it, and what is to be said of them."""

    images: Mapping[str, Volume]
    resampled: Collection[str]
    reasons: tuple[QualityReason, ...]

    def state(self, name: str) -> str:
        """What became of an input."""
        if name not in self.images:
            return "missing"
        return "resampled" if name in self.resampled else "given"


def _take(task: Task, images: Mapping[str, Volume], names: Mapping[str, str]) -> _Taken:
    refuse_unsuitable(task, images)
    warnings = [QualityReason("FILE_WARNING", "check", text) for image in images.values() for text in image.warnings]
    if task.modality == "MR":
        images = {name: _with_background_zero(image) for name, image in images.items()}
    first, *_ = images
    placed, _ = on_one_grid(list(images.values()))
    aligned = dict(zip(images, placed, strict=True))
    resampled = {name: image for name, image in images.items() if aligned[name] is not image}
    reasons = (*warnings, *grid_reasons(first, resampled, images[first]), *contrast_reasons(task, aligned, names))
    return _Taken(aligned, resampled.keys(), reasons)


def _with_background_zero(image: Volume) -> Volume:
    value = background_value(image.array)
    if not value:
        return image
    return replace(image, array=image.array.astype(np.float32) - np.float32(value))


def _predicted(
    task: Task,
    images: Mapping[str, Volume],
    model: SegmentationModel,
    device: str,
    precision: str,
    progress: Progress,
) -> Prediction:
    first = next(iter(images.values()))
    empty = replace(first, array=np.broadcast_to(np.int16(0), first.array.shape))
    names = [task.inputs[0].name] if len(model.inputs) == 1 else [task.input(name).name for name in model.inputs]
    channels = [images.get(name, empty) for name in names]
    return predict(
        model,
        channels,
        device=device,
        precision=precision,
        progress=progress,
        with_probabilities=task.refinement is not None,
    )


def _refined(task: Task, prediction: Prediction, images: Mapping[str, Volume], progress: Progress) -> LabelMap:
    if task.refinement is None:
        return prediction.labels
    progress(0.0, "Refining the borders")
    labels = refine_labels(task.refinement, prediction.probabilities, list(images.values()))
    return LabelMap(labels, prediction.labels.geometry)


def _values(task: Task, labels: Collection[str]) -> dict[str, int]:
    """Values of some labels of a task, by id."""
    return {label.id: label.value for label in task.label_entries() if label.id in labels}


def _consistency(task: Task, before: LabelMap, after: LabelMap) -> dict[str, Consistency]:
    order, _ = slice_order(before.geometry)

    def measured(labels: LabelMap, value: int) -> float | None:
        return slice_consistency(order.apply(labels.array) == value)

    values = _values(task, task.labels)
    return {label: Consistency(measured(before, value), measured(after, value)) for label, value in values.items()}
