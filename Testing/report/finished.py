"""A finished run on the torso, for tests of the files that it leaves behind."""

from dataclasses import replace

import numpy as np

from quality.torso import subject
from SegmentL3Lib.measure import measure_slice
from SegmentL3Lib.quality import judge
from SegmentL3Lib.results import Patient, Result
from SegmentL3Lib.volume import LabelMap, Volume

SOFTWARE = {"SegmentL3": "1.2.3", "torch": "2.13.0"}
MODELS = ({"name": "l3-tissue", "version": "0.1.0", "weights_sha256": "ab" * 32},)


def finished(patient=None, **changes) -> tuple[Result, Volume]:
    """Result and scan; ``changes`` go to the torso (see ``quality.torso.subject``)."""
    patient = patient or Patient()
    case = subject(patient=patient, **changes)
    array = np.zeros(case.volume.array.shape, np.uint8)
    array[case.slice_index] = case.labels
    measurements = measure_slice(
        case.labels, case.hu, case.volume.geometry.pixel_area_mm2, patient, case.volume.acquisition
    )
    quality = judge(case.volume, case.slice_index, case.labels, case.hu, case.level, measurements)
    segmentation = LabelMap(array, case.volume.geometry)
    position = (1.5, -2.5, 50.0)
    result = Result(
        case.level, case.slice_index, position, segmentation, measurements, quality, SOFTWARE, MODELS, patient
    )
    return result, case.volume


def upside_down(result: Result, volume: Volume) -> tuple[Result, Volume]:
    """The same run on a file whose slices go from head to foot."""
    geometry = replace(volume.geometry, direction=(1, 0, 0, 0, 1, 0, 0, 0, -1))
    last = volume.array.shape[0] - 1
    level = result.level
    vertebrae = {name: last - place for name, place in level.vertebrae.items()}
    level = replace(level, slice_index=last - level.slice_index, vertebrae=vertebrae)
    turned = replace(
        result,
        level=level,
        slice_index=last - result.slice_index,
        segmentation=LabelMap(result.segmentation.array[::-1], geometry),
    )
    return turned, replace(volume, array=volume.array[::-1], geometry=geometry)
