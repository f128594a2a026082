"""The whole spine in two small pictures, frontal and from the side, from which vertebrae can be counted.

Counting needs the ribs, the sacrum and everything between at once, but little detail.  Projections of the part of the
body around the spine keep what is needed (as in Kanavati et al., arXiv 1811.09244, and Belharbi et al., 2017, who use
frontal and sagittal maximum projections) at a hundredth of the cost of a volume.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse

VIEW_MM = 4.0  # voxels of the coarse volume and pixels of the views
FRONTAL_COLUMNS, SAGITTAL_COLUMNS = 96, 64
COLUMNS = FRONTAL_COLUMNS + SAGITTAL_COLUMNS
WINDOW_ROWS = 96  # rows that a level finder sees at once, in training and in use
AIR_HU = -1024.0
_BONE_HU, _BODY_HU = 160.0, -300.0
# Half sizes, in voxels, of what is projected around the middle of the spine.
_FRONTAL_DEPTH, _BODY_IN_FRONT, _BODY_BEHIND = 15, 7, 1
_MIDLINE, _SIDE = 3, 11
_SPINE_WIDTH = 5


@dataclass(frozen=True)
class SpineBox:
    """Where the spine runs in a coarse volume: voxel indices of its middle, left-right and front-back."""

    x: int
    y: int


def coarse_volume(hu: np.ndarray, spacing_zyx: tuple[float, float, float]) -> np.ndarray:
    """Average an axial scan to cubic voxels of ``VIEW_MM``.

    Args:
        hu: CT numbers (z, y, x), foot to head, front first, the patient's right first.
        spacing_zyx: voxel size, mm.

    Returns:
        float32 (z, y, x); voxel 0 begins where the scan begins.
    """
    along_z, along_y, along_x = (_averaging(size, spacing) for size, spacing in zip(hu.shape, spacing_zyx, strict=True))
    # Slice by slice: a float copy of the whole scan would double the memory.
    planes = np.stack([(along_x @ (along_y @ plane.astype(np.float32)).T).T for plane in hu])
    return (along_z @ planes.reshape(len(planes), -1)).reshape(-1, *planes.shape[1:])


def _averaging(count: int, spacing: float) -> sparse.csr_matrix:
    """Weights, float32 (coarse, fine): average over the fine voxels that a coarse one covers, linear between larger.

    Almost all are 0.  A full matrix would be multiplied by threads of BLAS, which wait for each other at every slice:
    with another program at work that took 40 s a scan instead of 0.3 s.
    """
    edges = np.arange(max(1, int(round(count * spacing / VIEW_MM))) + 1) * VIEW_MM / spacing
    low, high = edges[:-1, None], edges[1:, None]
    index = np.arange(count)
    if spacing <= VIEW_MM:
        weights = np.clip(np.minimum(index + 1, high) - np.maximum(index, low), 0, None)
    else:
        weights = np.clip(1 - np.abs(index - np.clip((low + high) / 2 - 0.5, 0, count - 1)), 0, None)
    weights[weights.sum(1) == 0, -1] = 1
    return sparse.csr_matrix((weights / weights.sum(1, keepdims=True)).astype(np.float32))


def find_spine(coarse: np.ndarray) -> SpineBox:
    """Middle of the spine: where, in the back of the body, bone is densest over all slices."""
    body = ndimage.binary_opening(coarse > _BODY_HU, np.ones((1, 3, 3)))
    parts, count = ndimage.label(body)
    if count > 1:
        body = parts == 1 + np.argmax(ndimage.sum(body, parts, range(1, count + 1)))
    if not body.any():
        return SpineBox(coarse.shape[2] // 2, coarse.shape[1] // 2)
    rows, columns = np.nonzero(body.any(0))
    front, back = np.percentile(rows, (1, 99))
    bone = body & (coarse > _BONE_HU)
    bone[:, : int(front + 0.45 * (back - front))] = False
    if bone.sum() < 20:
        return SpineBox(int(np.median(columns)), int(front + 0.7 * (back - front)))
    x = int(ndimage.gaussian_filter1d(bone.sum((0, 1)).astype(np.float32), _SPINE_WIDTH / 2).argmax())
    near = bone[:, :, max(0, x - _SPINE_WIDTH) : x + _SPINE_WIDTH + 1]
    return SpineBox(x, int(np.median(np.nonzero(near)[1])))


def _columns(array: np.ndarray, center: int, count: int, fill) -> np.ndarray:
    """``count`` columns of a (rows, columns) picture around ``center``, filled up where it ends."""
    first = center - count // 2
    result = np.full((array.shape[0], count), fill, array.dtype)
    low, high = max(0, first), min(array.shape[1], first + count)
    if high > low:
        result[:, low - first : high - first] = array[:, low:high]
    return result


def _band(center: int, before: int, after: int, size: int) -> slice:
    low = int(np.clip(center - before, 0, size - 1))
    return slice(low, int(np.clip(center + after + 1, low + 1, size)))


def image_views(coarse: np.ndarray, box: SpineBox) -> np.ndarray:
    """Pictures of the scan around the spine.

    Returns:
        float32 (2, z, ``COLUMNS``), HU: the frontal view beside the view from the side (front first); first channel the
        maximum over a broad band, second the mean over a narrow one.
    """
    depth, width = coarse.shape[1:]
    broad_y = _band(box.y, _FRONTAL_DEPTH, _FRONTAL_DEPTH, depth)
    narrow_y = _band(box.y, _BODY_IN_FRONT, _BODY_BEHIND, depth)
    broad_x, narrow_x = _band(box.x, _SIDE, _SIDE, width), _band(box.x, _MIDLINE, _MIDLINE, width)
    frontal = coarse[:, broad_y].max(1), coarse[:, narrow_y].mean(1)
    sagittal = coarse[:, :, broad_x].max(2), coarse[:, :, narrow_x].mean(2)
    return np.stack(
        [
            np.concatenate(
                [
                    _columns(front, box.x, FRONTAL_COLUMNS, np.float32(AIR_HU)),
                    _columns(side, box.y, SAGITTAL_COLUMNS, np.float32(AIR_HU)),
                ],
                1,
            )
            for front, side in zip(frontal, sagittal, strict=True)
        ]
    ).astype(np.float32)


def class_views(classes: np.ndarray, box: SpineBox, bodies: tuple[int, ...], others: tuple[int, ...]) -> np.ndarray:
    """The same pictures of a label volume, for training.

    Args:
        classes: uint8 (z, y, x).
        bodies: classes of vertebral bodies; where several lie behind each other the one with most voxels wins.
        others: classes drawn below the bodies in the frontal view, the last on top.

    Returns:
        uint8 (z, ``COLUMNS``).
    """
    depth, width = classes.shape[1:]
    broad = classes[:, _band(box.y, _FRONTAL_DEPTH, _FRONTAL_DEPTH, depth)]
    frontal = np.zeros((classes.shape[0], width), np.uint8)
    for value in others:
        frontal[(broad == value).any(1)] = value
    _most(classes, bodies, 1, frontal)
    sagittal = np.zeros((classes.shape[0], depth), np.uint8)
    _most(classes[:, :, _band(box.x, _MIDLINE, _MIDLINE, width)], bodies, 2, sagittal)
    return np.concatenate(
        [
            _columns(frontal, box.x, FRONTAL_COLUMNS, np.uint8(0)),
            _columns(sagittal, box.y, SAGITTAL_COLUMNS, np.uint8(0)),
        ],
        1,
    )


def _most(classes: np.ndarray, values: tuple[int, ...], axis: int, target: np.ndarray) -> None:
    counts = np.stack([(classes == value).sum(axis) for value in values])
    winner = np.asarray(values, np.uint8)[counts.argmax(0)]
    seen = counts.max(0) > 1
    target[seen] = winner[seen]
