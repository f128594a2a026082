"""What commands have in common."""

import argparse
from pathlib import Path

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.progress import Progress, seldom

MODEL_HELP = "imported model, shipped model, or folder of a MONAI bundle"
IMAGES_HELP = "DICOM folders, NIfTI, NRRD or MHA files, or folders of such files"


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model, the models folder and the folder for the results."""
    parser.add_argument("--model", required=True, metavar="ID_OR_PATH", help=MODEL_HELP)
    parser.add_argument("--models-dir", metavar="DIR", help="models folder (default: SEGMENTL3_MODELS, or yours)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add what all learning has in common."""
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings other than the defaults")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn at random")
    parser.add_argument("--resume", action="store_true", help="take up what an interrupted run has left in DIR")


def read_set(texts: list[str]) -> dict[str, int | float]:
    """Values of ``--set`` by name.

    Raises:
        UsageError: one is not understood.
    """
    return dict(_setting(text) for text in texts)


def _setting(text: str) -> tuple[str, int | float]:
    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError as error:
        raise UsageError(f'"{text}" is no setting; write NAME=VALUE with a number, such as steps=100.') from error
    return name, int(number) if number.is_integer() else number


def logged(logger) -> Progress:
    """Progress as lines of the log, one a second where the same goes on."""
    return seldom(lambda fraction, text: logger.info("%3.0f %% %s", 100 * fraction, text), 1.0)


def add_work(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the folder with what training leaves."""
    parser.add_argument("--work", type=Path, default=Path("training"), metavar="DIR", help=text)


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the number of threads."""
    parser.add_argument("--threads", type=int, default=0, help="threads of the networks; all cores if 0")


def set_threads(count: int) -> None:
    """Use so many threads; 0 leaves it to PyTorch, which is imported no earlier than a command needs it."""
    import torch

    if count:
        torch.set_num_threads(count)


def check_reference_scans(folder: Path) -> None:
    """Raises ``InputError`` where a folder holds no reference scans."""
    if not any(folder.glob("*/ct.nii.gz")):
        raise InputError(f"There are no reference scans in {folder}: it needs one folder a case, with ct.nii.gz in it.")
