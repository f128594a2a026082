"""Do the outlines, taken together, look like those of a patient?"""

import numpy as np

from ..labels import load_labels
from ..results import QualityReason
from ..trust.aligned import lay_on_grid
from ..trust.plausibility import shipped_autoencoder, structure_plausibility
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject


def unlike_label_maps(subject: Subject) -> QualityReason | None:
    """Labels that an auto-encoder of label maps cannot put together from what label maps consist of."""
    likeness = label_map_likeness(subject.labels, subject.hu, subject.spacing_yx_mm)
    lowest = limit("outlines", "likeness_min")
    if likeness is None or likeness >= lowest:
        return None
    text = (
        f"Taken together, the outlines are unlike those of patients at L3: likeness {100 * likeness:.0f} % "
        f"(usual: {100 * lowest:.0f} % and more)."
    )
    return reason("UNLIKE_LABEL_MAPS", CHECK, text)


def label_map_likeness(labels: np.ndarray, hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> float | None:
    """Overlap of the structures with what the label auto-encoder makes of them, mean of those that are there, 0 to 1.

    Args:
        labels: values of ``load_labels``, (y, x).
        hu: CT numbers of the same pixels.
        spacing_yx_mm: pixel size.

    Returns:
        None where there is no body or no label.
    """
    present = [row for row, label in enumerate(load_labels()) if (labels == label.value).any()]
    if not present:
        return None
    try:
        laid = lay_on_grid(hu, [labels], spacing_yx_mm)
    except ValueError:
        return None
    return float(structure_plausibility(laid.label_maps, shipped_autoencoder())[0, present].mean())
