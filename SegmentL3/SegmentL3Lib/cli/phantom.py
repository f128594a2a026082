"""``segment-l3 phantom`` and ``demo``: the CT of a patient who does not exist, and the main job on it."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import check_writable_folder
from ..job import Job, do_job
from ..labels import load_labels
from ..measure import load_tissues, measure_tissues
from ..progress import Progress, silent
from ..results import Result
from ..tasks import find_task, l3_task
from ..volume import Geometry, LabelMap, Volume
from ..writing import write_volume
from .fetal_phantom import write_fetal_head, write_womb
from .head_phantom import write_head
from .level import LEVEL
from .options import add_command
from .output import print_lines, progress_log
from .phantom_files import check_seed, domain_adapt_needed, write_truth
from .run import outcome_lines

PHANTOM_PIXEL_MM, PHANTOM_SLICE_MM = 0.9, 5.0
# The phantom is nobody: any body size shows how indices and cut-offs look.
DEMO_PATIENT = {"sex": "female", "height_cm": 168.0, "weight_kg": 98.0}


def add_to(commands) -> None:
    """Add both commands."""
    _add_phantom(commands)
    _add_demo(commands)


def _add_phantom(commands) -> None:
    parser = add_command(commands, "phantom", _phantom, "Make a scan of a patient who does not exist, with its truth.")
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="the same seed makes the same patient")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for scan and truth")
    parser.add_argument(
        "--task", metavar="ID", default=l3_task().id, help="task that the scan is for (default: %(default)s)"
    )


def _add_demo(commands) -> None:
    parser = add_command(commands, "demo", _demo, "Make a phantom, measure it, and compare with its truth.")
    parser.add_argument("--seed", type=int, default=3, metavar="N", help="seed of the phantom (default: 3)")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for phantom and results")


def _phantom(arguments: argparse.Namespace) -> None:
    task = find_task(arguments.task)
    folder = check_writable_folder(arguments.out)
    for path in SAMPLES[task.id](arguments.seed, folder):
        print(path)


def _write_torso(seed: int, folder: Path) -> tuple[Path, ...]:
    return _write_phantom(_make_phantom(seed, progress_log()), folder)


# What makes the sample of each task.
SAMPLES = {
    "body_composition_l3": _write_torso,
    "brain_lesions_3d": write_head,
    "fetal_brain_3d": write_fetal_head,
    "fetal_organs_3d": write_womb,
}


def _demo(arguments: argparse.Namespace) -> None:
    folder = check_writable_folder(arguments.out)
    phantom_folder = check_writable_folder(folder / "phantom")
    print(f"Making a phantom, the CT of a patient who does not exist (seed {arguments.seed}) ...", flush=True)
    phantom = _make_phantom(arguments.seed, progress_log())
    ct, *_ = _write_phantom(phantom, phantom_folder)
    print(f"Finding {LEVEL} in it, segmenting and measuring ...\n", flush=True)
    outcome = do_job(Job(input=str(ct), output=str(folder), **DEMO_PATIENT), progress_log())
    print_lines(outcome_lines(outcome))
    print_lines(_comparison_lines(outcome.result, phantom))
    print(f"\nThe phantom and its truth are in {phantom_folder}.")
    print("On a scan of your own: segment-l3 run SCAN --out DIR --sex female --height-cm 168 --weight-kg 98")


@dataclass(frozen=True)
class _Phantom:
    """A phantom's CT, the tissues in it, and the slice index (continuous) of each vertebra."""

    volume: Volume
    truth: LabelMap
    vertebrae: dict[str, float]


def _make_phantom(seed: int, progress: Progress = silent) -> _Phantom:
    with domain_adapt_needed():
        from DomainAdaptLib.synthesis.phantom import phantom_volume
    from ..refine import gate

    check_seed(seed)
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
    ct = folder / "ct.nii.gz"
    write_volume(phantom.volume, ct)
    slice_index = round(phantom.vertebrae[LEVEL])
    area_cm2, mean_hu = _true_numbers(phantom, slice_index)
    facts = {
        "level": LEVEL,
        "slice_index": slice_index,
        "vertebrae": phantom.vertebrae,
        "area_cm2": area_cm2,
        "mean_hu": mean_hu,
    }
    return ct, *write_truth(phantom.truth, load_labels(), facts, folder)


def _true_numbers(phantom: _Phantom, slice_index: int) -> tuple[dict[str, float], dict[str, float | None]]:
    """Areas (cm2) and mean CT numbers (HU) of the truth in one slice."""
    labels, hu = phantom.truth.array[slice_index], phantom.volume.array[slice_index]
    return measure_tissues(labels, hu, phantom.volume.geometry.pixel_area_mm2)


def _comparison_lines(result: Result, phantom: _Phantom) -> Iterator[str]:
    true_area_cm2, _ = _true_numbers(phantom, result.slice_index)
    yield ""
    yield f"Middle of {LEVEL}: found at slice {result.slice_index}, true {phantom.vertebrae[LEVEL]:.1f}"
    yield f"{'Same slice':<42}{'Measured':>12}{'True':>10}{'Difference':>12}"
    for tissue in load_tissues():
        measured, true = result.measurements.area_cm2[tissue.id], true_area_cm2[tissue.id]
        difference = f"{100 * (measured / true - 1):+.1f} %" if true and measured is not None else ""
        shown = "-" if measured is None else f"{measured:.1f}"
        yield f"{tissue.title:<42}{shown:>12}{true:>10.1f}{difference:>12}"
