"""``segment-l3 predict``: segmentation with a model of the user."""

import argparse
from collections.abc import Iterator

from ..errors import UsageError
from ..model_jobs import SEGMENTATION_SUFFIXES, PredictJob, PredictOutcome, do_predict
from ..spine_sequence import VERTEBRAE
from .options import add_command, add_models_folder, add_series
from .output import print_lines, progress_log


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "predict", _predict, "Segment a scan with a MONAI bundle or an nnU-Net v2 folder.")
    parser.add_argument(
        "input",
        metavar="INPUT",
        nargs="+",
        help="scan: DICOM folder or file, NIfTI, NRRD or MHA; one for each input of the model, in its order",
    )
    add_series(parser)
    parser.add_argument("--model", metavar="ID_OR_PATH", required=True, help="imported model, or folder of a package")
    add_models_folder(parser)
    parser.add_argument(
        "--out", metavar="FILE", required=True, help=f"segmentation to write: {', '.join(SEGMENTATION_SUFFIXES)}"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where the model runs")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help="of the computation")
    region = parser.add_mutually_exclusive_group()
    region.add_argument(
        "--slices", type=_slices, metavar="A-B", help="these slices only, from 0 in the file's own order, both included"
    )
    region.add_argument(
        "--region",
        type=_anatomical_region,
        metavar="body|UPPER-LOWER",
        help="CT: without air and table (body), or the slices of these vertebrae only, such as T11-L5",
    )
    region.add_argument("--box", type=_bounds, metavar="x0,x1,y0,y1,z0,z1", help="this box only (LPS, mm)")
    parser.add_argument("--structures", type=_names, metavar="A,B", help="these structures only")
    parser.add_argument("--folds", type=_numbers, metavar="0,1", help="these folds only of an nnU-Net model: faster")
    parser.add_argument("--checkpoint", metavar="NAME", help="weights of its folds (default: checkpoint_final.pth)")
    parser.add_argument("--no-mirror", action="store_true", help="do not average over mirrored images: faster")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="let PyTorch compile the model where that is faster; takes some minutes at first",
    )


def _slices(text: str) -> dict:
    first, _, last = text.partition("-")
    return {"slices": [int(first), int(last or first)]}


def _bounds(text: str) -> dict:
    bounds = [float(part) for part in text.split(",")]
    if len(bounds) != 6:
        raise ValueError("not six numbers")
    return {"bounds_lps_mm": bounds}


def _anatomical_region(text: str) -> dict:
    if text.lower() == "body":
        return {"body": True}
    upper, _, lower = text.upper().partition("-")
    if not {upper, lower or upper} <= set(VERTEBRAE):
        raise ValueError("no vertebrae")
    return {"vertebrae": [upper, lower or upper]}


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _predict(arguments: argparse.Namespace) -> None:
    if not arguments.out.lower().endswith(SEGMENTATION_SUFFIXES):
        raise UsageError(f"The name of the result must end in one of {', '.join(SEGMENTATION_SUFFIXES)}.")
    job = PredictJob(
        inputs=arguments.input,
        model=arguments.model,
        output=arguments.out,
        models_dir=arguments.models_dir,
        series=arguments.series,
        device=arguments.device,
        precision=arguments.precision,
        region=arguments.slices or arguments.region or arguments.box,
        structures=arguments.structures,
        folds=arguments.folds,
        checkpoint=arguments.checkpoint,
        mirror=False if arguments.no_mirror else None,
        compiled=arguments.compile,
    )
    print_lines(_outcome_lines(do_predict(job, progress_log())))


def _outcome_lines(outcome: PredictOutcome) -> Iterator[str]:
    document = outcome.document
    yield f"{'Structure':<42}{'Volume, ml':>12}"
    for entry in document["structures"]:
        yield f"{entry['name']:<42}{entry['volume_ml']:>12.1f}"
    yield ""
    yield f"Ran on {document['device']} ({document['precision']}) in {document['seconds']['total']:.1f} s."
    yield from (f"- {note}" for note in document["notes"])
    yield ""
    yield "Files:"
    yield from (f"  {path}" for path in outcome.files.values())
