"""A synthetic scan of a pregnant abdomen as a file has it: slices along its last axis, as scanners store them."""

import numpy as np

from SegmentL3Lib.volume import Geometry, LabelMap, Volume

from .womb import WombStack

_GRAY_OF_SIGNAL = 400.0
# The axes of the synthesis run towards right, front and top; DICOM counts towards left, back and top.
_TOWARDS = np.diag((-1.0, -1.0, 1.0))


def stack_volumes(stack: WombStack) -> tuple[Volume, LabelMap]:
    """Scan (int16) and true structures, the middle of the field of view at the origin."""
    order = [axis for axis in range(3) if axis != stack.axis] + [stack.axis]
    direction = _TOWARDS[:, order]
    spacing = tuple(stack.spacing_mm[axis] for axis in order)
    image, structures = (values.transpose(order) for values in (stack.image, stack.structures))
    if np.linalg.det(direction) < 0:
        direction[:, 2] *= -1
        image, structures = image[..., ::-1], structures[..., ::-1]
    half = np.multiply(np.subtract(image.shape, 1) / 2, spacing)
    geometry = Geometry(tuple(map(float, -direction @ half)), spacing, tuple(map(float, direction.ravel())))
    gray = np.rint(_GRAY_OF_SIGNAL * image).astype(np.int16)
    volume = Volume(np.ascontiguousarray(gray.transpose()), geometry, modality="MR")
    return volume, LabelMap(np.ascontiguousarray(structures.transpose()), geometry)
