"""Choose the parameters of the conditional random field on synthetic patients that the weights have not seen."""

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegmentL3Lib.inference import predict
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.refinement import refine_with_crf
from SegmentL3Lib.volume import RIGHT_FRONT_TOP, Geometry, Volume

from ..training import fetal_material
from ..training.lesion_material import read_case, restored
from .metrics import dice
from .tables import Column, markdown_table

logger = logging.getLogger(__name__)
_NONE = "none"
_MEAN = "dice"


@dataclass(frozen=True, eq=False)
class Patient:
    """A synthetic patient.

    Attributes:
        name: in the log.
        probabilities: of the network, float32 (class, z, y, x).
        images: what it has seen, on the same voxels.
        truth: value of the class of each voxel.
    """

    name: str
    probabilities: np.ndarray
    images: Sequence[Volume]
    truth: np.ndarray


def candidates(choices: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    """All combinations of values by name of the parameter."""
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def choose_refinement(patients: Iterable[Patient], choices: Mapping[str, Sequence[float]]) -> str:
    """Compare choices on patients, as Markdown; the best is logged."""
    rows = compare_parameters(patients, choices)
    logger.info("best: %s", rows[0])
    return choice_table(rows, choices)


def lesion_patients(model: SegmentationModel, recipe: Mapping, work: Path) -> Iterator[Patient]:
    """Patients with brain lesions that are kept to choose with."""
    geometry = Geometry(spacing=(recipe["voxel_mm"],) * 3, direction=RIGHT_FRONT_TOP)
    for path in sorted((work / "lesions_validation_pool").glob("*.npy")):
        contrasts, lesions = read_case(path)
        images = [Volume(np.ascontiguousarray(each.transpose()), geometry) for each in restored(contrasts)]
        yield _patient(path.stem, model, images, lesions.transpose())


def organ_patients(model: SegmentationModel, recipe: Mapping, work: Path) -> Iterator[Patient]:
    """Pregnant women that are kept to choose with."""
    for path in sorted((work / recipe["validation_material"]).glob("*.npy")):
        image, classes = (np.ascontiguousarray(each.transpose()) for each in fetal_material.read_case(path))
        images = [Volume(image.astype(np.float32), Geometry(spacing=tuple(recipe["material_mm"])))]
        yield _patient(path.stem, model, images, classes)


def _patient(name: str, model: SegmentationModel, images: Sequence[Volume], truth: np.ndarray) -> Patient:
    return Patient(name, predict(model, images, with_probabilities=True).probabilities, images, truth)


def compare_parameters(
    patients: Iterable[Patient], choices: Mapping[str, Sequence[float]]
) -> list[dict[str, object]]:
    """Mean Dice without the field and with each candidate, the best first.

    Args:
        patients: that the weights have not seen.
        choices: values of each parameter.
    """
    sets = [None, *candidates(choices)]
    scores = np.array([_scores(patient, sets) for patient in patients])
    means = np.nanmean(scores, axis=0)
    rows = [{**(own or {_NONE: True}), _MEAN: float(mean)} for own, mean in zip(sets, means, strict=True)]
    return sorted(rows, key=lambda row: -row[_MEAN])


def choice_table(rows: Sequence[Mapping], choices: Mapping[str, Sequence[float]]) -> str:
    """Rows of ``compare_parameters`` as Markdown; dashes where no field was used."""
    columns = [*(Column(name, name.replace("_", " "), "g") for name in choices), Column(_MEAN, "mean Dice", ".4f")]
    return markdown_table(rows, columns)


def _scores(patient: Patient, sets: Sequence[Mapping | None]) -> list[float]:
    """Mean Dice of the classes of one patient for each set of parameters; nan where there are none."""
    classes = [value for value in np.unique(patient.truth) if value]
    scores = []
    for own in sets:
        refined = patient.probabilities
        refined = refined if own is None else refine_with_crf(refined, patient.images, own)
        found = refined.argmax(0)
        overlaps = [dice(found == value, patient.truth == value) for value in classes]
        scores.append(float(np.mean(overlaps)) if overlaps else float("nan"))
    logger.info("%s: Dice %.3f without the field, %.3f with the best", patient.name, scores[0], np.max(scores[1:]))
    return scores
