"""Scalar volume node <-> Volume."""

import numpy as np
import slicer
import vtk

from ..errors import InputError
from ..volume import Geometry, Volume

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
LARGEST_SHEAR = 1e-3  # cosine between axes, above which a direction matrix is no rotation


def first_scan():
    """The first scalar volume node of the scene that is no label map or other special kind, or None."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return next((node for node in nodes if node.GetClassName() == "vtkMRMLScalarVolumeNode"), None)


def volume_of(node) -> Volume:
    """The scan of a scalar volume node.

    Args:
        node: vtkMRMLScalarVolumeNode with an image.

    Returns:
        Volume whose array (z, y, x) is a view of the node's voxels: copy it before the event loop runs again.

    Raises:
        InputError: the node cannot be used; see `find_problem`.
    """
    problem = find_problem(node)
    if problem:
        raise InputError(problem)
    return Volume(slicer.util.arrayFromVolume(node), geometry_of(node), modality_of(node))


def geometry_of(node) -> Geometry:
    """Place of the voxels (LPS, mm) of a volume node, its parent transform left out."""
    matrix = ijk_to_ras(node)
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    direction = LPS_TO_RAS @ matrix[:3, :3] / spacing
    origin = LPS_TO_RAS @ matrix[:3, 3]
    return Geometry(
        origin=tuple(float(value) for value in origin),
        spacing=tuple(float(value) for value in spacing),
        direction=tuple(float(value) for value in direction.ravel()),
    )


def add_volume_node(volume: Volume, name: str):
    """Add a scalar volume node with the voxels and the place of ``volume``; returns the node."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", slicer.mrmlScene.GenerateUniqueName(name))
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(affine_of(volume.geometry)))
    slicer.util.updateVolumeFromArray(node, volume.array)
    node.CreateDefaultDisplayNodes()
    return node


def affine_of(geometry: Geometry) -> np.ndarray:
    """IJK-to-RAS matrix, (4, 4), of a geometry."""
    matrix = np.eye(4)
    matrix[:3, :3] = LPS_TO_RAS @ geometry.matrix * np.asarray(geometry.spacing)
    matrix[:3, 3] = LPS_TO_RAS @ np.asarray(geometry.origin)
    return matrix


def lps_to_ras(position) -> tuple[float, float, float]:
    """A position (mm) of the library as the application has it."""
    return -position[0], -position[1], position[2]


def ijk_to_ras(node) -> np.ndarray:
    """IJK-to-RAS matrix, (4, 4), of a volume node."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def modality_of(node) -> str | None:
    """Modality that the DICOM module noted for the node ("CT", "MR", ...); None where it is not known."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(node) if hierarchy else 0
    attribute = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName()
    return (hierarchy.GetItemAttribute(item, attribute) if item else "") or None


def find_problem(node) -> str | None:
    """One sentence that says why the node cannot be measured and what to do, or None."""
    image = node.GetImageData()
    if image is None or 0 in image.GetDimensions():
        return "The volume has no image. Load the scan again."
    if image.GetNumberOfScalarComponents() > 1:
        return "The volume is a color image. A CT has one value per voxel."
    if node.GetParentTransformNode() is not None:
        return (
            f'The volume is moved by the transform "{node.GetParentTransformNode().GetName()}". '
            "Harden it, or take the volume out of it, in the Transforms module."
        )
    return _problem_of_axes(ijk_to_ras(node)[:3, :3])


def _problem_of_axes(axes) -> str | None:
    lengths = np.linalg.norm(axes, axis=0)
    if not lengths.all():
        return "The volume has a voxel size of zero. Correct the image spacing in the Volumes module."
    unit = axes / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > LARGEST_SHEAR:
        return (
            "The axes of the volume are not at right angles, as with a tilted gantry. "
            "Resample it, for example with the Crop Volume module, before measuring."
        )
    return None
