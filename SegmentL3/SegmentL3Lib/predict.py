"""From images to segmented structures and their volumes, with any model."""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from .anatomical_box import body_box, vertebrae_box
from .errors import InputError, ModelError, SegmentL3Error, UsageError
from .inference import Box, Prediction, box_from_lps_bounds, box_from_slices, predict
from .models import load_model
from .models.plan import SegmentationModel
from .pipeline import software_versions
from .prediction_files import structure_entry, write_prediction
from .progress import Progress, part, silent
from .reading import read_volume
from .structure_names import match_structure
from .structure_volumes import StructureVolume, structure_volumes
from .volume import Geometry, Volume

_MODALITIES = {"CT": "CT", "MR": "MR", "MRI": "MR", "PT": "PT", "PET": "PT"}
LARGEST_TRIAL_VOXELS = 5_000_000
_TRIAL_SHAPE, _TRIAL_SPACING_MM = (8, 32, 32), (4.0, 4.0, 4.0)


def predict_files(
    inputs: Sequence[str | Path],
    package: Path,
    results: Mapping[str, Path],
    *,
    series: str | None = None,
    region: Mapping | None = None,
    structures: Sequence[str] | None = None,
    device: str = "auto",
    precision: str = "auto",
    mirror: bool | None = None,
    folds: Sequence[int] | None = None,
    checkpoint: str | None = None,
    compiled: bool = False,
    progress: Progress = silent,
) -> dict:
    """Read images, segment them and write segmentation, volumes and the account of it.

    Args:
        inputs: the images (files or DICOM folders), in the order in which the model names its inputs.
        package: folder of the model.
        results: paths to write to, see ``prediction_files.write_prediction``.
        series: series instance UID, where the one input is a folder with several series.
        region: part of the first image: ``{"slices": [first, last]}`` in the file's own order, both included;
            ``{"bounds_lps_mm": [x0, x1, y0, y1, z0, z1]}``; ``{"body": True}``: without the air and the table around
            the patient; ``{"vertebrae": ["T11", "L5"]}``: the slices from one to the other; None: all of it.
        structures: names of those to be segmented, as the model has them or readable; None: all.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", "fp32" or "bf16".
        mirror: whether to average over mirrored images; None: as the model says.
        folds: numbers of those of an nnU-Net model that are used; None: all that are there.
        checkpoint: name of the weights file of each fold of an nnU-Net model; None: the final one.
        compiled: whether PyTorch may compile the networks where that is found to be faster.
        progress: called with the fraction done and what is being done.

    Returns:
        What was written as JSON.

    Raises:
        InputError: an image cannot be read, is of the wrong modality, or nothing can be written.
        UsageError: number of images, region, structures, folds or device do not fit.
        LevelNotFoundError: a vertebra that bounds the region is not in the scan or cannot be told apart.
        ModelError: the package is damaged or not understood.
    """
    progress(0.0, "Loading the model")
    model = load_model(package, folds=folds, checkpoint=checkpoint)
    _check_count(inputs, model, series)
    wanted = _wanted(structures, model)
    progress(0.05, "Reading the scan" if len(inputs) == 1 else "Reading the scans")
    images = [read_volume(path, series) for path in inputs]
    _check_modality(images, model)
    progress(0.08, "Finding the region")
    box = _box(region, images[0])
    prediction = predict(
        model,
        images,
        device=device,
        precision=precision,
        compiled=compiled,
        mirror=mirror,
        structures=wanted,
        progress=part(progress, 0.1, 0.95),
        region=box,
    )
    progress(0.95, "Writing the results")
    known = [(structure.value, structure.name) for structure in model.structures]
    volumes = [
        volume
        for volume in structure_volumes(prediction.labels, known)
        if wanted is None or volume.name_in_model in wanted
    ]
    document = _document(model, images, prediction, volumes, region)
    write_prediction(prediction.labels, volumes, document, results)
    progress(1.0, "Done")
    return document


