"""Places in a pregnant abdomen: coordinates in mm around the middle of the uterus."""

from dataclasses import dataclass, field

import numpy as np

from .brain_fields import Shape, smooth_noise


@dataclass(frozen=True, eq=False)
class Space:
    """Voxels of a field of view, axes towards right, front and top of the mother.

    Attributes:
        low_mm, high_mm: corners of the field of view, from the middle of the uterus.
        voxel_mm: edge of the voxels.
    """

    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]
    voxel_mm: float
    shape: Shape = field(init=False)

    def __post_init__(self):
        sizes = np.subtract(self.high_mm, self.low_mm) / self.voxel_mm
        object.__setattr__(self, "shape", tuple(int(size) for size in np.ceil(sizes)))

    def axes(self) -> list[np.ndarray]:
        """Coordinates along each axis, which broadcast to the shape, mm."""
        lines = [
            np.float32(low) + (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(self.voxel_mm)
            for low, size in zip(self.low_mm, self.shape, strict=True)
        ]
        return list(np.ix_(*lines))

    def noise(self, rng: np.random.Generator, scale_mm: float) -> np.ndarray:
        """Field (float32) of about standard normal values that vary over a length."""
        return smooth_noise(rng, self.shape, scale_mm / self.voxel_mm)

    def index(self, places: np.ndarray) -> np.ndarray:
        """Voxels (n, 3), at least 0 and within the shape, of places (n, 3), mm."""
        index = np.floor((places - np.array(self.low_mm)) / self.voxel_mm).astype(int)
        return np.clip(index, 0, np.array(self.shape) - 1)
