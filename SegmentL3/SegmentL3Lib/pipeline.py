"""From a scan to measured and judged tissue at one level: locate, segment, refine, measure, judge."""

import logging
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from . import __version__
from .checks import require_ct
from .errors import LevelNotFoundError, UsageError
from .inference import choose_device
from .locate import locate
from .models import Bundle, shipped_model
from .models.shipped import LEVEL_MODEL, TISSUE_MODEL
from .orientation import axial_order, to_axial
from .progress import Progress, part, silent
from .quality import assess
from .refine import refine
from .results import LevelResult, Patient, Result
from .segment import segment_slice, slices_beside
from .trust.estimate import Estimate, estimate_quality
from .trust.estimator import shipped_estimator
from .trust.own_references import all_references
from .trust.plausibility import shipped_autoencoder
from .trust.verdict import with_estimate
from .volume import Geometry, LabelMap, Volume

LIBRARIES = ("torch", "monai", "numpy", "scipy", "SimpleITK")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Choice:
    """A slice in axial order, how it was found (in axial order too), and the models that this took."""

    index: int
    level: LevelResult | None = None
    models: tuple[Bundle, ...] = ()


def run(
    volume: Volume,
    *,
    slice_index: int | None = None,
    patient: Patient | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> Result:
    """Segment and measure the slice at L3.

    Args:
        volume: CT in HU.
        slice_index: slice to take, in the file's own order; None: look for L3. A scan of one slice is taken as it is.
        patient: what is known of the patient.
        device: "auto", "cpu" or "cuda".
        progress: called with the fraction done and what is being done.

    Returns:
        The result; slice indices in the file's own order, the segmentation on the volume's own grid.

    Raises:
        InputError: the volume is not a CT.
        UsageError: the slice is not in the scan, or the device is not there.
        LevelNotFoundError: L3 is not in the scan or cannot be told apart.
        ModelError: a model that comes with the extension is damaged.
    """
    require_ct(volume)
    progress(0.0, "Loading the models")
    chosen_device = choose_device(device)
    axial = to_axial(volume)
    choice = _choose_slice(volume, axial, slice_index, part(progress, 0.05, 0.55))
    tissue_model = shipped_model(TISSUE_MODEL)

    progress(0.55, "Segmenting the slice")
    hu = np.asarray(axial.array[choice.index])
    spacing_yx_mm = axial.geometry.spacing[1], axial.geometry.spacing[0]
    beside = slices_beside(axial.array, choice.index, axial.geometry.spacing[2])
    regions = segment_slice(hu, spacing_yx_mm, tissue_model, chosen_device, beside)
    labels = refine(regions, hu, spacing_yx_mm)

    progress(0.65, "Measuring, and estimating how good the result is")
    estimator = shipped_estimator()
    patient = patient or Patient()
    # Beside the estimate, which does not keep two cores busy: a third of a second less to wait.
    with ThreadPoolExecutor(1) as worker:
        assessed = worker.submit(assess, axial, choice.index, labels, hu, choice.level, patient)
        estimate = estimate_quality(
            labels,
            hu,
            spacing_yx_mm,
            tissue_model,
            all_references(),
            shipped_autoencoder(),
            estimator,
            chosen_device,
            part(progress, 0.65, 1.0),
        )
        measurements, quality = assessed.result()
    return Result(
        level=_in_file_order(choice.level, volume),
        slice_index=_file_index(choice.index, volume),
        slice_position_lps_mm=slice_center_lps_mm(axial, choice.index),
        segmentation=_on_file_grid(labels, choice.index, volume),
        measurements=measurements,
        quality=with_estimate(quality, estimate, estimator.expected, measurements.area_cm2),
        software=software_versions(),
        models=tuple(model.describe() for model in (*choice.models, tissue_model)),
        patient=patient,
        doubt=_doubt(estimate, axial, choice.index),
    )


def find_level(volume: Volume, level: str = "L3", progress: Progress = silent) -> LevelResult:
    """Where a vertebral level lies; slice indices in the file's own order.

    Args:
        volume: CT in HU.
        level: name of the level.
        progress: called with the fraction done and what is being done.

    Raises:
        InputError: the volume is not a CT.
        ModelError: the model that comes with the extension is damaged.
    """
    require_ct(volume)
    progress(0.0, "Loading the model")
    found = locate(to_axial(volume), shipped_model(LEVEL_MODEL), level=level, progress=part(progress, 0.1, 1.0))
    return _in_file_order(found, volume)


def slice_center_lps_mm(axial: Volume, index: int) -> tuple[float, float, float]:
    """Center of a slice (LPS, mm)."""
    _, rows, columns = axial.array.shape
    return axial.geometry.index_to_lps(((columns - 1) / 2, (rows - 1) / 2, index))


def software_versions() -> dict[str, str]:
    """Versions that a result depends on, by name."""
    return {
        "SegmentL3": __version__,
        "Python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def _choose_slice(volume: Volume, axial: Volume, slice_index: int | None, progress: Progress) -> _Choice:
    count = len(axial.array)
    if slice_index is not None:
        if not 0 <= slice_index < count:
            allowed = "its only slice is 0" if count == 1 else f"its slices are 0 to {count - 1}"
            raise UsageError(f"There is no slice {slice_index} in this scan; {allowed}.")
        return _Choice(axial_order(volume.geometry).axial_index(slice_index, count))
    if count == 1:
        return _Choice(0)
    model = shipped_model(LEVEL_MODEL)
    found = locate(axial, model, progress=progress)
    if not found.found:
        raise LevelNotFoundError(found.reason)
    logger.info("%s", found.reason)
    return _Choice(found.slice_index, found, (model,))


def _file_index(axial_slice, volume: Volume):
    order = axial_order(volume.geometry)
    return order.file_index(axial_slice, volume.array.shape[order.axes[0]])


def _in_file_order(level: LevelResult | None, volume: Volume) -> LevelResult | None:
    if level is None:
        return None
    index = None if level.slice_index is None else _file_index(level.slice_index, volume)
    vertebrae = {name: _file_index(position, volume) for name, position in level.vertebrae.items()}
    return replace(level, slice_index=index, vertebrae=vertebrae)


def _doubt(estimate: Estimate, axial: Volume, index: int) -> dict[str, Volume]:
    """Maps of doubt as volumes of the one slice, in axial order."""
    place = axial.geometry.index_to_lps((0, 0, index))
    geometry = Geometry(place, axial.geometry.spacing, axial.geometry.direction)
    return {name: Volume(values[None], geometry) for name, values in estimate.doubt.items()}


def _on_file_grid(labels: np.ndarray, axial_slice: int, volume: Volume) -> LabelMap:
    array = np.zeros(volume.array.shape, np.uint8)
    axial_order(volume.geometry).apply(array)[axial_slice] = labels
    return LabelMap(array, volume.geometry)