def try_model(package: Path) -> str:
    """Load a model and run it on a small image of noise, unless that would take long; returns what was done.

    Raises:
        ModelError: it cannot be loaded or run.
    """
    model = load_model(package)
    voxels = sum(math.prod(stage.window.patch_size) * len(stage.networks) for stage in model.stages)
    if voxels > LARGEST_TRIAL_VOXELS:
        return "loaded, but not tried on an image, as that would take long"
    array = np.random.default_rng(0).integers(-1000, 1000, _TRIAL_SHAPE).astype(np.int16)
    image = Volume(array, Geometry(spacing=_TRIAL_SPACING_MM))
    start = time.perf_counter()
    try:
        predict(model, [image] * len(model.inputs), device="cpu", mirror=False)
    except SegmentL3Error:
        raise
    except Exception as error:
        raise ModelError(f"It can be loaded, but not run ({type(error).__name__}).") from error
    return f"tried on a small image in {time.perf_counter() - start:.1f} s"


def _check_count(inputs: Sequence, model: SegmentationModel, series: str | None) -> None:
    if len(inputs) != len(model.inputs):
        raise UsageError(
            f"This model needs {len(model.inputs)} images in this order: {', '.join(model.inputs)}. "
            f"It was given {len(inputs)}."
        )
    if series is not None and len(inputs) > 1:
        raise UsageError("A series can be chosen for a single image only; name the folder of each series instead.")


def _check_modality(images: Sequence[Volume], model: SegmentationModel) -> None:
    """Refuse an image that says it is of another kind than all that the model is for."""
    made_for = {_MODALITIES.get(name.upper()) for name in model.modality}
    for image in images:
        found = _MODALITIES.get(image.modality or "")
        if found and None not in made_for and made_for and found not in made_for:
            raise InputError(
                f"This model is made for {' and '.join(sorted(made_for))}, but the scan is {found}. Choose another one."
            )


def _wanted(names: Sequence[str] | None, model: SegmentationModel) -> Collection[str] | None:
    """Names of the wanted structures, as the model has them."""
    if names is None:
        return None
    known = {}
    for structure in model.structures:
        for name in (match_structure(structure.name).name, structure.name):
            known[name.casefold()] = structure.name
    unknown = [name for name in names if name.casefold() not in known]
    if unknown or not names:
        listed = ", ".join(structure.name for structure in model.structures)
        raise UsageError(f'The model has no structure "{unknown[0] if unknown else ""}". It has: {listed}.')
    return frozenset(known[name.casefold()] for name in names)


def _box(region: Mapping | None, image: Volume) -> Box | None:
    match region:
        case None:
            return None
        case {"slices": [int(first), int(last)], **others} if not others:
            return _box_of_slices(first, last, image)
        case {"bounds_lps_mm": [*bounds], **others} if len(bounds) == 6 and not others:
            if all(isinstance(bound, int | float) and math.isfinite(bound) for bound in bounds):
                return box_from_lps_bounds(bounds, image.geometry, image.array.shape)
        case {"body": True, **others} if not others:
            return body_box(image)
        case {"vertebrae": [str(first), str(last)], **others} if not others:
            return vertebrae_box(image, (first, last))
    raise UsageError(
        "The region is no range of slices [first, last], no bounds [x0, x1, y0, y1, z0, z1] in mm, no range of "
        "vertebrae, and not the body."
    )


def _box_of_slices(first: int, last: int, image: Volume) -> Box:
    count = len(image.array)
    if not 0 <= first <= last < count:
        raise UsageError(f"There are no slices {first} to {last} in this scan; its slices are 0 to {count - 1}.")
    return box_from_slices(first, last, image.array.shape)


def _document(
    model: SegmentationModel,
    images: Sequence[Volume],
    prediction: Prediction,
    volumes: Sequence[StructureVolume],
    region: Mapping | None,
) -> dict:
    """The result in plain values; no name, ID or path of a patient is in it."""
    geometry = prediction.labels.geometry
    warnings = [warning for image in images for warning in image.warnings]
    return {
        "model": model.describe(),
        "structures": [structure_entry(volume) for volume in volumes],
        "volumes_ml": {volume.label.name: volume.volume_ml for volume in volumes},
        "region": dict(region) if region else None,
        "notes": [*warnings, *model.notes, *prediction.notes],
        "seconds": dict(prediction.seconds),
        "device": prediction.device,
        "precision": prediction.precision,
        "agreement": prediction.agreement,
        "geometry": {
            "size_xyz": list(reversed(prediction.labels.array.shape)),
            "spacing_xyz_mm": list(geometry.spacing),
            "origin_lps_mm": list(geometry.origin),
            "direction_lps": list(geometry.direction),
        },
        "software": software_versions(),
    }
