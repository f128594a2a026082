"""Gray values of a fetal brain in T2-weighted MR, from its tissues or from the image of an atlas."""

import numpy as np

from .brain_fields import smooth_noise
from .fetal_atlases import FetalTissue, tissue_rows

_FLUIDS = (FetalTissue.INTRA_AXIAL_CSF, FetalTissue.EXTRA_AXIAL_CSF)


def middle_signal() -> np.ndarray:
    """Signal of each tissue by value, in the middle of its range."""
    return np.array([(float(row["lowest"]) + float(row["highest"])) / 2 for row in tissue_rows()], np.float32)


def draw_signal(rng: np.random.Generator) -> np.ndarray:
    """Signal of each tissue by value, white matter 1; the two fluids are alike."""
    signal = np.array([rng.uniform(float(row["lowest"]), float(row["highest"])) for row in tissue_rows()], np.float32)
    signal[FetalTissue.EXTRA_AXIAL_CSF] = signal[FetalTissue.INTRA_AXIAL_CSF] * rng.uniform(0.85, 1.05)
    return signal


def image_of_tissues(tissues: np.ndarray, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Image (float32) with texture and layers within the tissues."""
    image = signal[tissues]
    image *= 1 + np.float32(rng.uniform(0, 0.05)) * smooth_noise(rng, tissues.shape, 3)
    layers = np.float32(rng.uniform(0, 0.1)) * smooth_noise(rng, tissues.shape, 12)
    return image * np.where(np.isin(tissues, _FLUIDS), 1, 1 + layers)


def image_of_atlas(
    image: np.ndarray, tissues: np.ndarray, signal: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The image of an atlas with another contrast: another curve of gray values, tissues moved towards ``signal``."""
    bright = np.float32(signal[FetalTissue.INTRA_AXIAL_CSF])
    result = np.maximum(image, 0) ** np.float32(rng.uniform(0.7, 1.0 + 0.8 * (bright - 1)))
    share = np.float32(rng.uniform(0, 0.6))
    for tissue in FetalTissue:
        inside = tissues == tissue
        if tissue and inside.any():
            result[inside] *= 1 + share * (signal[tissue] / max(result[inside].mean(), 1e-3) - 1)
    return result
