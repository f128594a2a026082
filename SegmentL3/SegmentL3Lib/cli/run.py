"""``segment-l3 run``: tissue at L3, measured."""

import argparse
from collections.abc import Iterator

from ..job import Job, Outcome, do_job
from ..measure import load_equations, load_tissues
from ..results import Result
from .options import add_command, add_scan
from .output import print_lines, progress_log


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "run", _run, "Find L3, segment tissue there, measure it and judge the result.")
    add_scan(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the results; made where it is missing")
    parser.add_argument(
        "--slice-index", type=int, metavar="K", help="slice to measure, from 0 in the file's own order, instead of L3"
    )
    parser.add_argument("--sex", choices=("female", "male"), help="sex of the patient")
    parser.add_argument("--height-cm", type=float, metavar="H", help="height of the patient, cm")
    parser.add_argument("--weight-kg", type=float, metavar="W", help="weight of the patient, kg")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")


def _run(arguments: argparse.Namespace) -> None:
    job = Job(
        input=arguments.input,
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
        area_cm2, mean_hu = measurements.area_cm2[tissue.id], _shown(measurements.mean_hu[tissue.id])
        yield f"{tissue.title:<42}{area_cm2:>12.1f}{mean_hu:>10}"
    yield ""
    for equation in load_equations():
        value = measurements.indices[equation.id]
        if value is not None:
            yield f"{equation.name:<42}{value:>12.{equation.decimals}f}  {equation.unit}"
    yield ""
    yield f"Quality: {result.quality.verdict}"
    yield from (f"- {reason.text} {reason.advice}".rstrip() for reason in result.quality.reasons)
    yield ""
    yield "Files:"
    yield from (f"  {path}" for path in outcome.files.values())


def _place_line(result: Result) -> str:
    if result.level is None:
        return f"Slice {result.slice_index}"
    return f"{result.level.level} at slice {result.slice_index} (certainty {100 * result.level.certainty:.0f} %)"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
