"""``segment-l3 run``: tissue at L3, or another task of the catalog, measured."""

import argparse
from collections.abc import Iterator

from ..errors import UsageError
from ..job import Job, Outcome, do_job
from ..labels import load_labels
from ..measure import load_equations, load_tissues
from ..report.tables import quality_rows
from ..results import QualityReport, Result
from ..task_jobs import TaskJob, assign_inputs, do_task
from ..tasks import find_task, l3_task
from .options import add_command, add_models_folder, add_series
from .output import print_lines, progress_log
from .tasks import task_outcome_lines

_L3_ONLY = ("series", "slice_index", "sex", "height_cm", "weight_kg")


def add_to(commands) -> None:
    """Add the command."""
    text = "Do a task, as a rule: find L3, segment tissue there, measure it and judge the result."
    parser = add_command(commands, "run", _run, text)
    parser.add_argument(
        "input",
        metavar="INPUT",
        nargs="+",
        help="scan: DICOM folder or file, NIfTI, NRRD or MHA; several images of a task in its order, or by name, as "
        "FLAIR=flair.nii.gz",
    )
    add_series(parser)
    parser.add_argument(
        "--task", metavar="ID", default=l3_task().id, help="what to do, see segment-l3 tasks (default: %(default)s)"
    )
    add_models_folder(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the results; made where it is missing")
    parser.add_argument(
        "--slice-index", type=int, metavar="K", help="slice to measure, from 0 in the file's own order, instead of L3"
    )
    parser.add_argument("--sex", choices=("female", "male"), help="sex of the patient")
    parser.add_argument("--height-cm", type=float, metavar="H", help="height of the patient, cm")
    parser.add_argument("--weight-kg", type=float, metavar="W", help="weight of the patient, kg")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")


def _run(arguments: argparse.Namespace) -> None:
    if arguments.task == l3_task().id:
        _run_l3(arguments)
    else:
        _run_task(arguments)


def _run_task(arguments: argparse.Namespace) -> None:
    task = find_task(arguments.task)
    used = [name for name in _L3_ONLY if getattr(arguments, name) is not None]
    if used:
        option = used[0].replace("_", "-")
        raise UsageError(f"The option --{option} belongs to the task {l3_task().id}, not to {task.id}. Leave it out.")
    job = TaskJob(
        task=task.id,
        inputs=assign_inputs(task, arguments.input),
        output=arguments.out,
        models_dir=arguments.models_dir,
        device=arguments.device,
    )
    print_lines(task_outcome_lines(do_task(job, progress_log())))


def _run_l3(arguments: argparse.Namespace) -> None:
    if len(arguments.input) > 1:
        raise UsageError(f"The task {l3_task().id} takes one scan; {len(arguments.input)} were given.")
    job = Job(
        input=arguments.input[0],
        output=arguments.out,
        series=arguments.series,
        slice_index=arguments.slice_index,
        sex=arguments.sex,
        height_cm=arguments.height_cm,
        weight_kg=arguments.weight_kg,
        device=arguments.device,
    )
    print_lines(outcome_lines(do_job(job, progress_log())))


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """The table of a result."""
    result = outcome.result
    measurements = result.measurements
    yield _place_line(result)
    yield ""
    yield f"{'Tissue':<42}{'Area, cm2':>12}{'Mean HU':>10}"
    for tissue in load_tissues():
        area_cm2, mean_hu = _shown(measurements.area_cm2[tissue.id]), _shown(measurements.mean_hu[tissue.id])
        yield f"{tissue.title:<42}{area_cm2:>12}{mean_hu:>10}"
    yield ""
    for equation in load_equations():
        value = measurements.indices[equation.id]
        if value is not None:
            yield f"{equation.name:<42}{value:>12.{equation.decimals}f}  {equation.unit}"
    yield ""
    yield f"Quality: {result.quality.verdict}"
    yield from (f"- {reason.text} {reason.advice}".rstrip() for reason in result.quality.reasons)
    yield ""
    yield from _estimate_lines(result.quality)
    yield "Files:"
    yield from (f"  {path}" for path in outcome.files.values())


def _estimate_lines(quality: QualityReport) -> Iterator[str]:
    """The table of what was estimated of each structure; nothing where nothing was."""
    if quality.coverage is None:
        return
    share = f"{100 * quality.coverage:g} %"
    yield f"{'Agreement with a reader, estimated':<42}{'Dice':>12}  {share + ' interval':<18}{share} of area, cm2"
    for row in quality_rows(quality, load_labels()):
        yield f"{row.name:<42}{row.dice:>12}  {row.dice_interval:<18}{row.area_interval_cm2}"
    yield ""


def _place_line(result: Result) -> str:
    if result.level is None:
        return f"Slice {result.slice_index}"
    return f"{result.level.level} at slice {result.slice_index} (certainty {100 * result.level.certainty:.0f} %)"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
