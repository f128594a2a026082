"""Errors as the user should see them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import slicer

from ..errors import SegmentL3Error


@contextmanager
def errorsShown(message: str) -> Iterator[None]:
    """Show an error of the block in a message box, below ``message``.

    Errors whose text is written for the user end here; all others come with details and are raised again, so that they
    reach the application's log.
    """
    expected = None
    with slicer.util.tryWithErrorDisplay(message, waitCursor=True):
        try:
            yield
        except (SegmentL3Error, OSError) as error:
            expected = error
    if expected is not None:
        logging.info("%s %s", message, expected)
        slicer.util.errorDisplay(f"{message}\n\n{expected}")
