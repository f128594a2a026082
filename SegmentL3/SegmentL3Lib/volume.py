"""Images and label maps with their place in the patient: the ground floor that everything else stands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

# Direction of a geometry whose x, y and z run towards right, front and top; DICOM counts towards left, back and top.
RIGHT_FRONT_TOP = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Geometry:
    """Where the voxels of a (z, y, x) array lie, as SimpleITK has it: LPS, millimeters.

    Attributes:
        origin: center of voxel (0, 0, 0), LPS, mm.
        spacing: voxel size along x, y, z, mm.
        direction: 3 x 3 matrix, row by row; its columns are the unit vectors of the x, y and z index.
    """

    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    @property
    def matrix(self) -> np.ndarray:
        """Direction as a (3, 3) array."""
        return np.asarray(self.direction, float).reshape(3, 3)

    def index_to_lps(self, index_xyz) -> tuple[float, float, float]:
        """Position (LPS, mm) of a continuous voxel index given as (x, y, z)."""
        offset = self.matrix @ (np.asarray(index_xyz, float) * np.asarray(self.spacing))
        return tuple(float(value) for value in np.asarray(self.origin) + offset)

    @property
    def pixel_area_mm2(self) -> float:
        """Area of a pixel within a slice (constant z index)."""
        return self.spacing[0] * self.spacing[1]


@dataclass(frozen=True, eq=False)
class Volume:
    """A scan.

    Attributes:
        array: values, (z, y, x); Hounsfield units for CT.
        geometry: place of the voxels.
        modality: "CT", "MR", ... as the file says; None where it does not say.
        acquisition: facts that the quality checks use, none of which identifies a patient
            (``slice_thickness_mm``, ``kvp``, ``convolution_kernel``, ``gantry_tilt_deg``, ``contrast``,
            ``patient_position`` ...).
        warnings: sentences about what is odd in the file, for the quality verdict.
    """

    array: np.ndarray
    geometry: Geometry = Geometry()
    modality: str | None = None
    acquisition: Mapping[str, float | str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LabelMap:
    """Labels, uint8 (z, y, x), 0 where there is none, on the voxels that the geometry says."""

    array: np.ndarray
    geometry: Geometry = Geometry()
