"""Why the tissue model takes a pixel for a tissue: the way of the pixel down a tree that was distilled from it."""

from pathlib import Path

import numpy as np

from SegmentL3Lib.body import body_mask
from SegmentL3Lib.checks import require_ct
from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.models import shipped_model
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.pixel_features import pixel_features
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.report.tree_picture import Explained, outcome, sentence, shares_text, tree_answer, write_explanation
from SegmentL3Lib.segment import region_probabilities
from SegmentL3Lib.tissue_tree import TissueTree, read_tree


def explain_pixel(scan: Path, slice_index: int, place: tuple[int, int], out: Path) -> str:
    """Write a picture of the tree with the way of a pixel, and say the same in words.

    Args:
        scan: CT, file or DICOM folder.
        slice_index: slice, in the file's own order.
        place: column, from the patient's right, and row, from the front.
        out: the picture, PNG.

    Raises:
        InputError: the scan cannot be used, or the picture not written.
        UsageError: the slice or the pixel is not in the scan, or not in the body.
    """
    volume = read_volume(scan)
    require_ct(volume)
    axial = to_axial(volume)
    count, rows, columns = axial.array.shape
    if not 0 <= slice_index < count:
        raise UsageError(f"There is no slice {slice_index} in this scan; its slices are 0 to {count - 1}.")
    if not (0 <= place[0] < columns and 0 <= place[1] < rows):
        raise UsageError(f"There is no pixel {place[0]},{place[1]}: the slice has {columns} columns and {rows} rows.")
    hu = np.ascontiguousarray(axial.array[axial_order(volume.geometry).axial_index(slice_index, count)])
    tree = read_tree()
    explained = _explained(hu, axial.geometry.spacing, place, tree)
    write_explanation(explained, tree, out)
    return _in_words(explained, tree)


def _explained(hu: np.ndarray, spacing_mm, place: tuple[int, int], tree: TissueTree) -> Explained:
    column_mm, row_mm = spacing_mm[:2]
    try:
        figures = pixel_features(hu, column_mm)
    except ValueError as error:
        raise InputError("No body was found in the slice. Choose another one.") from error
    x, y = place
    if not body_mask(hu, (row_mm, column_mm))[y, x]:
        raise UsageError(f"The pixel {x},{y} lies outside of the body. Choose one within it.")
    said = region_probabilities(hu, (row_mm, column_mm), shipped_model(TISSUE_MODEL))[:, y, x]
    is_followed = bool(tree.regions(figures[y, x]) == said.argmax())
    return Explained(hu, column_mm, place, figures[y, x], f"The network: {shares_text(said)}", is_followed)


def _in_words(explained: Explained, tree: TissueTree) -> str:
    steps = enumerate(tree.path(explained.figures), start=1)
    told = [f"{number}. {sentence(step, tree)}: now {outcome(step)}" for number, step in steps]
    return "\n".join((explained.answer, tree_answer(explained.figures, tree), *told))
