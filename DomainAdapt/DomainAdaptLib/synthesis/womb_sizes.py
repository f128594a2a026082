"""How large fetus, placenta and the fluid around them are, by weeks of gestation."""

from dataclasses import dataclass

import numpy as np

_WEEKS = (20.0, 36.0)
_VARIATION = 0.12  # standard deviation of the logarithm of a volume


@dataclass(frozen=True)
class WombSizes:
    """Volumes in a uterus.

    Attributes:
        weeks: of gestation.
        fetus_ml, placenta_ml, fluid_ml: volumes.
        wall_mm: mean thickness of the wall of the uterus.
    """

    weeks: float
    fetus_ml: float
    placenta_ml: float
    fluid_ml: float
    wall_mm: float

    @property
    def cavity_ml(self) -> float:
        """All within the wall."""
        return self.fetus_ml + self.placenta_ml + self.fluid_ml


def draw_sizes(rng: np.random.Generator) -> WombSizes:
    """A pregnancy of 20 to 36 weeks.

    Weight of the fetus (1 g for 1 ml) after Hadlock et al., Radiology 181, 129-133, 1991.  Placenta: 513 ml at 27 weeks
    and 831 ml at 37 (Peterson et al. 2024, MRI of 107 pregnancies, doi 10.22541/au.170668425.50948836).  Fluid from
    little to much; with it the cavity has 1.0 to 4.4 liters from 20 to 40 weeks (Geirsson et al. 1985, medians).
    """
    weeks = rng.uniform(*_WEEKS)
    fetus = np.exp(0.578 + 0.332 * weeks - 0.00354 * weeks**2)
    placenta = 513 + (831 - 513) * (weeks - 27) / 10
    varied = np.exp(_VARIATION * rng.standard_normal(2)) * (fetus, placenta)
    fluid = rng.uniform(0.5, 1.6) * (350 + 25 * (weeks - 20))
    return WombSizes(weeks, *map(float, varied), float(fluid), float(rng.uniform(4.5, 10) - 0.1 * (weeks - 20)))
