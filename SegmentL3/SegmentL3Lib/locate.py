"""Find a vertebral level: count the vertebrae in the views of the spine and name the one that is wanted."""

from collections.abc import Callable, Mapping

import numpy as np
import torch

from .errors import ModelError
from .models import Bundle
from .progress import silent
from .results import LevelResult
from .spine_line import find_spine
from .spine_sequence import VERTEBRAE, SpineReading, read_spine
from .spine_views import (
    AIR_HU,
    COLUMN_MM,
    COLUMNS,
    EVIDENCE_MM,
    FRONTAL_COLUMNS,
    ROWS_EACH,
    WINDOW_ROWS,
    coarse_volume,
    image_views,
)
from .volume import Volume

_CERTAIN, _PLAUSIBLE = 0.8, 0.5
_LEAST_LANDMARK_ROWS = 2.0  # rows with ribs, or with sacrum and hip bones, that make a landmark
# Where no rib is seen the count is from the sacrum alone, which in one of ten scans of the pelvis was taken for lumbar
# vertebrae: the user is asked to check.
_WITHOUT_RIBS = 0.6
_STRIDE = 32  # between windows, rows of evidence
_TRANSITIONAL = 0.2  # probability of a spine built differently from which on the user is told
_IN_WORDS = {
    "L6": "a sixth lumbar vertebra",
    "sacralized L5": "a fifth lumbar vertebra joined to the sacrum",
    "T13": "a thirteenth pair of ribs",
}
_VISIBLE_SHARE = 0.6  # of the body's usual height must be in the scan


def locate(
    volume_axial: Volume, model: Bundle, level: str = "L3", progress: Callable[[float, str], None] = silent
) -> LevelResult:
    """Find the middle of a vertebral body.

    Args:
        volume_axial: CT in axial order (foot to head, front first, the patient's right first), HU.
        model: level finder: two channels of ``spine_views.image_views`` in; background, vertebrae, sacrum, rib and hip
            bone out.
        level: vertebra wanted, one of ``spine_sequence.VERTEBRAE``.
        progress: called with the fraction done and what is being done.

    Returns:
        The result, slice indices in the order of ``volume_axial``; ``found`` is false where the level is outside the
        scan, cut off, or cannot be told from its neighbors, and ``reason`` says which.

    Raises:
        ModelError: the model does not have the channels of a level finder.
    """
    progress(0.0, f"Finding {level}")
    spacing = volume_axial.geometry.spacing
    coarse = coarse_volume(volume_axial.array, spacing[::-1])
    progress(0.6, f"Finding {level}")
    probabilities = view_probabilities(image_views(coarse, find_spine(coarse)), model)
    reading = read_spine(row_evidence(probabilities, model))
    progress(1.0, f"Finding {level}")
    return _result(reading, level, volume_axial)


