"""Choose the parameters of the conditional random field on synthetic patients that the weights have not seen."""

import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.refinement import refine_with_crf
from SegmentL3Lib.volume import Geometry, Volume

from ..synthesis.brain import VOXEL_MM
from ..training.lesion_material import read_case, restored
from .metrics import dice
from .tables import Column, markdown_table

logger = logging.getLogger(__name__)
_NONE = "none"
_MEAN = "dice"


def candidates(choices: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    """All combinations of values by name of the parameter."""
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def choose_refinement(model: SegmentationModel, recipe: Mapping, work: Path) -> str:
    """Compare the choices of a recipe on its patients kept for it, as Markdown; the best is logged."""
    patients = sorted((work / "lesions_validation_pool").glob("*.npy"))
    rows = compare_parameters(model, patients, recipe["refinement_choices"])
    logger.info("best: %s", rows[0])
    return choice_table(rows, recipe["refinement_choices"])


def compare_parameters(
    model: SegmentationModel, patients: Iterable[Path], choices: Mapping[str, Sequence[float]]
) -> list[dict[str, object]]:
    """Mean Dice without the field and with each candidate, the best first.

    Args:
        model: of one network.
        patients: files of ``lesion_material.write_case``.
        choices: values of each parameter.
    """
    sets = [None, *candidates(choices)]
    scores = np.array([_scores(model, path, sets) for path in patients])
    means = np.nanmean(scores, axis=0)
    rows = [{**(own or {_NONE: True}), _MEAN: float(mean)} for own, mean in zip(sets, means, strict=True)]
    return sorted(rows, key=lambda row: -row[_MEAN])


def choice_table(rows: Sequence[Mapping], choices: Mapping[str, Sequence[float]]) -> str:
    """Rows of ``compare_parameters`` as Markdown; dashes where no field was used."""
    columns = [*(Column(name, name.replace("_", " "), "g") for name in choices), Column(_MEAN, "mean Dice", ".4f")]
    return markdown_table(rows, columns)


def _scores(model: SegmentationModel, path: Path, sets: Sequence[Mapping | None]) -> list[float]:
    """Dice of one patient for each set of parameters; nan where it has no lesions."""
    contrasts, lesions = read_case(path)
    values = restored(contrasts)
    with torch.inference_mode():
        logits = model.stages[0].networks[0](torch.from_numpy(values)[None])[0]
    probabilities = logits.softmax(0).numpy()
    images = [Volume(each, Geometry(spacing=(VOXEL_MM,) * 3)) for each in values]
    scores = []
    for own in sets:
        refined = probabilities if own is None else refine_with_crf(probabilities, images, own)
        scores.append(dice(refined.argmax(0) > 0, lesions) if lesions.any() else float("nan"))
    logger.info("%s: Dice %.3f without the field, %.3f with the best", path.stem, scores[0], np.max(scores[1:]))
    return scores
