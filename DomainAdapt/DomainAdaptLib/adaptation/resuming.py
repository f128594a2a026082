"""The files of a learning on its way: a checkpoint, and what it was begun with."""

import json
from collections.abc import Mapping
from pathlib import Path

from SegmentL3Lib.errors import UsageError

from .report import write_json

_CHECKPOINT, _BEGUN = "checkpoint.pt", "begun.json"


def begin(folder: Path, known: Mapping, resume: bool) -> Path:
    """Begin anew, or make sure that what is taken up was begun with the same model, images and settings.

    Args:
        folder: of the job.
        known: all that the result depends on, as JSON has it.
        resume: whether to take up what an earlier run has left.

    Returns:
        Path of the checkpoint.

    Raises:
        UsageError: what was left belongs to something else.
        InputError: the folder cannot be written.
    """
    begun, checkpoint = folder / _BEGUN, folder / _CHECKPOINT
    if resume and checkpoint.exists():
        if not begun.exists() or json.loads(begun.read_text(encoding="utf-8")) != known:
            raise UsageError(
                f"What was interrupted in {folder} used another model, images or settings. "
                "Choose another folder, or start without resuming."
            )
    else:
        checkpoint.unlink(missing_ok=True)
        write_json(begun, known)
    return checkpoint


def end(folder: Path) -> None:
    """Remove them, because all is done."""
    for name in (_CHECKPOINT, _BEGUN):
        (folder / name).unlink(missing_ok=True)
