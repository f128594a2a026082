"""The catalog of tasks from which the user picks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..resources import resource_path


@dataclass(frozen=True)
class Task:
    """One entry of ``Resources/Tasks/tasks.json``.

    Attributes:
        id: name in files and parameter nodes.
        title: name for people.
        description: what it does and for which scans.
        modality: DICOM modality of the scans that it understands.
        steps: names of the steps of the pipeline.
        models: names of the models that it uses.
        labels: name of its label table.
        license: license of the models, as an SPDX identifier.
        duration_s: time measured on two cores, by device, s; devices that nobody has measured are absent.
    """

    id: str
    title: str
    description: str
    modality: str
    steps: tuple[str, ...]
    models: tuple[str, ...]
    labels: str
    license: str
    duration_s: Mapping[str, float]

    @property
    def details(self) -> str:
        """License and usual time in one line."""
        return f"{self.modality}. Takes about {self.duration_s['cpu']:g} s. License of the models: {self.license}."


@cache
def loadTasks() -> tuple[Task, ...]:
    """All tasks, in the order of the file."""
    document = json.loads(resource_path("Tasks", "tasks.json").read_text(encoding="utf-8"))
    return tuple(
        Task(**{**entry, "steps": tuple(entry["steps"]), "models": tuple(entry["models"])})
        for entry in document["tasks"]
    )
