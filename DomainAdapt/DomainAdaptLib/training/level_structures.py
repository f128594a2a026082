"""Changes of the structures of coarse patients that make the views of a spine more like real ones, or less telling."""

import torch

from ..synthesis.structures import Structure

THICKEST_ENDPLATE = 2  # rows


def with_moved_arches(structures: torch.Tensor, bodies: torch.Tensor, rows: int) -> torch.Tensor:
    """Arches and processes some rows higher, (z, y, x): where they lie beside the bodies tells nothing of discs.

    They become as dense as ribs, for in old patients bodies lose their density first.

    Args:
        structures: indices of ``Structure``.
        bodies: where vertebral bodies are, boolean.
        rows: how much higher; less than 0 for lower.
    """
    arches = _vertebral_bone(structures) & ~bodies
    without = structures.masked_fill(arches, int(Structure.ERECTOR_SPINAE))
    moved = _shifted(arches, rows) & ~bodies & (structures != Structure.INTERVERTEBRAL_DISC)
    return without.masked_fill(moved, int(Structure.RIB))


def with_endplates(structures: torch.Tensor, rows: int) -> torch.Tensor:
    """Endplates of some rows wherever bone meets a disc, (z, y, x): of thinner ones voxels hold a part by chance.

    Args:
        structures: indices of ``Structure``.
        rows: 1 to ``THICKEST_ENDPLATE``.
    """
    disc, bone = structures == Structure.INTERVERTEBRAL_DISC, _vertebral_bone(structures)
    structures = structures.masked_fill(bone & _within(disc, THICKEST_ENDPLATE), int(Structure.TRABECULAR_BONE))
    return structures.masked_fill(bone & _within(disc, rows), int(Structure.CORTICAL_BONE))


def _within(mask: torch.Tensor, rows: int) -> torch.Tensor:
    """What lies at most so many rows below or above a mask."""
    return torch.stack([_shifted(mask, row) for row in range(-rows, rows + 1)]).any(0)


def _vertebral_bone(structures: torch.Tensor) -> torch.Tensor:
    return (structures == Structure.TRABECULAR_BONE) | (structures == Structure.CORTICAL_BONE)


def _shifted(mask: torch.Tensor, rows: int) -> torch.Tensor:
    """A mask moved along z; nothing comes in at the end."""
    moved = mask.roll(rows, 0)
    if rows:
        moved[slice(rows) if rows > 0 else slice(rows, None)] = False
    return moved
