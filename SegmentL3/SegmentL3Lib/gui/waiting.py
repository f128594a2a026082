"""Waiting for what runs in the background, for scripts and tests; the application stays responsive."""

import time
from collections.abc import Callable

import qt
import slicer

from ..errors import SegmentL3Error

PAUSE_S = 0.02


def waitFor(start: Callable, take: Callable, isBusy: Callable[[], bool]):
    """Start something and wait until it is over.

    Args:
        start: is called with a QObject that owns timers, and the functions to call with the outcome and with the
            reason of a failure.
        take: makes of the outcome what is returned.
        isBusy: whether it is not over yet.

    Raises:
        SegmentL3Error: of ``start`` and ``take``.
        RuntimeError: it failed; the text says why.
    """
    outcome = {}
    timerOwner = qt.QObject()

    def finished(value):
        try:
            outcome["value"] = take(value)
        except SegmentL3Error as error:
            outcome["error"] = error

    def failed(reason):
        outcome["error"] = RuntimeError(reason)

    start(timerOwner, finished, failed)
    while isBusy():
        slicer.app.processEvents()
        time.sleep(PAUSE_S)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
