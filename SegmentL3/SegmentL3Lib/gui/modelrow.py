"""An imported model as the worker lists it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..structure_names import match_structure

TASK_PREFIX = "model:"
_LISTS = ("modality", "inputs", "structures", "notes")
_BYTES_PER_UNIT = 1000


@dataclass(frozen=True)
class ModelRow:
    """What the panel knows of an imported model; ``error`` says why it cannot be used, None where it can."""

    identifier: str
    title: str
    kind: str = ""
    description: str = ""
    modality: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    license: str = ""
    version: str = ""
    size_bytes: int = 0
    sha256: str = ""
    notes: tuple[str, ...] = ()
    error: str | None = None

    @classmethod
    def fromWorker(cls, values: Mapping) -> "ModelRow":
        """Row of a JSON object; entries that are not known are left out."""
        known = {field.name for field in fields(cls)}
        entries = {key: value for key, value in values.items() if key in known and value is not None}
        return cls(**{key: tuple(value) if key in _LISTS else value for key, value in entries.items()})

    @property
    def taskId(self) -> str:
        """ID of the task of using this model."""
        return TASK_PREFIX + self.identifier


def modelOfTask(taskId: str) -> str | None:
    """Identifier of the model that a task uses; None for the tasks of the catalog."""
    return taskId.removeprefix(TASK_PREFIX) if taskId.startswith(TASK_PREFIX) else None


def readableName(structure: str) -> str:
    """Name for people of a structure, such as "Left kidney" for "kidney_left"."""
    return match_structure(structure).name or structure


def sizeText(sizeBytes: int) -> str:
    """Such as "31.2 MB"."""
    size = float(sizeBytes)
    for unit in ("bytes", "kB", "MB"):
        if size < _BYTES_PER_UNIT:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= _BYTES_PER_UNIT
    return f"{size:.1f} GB"
