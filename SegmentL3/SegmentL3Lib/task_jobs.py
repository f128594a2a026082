"""Jobs with a task of the catalog that takes several images: the same for the command line and the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelError, UsageError
from .job import output_folder, read_entries
from .progress import Progress, part, silent
from .reading import read_volume
from .task_results import TaskResult
from .tasks import Task, find_task, model_folder, why_unavailable


@dataclass(frozen=True)
class TaskJob:
    """A task of the catalog, done on images of one patient.

    Attributes:
        task: id in the catalog.
        inputs: paths of the images (files or DICOM folders) by the name of the input.
        output: folder for the results; made where it is missing.
        names: what the images are called, by the name of the input; None: as their files.
        models_dir: the models folder; None: the default one.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", "fp32" or "bf16".
    """

    task: str
    inputs: Mapping[str, str]
    output: str
    names: Mapping[str, str] | None = None
    models_dir: str | None = None
    device: str = "auto"
    precision: str = "auto"

    @classmethod
    def from_mapping(cls, values: Mapping) -> "TaskJob":
        """Job of a JSON object whose keys are the attributes.

        Raises:
            UsageError: a key is unknown or missing, or a value has the wrong type.
        """
        entries = read_entries(cls, values, {"inputs": dict, "names": dict})
        for key in ("inputs", "names"):
            if not all(isinstance(text, str) for text in entries.get(key, {}).values()):
                raise UsageError(f'The entry "{key}" of the job does not hold texts.')
        return cls(**entries)


@dataclass(frozen=True)
class TaskOutcome:
    """Result of a job, and the files that hold it, by what they hold."""

    result: TaskResult
    files: Mapping[str, Path]


def do_task(job: TaskJob, progress: Progress = silent) -> TaskOutcome:
    """Read, segment, measure and write.

    The output folder is tried before the long work begins.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    task = find_task(job.task)
    unavailable = why_unavailable(task, job.models_dir)
    if unavailable:
        raise ModelError(unavailable)
    paths = _known_inputs(task, job.inputs)
    names = {name: Path(path).name for name, path in paths.items()} if job.names is None else job.names
    progress(0.0, "Reading the scans")
    images = {name: read_volume(path) for name, path in paths.items()}
    with output_folder(job.output) as folder:
        progress(0.1, "Loading the model")
        # Torch is imported here, so that usage errors and --help do not wait for it.
        from .models import load_model
        from .report.lesion_files import write_task_files
        from .task_pipeline import run_task

        result = run_task(
            task,
            images,
            load_model(model_folder(task.models[0], job.models_dir)),
            names=names,
            device=job.device,
            precision=job.precision,
            progress=part(progress, 0.15, 0.9),
        )
        progress(0.9, "Writing the results")
        first = next(each.name for each in task.inputs if each.name in images)
        files = write_task_files(result, task, images[first], folder)
    progress(1.0, "Done")
    return TaskOutcome(result, files)


def assign_inputs(task: Task, texts: Sequence[str]) -> dict[str, str]:
    """Paths by the name of the input.

    Args:
        task: what is to be done.
        texts: each a path, or "NAME=path"; those without a name are taken in the order of the task's inputs.

    Raises:
        UsageError: there are more images than inputs, or two for one.
    """
    named, plain = {}, []
    for text in texts:
        name, separator, path = text.partition("=")
        entry = task.input(name) if separator else None
        if entry is None:
            plain.append(text)
        elif entry.name in named:
            raise UsageError(f"The image {entry.name} is given twice.")
        else:
            named[entry.name] = path
    free = [each.name for each in task.inputs if each.name not in named]
    if len(plain) > len(free):
        listed = ", ".join(each.name for each in task.inputs)
        raise UsageError(f"This task takes {len(task.inputs)} images ({listed}); {len(texts)} were given.")
    return named | dict(zip(free, plain, strict=False))


def _known_inputs(task: Task, inputs: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in inputs if task.input(name) is None]
    if unknown:
        listed = ", ".join(each.name for each in task.inputs)
        raise UsageError(f'The task has no image "{unknown[0]}". It takes {listed}.')
    return {task.input(name).name: path for name, path in inputs.items()}
