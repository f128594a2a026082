"""Maps of uncertainty in the scene: volumes that belong to a segmentation and lie over its scan."""

from collections.abc import Mapping

import numpy as np
import slicer

from ..volume import Volume
from .volumes import add_volume_node, ijk_to_ras

ROLE = "SegmentL3.Doubt."
SHOWN_FIRST = ("entropy", "mutual_information")
OPACITY = 0.6
COLORS = "vtkMRMLColorTableNodeFileInferno.txt"


def publish_doubt(maps: Mapping[str, Volume], volume_node, segmentation_node) -> None:
    """Keep maps with a segmentation node, in place of those that it had."""
    for node in doubt_nodes(segmentation_node).values():
        slicer.mrmlScene.RemoveNode(node)
    for name, volume in maps.items():
        node = add_volume_node(volume, f"{volume_node.GetName()} {name.replace('_', ' ')}")
        display = node.GetDisplayNode()
        if slicer.mrmlScene.GetNodeByID(COLORS):
            display.SetAndObserveColorNodeID(COLORS)
        highest = float(volume.array.max(initial=0.0)) or 1.0
        display.AutoWindowLevelOff()
        display.SetWindowLevel(highest, highest / 2)
        display.SetThreshold(0.02 * highest, highest)  # certain pixels stay clear
        display.ApplyThresholdOn()
        segmentation_node.SetNodeReferenceID(ROLE + name, node.GetID())


def doubt_nodes(segmentation_node) -> dict:
    """Volume nodes of the maps of a segmentation, by name; those that are best to look at first."""
    roles = []
    segmentation_node.GetNodeReferenceRoles(roles)
    names = sorted(role.removeprefix(ROLE) for role in roles if role.startswith(ROLE))
    ordered = [name for name in SHOWN_FIRST if name in names] + [name for name in names if name not in SHOWN_FIRST]
    nodes = {name: segmentation_node.GetNodeReference(ROLE + name) for name in ordered}
    return {name: node for name, node in nodes.items() if node is not None}


def show_doubt(volume_node, segmentation_node) -> None:
    """Lay a map over the scan in the slice views, with outlines of the segments only; None takes it away."""
    if segmentation_node is not None and segmentation_node.GetDisplayNode() is not None:
        segmentation_node.GetDisplayNode().SetVisibility2DFill(volume_node is None)
    if slicer.app.layoutManager() is not None:
        slicer.util.setSliceViewerLayers(foreground=volume_node, foregroundOpacity=OPACITY if volume_node else 0.0)


def centers_by_doubt(volume_node) -> list[tuple[float, float, float]]:
    """Centers (RAS, mm) of the slices of a map, the most doubtful slice first; slices without doubt are left out."""
    array = slicer.util.arrayFromVolume(volume_node)
    doubt = array.reshape(len(array), -1).sum(1, dtype=float)
    order = [int(index) for index in np.argsort(-doubt, kind="stable") if doubt[index] > 0]
    matrix = ijk_to_ras(volume_node)
    middle = (array.shape[2] - 1) / 2, (array.shape[1] - 1) / 2
    return [tuple(float(value) for value in (matrix @ (*middle, index, 1.0))[:3]) for index in order]
