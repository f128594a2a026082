"""Is the image clear enough?"""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject

_TISSUES = ("skeletal_muscle", "subcutaneous_fat")
_SIGMA_OF_MAD = 1.4826  # standard deviation of a normal distribution in median absolute deviations


def too_noisy(subject: Subject) -> QualityReason | None:
    """Noise that moves pixels of muscle out of its window of CT numbers."""
    noise = noise_hu(subject)
    if noise is None or noise <= limit("noise", "noise_hu_max"):
        return None
    text = f"The image is noisy ({noise:.0f} HU): pixels of muscle are counted as fat and the other way round."
    return reason("NOISE", CHECK, text)


def noise_hu(subject: Subject) -> float | None:
    """Standard deviation of the noise (HU) in the calmer of muscle and subcutaneous fat; None without enough of them.

    The CT numbers are taken less their mean around each pixel within the tissue, so that coarser texture does not
    count.
    """
    noises = [_noise_within(subject, subject.segment(name)) for name in _TISSUES]
    return min((noise for noise in noises if noise is not None), default=None)


def _noise_within(subject: Subject, segment: np.ndarray) -> float | None:
    # Labels have been gated by CT numbers, so noise makes holes; the region is what is left when they are closed.
    region = ndimage.binary_closing(segment, iterations=2)
    margin = max(1, round(limit("noise", "margin_mm") / min(subject.spacing_yx_mm)))
    inner = ndimage.binary_erosion(region, iterations=margin)
    if inner.sum() * subject.pixel_cm2 < limit("noise", "area_cm2_min"):
        return None
    width = subject.in_pixels(limit("noise", "texture_mm"))
    weights = ndimage.gaussian_filter(region.astype(np.float32), width)
    mean = ndimage.gaussian_filter(np.where(region, subject.hu, 0).astype(np.float32), width)[inner] / weights[inner]
    rest = subject.hu[inner] - mean
    return _SIGMA_OF_MAD * float(np.median(np.abs(rest - np.median(rest))))
