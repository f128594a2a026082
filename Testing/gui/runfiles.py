"""Files of a run on the drawn torso, as the worker leaves them."""

from dataclasses import replace

import numpy as np

from gui.torso import LEVEL_SLICE, torso
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.measure import measure_slice
from SegmentL3Lib.quality import judge
from SegmentL3Lib.report import write_json
from SegmentL3Lib.results import LevelResult, Patient, Result
from SegmentL3Lib.writing import write_segmentation

SOFTWARE = {"SegmentL3": "0.1.0"}
MODELS = ({"name": "fake", "version": "1"},)


def write_run(folder, slice_index=None):
    """Write segmentation and measurements of a slice; None: of the level. Returns the result."""
    volume, labels = torso()
    index = LEVEL_SLICE if slice_index is None else slice_index
    moved = np.zeros_like(labels.array)
    moved[index] = labels.array[LEVEL_SLICE]
    rows, columns = moved.shape[1:]
    position = volume.geometry.index_to_lps(((columns - 1) / 2, (rows - 1) / 2, index))
    level = LevelResult("L3", True, index, position, 0.93, "Counted from T12.") if slice_index is None else None
    hu = volume.array[index]
    numbers = measure_slice(moved[index], hu, volume.geometry.pixel_area_mm2, Patient(), {})
    quality = judge(volume, index, moved[index], hu, level, numbers)
    segmentation = replace(labels, array=moved)
    result = Result(level, index, position, segmentation, numbers, quality, SOFTWARE, MODELS)
    folder.mkdir(parents=True)
    write_segmentation(segmentation, load_labels(), folder / "segmentation.seg.nrrd")
    write_json(result, folder / "measurements.json")
    return result
