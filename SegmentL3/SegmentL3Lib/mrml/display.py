"""What the views show: layers, window and level, slices that jump, a segment that stands out."""

import slicer

SOFT_TISSUE_WINDOW = 400.0
SOFT_TISSUE_LEVEL = 40.0
FULL = 1.0
FADED = 0.25


def show_ct(volume_node) -> None:
    """Show a CT in the slice views, unless it is there already.

    A window that the user or the file has chosen is kept; otherwise that of soft tissue (400/40 HU) is set.
    """
    volume_node.CreateDefaultDisplayNodes()
    display = volume_node.GetDisplayNode()
    if display.GetAutoWindowLevel():
        display.AutoWindowLevelOff()
        display.SetWindowLevel(SOFT_TISSUE_WINDOW, SOFT_TISSUE_LEVEL)
    show_volume(volume_node)


def show_volume(volume_node) -> None:
    """Show a volume in the slice views, unless it is there already."""
    if slicer.app.layoutManager() is not None and not _is_shown(volume_node):
        slicer.util.setSliceViewerLayers(background=volume_node, fit=True)


def jump_to(position_ras) -> None:
    """Move all slice views to a position (RAS, mm) and center them there."""
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *position_ras, slicer.vtkMRMLSliceNode.CenteredJumpSlice)


def show_table(table_node) -> None:
    """Show a table node in a layout that has a table view; does nothing without a main window."""
    if slicer.app.layoutManager() is None:
        return
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpTableView)
    slicer.app.applicationLogic().GetSelectionNode().SetReferenceActiveTableID(table_node.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()


def reset_3d_views() -> None:
    """Let the 3D views show all that there is; does nothing without a main window."""
    if slicer.app.layoutManager() is not None:
        slicer.util.resetThreeDViews()


def highlight(segmentation_node, segment_id: str | None) -> None:
    """Let one segment stand out in the slice views; None shows all alike."""
    display = segmentation_node.GetDisplayNode()
    if display is None:
        return
    segmentation = segmentation_node.GetSegmentation()
    for number in range(segmentation.GetNumberOfSegments()):
        current = segmentation.GetNthSegmentID(number)
        opacity = FULL if segment_id in (None, current) else FADED
        display.SetSegmentOpacity2DFill(current, opacity)
        display.SetSegmentOpacity2DOutline(current, opacity)


def _is_shown(volume_node) -> bool:
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    return composite is not None and composite.GetBackgroundVolumeID() == volume_node.GetID()
