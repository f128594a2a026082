"""The command line ``segment-l3``."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import __version__
from .errors import LevelNotFoundError, UsageError
from .files import atomic_path, check_writable_folder
from .job import Job, Outcome, do_job, explain
from .labels import load_labels
from .measure import load_equations, load_tissues, measure_tissues
from .progress import Progress, silent
from .reading import read_volume
from .results import Result
from .volume import Geometry, LabelMap, Volume
from .writing import write_segmentation, write_volume

LEVEL = "L3"
PHANTOM_PIXEL_MM, PHANTOM_SLICE_MM = 0.9, 5.0
# The phantom is nobody: any body size shows how indices and cut-offs look.
DEMO_PATIENT = {"sex": "female", "height_cm": 168.0, "weight_kg": 72.0}

logger = logging.getLogger(f"{__package__}.cli")


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: arguments; those of the process where it is None.

    Returns:
        The exit code: 0 done, 2 wrong usage, 3 input unsuitable, 4 level not found, 5 model problem, 1 unforeseen,
        130 interrupted.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    _set_up_logging(arguments)
    _print_what_the_terminal_can()
    try:
        arguments.command(arguments)
    except (Exception, KeyboardInterrupt) as error:
        text, exit_code = explain(error)
        logger.debug("Where it happened:", exc_info=True)
        print(text, file=sys.stderr)
        return exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segment-l3", description="Body composition at the third lumbar vertebra (L3) from CT."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_level(commands)
    _add_phantom(commands)
    _add_demo(commands)
    return parser


def _add_command(commands, name: str, command, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    parser.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is being done")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    return parser


def _add_scan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="INPUT", help="CT: DICOM folder or file, NIfTI, NRRD or MHA")
    parser.add_argument("--series", metavar="UID", help="series instance UID, where a folder holds several series")


def _add_run(commands) -> None:
    parser = _add_command(commands, "run", _run, "Find L3, segment tissue there, measure it and judge the result.")
    _add_scan(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the results; made where it is missing")
    parser.add_argument(
        "--slice-index", type=int, metavar="K", help="slice to measure, from 0 in the file's own order, instead of L3"
    )
    parser.add_argument("--sex", choices=("female", "male"), help="sex of the patient")
    parser.add_argument("--height-cm", type=float, metavar="H", help="height of the patient, cm")
    parser.add_argument("--weight-kg", type=float, metavar="W", help="weight of the patient, kg")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")


def _add_level(commands) -> None:
    _add_scan(_add_command(commands, "level", _level, "Find L3 and print where it is, as JSON."))


def _add_phantom(commands) -> None:
    parser = _add_command(commands, "phantom", _phantom, "Make the CT of a patient who does not exist, with its truth.")
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="the same seed makes the same patient")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for CT and truth")


def _add_demo(commands) -> None:
    parser = _add_command(commands, "demo", _demo, "Make a phantom, measure it, and compare with its truth.")
    parser.add_argument("--seed", type=int, default=35, metavar="N", help="seed of the phantom (default: 35)")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for phantom and results")


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
    _print_lines(_outcome_lines(do_job(job, _log_progress)))


def _level(arguments: argparse.Namespace) -> None:
    volume = read_volume(arguments.input, arguments.series)

    # Torch is imported no earlier than a command needs it.
    from .pipeline import find_level

    found = find_level(volume, LEVEL, _log_progress)
    keys = ("level", "found", "slice_index", "slice_position_lps_mm", "certainty", "reason")
    print(json.dumps({key: getattr(found, key) for key in keys}, indent=2))
    if not found.found:
        raise LevelNotFoundError(found.reason)


def _phantom(arguments: argparse.Namespace) -> None:
    folder = check_writable_folder(arguments.out)
    for path in _write_phantom(_make_phantom(arguments.seed, _log_progress), folder):
        print(path)


def _demo(arguments: argparse.Namespace) -> None:
    folder = check_writable_folder(arguments.out)
    phantom_folder = check_writable_folder(folder / "phantom")
    print(f"Making a phantom, the CT of a patient who does not exist (seed {arguments.seed}) ...", flush=True)
    phantom = _make_phantom(arguments.seed, _log_progress)
    ct, *_ = _write_phantom(phantom, phantom_folder)
    print(f"Finding {LEVEL} in it, segmenting and measuring ...\n", flush=True)
    outcome = do_job(Job(input=str(ct), output=str(folder), **DEMO_PATIENT), _log_progress)
    _print_lines(_outcome_lines(outcome))
    _print_lines(_comparison_lines(outcome.result, phantom))
    print(f"\nThe phantom and its truth are in {phantom_folder}.")
    print("On a scan of your own: segment-l3 run SCAN --out DIR --sex female --height-cm 168 --weight-kg 72")


@dataclass(frozen=True)
class _Phantom:
    """A phantom's CT, the tissues in it, and the slice index (continuous) of each vertebra."""

    volume: Volume
    truth: LabelMap
    vertebrae: dict[str, float]


