"""Reverse classification accuracy: how well a mask teaches the labels of slices whose labels are known.

Valindria et al., IEEE TMI 36(8), 2017. The slice with its predicted mask is the only teacher; what it teaches is tried
on references, and the overlap there tells how good the mask is.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from ..labels import load_labels
from ..progress import Progress, silent
from .aligned import GRID, AlignedSlice
from .overlap import dice
from .references import Reference
from .registration import BODY_GRAY, corresponding_places

MOST_REFERENCES = 6
# A pixel is as far from another by 10 pixels (25 mm) as by a quarter of the gray scale (125 HU).
_PLACE_PIXELS = 10.0
_GRAY_SHARE = 0.25
_SMOOTHING_PIXELS = (0.0, 1.5, 4.0)
_LIKENESS_PIXELS = 3.0
_VOTES = 8
# Mean squared difference of two images of one slice, rounding and a shift by a part of a pixel included.
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class Comparison:
    """A slice and the references that are most like it.

    Attributes:
        reverse_dice: overlap that masks of the slice reach on the references, float (map, reference, label of
            ``load_labels``), the likest reference first; nan where neither has the label.
        atlas: labels that the references together teach the slice, uint8 (y, x).
    """

    reverse_dice: np.ndarray
    atlas: np.ndarray


@dataclass(frozen=True, eq=False)
class _Lesson:
    """Figures of a reference's pixels, (pixels, 5), their labels, and overlap of these with the taught (map, label)."""

    features: np.ndarray
    known: np.ndarray
    overlaps: list[list[float]]


def compare_with_references(
    case: AlignedSlice,
    references: Sequence[Reference],
    progress: Progress = silent,
    values: Sequence[int] | None = None,
    center_yx: tuple[float, float] = GRID.spine,
) -> Comparison:
    """Let a slice and the references that are most like it teach each other.

    Each pixel takes the label of the pixel of the teacher that is most like it in gray value, in surroundings and,
    after registration, in place.

    Args:
        case: the slice with one or more label maps.
        references: slices with known labels.
        progress: called with the fraction done.
        values: of the labels; those of ``load_labels`` without it.
        center_yx: pixel around which slices are turned and scaled to match.
    """
    values = [label.value for label in load_labels()] if values is None else list(values)
    inside = case.image > BODY_GRAY
    own = _features(case.image, inside, np.array(np.nonzero(inside)))
    teacher, taught = cKDTree(own), case.label_maps[:, inside]
    chosen = likest(case.image, references)

    def teach(reference: Reference) -> _Lesson:
        body = reference.image > BODY_GRAY
        places = corresponding_places(reference.image, case.image, center_yx)[:, body]
        features = _features(reference.image, body, places)
        nearest, known = teacher.query(features)[1], reference.labels[body]
        return _Lesson(features, known, [_overlaps(labels[nearest], known, values) for labels in taught])

    def report() -> None:
        progress(len(lessons) / len(chosen), f"Comparing with known slices ({len(lessons) + 1} of {len(chosen)})")

    lessons: list[_Lesson] = []
    # The first by itself: ITK makes its global objects when they are first used, and two threads that do so at a time
    # can crash (InsightSoftwareConsortium/ITK, issue 5493).
    for reference in chosen[:1]:
        report()
        lessons.append(teach(reference))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for lesson in pool.map(teach, chosen[1:]):
            report()
            lessons.append(lesson)
    atlas = np.zeros(case.image.shape, np.uint8)
    nearest = cKDTree(np.concatenate([each.features for each in lessons])).query(own, _VOTES, workers=-1)[1]
    atlas[inside] = _most_frequent(np.concatenate([each.known for each in lessons])[nearest], values)
    return Comparison(np.array([each.overlaps for each in lessons]).swapaxes(0, 1), atlas)


def likest(image: np.ndarray, references: Sequence[Reference]) -> list[Reference]:
    """The references whose blurred image differs least from an aligned slice's, the likest first.

    A reference that is the slice itself is left out: it would find every mask like its own perfect.
    """
    others = [item for item in references if np.square(item.image - image).mean() > _SAME]
    soft = ndimage.gaussian_filter(image, _LIKENESS_PIXELS)
    difference = [np.square(ndimage.gaussian_filter(item.image, _LIKENESS_PIXELS) - soft).mean() for item in others]
    return [others[number] for number in np.argsort(difference, kind="stable")[:MOST_REFERENCES]]


def _overlaps(labels: np.ndarray, true: np.ndarray, values: Sequence[int]) -> list[float]:
    return [dice(labels == value, true == value) for value in values]


def _most_frequent(votes: np.ndarray, values: Sequence[int]) -> np.ndarray:
    """Most frequent of the labels, (pixels, votes), of each pixel."""
    known = np.array([0, *values], np.uint8)
    return known[np.argmax([(votes == value).sum(1) for value in known], axis=0)]


def _features(image: np.ndarray, inside: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Place and gray values of the pixels inside, (pixels, 5), in units that weigh alike."""
    grays = [(ndimage.gaussian_filter(image, sigma) if sigma else image)[inside] for sigma in _SMOOTHING_PIXELS]
    return np.column_stack([*(places / _PLACE_PIXELS), *(gray / _GRAY_SHARE for gray in grays)])
