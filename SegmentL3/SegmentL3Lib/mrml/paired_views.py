"""Two results of one scan side by side, in slice views that move together, above a plot view."""

import slicer

BEFORE_VIEW = "SegmentL3Before"
AFTER_VIEW = "SegmentL3After"
LAYOUT_ID = 7403  # those below 100 are Slicer's own
_VIEW_GROUP = 7  # views of other groups, such as Red, are not linked with these
_LAYOUT = """
<layout type="vertical" split="true">
 <item splitSize="600">
  <layout type="horizontal">
   <item>{before}</item>
   <item>{after}</item>
  </layout>
 </item>
 <item splitSize="400">
  <view class="vtkMRMLPlotViewNode" singletontag="PlotView1">
   <property name="viewlabel" action="default">P</property>
  </view>
 </item>
</layout>
"""
_SLICE_VIEW = """
<view class="vtkMRMLSliceNode" singletontag="{tag}">
 <property name="orientation" action="default">Axial</property>
 <property name="viewlabel" action="default">{label}</property>
 <property name="viewcolor" action="default">{color}</property>
 <property name="viewgroup" action="default">{group}</property>
</view>
"""


def show_layout() -> bool:
    """Change to the layout with both slice views and the plot view.

    Returns:
        Whether there is one: there is none without a main window.
    """
    manager = slicer.app.layoutManager()
    if manager is None:
        return False
    node = manager.layoutLogic().GetLayoutNode()
    if not node.IsLayoutDescription(LAYOUT_ID):
        node.AddLayoutDescription(LAYOUT_ID, _layout())
    manager.setLayout(LAYOUT_ID)
    return True


def show_pair(volume_node, before, after) -> None:
    """Show a scan twice, with one segmentation in each view; does nothing without a main window.

    Args:
        volume_node: vtkMRMLScalarVolumeNode.
        before, after: vtkMRMLSegmentationNode; each is shown in its view only.
    """
    if not show_layout():
        return
    slicer.app.processEvents()  # the views of a layout that was not shown before get their size now
    for tag, segmentation_node in ((BEFORE_VIEW, before), (AFTER_VIEW, after)):
        widget = slicer.app.layoutManager().sliceWidget(tag)
        composite = widget.mrmlSliceCompositeNode()
        composite.SetBackgroundVolumeID(volume_node.GetID())
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)
        display = segmentation_node.GetDisplayNode()
        display.RemoveAllViewNodeIDs()
        display.AddViewNodeID(widget.mrmlSliceNode().GetID())
        widget.sliceLogic().FitSliceToBackground()


def _layout() -> str:
    views = {
        "before": _SLICE_VIEW.format(tag=BEFORE_VIEW, label="Before", color="#6E6E6E", group=_VIEW_GROUP),
        "after": _SLICE_VIEW.format(tag=AFTER_VIEW, label="After", color="#2E9E45", group=_VIEW_GROUP),
    }
    return _LAYOUT.format(**views)
