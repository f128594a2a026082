"""How good the result of one slice is: the whole estimate in one call."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from ..labels import load_labels
from ..models import Bundle
from ..progress import Progress, part, silent
from ..results import StructureQuality
from .aligned import body_window
from .doubt import gather
from .estimator import Estimator
from .evidence import FIGURES, gather_evidence
from .references import Reference
from .samples import COUNT, sampled_probabilities

_SAMPLING_SHARE = 0.5  # of the time


@dataclass(frozen=True, eq=False)
class Estimate:
    """What is estimated of a result.

    Attributes:
        structures: one entry for each label of ``load_labels``.
        coverage: share of results whose true values lie within the intervals.
        doubt: "entropy" and "mutual_information" of the slice in nats, float32 (y, x).
    """

    structures: tuple[StructureQuality, ...]
    coverage: float | None
    doubt: Mapping[str, np.ndarray] = field(default_factory=dict)


def estimate_quality(
    labels: np.ndarray,
    hu: np.ndarray,
    spacing_yx_mm: tuple[float, float],
    model: Bundle,
    references: Sequence[Reference],
    autoencoder,
    estimator: Estimator,
    device="cpu",
    progress: Progress = silent,
) -> Estimate:
    """Estimate Dice and area of each structure, with intervals, and where the model is in doubt.

    Args:
        labels: result, values of ``load_labels``, (y, x), row 0 anterior, column 0 the patient's right.
        hu: CT numbers of the same pixels.
        spacing_yx_mm: pixel size.
        model: the tissue model that made the result.
        references: slices with known labels, at least one.
        autoencoder: of label maps (``plausibility.shipped_autoencoder``).
        estimator: from evidence to quality.
        device: where the network runs, as torch names it.
        progress: called with the fraction done and what is being done; an error that it raises ends the estimate.

    Returns:
        The estimate. Without a body in the slice nothing is estimated: all values are None.

    Raises:
        ModelError: the model is not a 2D model of these regions.
    """
    window = body_window(hu, spacing_yx_mm)
    hu_inside, labels_inside = hu[window], labels[window]
    answers = sampled_probabilities(hu_inside, spacing_yx_mm, model, device)
    doubt = gather(_counted(_one_ahead(answers), part(progress, 0, _SAMPLING_SHARE)), hu_inside, spacing_yx_mm)
    maps = {name: _in_slice(values, window, hu.shape) for name, values in doubt.maps.items()}
    try:
        figures = gather_evidence(
            hu_inside,
            spacing_yx_mm,
            [labels_inside],
            [doubt],
            references,
            autoencoder,
            part(progress, _SAMPLING_SHARE, 1),
        )[0]
    except ValueError:
        return Estimate(tuple(StructureQuality(label.id) for label in load_labels()), None, maps)
    pixel_cm2 = spacing_yx_mm[0] * spacing_yx_mm[1] / 100
    areas_cm2 = [(labels_inside == label.value).sum() * pixel_cm2 for label in load_labels()]
    agreement = np.nan_to_num(figures[:, FIGURES.index("samples_iou")])
    return Estimate(estimator.estimate(figures, areas_cm2, agreement), estimator.coverage, maps)


def _one_ahead(answers: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The answers; while one is worked on the network makes the next."""
    with ThreadPoolExecutor(1) as worker:
        following = worker.submit(next, answers, None)
        while (answer := following.result()) is not None:
            following = worker.submit(next, answers, None)
            yield answer


def _counted(answers: Iterator[np.ndarray], progress: Progress) -> Iterator[np.ndarray]:
    for number, answer in enumerate(answers):
        progress(number / COUNT, f"Asking the model again ({number + 1} of {COUNT})")
        yield answer


def _in_slice(values: np.ndarray, window: tuple[slice, slice], shape: tuple[int, int]) -> np.ndarray:
    """Values of a part of a slice on the whole of it, 0 elsewhere."""
    whole = np.zeros(shape, np.float32)
    whole[window] = values
    return whole
