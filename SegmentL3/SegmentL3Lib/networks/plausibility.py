"""Does a mask look like the masks from which a label auto-encoder has learned?"""

import numpy as np
import torch

from ..slice_alignment import align_slice
from .autoencoder import TiedAutoEncoder


@torch.no_grad()
def mask_plausibility(masks: torch.Tensor, autoencoder: TiedAutoEncoder) -> torch.Tensor:
    """How well masks can be put together from what masks usually consist of.

    Args:
        masks: 0 and 1, float32 (masks, channels, rows, columns), on the grid of the auto-encoder.
        autoencoder: trained on masks that were right.

    Returns:
        Dice overlap of each mask with its reconstruction, float32 (masks,), from 0 to 1; 0 for an empty mask.
    """
    rebuilt = (autoencoder(masks) > 0).float().flatten(1)
    masks = masks.flatten(1)
    return 2 * (masks * rebuilt).sum(1) / (masks.sum(1) + rebuilt.sum(1)).clamp(min=1)


def slice_mask_plausibility(mask: np.ndarray, hu: np.ndarray, pixel_mm: float, autoencoder: TiedAutoEncoder) -> float:
    """``mask_plausibility`` of a mask of an axial slice, which is aligned by its image first.

    Args:
        mask: predicted mask, boolean (y, x).
        hu: CT numbers of the same pixels, front first.
        pixel_mm: pixel size.
        autoencoder: of masks on ``slice_alignment.GRID``.

    Raises:
        ValueError: there is no body in the slice.
    """
    on_grid = align_slice(hu, pixel_mm).to_grid(mask) > 0.5
    return float(mask_plausibility(torch.from_numpy(on_grid.astype(np.float32))[None, None], autoencoder)[0])
