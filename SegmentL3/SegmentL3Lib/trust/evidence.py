"""What can be seen of the quality of a mask without a drawing: the figures that a Dice is estimated from."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from ..body import body_mask
from ..labels import load_labels
from ..progress import Progress, silent
from .aligned import GRID, lay_on_grid
from .doubt import ENTROPY, MUTUAL_INFORMATION, Doubt
from .overlap import dice, intersection_over_union
from .plausibility import LabelAutoEncoder, structure_plausibility
from .references import Reference
from .reverse import compare_with_references

# Names of the figures, in their order; each is explained in ``Resources/Trust/README.md``.
FIGURES = (
    "reverse_best",
    "reverse_best_three",
    "reverse_mean",
    "atlas_dice",
    "atlas_area_ratio",
    "samples_dice",
    "samples_lowest_dice",
    "samples_iou",
    "samples_area_variation",
    "samples_area_ratio",
    "entropy",
    "mutual_information",
    "plausibility",
    "area_share",
    "largest_part",
    "border_share",
    "left_share",
    "mean_hu",
    "deviation_hu",
    "labeled_share",
    "noise_hu",
    "edge_share",
    "pixel_mm",
)
_BEST = 3


def gather_evidence(
    hu: np.ndarray,
    spacing_yx_mm: tuple[float, float],
    masks: Sequence[np.ndarray],
    doubts: Sequence[Doubt],
    references: Sequence[Reference],
    autoencoder: LabelAutoEncoder,
    progress: Progress = silent,
) -> np.ndarray:
    """Figures of each structure of each mask of one slice.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        spacing_yx_mm: pixel size.
        masks: tissue labels of the same pixels, uint8 (y, x), one or more.
        doubts: several answers of the network that made each mask.
        references: slices with known labels, at least one.
        autoencoder: of label maps, see ``plausibility``.
        progress: called with the fraction done.

    Returns:
        Figures, float (mask, label of ``load_labels``, figure of ``FIGURES``); those of a structure that is not in
        the mask are nan.

    Raises:
        ValueError: there is no body in the slice.
    """
    case = lay_on_grid(hu, masks, spacing_yx_mm)
    compared = compare_with_references(case, references, progress)
    plausible = structure_plausibility(case.label_maps, autoencoder)
    body = body_mask(hu, spacing_yx_mm)
    image = _image_figures(hu, body, spacing_yx_mm)
    result = np.full((len(masks), len(load_labels()), len(FIGURES)), np.nan)
    for number, (mask, doubt) in enumerate(zip(masks, doubts, strict=True)):
        labeled = (mask[body] > 0).mean()
        for row, label in enumerate(load_labels()):
            structure = mask == label.value
            if not structure.any():
                continue
            result[number, row] = (
                *reverse_figures(compared.reverse_dice[number, :, row]),
                *atlas_figures(case.label_maps[number] == label.value, compared.atlas == label.value),
                *sample_figures(structure, doubt, label.value),
                plausible[number, row],
                *_shape_figures(structure, body),
                *(_left_share(case.label_maps[number] == label.value), hu[structure].mean(), hu[structure].std()),
                *(labeled, *image),
            )
    return result


def reverse_figures(values: np.ndarray) -> tuple[float, float, float]:
    """Best overlap on a reference, mean of the best three, and mean of all, of overlaps (reference,)."""
    known = np.sort(np.nan_to_num(values))[::-1]
    return known[0], known[:_BEST].mean(), known.mean()


def atlas_figures(on_grid: np.ndarray, atlas: np.ndarray) -> tuple[float, float]:
    """Overlap of a structure with what the references make of it, both boolean (y, x), and ratio of their areas."""
    return np.nan_to_num(dice(on_grid, atlas)), atlas.sum() / max(1, on_grid.sum())


def sample_figures(structure: np.ndarray, doubt: Doubt, value: int) -> tuple[float, ...]:
    """How far several answers agree with a structure, boolean (y, x), whose label has this value."""
    samples = doubt.masks == value
    overlaps = [dice(structure, sample) for sample in samples]
    areas = samples.sum((1, 2))
    near = ndimage.binary_dilation(structure, iterations=2)
    return (
        float(np.mean(overlaps)),
        min(overlaps),
        np.nan_to_num(intersection_over_union(samples)),
        areas.std() / structure.sum(),
        areas.mean() / structure.sum(),
        doubt.maps[ENTROPY][near].mean(),
        doubt.maps[MUTUAL_INFORMATION][near].mean(),
    )


def _shape_figures(structure: np.ndarray, body: np.ndarray) -> tuple[float, float, float]:
    parts, _ = ndimage.label(structure)
    border = structure & ~ndimage.binary_erosion(structure)
    area = structure.sum()
    return area / max(1, body.sum()), np.bincount(parts.ravel())[1:].max() / area, border.sum() / area


def _left_share(on_grid: np.ndarray) -> float:
    left = on_grid[:, round(GRID.spine[1]) :].sum()
    return left / max(1, on_grid.sum())


def _image_figures(hu: np.ndarray, body: np.ndarray, spacing_yx_mm: tuple[float, float]) -> tuple[float, float, float]:
    """Noise of the soft tissue (HU), share of the body's outline on the border of the image, pixel size."""
    soft = body & (hu > -150) & (hu < 150)
    rough = hu - ndimage.uniform_filter(hu.astype(np.float32), 3)
    # The median does not mind the borders of tissues.
    noise = 1.4826 * np.median(np.abs(rough[soft])) if soft.any() else 0.0
    ends = np.concatenate([body[0], body[-1], body[:, 0], body[:, -1]]).sum()
    outline = (body & ~ndimage.binary_erosion(body, border_value=1)).sum() + ends
    return noise, ends / max(1, outline), max(spacing_yx_mm)
