"""What the user can pick in the list of tasks: those of the catalog, then the imported models."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _
from slicer.i18n import translate

from ..tasks import Task, l3_task, load_tasks, why_unavailable
from . import settings
from .modelrow import ModelRow, modelOfTask, readableName


@dataclass(frozen=True)
class TaskChoice:
    """One entry of the list.

    Attributes:
        id: as the parameter node keeps it.
        title: name for people.
        description: what it does and for which scans.
        details: license and the like.
        modality: DICOM modalities that it understands; empty where it does not say.
        inputs: names of its input images.
        hints: what each of them is, in a sentence; empty where nothing is known.
        optional: names of those that may be missing.
        structures: names of what it segments and the user can leave out; empty where nothing can be.
        model: the imported model; None for a task of the catalog.
        problem: why it cannot be used, None where it can.
        task: its entry in the catalog; None for an imported model.
    """

    id: str
    title: str
    description: str
    details: str
    modality: tuple[str, ...]
    inputs: tuple[str, ...]
    structures: tuple[str, ...] = ()
    model: ModelRow | None = None
    problem: str | None = None
    hints: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    task: Task | None = None

    @property
    def usesModel(self) -> bool:
        """Whether it uses an imported model, which may be missing."""
        return modelOfTask(self.id) is not None

    @property
    def isL3(self) -> bool:
        """Whether it is body composition at L3."""
        return self.task is l3_task()


def taskChoices(rows: Iterable[ModelRow]) -> list[TaskChoice]:
    """All that can be picked; ``rows``: the imported models."""
    return [*map(_choiceOfTask, load_tasks()), *(choiceOfModel(row) for row in rows if row.error is None)]


def findChoice(choices: Sequence[TaskChoice], taskId: str) -> TaskChoice:
    """The choice of an ID; for an imported model that is not there one that says so; else the first."""
    found = next((choice for choice in choices if choice.id == taskId), None)
    if found is not None:
        return found
    identifier = modelOfTask(taskId)
    return choices[0] if identifier is None else _missingModel(taskId, identifier)


def choiceOfModel(row: ModelRow) -> TaskChoice:
    """The task of using an imported model."""
    structures = _("Segments {count} structures: {names}.").format(
        count=len(row.structures), names=_shortened([readableName(name) for name in row.structures])
    )
    return TaskChoice(
        id=row.taskId,
        title=row.title,
        description=" ".join(filter(None, [row.description, structures])),
        details=" ".join([_("{kind}. License: {license}.").format(kind=row.kind, license=_licenseOf(row)), *row.notes]),
        modality=row.modality,
        inputs=row.inputs or (_("Image"),),
        structures=row.structures,
        model=row,
    )


def _choiceOfTask(task: Task) -> TaskChoice:
    problem = why_unavailable(task, settings.modelsFolder())
    return TaskChoice(
        id=task.id,
        title=translate("Tasks", task.title),
        description=translate("Tasks", task.description),
        details=" ".join(filter(None, [problem, task.details])),
        modality=(task.modality,),
        inputs=tuple(each.name for each in task.inputs),
        problem=problem,
        hints=tuple(translate("Tasks", each.description) for each in task.inputs),
        optional=tuple(each.name for each in task.inputs if not each.required),
        task=task,
    )


def _missingModel(taskId, identifier):
    text = _('The model "{name}" is not in the models folder. Import it, or choose another task.')
    problem = text.format(name=identifier)
    return TaskChoice(taskId, identifier, problem, "", (), (_("Image"),), problem=problem)


def _licenseOf(row):
    return row.license or _("not stated")


def _shortened(names, limit=8):
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else _("{names} and {count} more").format(names=shown, count=len(names) - limit)
