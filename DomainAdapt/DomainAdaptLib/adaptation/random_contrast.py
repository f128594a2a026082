"""Learning on from the labels of the old scanner in other contrasts (Billot et al. 2023, "SynthSeg").

Different from the published method, learning goes on from what the network knows, every other batch stays real, and
contrasts need not be any: those are taken in which the mean of the known images is most like that of the new ones.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

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
_KNOWN, _NEW = 8, 48  # patches whose means are compared
_GRID = 12  # means are compared in as many cells along each axis


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Learn on from images of the old scanner, in every other batch in another contrast.

    Args:
        task: what to adapt; ``source`` with labels is needed.
        settings: ``steps``, ``batch``, ``learning_rate``, ``contrasts``, ``share_taken``.

    Raises:
        UsageError: there are no labeled images of the old scanner.
        InputError: the checkpoint cannot be written.
    """
    if task.source is None or task.source.labels is None:
        raise UsageError("Random contrast needs label maps of the images of the old scanner.")
    task.progress(0.0, "Choosing contrasts")
    contrasts = choose_contrasts(task, settings["contrasts"], settings["share_taken"])
    adapted = learn_on(task, settings, contrast_samples(task, contrasts, settings["batch"]))
    measure_statistics(adapted.network, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed)
    return adapted


def choose_contrasts(task: Task, count: int, share: float) -> list[int]:
    """Of so many random contrasts those by which the mean of the known images comes nearest to that of the new ones.

    Returns:
        Numbers of contrasts as ``in_contrast`` takes them, the nearest first; at least one.
    """
    contrasts = np.random.default_rng(task.seed).choice(2**31, count, replace=False).tolist()
    images, labels = task.source.sample(_KNOWN)
    goal = _coarse_mean(task.target.sample(_NEW)[0][:, 0].numpy())

    def distance(contrast: int) -> float:
        pairs = zip(images[:, 0].numpy(), labels.numpy(), strict=True)
        made = np.stack([in_contrast(contrast, image, classes) for image, classes in pairs])
        return float((_coarse_mean(made) - goal).abs().mean())

    taken = max(1, round(share * count))
    return contrasts if taken == count else sorted(contrasts, key=distance)[:taken]


def contrast_samples(task: Task, contrasts: Sequence[int], batch: int) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Gives image and labels of a number: of the old scanner, moved, in every other batch in one of some contrasts.

    Real and other images do not meet in a batch, so that batch normalization mixes nothing.
    """

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((task.seed, number))
        images, labels = moved(*task.source.draw(rng, 1), rng)
        if number // batch % 2:
            new = task.target.draw(rng, 1)[0][0, 0].numpy()
            made = in_contrast(int(rng.choice(contrasts)), images[0, 0].numpy(), labels[0].numpy())
            made = (made * new.std() + new.mean()).astype(np.float32)
            images = torch.from_numpy(made).expand_as(images)
        return disturb(images, rng, _STRENGTH)[0], labels[0]

    return sample


def in_contrast(contrast: int, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A labeled image in another contrast, zero mean and unit variance; the same for each image by its number.

    It is a new image of the labels for even numbers, the old one in other gray values for odd ones.
    """
    rng = np.random.default_rng(contrast)
    if contrast % 2:
        return _standardized(recolored(image, rng))
    parts = divided(labels, image, rng)
    return _standardized(randomized_image(parts, contrast, (_VOXEL_MM,) * image.ndim, dark_air=True))


def _coarse_mean(images: np.ndarray) -> Tensor:
    """Mean of images (count, axes), each with zero mean and unit variance, in few cells."""
    mean = torch.from_numpy(np.mean([_standardized(image) for image in images], 0, dtype=np.float32))
    pool = {2: functional.adaptive_avg_pool2d, 3: functional.adaptive_avg_pool3d}[mean.dim()]
    return pool(mean[None, None], [min(size, _GRID) for size in mean.shape])


def _standardized(image: np.ndarray) -> np.ndarray:
    return (image - image.mean()) / max(float(image.std()), 1e-6)
