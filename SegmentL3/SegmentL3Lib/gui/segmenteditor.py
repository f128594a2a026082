"""Handing a result over to Slicer's Segment Editor."""

import slicer


def openSegmentEditor(segmentationNode, volumeNode, segmentId: str) -> None:
    """Switch to the Segment Editor with a segmentation, its scan and one segment chosen.

    Raises:
        RuntimeError: the application has no main window.
    """
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
    editor.setSegmentationNode(segmentationNode)
    editor.setSourceVolumeNode(volumeNode)
    if segmentationNode.GetSegmentation().GetSegment(segmentId):
        editor.setCurrentSegmentID(segmentId)
