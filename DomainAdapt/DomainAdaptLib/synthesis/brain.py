"""Synthetic patients with brain lesions: four contrasts and the lesions, by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .brain_contrast import CONTRASTS, draw_any_signal, draw_relaxation, draw_signal
from .brain_fields import Shape, spread
from .brain_lesions import add_drawn_plaques, add_infarct, add_plaques, add_tumor, enhance_some, random_place
from .brain_render import blend, disturb, field_of_view, head_mask, render
from .brain_sulci import close_sulci
from .brain_tissues import INTRACRANIAL, Tissue
from .brain_vessels import add_vessels
from .brain_visibility import invisible_parts
from .brain_warp import Push, warp

SHAPE: Shape = (180, 216, 180)  # millimeters around the middle of the brain
VOXEL_MM = 1.5  # of images, if no other is wanted
KINDS = ("none", "plaques", "drawn_plaques", "tumor", "infarct", "mixed")
_KIND_SHARES = (0.08, 0.27, 0.26, 0.3, 0.06, 0.03)
_STRIPPED, _CUT, _ANY_CONTRAST, _EMPTY_AIR = 0.75, 0.12, 0.03, 0.5
_TUMOR_RADIUS_MM = (6, 30)
_BRIGHTEST_LIMBIC = 0.35
_PLAQUES = (Tissue.PLAQUE, Tissue.ENHANCING_PLAQUE)


@dataclass(frozen=True, eq=False)
class BrainCase:
    """A synthetic patient.

    Attributes:
        kind: which lesions there are, one of ``KINDS``.
        image: float32 (contrast, x, y, z), contrasts as in ``CONTRASTS``, 0 outside a stripped brain.
        lesions: boolean (x, y, z); of plaques those that can be seen, see ``brain_visibility``.
        lesion_tissues: uint8 (x, y, z), values of ``brain_tissues.Tissue`` in the middle of each voxel, 0 elsewhere.
    """

    kind: str
    image: np.ndarray
    lesions: np.ndarray
    lesion_tissues: np.ndarray


def make_case(
    maps: Sequence[np.ndarray],
    masks: Sequence[np.ndarray],
    seed: int,
    shape: Shape = SHAPE,
    kind: str | None = None,
    voxel_mm: float = VOXEL_MM,
) -> BrainCase:
    """A patient.

    Args:
        maps: tissue maps of heads, of which one is taken.
        masks: of plaques, see ``brain_lesions.add_drawn_plaques``; may be empty.
        seed: decides everything else.
        shape: of the part of the head, mm; smaller ones are for tests.
        kind: which lesions there are, one of ``KINDS``; by chance without it.
        voxel_mm: edge of the voxels of the images.
    """
    rng = np.random.default_rng((seed, 5))
    kind = kind or str(rng.choice(KINDS, p=_KIND_SHARES))
    tissues, lesions = _head(maps[rng.integers(len(maps))], shape, kind, masks, rng)
    visible = head_mask(tissues, rng) if rng.uniform() < _STRIPPED else None
    if rng.uniform() < _CUT:
        visible = field_of_view(shape, rng) & (True if visible is None else visible)
    image = _images(tissues, lesions, visible, voxel_mm, rng)
    shown = lesions if visible is None else np.where(visible, lesions, 0)
    truth, plaques = (spread(mask, image.shape[1:]) >= 0.5 for mask in (shown > 0, np.isin(shown, _PLAQUES)))
    unseen = invisible_parts(plaques, truth, image[CONTRASTS.index("FLAIR")], voxel_mm)
    middles = (np.linspace(0, size - 1, few).round().astype(int) for size, few in zip(shape, truth.shape, strict=True))
    return BrainCase(kind, image, truth & ~unseen, np.where(unseen, 0, shown[np.ix_(*middles)]))


def _head(
    tissues: np.ndarray, shape: Shape, kind: str, masks: Sequence[np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Tissues of a new head, and the lesions in it."""
    push = None
    if kind in ("tumor", "mixed"):
        radius = rng.uniform(*_TUMOR_RADIUS_MM)
        side = shape[0] / 2 + rng.choice((-1, 1)) * rng.uniform(10, 50)
        center = side, shape[1] / 2 + rng.uniform(-60, 60), shape[2] / 2 + rng.uniform(-35, 50)
        push = Push(center, radius, rng.uniform(0, 0.7))
    tissues = warp(tissues, shape, rng, push)
    close_sulci(tissues, rng)
    add_vessels(tissues, rng)
    lesions = np.zeros(shape, np.uint8)
    if kind in ("plaques", "mixed") or (kind == "drawn_plaques" and not masks):
        add_plaques(lesions, tissues, rng)
    elif kind == "drawn_plaques":
        add_drawn_plaques(lesions, tissues, masks[rng.integers(len(masks))], rng)
    if rng.uniform() < 0.3:
        enhance_some(lesions, rng, rng.uniform(0, 0.5))
    if kind == "infarct":
        add_infarct(lesions, tissues, rng)
    if push is not None:
        at = np.clip(np.rint(push.center).astype(int), 0, np.array(shape) - 1)
        inside = tissues[tuple(at)] in INTRACRANIAL
        center = push.center if inside else random_place(tissues == Tissue.WHITE_MATTER, rng)
        add_tumor(lesions, tissues, center, push.radius, rng)
    return tissues, lesions


def _images(
    tissues: np.ndarray, lesions: np.ndarray, visible: np.ndarray | None, voxel_mm: float, rng: np.random.Generator
) -> np.ndarray:
    """All contrasts, with the tissues and borders that this patient has in common."""
    anatomy, empty_air = blend(tissues, lesions, rng), rng.uniform() < _EMPTY_AIR
    relaxation_seed, limbic = int(rng.integers(2**62)), rng.uniform(0, _BRIGHTEST_LIMBIC)
    shape = tuple(round(size / voxel_mm) for size in tissues.shape)
    result = np.empty((len(CONTRASTS), *shape), np.float32)
    for number, contrast in enumerate(CONTRASTS):
        relaxation = draw_relaxation(np.random.default_rng(relaxation_seed), enhanced=contrast == "T1c")
        any_contrast = rng.uniform() < _ANY_CONTRAST
        signal = draw_any_signal(rng) if any_contrast else draw_signal(contrast, relaxation, rng)
        image = render(anatomy, signal, rng, limbic if contrast == "FLAIR" else 0)
        if visible is None and empty_air:
            image[tissues == Tissue.AIR] = 0
        elif visible is not None:
            image[~visible] = 0
        image = spread(image, shape)
        noisy_air = visible is None and not empty_air
        result[number] = np.where((image != 0) | noisy_air, disturb(image, rng), 0)
    return result
