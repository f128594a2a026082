"""``domain-adapt synthesize``: an image for a label map; ``generator``: learn how the images of one site look."""

import argparse
import logging

from ..jobs import RANDOMIZED, GeneratorJob, SynthesizeJob
from .options import IMAGES_HELP, add_settings, logged, read_set

logger = logging.getLogger(__name__)


def add_to(commands) -> None:
    """Add both commands."""
    parser = commands.add_parser("synthesize", help="make an image for a label map")
    parser.set_defaults(command=_synthesize)
    parser.add_argument("labels", metavar="FILE", help="label map: NIfTI, NRRD or MHA, values 0 to 255")
    parser.add_argument("--out", required=True, metavar="FILE", help="image to write: .nii, .nii.gz, .nrrd or .mha")
    parser.add_argument(
        "--generator",
        default=RANDOMIZED,
        metavar="NAME_OR_DIR",
        help=f"{RANDOMIZED}: each label with random gray values (SynthSeg), the default; or what generator has written",
    )
    parser.add_argument("--seed", type=int, default=0, help="the same labels and seed give the same image")

    learn = commands.add_parser("generator", help="learn from labeled images to make images like them of label maps")
    learn.set_defaults(command=_learn)
    learn.add_argument("images", nargs="+", metavar="IMAGE", help=IMAGES_HELP)
    learn.add_argument("--labels", nargs="+", required=True, metavar="FILE", help="their label maps, same order")
    learn.add_argument(
        "--structures", nargs="+", required=True, metavar="NAME", help="what the label maps hold: value 1, 2, ..."
    )
    learn.add_argument("--window", nargs=2, type=float, metavar=("LOW", "HIGH"), help="gray values that matter")
    learn.add_argument("--out", required=True, metavar="DIR", help="folder of the generator")
    add_settings(learn)
    learn.add_argument("--device", default="cpu", help='where it learns, such as "cpu" or "cuda"')


def _synthesize(arguments: argparse.Namespace) -> list[str]:
    job = SynthesizeJob(arguments.labels, arguments.out, arguments.generator, arguments.seed)
    from ..work import do_synthesize

    return [do_synthesize(job)["image"]]


def _learn(arguments: argparse.Namespace) -> list[str]:
    job = GeneratorJob(
        images=arguments.images,
        labels=arguments.labels,
        structures=arguments.structures,
        out=arguments.out,
        window=None if arguments.window is None else tuple(arguments.window),
        settings=read_set(arguments.set),
        device=arguments.device,
        resume=arguments.resume,
        seed=arguments.seed,
    )
    from ..work import do_generator

    return [f"Generator: {do_generator(job, logged(logger))['generator']}"]
