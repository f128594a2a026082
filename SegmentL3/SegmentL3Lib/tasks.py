"""The catalog of tasks from which the user picks: what each needs, does and measures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import UsageError
from .labels import Label
from .models_folder import default_models_folder
from .resources import resource_path
from .structure_names import label_structures

_METADATA = Path("configs", "metadata.json")


@dataclass(frozen=True)
class TaskInput:
    """An image that a task takes.

    Attributes:
        name: for people, for the command line and in model packages, such as "FLAIR".
        synonyms: other names of it, in lower case.
        required: whether the task cannot do without it.
        fluid: how cerebrospinal fluid looks in it, "bright" or "dark"; None where that does not matter.
        description: one sentence or two.
    """

    name: str
    synonyms: tuple[str, ...]
    required: bool
    fluid: str | None
    description: str

    def is_called(self, name: str) -> bool:
        """Whether this is a name of the image, whatever its case."""
        return name.casefold() in (self.name.casefold(), *self.synonyms)


@dataclass(frozen=True)
class CleaningStep:
    """Something that is done to a label map after the network.

    Attributes:
        step: one of ``postprocess.STEPS``.
        labels: ids of the labels to which it is done.
        parameters: its arguments.
        source: why, with figures.
    """

    step: str
    labels: tuple[str, ...]
    parameters: Mapping[str, float]
    source: str


@dataclass(frozen=True)
class Refinement:
    """Something that is done to the probabilities before they become labels.

    Attributes:
        method: one of ``refinement.refiners.REFINERS``.
        parameters: its arguments.
    """

    method: str
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Task:
    """One entry of ``Resources/Tasks/tasks.json``.

    Attributes:
        id: name in files, in parameter nodes and on the command line.
        title: name for people.
        description: what it does and for which scans.
        modality: DICOM modality of the scans that it understands.
        inputs: the images that it takes, in their order.
        steps: names of the steps of the pipeline.
        models: names of the models that it uses.
        label_table: table in ``Resources/Terminology`` that has its labels.
        labels: ids of its labels; where one model gives them, in the order of its structures.
        lesions: those of them that are measured one by one.
        refinement: of the probabilities; None: none.
        postprocessing: of the labels.
        license: license of the models, as an SPDX identifier.
        limits: what it cannot do, in sentences.
        caution: what every result has to be read with, and its verdict says; empty where the verdict judges each case.
        duration_s: time measured on two cores, by device, s; devices that nobody has measured are absent.
    """

    id: str
    title: str
    description: str
    modality: str
    inputs: tuple[TaskInput, ...]
    steps: tuple[str, ...]
    models: tuple[str, ...]
    label_table: str
    labels: tuple[str, ...]
    lesions: tuple[str, ...]
    refinement: Refinement | None
    postprocessing: tuple[CleaningStep, ...]
    license: str
    limits: str
    caution: str
    duration_s: Mapping[str, float]

    @property
    def details(self) -> str:
        """Modality, usual time, license and limits in one line."""
        seconds = self.duration_s.get("cpu")
        takes = f"Takes about {seconds:g} s. " if seconds else ""
        return f"{self.modality}. {takes}License of the models: {self.license}. {self.limits}"

    def input(self, name: str) -> TaskInput | None:
        """The input of a name or synonym; None where there is none."""
        return next((each for each in self.inputs if each.is_called(name)), None)

    def label_entries(self) -> tuple[Label, ...]:
        """Its labels, with the values 1, 2, ... in their order, names, colors and codes."""
        return label_structures(enumerate(self.labels, 1))


@cache
def load_tasks() -> tuple[Task, ...]:
    """All tasks, in the order of the file."""
    document = json.loads(resource_path("Tasks", "tasks.json").read_text(encoding="utf-8"))
    return tuple(_task(entry) for entry in document["tasks"])


def l3_task() -> Task:
    """Body composition at L3, the task that is done where none is named."""
    return load_tasks()[0]


def find_task(identifier: str) -> Task:
    """The task of an id.

    Raises:
        UsageError: there is none.
    """
    found = next((task for task in load_tasks() if task.id == identifier), None)
    if found is None:
        known = ", ".join(task.id for task in load_tasks())
        raise UsageError(f'There is no task "{identifier}". These are there: {known}.')
    return found


def model_folder(name: str, models_dir: str | Path | None = None) -> Path | None:
    """Folder of a model that comes with the extension, or else lies in the models folder; None where there is none.

    Args:
        name: of the folder.
        models_dir: the models folder; None: the default one.
    """
    imported = default_models_folder() if models_dir is None else Path(models_dir)
    places = (resource_path("Models", name), imported / name)
    return next((place for place in places if (place / _METADATA).is_file()), None)


def why_unavailable(task: Task, models_dir: str | Path | None = None) -> str | None:
    """Why a task cannot be done on this computer, and what to do about it; None where it can."""
    missing = [name for name in task.models if model_folder(name, models_dir) is None]
    if not missing:
        return None
    return f"The model {missing[0]} is not installed. Import it, or install a version of the extension that has it."


def _task(entry: Mapping) -> Task:
    refinement = entry["refinement"]
    texts = {key: tuple(entry[key]) for key in ("steps", "models", "labels", "lesions")}
    return Task(
        **{
            **entry,
            **texts,
            "inputs": tuple(TaskInput(**{**each, "synonyms": tuple(each["synonyms"])}) for each in entry["inputs"]),
            "refinement": None if refinement is None else Refinement(**refinement),
            "postprocessing": tuple(
                CleaningStep(**{**step, "labels": tuple(step["labels"])}) for step in entry["postprocessing"]
            ),
        }
    )


@cache
def limit(name: str) -> float:
    """One limit of the checks of ``Resources/Tasks/limits.json``, where each has its reason."""
    return _limits()[name]["value"]


def volume_limits(task: Task) -> tuple[float, float] | None:
    """Least and most volume of all structures of a task together, ml; None where nobody has said."""
    names = [f"{task.id}_ml_{end}" for end in ("min", "max")]
    return tuple(limit(name) for name in names) if all(name in _limits() for name in names) else None


def _limits() -> dict:
    return json.loads(resource_path("Tasks", "limits.json").read_text(encoding="utf-8"))
