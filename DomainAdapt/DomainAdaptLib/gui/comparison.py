"""A scan with its labels before and after an adaptation, in linked views."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import slicer
from slicer.i18n import tr as _

from SegmentL3Lib.mrml import display, paired_views, volumes
from SegmentL3Lib.mrml.label_files import read_label_file
from SegmentL3Lib.mrml.segmentations import write_labels

from .jobfolder import JobRecord


@dataclass(frozen=True)
class ComparedScan:
    """Paths of a scan and of its label maps before and after an adaptation."""

    image: str
    before: str
    after: str


class Comparison:
    """Owns the nodes that it adds: those of the scan shown before are removed when another one is shown."""

    def __init__(self):
        self._ownIds = []

    def show(self, scan: ComparedScan, volume=None) -> float:
        """Show both label maps on a scan, at the slice where they differ most.

        Args:
            scan: what is shown.
            volume: volume node of the scan, where it is in the scene already.

        Returns:
            Share of the voxels with a label, before or after, whose label is the same.

        Raises:
            InputError: a file cannot be read, or does not fit.
        """
        self.clear()
        if volume is None:
            volume = self._own(_load(scan.image))
        maps = []
        nodes = []
        for path, text in ((scan.before, _("before")), (scan.after, _("after"))):
            labelmap, segments = read_label_file(Path(path), volume)
            name = f"{volume.GetName()} {text}"
            node = self._own(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name))
            write_labels(labelmap, segments, volume, node)
            maps.append(labelmap)
            nodes.append(node)
        paired_views.show_pair(volume, *nodes)
        display.jump_to(_placeToLookAt(*maps))
        return _agreement(*maps)

    def clear(self) -> None:
        """Remove the nodes of the last comparison, as far as they are still there."""
        for identifier in self._ownIds:
            node = slicer.mrmlScene.GetNodeByID(identifier)
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
        self.forget()

    def forget(self) -> None:
        """Let go of the nodes: they stay, or the scene is being closed."""
        self._ownIds = []

    def _own(self, node):
        self._ownIds.append(node.GetID())
        return node


def comparedScans(record: JobRecord) -> list[ComparedScan]:
    """The scans of a finished adaptation of which there are label maps before and after."""
    result = record.result
    pairs = zip(record.job["target"], result.get("before") or (), result.get("after") or (), strict=False)
    return [ComparedScan(image, before, after) for image, before, after in pairs]


def _load(path):
    from SegmentL3Lib.reading import read_volume  # needs pydicom, which may not be installed when the panel is opened

    name = Path(path).name.split(".")[0]
    return volumes.add_volume_node(read_volume(path), name)


def _agreement(before, after) -> float:
    labeled = (before.array > 0) | (after.array > 0)
    return float((before.array == after.array)[labeled].mean()) if labeled.any() else 1.0


def _placeToLookAt(before, after):
    """Middle (RAS, mm) of the slice where most voxels differ; of that with most labels where none differ."""
    differing = before.array != after.array
    chosen = differing if differing.any() else before.array > 0
    index = int(np.argmax(chosen.sum(axis=(1, 2))))
    rows, columns = (size // 2 for size in before.array.shape[1:])
    return volumes.lps_to_ras(before.geometry.index_to_lps((columns, rows, index)))
