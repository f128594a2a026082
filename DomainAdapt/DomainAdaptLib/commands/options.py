"""What commands have in common."""

import argparse

from SegmentL3Lib.progress import Progress, seldom

MODEL_HELP = "imported model, shipped model, or folder of a MONAI bundle"
IMAGES_HELP = "DICOM folders, NIfTI, NRRD or MHA files, or folders of such files"


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model, the models folder and the folder for the results."""
    parser.add_argument("--model", required=True, metavar="ID_OR_PATH", help=MODEL_HELP)
    parser.add_argument("--models-dir", metavar="DIR", help="models folder (default: SEGMENTL3_MODELS, or yours)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")


def logged(logger) -> Progress:
    """Progress as lines of the log, one a second where the same goes on."""
    return seldom(lambda fraction, text: logger.info("%3.0f %% %s", 100 * fraction, text), 1.0)
