"""Telling the panel, once the hand has come to rest, that segments have changed."""

from collections.abc import Callable

import qt
import slicer
from slicer.util import VTKObservationMixin

REST_MS = 300


class EditFollower(VTKObservationMixin):
    """Watches one segmentation node; many changes in a row give one call."""

    def __init__(self, parent, changed: Callable[[], None]):
        """``parent`` is the QObject that owns the timer; ``changed`` is called after each pause in editing."""
        VTKObservationMixin.__init__(self)
        self._timer = qt.QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.connect("timeout()", changed)
        self._node = None

    @property
    def node(self):
        """The node that is watched, or None."""
        return self._node

    def touch(self) -> None:
        """Behave as if the node had been changed."""
        if self._node is not None:
            self._timer.start()

    def follow(self, segmentationNode) -> None:
        """Watch this node instead of the one before; None: watch nothing."""
        self._timer.stop()
        self.removeObservers()
        self._node = segmentationNode
        if segmentationNode is None:
            return
        names = ("SourceRepresentationModified", "SegmentAdded", "SegmentRemoved", "SegmentModified")
        for name in names:
            self.addObserver(segmentationNode, getattr(slicer.vtkSegmentation, name), self._onModified)

    def stop(self) -> None:
        """Watch nothing any more."""
        self.follow(None)

    def _onModified(self, _caller, _event):
        self.touch()
