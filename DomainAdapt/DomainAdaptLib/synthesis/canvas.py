"""One axial slice on which the parts of a torso draw themselves: warped coordinates, implicit shapes, labels."""

import numpy as np
import torch
from scipy import ndimage

FIELD_MM = (420.0, 520.0)  # rows (v, backwards) and columns (u, to the patient's left)
NOISE_HEIGHT_MM = 640.0


class Noise:
    """Smooth random field over the torso, unit variance, with a correlation length in mm in all three directions."""

    def __init__(self, rng: np.random.Generator, length_mm: float):
        self.length_mm = length_mm
        shape = [int(extent / length_mm) + 4 for extent in (NOISE_HEIGHT_MM, *FIELD_MM)]
        self.lattice = rng.standard_normal(shape, dtype=np.float32)

    def at(self, z: float, shape: tuple[int, int]) -> np.ndarray:
        """Field in the slice at height z (mm), float32 of the given shape over the whole field."""
        position = (z + NOISE_HEIGHT_MM / 2) / self.length_mm
        below = int(np.clip(position, 0, len(self.lattice) - 2))
        share = np.clip(position - below, 0, 1)
        plane = (1 - share) * self.lattice[below] + share * self.lattice[below + 1]
        plane /= np.sqrt(share**2 + (1 - share) ** 2)
        rows, columns = (extent / self.length_mm for extent in FIELD_MM)
        plane = torch.from_numpy(plane[: int(rows) + 2, : int(columns) + 2])[None, None]
        return torch.nn.functional.interpolate(plane, size=shape, mode="bicubic", align_corners=True)[0, 0].numpy()


def depth_inside(mask: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Distance (mm) of each pixel of a mask to the mask's outside."""
    return ndimage.distance_transform_edt(mask).astype(np.float32) * np.float32(pixel_mm)


def close_gaps(mask: np.ndarray, radius_mm: float, pixel_mm: float) -> np.ndarray:
    """Morphological closing with a disc."""
    dilated = ndimage.distance_transform_edt(~mask) * pixel_mm <= radius_mm
    return ndimage.distance_transform_edt(dilated) * pixel_mm > radius_mm


class Canvas:
    """Slice at height z.

    Attributes:
        z: height above the middle of L3, mm.
        u_straight, v_straight: mm to the patient's left and backwards of the field's center, (rows, columns).
        u, v: the same on smoothly warped coordinates, in which shapes are drawn.
        labels: structure values, uint8.
        bodies: number of the vertebra (index + 1 in the spine) where a vertebral body is cut, uint8.
        cavity: pixels that organs may fill.
    """

    def __init__(self, z: float, pixel_mm: float, warps: tuple[tuple[float, Noise, Noise], ...] = ()):
        self.z, self.pixel_mm = z, pixel_mm
        self.shape = tuple(int(round(extent / pixel_mm)) for extent in FIELD_MM)
        rows, columns = self.shape
        v = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * pixel_mm
        u = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * pixel_mm
        self.v_straight, self.u_straight = (np.ascontiguousarray(grid) for grid in np.meshgrid(v, u, indexing="ij"))
        self.u, self.v = self.u_straight, self.v_straight
        for amplitude, along_u, along_v in warps:
            self.u = self.u + np.float32(amplitude) * along_u.at(z, self.shape)
            self.v = self.v + np.float32(amplitude) * along_v.at(z, self.shape)
        self.labels = np.zeros(self.shape, np.uint8)
        self.bodies = np.zeros(self.shape, np.uint8)
        self.cavity = np.zeros(self.shape, bool)

    def ellipse(self, u, v, radius_u, radius_v, rotation=0.0, exponent=2.0, window=np.s_[:, :]) -> np.ndarray:
        """Superellipse around (u, v)."""
        x, y = self.u[window] - u, self.v[window] - v
        if rotation:
            cosine, sine = np.cos(rotation), np.sin(rotation)
            x, y = cosine * x + sine * y, -sine * x + cosine * y
        if exponent == 2.0:
            return (x / radius_u) ** 2 + (y / radius_v) ** 2 < 1
        return np.abs(x / radius_u) ** exponent + np.abs(y / radius_v) ** exponent < 1

    def ellipsoid(self, center, radii, rotation=0.0, exponent=2.0) -> np.ndarray | None:
        """Cut of a superellipsoid at (u, v, z) with this slice; None where the slice misses it."""
        share = 1 - abs((self.z - center[2]) / radii[2]) ** exponent
        if share <= 0:
            return None
        scale = share ** (1 / exponent)
        return self.ellipse(center[0], center[1], radii[0] * scale, radii[1] * scale, rotation, exponent)

    def capsule(self, start, end, start_radius, end_radius=None, window=np.s_[:, :]) -> np.ndarray:
        """Tapered capsule from start to end, both (u, v)."""
        end_radius = start_radius if end_radius is None else end_radius
        axis = np.subtract(end, start).astype(np.float32)
        x, y = self.u[window] - start[0], self.v[window] - start[1]
        t = np.clip((x * axis[0] + y * axis[1]) / max(float(axis @ axis), 1e-6), 0, 1)
        radius = start_radius + t * (end_radius - start_radius)
        return (x - t * axis[0]) ** 2 + (y - t * axis[1]) ** 2 < radius**2

    def window(self, u, v, reach):
        """Slices of the square of half width ``reach`` around (u, v); None outside the field."""
        rows, columns = self.shape
        row, column = v / self.pixel_mm + (rows - 1) / 2, u / self.pixel_mm + (columns - 1) / 2
        reach = reach / self.pixel_mm + 1
        top, bottom = int(max(0, row - reach)), int(min(rows, row + reach + 1))
        left, right = int(max(0, column - reach)), int(min(columns, column + reach + 1))
        return np.s_[top:bottom, left:right] if bottom > top and right > left else None

    def put(self, mask: np.ndarray | None, structure: int) -> None:
        """Draw a structure, within the cavity only."""
        if mask is not None:
            self.labels[mask & self.cavity] = structure
