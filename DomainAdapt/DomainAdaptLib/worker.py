"""The process that adapts a model for a program that watches it.

    PythonSlicer -m DomainAdaptLib.worker JOB.json

It reads one job and writes events as ``SegmentL3Lib.worker`` does, and one kind of event more, for the curves:
``{"event": "metric", "series": "segmentation_loss", "step": 40, "value": 0.31}``.

The entry ``kind`` of the job says what is to be done; the other entries are the attributes of the classes in ``jobs``:

- ``"shift"``: the result has ``report`` and ``json``, paths, and ``sentence``;
- ``"adapt"``: ``kept``, ``sentence``, ``model`` (folder), ``report``, ``json``, ``before`` and ``after`` (a label map
  for each target image), ``figures``;
- ``"keep"``: ``model_id``;
- ``"synthesize"``: ``image``.
"""

import logging
import sys

from SegmentL3Lib import worker
from SegmentL3Lib.progress import seldom

from .jobs import AdaptJob, KeepJob, ShiftJob, SynthesizeJob

LIBRARY = __package__
KINDS = {"shift": ShiftJob, "adapt": AdaptJob, "keep": KeepJob, "synthesize": SynthesizeJob}


def main(argv: list[str] | None = None) -> int:
    """Do the job whose file is the one argument; returns the exit code."""
    logging.getLogger(LIBRARY).setLevel(logging.INFO)
    return worker.main(argv, KINDS, do)


def do(job: ShiftJob | AdaptJob | KeepJob | SynthesizeJob, events: worker.EventStream) -> dict:
    """Do a job; returns what the result event says."""
    # Torch is imported no earlier than a job needs it, so that a job that is not understood is answered at once.
    from . import work

    def metric(series: str, step: int, value: float) -> None:
        events.send("metric", series=series, step=step, value=round(value, 5))

    progress = seldom(events.progress, worker.PROGRESS_INTERVAL_S)
    match job:
        case ShiftJob():
            return work.do_shift(job, progress)
        case AdaptJob():
            return work.do_adapt(job, progress, metric)
        case KeepJob():
            return work.do_keep(job)
    return work.do_synthesize(job)


if __name__ == "__main__":
    sys.exit(main())
