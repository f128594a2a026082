"""The whole spine in two small pictures, frontal and from the side, from which vertebrae can be counted.

Counting needs the ribs, the sacrum and everything between at once, but little detail.  Projections of the part of the
body around the spine keep what is needed (as in Kanavati et al., arXiv 1811.09244, and Belharbi et al., 2017, who use
frontal and sagittal maximum projections) at a hundredth of the cost of a volume.
"""

import numpy as np
from scipy import sparse

from .spine_line import SpineLine

# Voxels of the coarse volume and pixels of the views: rows are fine enough to tell a disc from the endplates beside it.
ROW_MM, COLUMN_MM = 2.0, 4.0
ROWS_EACH = 2  # rows of the views to each row of what a level finder says of them
EVIDENCE_MM = ROWS_EACH * ROW_MM
FRONTAL_COLUMNS, SAGITTAL_COLUMNS = 96, 64
COLUMNS = FRONTAL_COLUMNS + SAGITTAL_COLUMNS
WINDOW_ROWS = 192  # rows that a level finder sees at once, in training and in use
AIR_HU = -1024.0
# Half sizes, in voxels of ``COLUMN_MM``, of what is projected around the middle of the spine.
_FRONTAL_DEPTH, _BODY_IN_FRONT, _BODY_BEHIND = 15, 7, 1
_MIDLINE, _SIDE = 3, 11


def coarse_volume(hu: np.ndarray, spacing_zyx: tuple[float, float, float]) -> np.ndarray:
    """Average an axial scan to voxels of (``ROW_MM``, ``COLUMN_MM``, ``COLUMN_MM``).

    Args:
        hu: CT numbers (z, y, x), foot to head, front first, the patient's right first.
        spacing_zyx: voxel size, mm.

    Returns:
        float32 (z, y, x); voxel 0 begins where the scan begins.
    """
    coarse_mm = ROW_MM, COLUMN_MM, COLUMN_MM
    along_z, along_y, along_x = map(_averaging, hu.shape, spacing_zyx, coarse_mm)
    # Slice by slice: a float copy of the whole scan would double the memory.
    planes = np.stack([(along_x @ (along_y @ plane.astype(np.float32)).T).T for plane in hu])
    return (along_z @ planes.reshape(len(planes), -1)).reshape(-1, *planes.shape[1:])


def _averaging(count: int, spacing: float, coarse_mm: float) -> sparse.csr_matrix:
    """Weights, float32 (coarse, fine): average over the fine voxels that a coarse one covers, linear between larger.

    Almost all are 0.  A full matrix would be multiplied by threads of BLAS, which wait for each other at every slice:
    with another program at work that took 40 s a scan instead of 0.3 s.
    """
    edges = np.arange(max(1, int(round(count * spacing / coarse_mm))) + 1) * coarse_mm / spacing
    low, high = edges[:-1, None], edges[1:, None]
    index = np.arange(count)
    if spacing <= coarse_mm:
        weights = np.clip(np.minimum(index + 1, high) - np.maximum(index, low), 0, None)
    else:
        weights = np.clip(1 - np.abs(index - np.clip((low + high) / 2 - 0.5, 0, count - 1)), 0, None)
    weights[weights.sum(1) == 0, -1] = 1
    return sparse.csr_matrix((weights / weights.sum(1, keepdims=True)).astype(np.float32))


def _columns(row: np.ndarray, center: int, count: int, fill) -> np.ndarray:
    """``count`` pixels of a row around ``center``, filled up where it ends."""
    first = center - count // 2
    result = np.full(count, fill, row.dtype)
    low, high = max(0, first), min(len(row), first + count)
    if high > low:
        result[low - first : high - first] = row[low:high]
    return result


def _band(center: int, before: int, after: int, size: int) -> slice:
    low = int(np.clip(center - before, 0, size - 1))
    return slice(low, int(np.clip(center + after + 1, low + 1, size)))


def image_views(coarse: np.ndarray, line: SpineLine) -> np.ndarray:
    """Pictures of the scan around the spine.

    From the front the spine is straight whatever its course, so that a row shows one vertebra and not two; its bends
    are seen from the side.

    Returns:
        float32 (2, z, ``COLUMNS``), HU: the frontal view beside the view from the side (front first); first channel the
        maximum over a broad band, second the mean over a narrow one.
    """
    views = np.empty((2, len(coarse), COLUMNS), np.float32)
    for number, (plane, x, y) in enumerate(zip(coarse, line.x, line.y, strict=True)):
        depth, width = plane.shape
        broad_y = _band(y, _FRONTAL_DEPTH, _FRONTAL_DEPTH, depth)
        narrow_y = _band(y, _BODY_IN_FRONT, _BODY_BEHIND, depth)
        broad_x, narrow_x = _band(x, _SIDE, _SIDE, width), _band(x, _MIDLINE, _MIDLINE, width)
        views[0, number] = _row(plane[broad_y].max(0), plane[:, broad_x].max(1), x, line, AIR_HU)
        views[1, number] = _row(plane[narrow_y].mean(0), plane[:, narrow_x].mean(1), x, line, AIR_HU)
    return views


def _row(frontal: np.ndarray, sagittal: np.ndarray, x: int, line: SpineLine, fill) -> np.ndarray:
    """A row of both views."""
    middle = int(np.median(line.y))
    return np.concatenate(
        [_columns(frontal, x, FRONTAL_COLUMNS, fill), _columns(sagittal, middle, SAGITTAL_COLUMNS, fill)]
    )


def class_views(classes: np.ndarray, line: SpineLine, bodies: tuple[int, ...], others: tuple[int, ...]) -> np.ndarray:
    """The same pictures of a label volume, for training.

    Args:
        classes: uint8 (z, y, x).
        bodies: classes of vertebral bodies; where several lie behind each other the one with most voxels wins.
        others: classes drawn below the bodies in the frontal view, the last on top.

    Returns:
        uint8 (z, ``COLUMNS``).
    """
    views = np.empty((len(classes), COLUMNS), np.uint8)
    for number, (plane, x, y) in enumerate(zip(classes, line.x, line.y, strict=True)):
        depth, width = plane.shape
        broad = plane[_band(y, _FRONTAL_DEPTH, _FRONTAL_DEPTH, depth)]
        frontal = np.zeros(width, np.uint8)
        for value in others:
            frontal[(broad == value).any(0)] = value
        _most(broad, bodies, frontal)
        sagittal = np.zeros(depth, np.uint8)
        _most(plane[:, _band(x, _MIDLINE, _MIDLINE, width)].T, bodies, sagittal)
        views[number] = _row(frontal, sagittal, x, line, 0)
    return views


def _most(plane: np.ndarray, values: tuple[int, ...], target: np.ndarray) -> None:
    """Write, where a column of a plane has more than one voxel of some value, the most frequent one to the target."""
    counts = np.stack([(plane == value).sum(0) for value in values])
    winner = np.asarray(values, np.uint8)[counts.argmax(0)]
    seen = counts.max(0) > 1
    target[seen] = winner[seen]
