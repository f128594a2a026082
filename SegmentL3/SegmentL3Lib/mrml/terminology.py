"""The tissue codes as a terminology context of Slicer."""

import logging

import slicer

from ..resources import resource_path


def load_context() -> str:
    """Make the context of the extension known to the Terminologies module; returns its name."""
    path = resource_path("Terminology", "SegmentL3.term.json")
    name = slicer.modules.terminologies.logic().LoadTerminologyFromFile(str(path))
    if not name:
        logging.warning("The terminology %s could not be loaded", path.name)
    return name
