"""Learning on from the labels of the old scanner in other contrasts (Billot et al. 2023, "SynthSeg").

Different from the published method, learning goes on from what the network knows, every other image stays real, and
of several random contrasts the one is taken whose histogram is most like that of an image of the new scanner.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from SegmentL3Lib.errors import UsageError

from ..synthesis.randomized import divided, randomized_image, recolored
from ..training.moving import moved
from .disturbance import disturb
from .entropy import STATISTICS_BATCH, STATISTICS_BATCHES
from .learning_on import learn_on
from .normalization import measure_statistics
from .task import Adapted, Task

_STRENGTH = 0.5  # of what else is disturbed
_VOXEL_MM = 2.0  # as if voxels were as large, so that no image of a patch becomes very coarse
_QUANTILES = np.linspace(0, 1, 33)


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Learn on from images of the old scanner, every other one in another contrast.

    Args:
        task: what to adapt; ``source`` with labels is needed.
        settings: ``steps``, ``batch``, ``learning_rate``, ``contrasts``.

    Raises:
        UsageError: there are no labeled images of the old scanner.
        InputError: the checkpoint cannot be written.
    """
    adapted = learn_on(task, settings, contrast_samples(task, settings["contrasts"]))
    measure_statistics(adapted.network, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed)
    return adapted


def contrast_samples(task: Task, contrasts: int) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Gives image and labels of a number: of the old scanner, moved, every other one in a random contrast.

    Of ``contrasts`` images the one is taken that is most like an image of the new scanner.

    Raises:
        UsageError: there are no labeled images of the old scanner.
    """
    if task.source is None or task.source.labels is None:
        raise UsageError("Random contrast needs label maps of the images of the old scanner.")

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((task.seed, number))
        images, labels = moved(*task.source.draw(rng, 1), rng)
        if number % 2:
            wanted = task.target.draw(rng, 1)[0][0, 0].numpy()
            made = _nearest(_random_images(images[0, 0].numpy(), labels[0].numpy(), contrasts, rng), wanted)
            images = torch.from_numpy(made).expand_as(images)
        return disturb(images, rng, _STRENGTH)[0], labels[0]

    return sample


def _random_images(image: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """In turn a new image of the labels, and the old one in other gray values."""
    parts = divided(labels, image, rng)
    for number in range(count):
        if number % 2:
            yield recolored(image, rng)
        else:
            yield randomized_image(parts, int(rng.integers(2**31)), (_VOXEL_MM,) * image.ndim, dark_air=True)


def _nearest(images: Iterator[np.ndarray], wanted: np.ndarray) -> np.ndarray:
    """The image with the nearest histogram, with mean and spread of the wanted one."""
    goal = np.quantile(_standardized(wanted), _QUANTILES)
    best = min(map(_standardized, images), key=lambda image: np.abs(np.quantile(image, _QUANTILES) - goal).mean())
    return (best * wanted.std() + wanted.mean()).astype(np.float32)


def _standardized(image: np.ndarray) -> np.ndarray:
    return (image - image.mean()) / max(float(image.std()), 1e-6)
