"""Does the label auto-encoder tell good masks from ruined ones?"""

from collections.abc import Mapping

import numpy as np
import torch

from SegmentL3Lib.networks.plausibility import mask_plausibility

from .descent import Descent
from .results import Row
from .ruin import RUINS
from .statistics import auroc
from .variants import fit_autoencoder


def plausibility_rows(
    known: torch.Tensor, tests: Mapping[str, torch.Tensor], features: int, settings: Descent, seed: int
) -> list[Row]:
    """Separation of good masks from the same masks ruined, for each way of ruining.

    Args:
        known: masks from which the auto-encoder learns, float32 (masks, 1, rows, columns).
        tests: masks that it has not seen, by name, of the same shape.
        features: hidden units of the auto-encoder.
        settings: its training.
        seed: of its training and of the ruin.

    Returns:
        A row for each test and way of ruining, with the area under the ROC curve, "auroc"; 0.5 is chance.
    """
    autoencoder = fit_autoencoder(known, features, settings, seed)
    rows = []
    for test, masks in tests.items():
        good = mask_plausibility(masks, autoencoder).numpy()
        for ruin, spoil in RUINS.items():
            rng = np.random.default_rng(seed)
            spoiled = np.stack([spoil(mask > 0.5, rng) for mask in masks[:, 0].numpy()]).astype(np.float32)
            bad = mask_plausibility(torch.from_numpy(spoiled)[:, None], autoencoder).numpy()
            rows.append({"test": test, "ruin": ruin, "seed": seed, "auroc": auroc(good, bad)})
    return rows
