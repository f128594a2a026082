"""A segmentation model from an nnU-Net v2 result folder."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import ModelError
from ..networks import build_planned_network
from .fitting import load_weights
from .folder import PackageFolder
from .nnunet_folder import DATASET, FINAL_CHECKPOINT, PLANS, find_folds, find_result_folder, previous_stage_folder
from .nnunet_labels import Labels, read_channel_names, read_labels
from .nnunet_plans import (
    read_configuration,
    read_normalizations,
    read_orientation,
    read_resampling,
    read_sizes,
    read_transpose,
)
from .nnunet_trainers import is_in_ras, uses_batch_norm
from .plan import NNUNET_FOLDER, SegmentationModel, Stage, Window
from .values import entries, entry, file_name, title, whole
from .weights import plain_table, read_checkpoint, state_dict_of

_USUAL_FOLDS = 5
_MOST_AXES = 3
_RAS = "SAR"  # right, anterior, superior in the order of arrays


def load_result_folder(
    folder: PackageFolder, *, folds=None, checkpoint: str = FINAL_CHECKPOINT, configuration: str | None = None
) -> SegmentationModel | None:
    """Read an nnU-Net v2 package; None where the folder holds none.

    Args:
        folder: a result folder, that of a data set, or one around it.
        folds: numbers, or "all"; None takes every numbered fold that is there, or else "all".
        checkpoint: name of the weights file of each fold.
        configuration: such as "2d" or "3d_fullres"; None takes the only one or the most usual.

    Raises:
        ModelError: something is missing, damaged, not understood, or does not fit together; it is named.
    """
    found = find_result_folder(folder, configuration)
    if found is None:
        return None
    result, others = found
    plans, dataset = result.json(PLANS), result.json(DATASET)
    labels, inputs = read_labels(dataset), read_channel_names(dataset)
    task = _Task(labels, inputs, folds, checkpoint)
    stages = [_read_stage(result, plans, task)]
    if stages[0].previous:
        stages.insert(0, _read_first_stage(previous_stage_folder(result, stages[0].previous), task))
    if configuration is not None and configuration != stages[-1].configuration:
        raise ModelError(f'{result.name} is the configuration "{stages[-1].configuration}", not "{configuration}".')
    return SegmentationModel(
        identifier=folder.name,
        title=title(dataset.get("name")) or title(plans.get("dataset_name")) or folder.name,
        description=title(dataset.get("description")),
        modality=_modality(inputs, stages[-1].stage),
        license=title(dataset.get("licence") or dataset.get("license")),
        version=title(str(dataset.get("release", ""))),
        inputs=inputs,
        structures=labels.structures,
        activation=labels.activation,
        stages=tuple(read.stage for read in stages),
        kind=NNUNET_FOLDER,
        sha256=_joined_hash([value for read in stages for value in read.hashes]),
        notes=_notes(result, stages, others),
    )


@dataclass(frozen=True)
class _Task:
    """What all stages have in common."""

    labels: Labels
    inputs: tuple[str, ...]
    folds: object
    checkpoint: str


@dataclass(frozen=True, eq=False)
class _ReadStage:
    stage: Stage
    configuration: str
    previous: str | None
    folds: tuple[str, ...]
    hashes: tuple[str, ...]
    assumed_ras: bool


@dataclass(frozen=True, eq=False)
class _Fold:
    weights: Mapping
    configuration: str
    trainer: str
    mirror_axes: tuple[int, ...]
    sha256: str


def _read_first_stage(folder: PackageFolder, task: _Task) -> _ReadStage:
    plans, dataset = folder.json(PLANS), folder.json(DATASET)
    if read_labels(dataset) != task.labels or read_channel_names(dataset) != task.inputs:
        raise ModelError(f"{folder.name} does not have the labels and channels of the second stage of its cascade.")
    read = _read_stage(folder, plans, task)
    if read.previous:
        raise ModelError(f"A cascade of more than two stages is not supported ({folder.name}).")
    return read


def _read_stage(folder: PackageFolder, plans: Mapping, task: _Task) -> _ReadStage:
    names = find_folds(folder, task.folds, task.checkpoint)
    folds = [_read_fold(folder, f"{name}/{task.checkpoint}") for name in names]
    for fold in folds:
        _check_agreement(folds[0], fold, folder.name)
    configuration = read_configuration(plans, folds[0].configuration)
    previous = configuration.get("previous_stage")
    before = task.labels.foreground if previous else ()
    batch_norm = uses_batch_norm(folds[0].trainer)
    networks = []
    for name, fold in zip(names, folds, strict=True):
        shape = len(task.inputs) + len(before), task.labels.channels
        network = build_planned_network(configuration["architecture"], *shape, batch_norm=batch_norm)
        networks.append(load_weights(network, fold.weights, f"{folder.name}/{name}"))
    spacing_mm, patch_size = read_sizes(configuration)
    _check_patch(patch_size, networks[0].divisors)
    if max(folds[0].mirror_axes, default=0) >= len(patch_size):
        raise ModelError(
            f"inference_allowed_mirroring_axes of {folder.name} names an axis that the patch does not have."
        )
    transpose, orientation, assumed_ras = _axes(plans)
    stage = Stage(
        networks=tuple(networks),
        channels=read_normalizations(plans, configuration, len(task.inputs)),
        resampling=read_resampling(configuration, spacing_mm),
        window=Window(patch_size, "nnunet", mirror_axes=folds[0].mirror_axes),
        transpose=transpose,
        orientation=orientation,
        crop_to_nonzero=True,
        normalize_before_resampling=True,
        previous_labels=before,
    )
    hashes = tuple(fold.sha256 for fold in folds)
    return _ReadStage(stage, folds[0].configuration, previous, tuple(names), hashes, assumed_ras)


def _read_fold(folder: PackageFolder, relative: str) -> _Fold:
    content, sha256 = read_checkpoint(folder.file(relative))
    content, place = plain_table(content), f"{folder.name}/{relative}"
    started = plain_table(entry(content, "init_args", place))
    axes = content.get("inference_allowed_mirroring_axes")
    axes = [] if axes is None else entries(axes, f"inference_allowed_mirroring_axes of {place}")
    return _Fold(
        weights=state_dict_of(entry(content, "network_weights", place), place),
        configuration=file_name(entry(started, "configuration", f"init_args of {place}"), f"configuration of {place}"),
        trainer=file_name(entry(content, "trainer_name", place), f"trainer_name of {place}"),
        mirror_axes=tuple(sorted({whole(axis, f"mirroring axes of {place}", 0, _MOST_AXES - 1) for axis in axes})),
        sha256=sha256,
    )


def _check_agreement(first: _Fold, fold: _Fold, name: str) -> None:
    for what in ("configuration", "trainer", "mirror_axes"):
        if getattr(first, what) != getattr(fold, what):
            raise ModelError(f"The folds of the model package {name} do not have the same {what.replace('_', ' ')}.")


def _check_patch(patch_size: Sequence[int], divisors: Sequence[int]) -> None:
    if len(patch_size) != len(divisors) or any(size % by for size, by in zip(patch_size, divisors, strict=True)):
        raise ModelError(
            f"patch_size {list(patch_size)} in plans.json does not fit the network, which halves it down by "
            f"{list(divisors)}."
        )


def _axes(plans: Mapping) -> tuple[tuple[int, ...], str | None, bool]:
    """Order of the axes, their directions, and whether these are known from the name of the data set alone."""
    transpose, orientation = read_transpose(plans), read_orientation(plans)
    assumed = orientation is None and is_in_ras(plans.get("dataset_name"))
    directions = _RAS if assumed else orientation
    if directions is None:
        return transpose, None, False
    return (0, 1, 2), "".join(directions[axis] for axis in transpose), assumed


def _modality(inputs: Sequence[str], stage: Stage) -> tuple[str, ...]:
    is_ct = any(name.upper() == "CT" for name in inputs) or any(channel.scheme == "ct" for channel in stage.channels)
    return ("CT",) if is_ct else ()


def _joined_hash(hashes: Sequence[str]) -> str:
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _notes(folder: PackageFolder, stages: Sequence[_ReadStage], others: Sequence[str]) -> tuple[str, ...]:
    last = stages[-1]
    notes = []
    if others:
        notes.append(f"The configuration {last.configuration} is used; there is also {', '.join(others)}.")
    for read in stages:
        if read.folds[0] != "fold_all" and len(read.folds) < _USUAL_FOLDS:
            notes.append(f"{len(read.folds)} of {_USUAL_FOLDS} folds are present ({read.configuration}).")
    axes = len(last.stage.window.mirror_axes)
    if axes:
        notes.append(f"Trained with mirroring along {axes} axes, so that mirrored predictions can be averaged.")
    if last.assumed_ras:
        notes.append("Scans are turned to RAS first, as the makers of this data set do.")
    elif last.stage.orientation is None and axes < len(last.stage.window.patch_size):
        notes.append("Scans must have the axis directions of the training data: the package does not say which.")
    if _recommends_postprocessing(folder):
        notes.append("The package recommends a postprocessing (postprocessing.json), which is not applied.")
    return tuple(notes)


def _recommends_postprocessing(folder: PackageFolder) -> bool:
    found = sorted(folder.root.glob("crossval_results_folds_*/postprocessing.json"))
    return any(folder.json(path.relative_to(folder.root)).get("postprocessing_fns") for path in found)
