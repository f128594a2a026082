"""``domain-adapt synthesize``: an image for a label map."""

import argparse

from ..jobs import SynthesizeJob


def add_to(commands) -> None:
    """Add the command."""
    parser = commands.add_parser("synthesize", help="make an image of random contrast for a label map (SynthSeg)")
    parser.set_defaults(command=_synthesize)
    parser.add_argument("labels", metavar="FILE", help="label map: NIfTI, NRRD or MHA, values 0 to 255")
    parser.add_argument("--out", required=True, metavar="FILE", help="image to write: .nii, .nii.gz, .nrrd or .mha")
    parser.add_argument("--seed", type=int, default=0, help="the same labels and seed give the same image")


def _synthesize(arguments: argparse.Namespace) -> list[str]:
    from ..work import do_synthesize

    return [do_synthesize(SynthesizeJob(arguments.labels, arguments.out, seed=arguments.seed))["image"]]
