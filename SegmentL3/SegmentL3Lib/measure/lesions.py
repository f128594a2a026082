"""Lesions one by one: volume, diameters and place of each connected part of a label."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from ..orientation import axial_order
from ..task_results import Lesion
from ..volume import Geometry, LabelMap

ALL_NEIGHBORS = np.ones((3, 3, 3), bool)


def measure_lesions(labels: LabelMap, values: Mapping[str, int]) -> tuple[Lesion, ...]:
    """Measure each connected part (26 neighbors) of some labels.

    The diameters are those between points of the surface, taken as the middles of the outer faces of the voxels, so
    that a row of n voxels is n voxels long. The longest is the "maximum 3D diameter" of the Image Biomarker
    Standardisation Initiative (doi 10.1148/radiol.2020191145), with the faces of voxels for a mesh.

    Args:
        labels: label map.
        values: label values by the id of the label.

    Returns:
        Lesions of all labels together, the largest first.
    """
    found = [lesion for label, value in values.items() for lesion in _lesions(labels, label, value)]
    found.sort(key=lambda lesion: -lesion.volume_ml)
    return tuple(replace(lesion, number=number) for number, lesion in enumerate(found, 1))


def longest_diameter_mm(mask: np.ndarray, spacing_mm: tuple[float, ...]) -> float:
    """Largest distance of two points of the surface of a mask, mm.

    Args:
        mask: boolean, two or three axes, not empty.
        spacing_mm: voxel size along its axes.
    """
    points = _face_centers(mask, np.asarray(spacing_mm, float))
    return float(pdist(points[ConvexHull(points).vertices]).max())


def _lesions(labels: LabelMap, label: str, value: int) -> Iterator[Lesion]:
    parts, _ = ndimage.label(labels.array == value, ALL_NEIGHBORS)
    for number, box in enumerate(ndimage.find_objects(parts), 1):
        yield _measured(parts[box] == number, box, label, labels.geometry)


def _measured(mask: np.ndarray, box: tuple[slice, ...], label: str, geometry: Geometry) -> Lesion:
    spacing_zyx = geometry.spacing[::-1]
    indices = np.argwhere(mask)
    centroid = indices.mean(axis=0)
    nearest = indices[np.linalg.norm((indices - centroid) * spacing_zyx, axis=1).argmin()]
    corner = np.array([part.start for part in box])
    return Lesion(
        number=0,
        label=label,
        voxels=len(indices),
        volume_ml=len(indices) * float(np.prod(geometry.spacing)) / 1000,
        longest_diameter_mm=longest_diameter_mm(mask, spacing_zyx),
        axial_diameter_mm=_axial_diameter_mm(mask, geometry),
        centroid_lps_mm=geometry.index_to_lps((centroid + corner)[::-1]),
        place_lps_mm=geometry.index_to_lps((nearest + corner)[::-1]),
    )


def _axial_diameter_mm(mask: np.ndarray, geometry: Geometry) -> float:
    axis = axial_order(geometry).axes[0]
    spacing = np.delete(geometry.spacing[::-1], axis)
    planes = (plane for plane in np.moveaxis(mask, axis, 0) if plane.any())
    return max(longest_diameter_mm(plane, tuple(spacing)) for plane in planes)


def _face_centers(mask: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Middles (mm) of the faces of the voxels that lie at the surface of a mask, (point, axis)."""
    surface = np.argwhere(mask & ~ndimage.binary_erosion(mask)) * spacing
    steps = np.diag(spacing) / 2
    return np.concatenate([surface + sign * step for step in steps for sign in (1, -1)])