def view_probabilities(views: np.ndarray, model: Bundle) -> dict[str, np.ndarray]:
    """Probability of each class, by name, for views of any number of rows.

    Returns:
        float32 (z, columns), rows of ``EVIDENCE_MM``, the first where the views begin.

    Raises:
        ModelError: the model does not have the channels of a level finder.
    """
    if "background" not in model.channels or not set(VERTEBRAE) <= set(model.channels):
        raise ModelError(f"The model {model.name} is not a level finder.")
    # Windows as long as in training: the statistics that normalize the layers depend on the length.
    window = WINDOW_ROWS // ROWS_EACH
    rows = -(-views.shape[1] // ROWS_EACH)
    padded = max(window, rows)
    offset = (padded - rows) // 2
    image = np.full((2, padded * ROWS_EACH, COLUMNS), AIR_HU, np.float32)
    image[:, offset * ROWS_EACH :][:, : views.shape[1]] = views
    image = model.preprocessing.scale(image)
    total = np.zeros((len(model.channels), padded, COLUMNS), np.float32)
    weight = np.zeros((padded, 1), np.float32)
    ramp = (1 - np.abs(np.linspace(-1, 1, window, dtype=np.float32)) * 0.95)[:, None]
    beyond = padded - window
    with torch.inference_mode():
        for start in np.unique(np.linspace(0, beyond, 1 + int(np.ceil(beyond / _STRIDE))).astype(int)):
            seen = image[:, start * ROWS_EACH : (start + window) * ROWS_EACH].copy()
            total[:, start : start + window] += _probabilities(torch.from_numpy(seen)[None], model).numpy() * ramp
            weight[start : start + window] += ramp
    total = (total / weight)[:, offset : offset + rows]
    return dict(zip(model.channels, total, strict=True))


def _probabilities(window: torch.Tensor, model: Bundle) -> torch.Tensor:
    """Mean of what the network says of a window, (1, 2, rows, columns), with the frontal view as it is and mirrored."""
    mirrored = _mirror_frontal(model.network(_mirror_frontal(window)).softmax(1))
    return (model.network(window).softmax(1) + mirrored)[0] / 2


def _mirror_frontal(views: torch.Tensor) -> torch.Tensor:
    return torch.cat([views[..., :FRONTAL_COLUMNS].flip(-1), views[..., FRONTAL_COLUMNS:]], -1)


def row_evidence(probabilities: Mapping[str, np.ndarray], model: Bundle) -> dict[str, np.ndarray]:
    """How much of each class a row shows, in widths of a vertebral body in both views; by name, float32 (z,)."""
    usual_pixels = 2 * 40.0 / COLUMN_MM
    return {name: probabilities[name].sum(1) / usual_pixels for name in model.channels if name != "background"}


def _result(reading: SpineReading, level: str, volume: Volume) -> LevelResult:
    slice_mm = volume.geometry.spacing[2]
    count = len(volume.array)
    positions = {
        name: float(np.clip((row + 0.5) * EVIDENCE_MM / slice_mm - 0.5, 0, count - 1))
        for name, row in reading.middles.items()
    }
    certainty = round(reading.certainty.get(level, 0.0) * (1.0 if _shows(reading, "ribs") else _WITHOUT_RIBS), 3)
    transitional = max(reading.variants.values(), default=0.0) >= _TRANSITIONAL
    reason = _why_not(reading, level, certainty)
    if reason:
        return LevelResult(level, False, None, None, certainty, reason, positions, transitional)
    index = int(round(positions[level]))
    _, height, width = volume.array.shape
    position = volume.geometry.index_to_lps(((width - 1) / 2, (height - 1) / 2, index))
    doubt = "" if certainty >= _CERTAIN else "; a neighboring vertebra is possible, check the level"
    reason = f"{level} found by counting from {_landmarks(reading)}, certainty {certainty:.0%}{doubt}."
    if transitional:
        reason += f" {_variant(reading)}"
    return LevelResult(level, True, index, position, certainty, reason, positions, transitional)


def _why_not(reading: SpineReading, level: str, certainty: float) -> str:
    visible = [name for name in VERTEBRAE if reading.visible_share.get(name, 0.0) >= _VISIBLE_SHARE]
    if not visible:
        return f"{level} is not in this scan: no lumbar spine was found in it."
    if level not in visible:
        seen = visible[0] if len(visible) == 1 else f"{visible[0]} to {visible[-1]}"
        return f"{level} is not in this scan, which shows {seen} of the lower spine."
    if not _landmarks(reading):
        return f"The level cannot be confirmed: neither ribs nor sacrum are visible to count {level} from."
    if certainty < _PLAUSIBLE:
        return f"{level} cannot be told from its neighbors in this scan (certainty {certainty:.0%}); choose the slice."
    return ""


def _variant(reading: SpineReading) -> str:
    name = max(reading.variants, key=reading.variants.get)
    return (
        f"Transitional anatomy is possible: there may be {_IN_WORDS[name]} (probability {reading.variants[name]:.0%}). "
        "The level is counted from the lowest ribs; check it."
    )


def _landmarks(reading: SpineReading) -> str:
    return " and ".join(name for name in reading.landmark_rows if _shows(reading, name))


def _shows(reading: SpineReading, landmark: str) -> bool:
    return reading.landmark_rows.get(landmark, 0.0) >= _LEAST_LANDMARK_ROWS
