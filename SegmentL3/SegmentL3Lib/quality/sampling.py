"""Slice thickness, slice spacing and pixel size."""

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, UNUSABLE, reason
from .subject import Subject


def slice_too_thick(subject: Subject) -> QualityReason | None:
    """Thickness as the file says; where it says nothing, the distance between slices stands in."""
    volume = subject.volume
    stated = volume.acquisition.get("slice_thickness_mm")
    if stated is None and volume.array.shape[0] == 1:
        return None
    thickness = float(stated if stated is not None else volume.geometry.spacing[2])
    if thickness <= limit("sampling", "thickness_mm_max"):
        return None
    effect = UNUSABLE if thickness > limit("sampling", "thickness_mm_unusable") else CHECK
    text = f"The slices are {thickness:g} mm thick: borders are blurred and the level is less exact."
    return reason("SLICE_THICK", effect, text)


def slices_far_apart(subject: Subject) -> QualityReason | None:
    """A large distance between slices."""
    spacing = subject.volume.geometry.spacing[2]
    if subject.volume.array.shape[0] == 1 or spacing <= limit("sampling", "spacing_mm_max"):
        return None
    text = f"The slices are {spacing:g} mm apart: the middle of L3 may lie between two of them."
    return reason("SLICES_APART", CHECK, text)


def pixels_too_large(subject: Subject) -> QualityReason | None:
    """Wide pixels mix tissues."""
    largest = max(subject.spacing_yx_mm)
    if largest <= limit("sampling", "pixel_mm_max"):
        return None
    text = f"The pixels are {largest:.1f} mm wide: thin muscle and the fat between muscles are not exact."
    return reason("PIXELS_LARGE", CHECK, text)
