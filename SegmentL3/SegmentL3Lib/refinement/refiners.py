"""What can be done to the probabilities of a network, with the images beside them, before they become labels."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..errors import ModelError
from ..tasks import Refinement
from ..volume import Volume
from .crf_refiner import refine_with_crf

# Takes probabilities, float32 (class, z, y, x), that sum to 1 over the classes, the background being the first; the
# images that were given, on the same voxels; and the parameters of the catalog. Returns such probabilities.
Refiner = Callable[[np.ndarray, Sequence[Volume], Mapping[str, float]], np.ndarray]

# By the name of the method in the catalog.
REFINERS: dict[str, Refiner] = {"dense_crf": refine_with_crf}


def refine_labels(refinement: Refinement, probabilities: np.ndarray, images: Sequence[Volume]) -> np.ndarray:
    """Labels, uint8 (z, y, x): the most probable class after refinement.

    Raises:
        ModelError: the method is not known.
    """
    refine = REFINERS.get(refinement.method)
    if refine is None:
        raise ModelError(f'The task asks for the refinement "{refinement.method}", which this version does not have.')
    return refine(probabilities, images, refinement.parameters).argmax(axis=0).astype(np.uint8)
