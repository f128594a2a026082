"""Signal of tissues in the contrasts of a brain examination, from their relaxation.

Spin echo: density (1 - exp(-TR/T1)) exp(-TE/T2); inversion recovery: density |1 - 2 exp(-TI/T1) + exp(-TR/T1)|
exp(-TE/T2).  E. M. Haacke et al.: Magnetic resonance imaging: physical principles and sequence design. Wiley, 1999.
"""

from collections.abc import Mapping

import numpy as np

from .brain_tissues import FIRST_LESION, Tissue, tissue_properties

CONTRASTS = ("FLAIR", "T1", "T1c", "T2")
_LARGEST_VALUE = max(Tissue) + 1
_DENSITY_VARIES = 0.3  # as a power of what T1 and T2 vary by


def draw_relaxation(rng: np.random.Generator, enhanced: bool = False) -> dict[str, np.ndarray]:
    """T1, T2 (ms) and proton density of each tissue of one patient, by value; draw both ways with equal generators.

    The three vary together, since all grow with the share of water.
    """
    table = {name: np.ones(_LARGEST_VALUE) for name in ("t1", "t2", "density")}
    for tissue, own in tissue_properties().items():
        water = np.exp(own.spread * rng.standard_normal())
        table["t1"][tissue] = (own.enhanced_t1_ms if enhanced else own.t1_ms) * water
        table["t2"][tissue] = own.t2_ms * water
        table["density"][tissue] = own.density * water**_DENSITY_VARIES
    return table


def draw_signal(contrast: str, relaxation: Mapping[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Signal of each tissue by value, white matter about 1, in a contrast with random settings of the scanner."""
    t1, t2, density = (relaxation[name] for name in ("t1", "t2", "density"))
    match contrast:
        case "FLAIR":
            repetition = rng.uniform(5000, 11000)
            fluid = t1[Tissue.CEREBROSPINAL_FLUID]
            null = fluid * (np.log(2) - np.log1p(np.exp(-repetition / fluid)))
            weight = _inversion(t1, null * rng.uniform(0.88, 1.05), repetition) * np.exp(-rng.uniform(85, 150) / t2)
        case "T2":
            weight = (1 - np.exp(-rng.uniform(2500, 8000) / t1)) * np.exp(-rng.uniform(70, 120) / t2)
        case _ if rng.uniform() < 0.35:
            weight = (1 - np.exp(-rng.uniform(400, 800) / t1)) * np.exp(-rng.uniform(8, 20) / t2)
        case _:
            weight = _inversion(t1, rng.uniform(650, 950), rng.uniform(1800, 2500)) * np.exp(-4 / t2)
    signal = density * weight
    return signal / signal[Tissue.WHITE_MATTER]


def draw_any_signal(rng: np.random.Generator) -> np.ndarray:
    """Signal of each tissue without a rule, as SynthSeg has it; lesions differ from white matter and cortex."""
    signal = rng.uniform(0.1, 2, _LARGEST_VALUE)
    middle = (signal[Tissue.WHITE_MATTER] + signal[Tissue.CORTEX]) / 2
    away = abs(signal[Tissue.WHITE_MATTER] - signal[Tissue.CORTEX]) / 2 + rng.uniform(0.2, 0.8)
    signal[FIRST_LESION:] = middle + away * rng.uniform(0.8, 1.3, _LARGEST_VALUE - FIRST_LESION)
    signal[Tissue.AIR] = 0
    return signal


def _inversion(t1: np.ndarray, inversion: float, repetition: float) -> np.ndarray:
    return np.abs(1 - 2 * np.exp(-inversion / t1) + np.exp(-repetition / t1))