def _make_phantom(seed: int, progress: Progress = silent) -> _Phantom:
    try:
        from DomainAdaptLib.synthesis.phantom import phantom_volume
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("DomainAdaptLib"):
            raise
        raise UsageError("Phantoms are made by the module DomainAdapt, which is not installed.") from error
    from .refine import gate

    if seed < 0:
        raise UsageError("The seed must be 0 or more.")
    hu, regions, vertebrae = phantom_volume(
        seed,
        slice_mm=PHANTOM_SLICE_MM,
        pixel_mm=PHANTOM_PIXEL_MM,
        progress=lambda fraction: progress(fraction, "Making the phantom"),
    )
    center_mm = [(size - 1) / 2 * PHANTOM_PIXEL_MM for size in reversed(hu.shape[1:])]
    geometry = Geometry(
        origin=(-center_mm[0], -center_mm[1], 0.0), spacing=(PHANTOM_PIXEL_MM, PHANTOM_PIXEL_MM, PHANTOM_SLICE_MM)
    )
    truth = np.stack([gate(*slices) for slices in zip(regions, hu, strict=True)])
    return _Phantom(Volume(hu, geometry, modality="CT"), LabelMap(truth, geometry), vertebrae)


def _write_phantom(phantom: _Phantom, folder: Path) -> tuple[Path, Path, Path]:
    ct, truth, facts = folder / "ct.nii.gz", folder / "truth.seg.nrrd", folder / "truth.json"
    write_volume(phantom.volume, ct)
    write_segmentation(phantom.truth, load_labels(), truth)
    slice_index = round(phantom.vertebrae[LEVEL])
    area_cm2, mean_hu = _true_numbers(phantom, slice_index)
    content = {
        "level": LEVEL,
        "slice_index": slice_index,
        "vertebrae": phantom.vertebrae,
        "area_cm2": area_cm2,
        "mean_hu": mean_hu,
    }
    with atomic_path(facts) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return ct, truth, facts


def _true_numbers(phantom: _Phantom, slice_index: int) -> tuple[dict[str, float], dict[str, float | None]]:
    """Areas (cm2) and mean CT numbers (HU) of the truth in one slice."""
    labels, hu = phantom.truth.array[slice_index], phantom.volume.array[slice_index]
    return measure_tissues(labels, hu, phantom.volume.geometry.pixel_area_mm2)


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
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
    yield from (f"- {reason}" for reason in result.quality.reasons)
    yield ""
    yield "Files:"
    yield from (f"  {path}" for path in outcome.files.values())


def _place_line(result: Result) -> str:
    if result.level is None:
        return f"Slice {result.slice_index}"
    return f"{result.level.level} at slice {result.slice_index} (certainty {100 * result.level.certainty:.0f} %)"


def _comparison_lines(result: Result, phantom: _Phantom) -> Iterator[str]:
    true_area_cm2, _ = _true_numbers(phantom, result.slice_index)
    yield ""
    yield f"Middle of {LEVEL}: found at slice {result.slice_index}, true {phantom.vertebrae[LEVEL]:.1f}"
    yield f"{'Same slice':<42}{'Measured':>12}{'True':>10}{'Difference':>12}"
    for tissue in load_tissues():
        measured, true = result.measurements.area_cm2[tissue.id], true_area_cm2[tissue.id]
        difference = f"{100 * (measured / true - 1):+.1f} %" if true else ""
        yield f"{tissue.title:<42}{measured:>12.1f}{true:>10.1f}{difference:>12}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _print_lines(lines: Iterator[str]) -> None:
    for line in lines:
        print(line)


def _log_progress(fraction: float, text: str) -> None:
    logger.info("%3.0f %% %s", 100 * fraction, text)


def _print_what_the_terminal_can() -> None:
    """Replace characters that the terminal's encoding lacks, rather than fail on them."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")


def _set_up_logging(arguments: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.ERROR, format="%(message)s", force=True)
    # Other libraries may log what stands in a scan's header; only errors of theirs are let through.
    level = logging.DEBUG if arguments.debug else logging.INFO if arguments.verbose else logging.ERROR
    logging.getLogger(__package__).setLevel(level)


if __name__ == "__main__":
    sys.exit(main())
