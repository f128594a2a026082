"""Scans and doubles for tests of the command line and the worker."""

from dataclasses import replace

import numpy as np

from models.packages import SCALING, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from pipeline.phantoms import numbered_volume
from SegmentL3Lib import pipeline
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.results import LevelResult
from SegmentL3Lib.trust.references import shipped_references
from SegmentL3Lib.writing import write_volume

FOUND = 2
OUTPUTS = {
    "segmentation.seg.nrrd",
    "measurements.json",
    "measurements.csv",
    "report.html",
    "overview.png",
    "doubt-entropy.nrrd",
    "doubt-mutual_information.nrrd",
}


def write_scan(path, count=6):
    """Write the scan whose slices differ; returns its path as text."""
    write_volume(numbered_volume(count), path)
    return str(path)


def replace_models(monkeypatch, folder, found=True):
    """Put a model that knows the rings in place of the shipped ones, and a level finder that answers slice 2."""
    path = write_tiny(folder / "tiny", transforms=[spacing(4.0, 4.0), SCALING])
    model = with_network(load_bundle(path), ThresholdNetwork())

    def locate(volume_axial, model, level="L3", progress=None):
        if not found:
            return LevelResult(level, False, None, None, 0.0, "L3 is not in this scan: it ends above L3.")
        position = pipeline.slice_center_lps_mm(volume_axial, FOUND)
        return LevelResult(level, True, FOUND, position, 0.9, "Counted from the sacrum.", {"L3": 2.0})

    monkeypatch.setattr(pipeline, "shipped_model", lambda name: replace(model, name=name))
    monkeypatch.setattr(pipeline, "locate", locate)
    # Laying a mask on each of many references is what most of the time of a run goes into.
    monkeypatch.setattr(pipeline, "all_references", lambda: shipped_references()[:1])


def small_phantom(seed, *, slice_mm, pixel_mm, progress):
    """As ``DomainAdaptLib.synthesis.phantom_volume``, small and at once."""
    volume = numbered_volume(seed % 4 + 5)
    regions = np.where(volume.array > 300, 5, np.where(volume.array > 0, 3, np.where(volume.array > -200, 1, 0)))
    progress(1.0)
    return volume.array, regions.astype(np.uint8), {"L3": 2.2, "L4": 0.4}
