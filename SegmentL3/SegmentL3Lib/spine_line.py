"""Where the spine runs in a scan: a line from slice to slice, which may be bent as in scoliosis and lordosis."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .connected import largest_part

_BODY_HU = -300.0
# From where to where a voxel goes from "no bone" to "bone"; what is brighter is metal or contrast in the bowel.
_BONE_HU, _SURELY_BONE_HU, _BRIGHTEST_BONE_HU = 80.0, 230.0, 900.0
# Share of the body's depth, from the front: behind the first lies the bone that shows where left and right are (of
# contrast in the bowel hardly any), behind the second the vertebral bodies, too; at the third the spine is taken to be
# where no bone is seen.
_ARCHES_BEHIND, _BODIES_BEHIND, _SPINE_AT = 0.6, 0.5, 0.7
# In voxels, which are half as tall as they are wide.
_BLUR_Z, _BLUR = 3.0, 2.5
_FROM_MIDDLE = 8.0  # how far the spine usually is from the middle of the body, at most; hip bones are farther
_STEP = 1  # from slice to slice, at most
_STEP_PRICE = 0.12
_ANYWHERE = 0.01  # density of bone that counts where there is none
_SMOOTH_X, _SMOOTH_Y = 4.0, 12.0
_BAND_X, _BAND_Y = 5, 12


@dataclass(frozen=True, eq=False)
class SpineLine:
    """Middle of the spine in each slice of a coarse volume, between vertebral body and arch.

    Attributes:
        x: left-right, voxel index, int (z,).
        y: front-back, voxel index, int (z,).
    """

    x: np.ndarray
    y: np.ndarray


def find_spine(coarse: np.ndarray) -> SpineLine:
    """Follow the spine: the densest bone in the back of the body, on a line that bends little.

    Args:
        coarse: CT numbers (z, y, x) as ``spine_views.coarse_volume`` gives them, foot to head, front first.
    """
    slices, depth, width = coarse.shape
    body = largest_part(ndimage.binary_opening(coarse > _BODY_HU, np.ones((1, 3, 3))))
    if not body.any():
        return SpineLine(np.full(slices, width // 2), np.full(slices, depth // 2))
    rows, columns = np.nonzero(body.any(0))
    front, back = np.percentile(rows, (1, 99))
    shares = np.array((_ARCHES_BEHIND, _BODIES_BEHIND, _SPINE_AT))
    arches, bodies, usual = (front + shares * (back - front)).astype(int)
    bone = np.clip((coarse - _BONE_HU) / (_SURELY_BONE_HU - _BONE_HU), 0, 1)
    bone[~body | (coarse > _BRIGHTEST_BONE_HU)] = 0
    x = _left_right(bone[:, arches:], np.median(columns))
    return SpineLine(x, bodies + _front_back(bone[:, bodies:], x, usual - bodies))


def _left_right(bone: np.ndarray, middle: float) -> np.ndarray:
    """Voxel of each slice: the line that has most bone around it (Viterbi), moved to the middle of that bone."""
    places = np.arange(bone.shape[2])
    dense = ndimage.gaussian_filter(bone, (_BLUR_Z, _BLUR, _BLUR)).max(1)
    gain = (dense + _ANYWHERE) * np.exp(-0.5 * ((places - middle) / _FROM_MIDDLE) ** 2)
    step = np.abs(places[:, None] - places)
    price = np.where(step <= _STEP, _STEP_PRICE * step, np.inf)
    best, before = gain[0], []
    for own in gain[1:]:
        total = best - price
        before.append(total.argmax(1))
        best = total.max(1) + own
    line = [int(best.argmax())]
    for origin in reversed(before):
        line.append(int(origin[line[-1]]))
    line = np.array(line[::-1])
    return _middles(bone.sum(1), np.abs(places - line[:, None]) <= _BAND_X, line, _SMOOTH_X)


def _front_back(bone: np.ndarray, x: np.ndarray, otherwise: int) -> np.ndarray:
    """Middle of the bone around the line in each slice and its neighbors."""
    profile = (bone * (np.abs(np.arange(bone.shape[2]) - x[:, None]) <= _BAND_X)[:, None]).sum(2)
    total = profile.sum(0)
    median = np.searchsorted(total.cumsum(), total.sum() / 2) if total.any() else otherwise
    near = np.abs(np.arange(bone.shape[1]) - median) <= _BAND_Y
    return _middles(profile, near, np.full(len(bone), median), _SMOOTH_Y)


def _middles(profile: np.ndarray, near: np.ndarray, otherwise: np.ndarray, sigma: float) -> np.ndarray:
    """Mean place of what ``profile`` (z, places) has near a line, over neighboring slices; int (z,)."""
    near_profile = ndimage.gaussian_filter1d(profile * near, sigma, axis=0, mode="nearest")
    weight, moment = near_profile.sum(1), near_profile @ np.arange(profile.shape[1])
    return np.rint(np.divide(moment, weight, out=otherwise.astype(float), where=weight > 1e-3)).astype(int)
