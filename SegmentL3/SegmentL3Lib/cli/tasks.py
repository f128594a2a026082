"""``segment-l3 tasks``: what can be done; and the result of a task in 3D as text."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict

from ..report.lesion_tables import lesion_rows
from ..report.task_text import summary_text
from ..task_jobs import TaskOutcome
from ..tasks import Task, find_task, load_tasks, why_unavailable
from .options import add_command, add_models_folder
from .output import print_lines

_LESIONS_SHOWN = 20


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "tasks", _tasks, "List what can be done, and what each task needs.")
    parser.add_argument("--json", action="store_true", help="print the whole catalog as JSON")
    add_models_folder(parser)


def _tasks(arguments: argparse.Namespace) -> None:
    if arguments.json:
        entries = [_entry(task, arguments.models_dir) for task in load_tasks()]
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        print_lines(line for task in load_tasks() for line in _lines(task, arguments.models_dir))


def _entry(task: Task, models_dir: str | None) -> dict:
    reason = why_unavailable(task, models_dir)
    return {**asdict(task), "available": reason is None, "unavailable_because": reason}


def _lines(task: Task, models_dir: str | None) -> Iterator[str]:
    reason = why_unavailable(task, models_dir)
    yield f"{task.id}: {task.title}"
    if reason is not None:
        yield f"    Not available: {reason}"
    yield f"    {task.description}"
    for each in task.inputs:
        yield f"    {each.name:<8}{'' if each.required else '(optional) '}{each.description}"
    yield f"    {task.details}"


def task_outcome_lines(outcome: TaskOutcome) -> Iterator[str]:
    """The result of a task in 3D."""
    result = outcome.result
    yield f"{summary_text(result, find_task(result.task))}."
    yield ""
    if result.lesions:
        sizes = f"{'Volume, ml':>12}{'Longest, mm':>13}{'Axial, mm':>11}"
        yield f"{'No.':<5}{'Structure':<22}{sizes}   Centroid L, P, S, mm"
    for row in lesion_rows(result)[:_LESIONS_SHOWN]:
        sizes = f"{row.volume_ml:>12}{row.longest_mm:>13}{row.axial_mm:>11}"
        yield f"{row.number:<5}{row.structure:<22}{sizes}   {row.centroid}"
    if len(result.lesions) > _LESIONS_SHOWN:
        yield f"and {len(result.lesions) - _LESIONS_SHOWN} smaller ones, see {outcome.files['lesions'].name}"
    yield ""
    for volume in result.volumes:
        yield f"{volume.label.name:<42}{volume.volume_ml:>12.2f} ml"
    yield ""
    yield f"Quality: {result.quality.verdict}"
    yield from (f"- {reason.text} {reason.advice}".rstrip() for reason in result.quality.reasons)
    yield f"Ran on {result.device} ({result.precision}) in {result.seconds['total']:.1f} s."
    yield ""
    yield "Files:"
    yield from (f"  {path}" for path in outcome.files.values())
