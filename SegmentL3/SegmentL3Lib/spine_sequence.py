"""From what each row of the spine looks like to the one sequence of vertebrae that explains all rows.

A hidden semi-Markov model: going up, the spine is the sacrum, then S1, L5 ... T11, then the rest of the chest; every
vertebra comes once, in this order, and with its disc is as tall as vertebrae are.  A vertebra that looks like its
neighbor is so outvoted by the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .spine_views import VIEW_MM

VERTEBRAE = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11")
_BELOW, _ABOVE = "sacrum", "T10_and_above"
_STATES = (_BELOW, *VERTEBRAE, _ABOVE)
_SHORTEST_MM, _USUAL_MM, _TALLEST_MM = 20.0, 35.0, 54.0  # a vertebra with its disc
_SPREAD_MM = 6.0
_FLOOR = 0.02  # evidence that a row cannot fall below, so that one bad row decides nothing
_TRUST = 0.25  # rows of one vertebra repeat each other: each counts for less than an independent vote
_SPLIT = 2.0  # how much a border through a body, rather than a disc, costs
_PRESENT = 0.15
_ABOVE_PELVIS = "L3"  # hip bones reach no higher than this vertebra
_USUAL_BODY_MM = 26.0


@dataclass(frozen=True)
class SpineReading:
    """The most probable sequence of vertebrae.

    Attributes:
        middles: row in the middle of each visible vertebral body, by name, foot to head.
        certainty: probability that the body lies in this row and bears this name, by name.
        visible_share: share of a usual body's height that is in the scan, by name.
        landmark_rows: number of rows that show "ribs" and "the sacrum".
    """

    middles: Mapping[str, float]
    certainty: Mapping[str, float]
    visible_share: Mapping[str, float]
    landmark_rows: Mapping[str, float]


def read_spine(evidence: Mapping[str, np.ndarray], known: tuple[str, float] | None = None) -> SpineReading:
    """Find the sequence that explains all rows best.

    Args:
        evidence: how much of each class a row shows, about 1 in the middle of a body, by name, (rows,), foot to head;
            also of "rib" and "hip_bone".
        known: name of a vertebra and a row that certainly lies in it, where somebody has counted.
    """
    bodies = np.stack([evidence[name] for name in _STATES])
    presence = bodies[1:].sum(0)
    rows = np.flatnonzero(bodies.sum(0) > _PRESENT)
    if len(rows) < _SHORTEST_MM / VIEW_MM:
        return SpineReading({}, {}, {}, _landmarks(evidence, np.inf))
    first, last = rows[0], rows[-1] + 1
    votes = _votes(bodies[:, first:last])
    scores = _segment_scores(votes, presence[first:last])
    path = _best_path(scores)
    if known is not None:
        path = _rename(path, presence[first:last], _STATES.index(known[0]), known[1] - first)
    posterior = _posterior(scores)
    middles, certainty, shares = {}, {}, {}
    for number, name in enumerate(VERTEBRAE, start=1):
        own = np.flatnonzero(path == number)
        weight = presence[first + own] if len(own) else np.zeros(0)
        if weight.sum() < 0.5:
            continue
        middle = float((own * weight).sum() / weight.sum())
        middles[name] = first + middle
        certainty[name] = float(posterior[number, int(round(middle))])
        shares[name] = float(min(1.0, np.clip(weight, 0, 1).sum() * VIEW_MM / _USUAL_BODY_MM))
    return SpineReading(middles, certainty, shares, _landmarks(evidence, middles.get(_ABOVE_PELVIS, np.inf)))


def _landmarks(evidence: Mapping[str, np.ndarray], pelvis_below: float) -> dict[str, float]:
    """Rows with ribs, and rows with sacrum or hip bones; contrast in the bowel further up can look like hip bone."""
    pelvis = (evidence["sacrum"] + evidence["hip_bone"])[: int(min(pelvis_below, len(evidence["sacrum"])))]
    return {"ribs": float(np.clip(evidence["rib"], 0, 1).sum()), "the sacrum": float(np.clip(pelvis, 0, 1).sum())}


def _votes(bodies: np.ndarray) -> np.ndarray:
    """Log-likelihood of each state in each row; rows between bodies, which show little, say little."""
    total = bodies.sum(0)
    share = (bodies + _FLOOR) / (total + len(bodies) * _FLOOR)
    return _TRUST * np.clip(total, 0, 1) * np.log(share)


def _segment_scores(votes: np.ndarray, presence: np.ndarray) -> np.ndarray:
    """Log-score of one segment of a state, (states, first row, row after the last); -inf where it cannot be."""
    states, rows = votes.shape
    votes = np.concatenate([np.zeros((states, 1)), votes.cumsum(1)], 1)
    start, end = np.arange(rows + 1)[:, None], np.arange(rows + 1)
    scores = votes[:, None, :] - votes[:, :, None]
    scores[:, end <= start] = -np.inf
    height = (end - start) * VIEW_MM
    # The ends of the scan may cut the first and the last vertebra.
    cut = (start == 0) | (end == rows)
    wrong = (height > _TALLEST_MM) | ((height < _SHORTEST_MM) & ~cut)
    unusual = np.where(cut & (height < _USUAL_MM), 0.0, 0.5 * ((height - _USUAL_MM) / _SPREAD_MM) ** 2)
    scores[1:-1] -= np.where(wrong, np.inf, unusual)
    split = np.zeros(rows + 1)
    split[1:rows] = _SPLIT * np.clip(np.minimum(presence[1:], presence[:-1]), 0, 1)
    return scores - split[:, None]


def _before(ended: np.ndarray, start: int) -> np.ndarray:
    """Score of all rows before ``start`` for each state that may begin there: the state below has ended."""
    return np.zeros(len(ended)) if start == 0 else np.concatenate([[-np.inf], ended[:-1, start]])


def _best_path(scores: np.ndarray) -> np.ndarray:
    """State of each row in the most probable sequence (Viterbi with durations)."""
    states, rows = scores.shape[0], scores.shape[1] - 1
    best = np.full((states, rows + 1), -np.inf)
    begin = np.zeros((states, rows + 1), int)
    before = np.full((states, rows), -np.inf)
    for end in range(1, rows + 1):
        before[:, end - 1] = _before(best, end - 1)
        total = before[:, :end] + scores[:, :end, end]
        begin[:, end], best[:, end] = total.argmax(1), total.max(1)
    path = np.zeros(rows, int)
    end, state = rows, int(best[:, rows].argmax())
    while end > 0:
        path[begin[state, end] : end] = state
        end, state = begin[state, end], state - 1
    return path


def _rename(path: np.ndarray, presence: np.ndarray, known: int, row: float) -> np.ndarray:
    """Shift all names so that the body nearest to a row bears the known one; the rest of the chest keeps its name."""
    bodies = [state for state in np.unique(path) if 0 < state < len(_STATES) - 1]
    if not bodies:
        return path
    middles = [np.average(np.flatnonzero(path == state), weights=presence[path == state] + 1e-6) for state in bodies]
    shift = known - bodies[int(np.argmin(np.abs(np.array(middles) - row)))]
    chest = path == len(_STATES) - 1
    return np.where(chest, path, np.clip(path + shift, 0, len(_STATES) - 1))


def _posterior(scores: np.ndarray) -> np.ndarray:
    """Probability of each state in each row over all sequences (forward-backward with durations), (states, rows)."""
    states, rows = scores.shape[0], scores.shape[1] - 1
    ended = np.full((states, rows + 1), -np.inf)
    before = np.full((states, rows), -np.inf)
    for end in range(1, rows + 1):
        before[:, end - 1] = _before(ended, end - 1)
        ended[:, end] = np.logaddexp.reduce(before[:, :end] + scores[:, :end, end], 1)
    after = np.full((states, rows + 1), -np.inf)
    after[:, rows] = 0.0
    for start in range(rows - 1, -1, -1):
        following = scores[1:, start, start + 1 :] + after[1:, start + 1 :]
        after[:-1, start] = np.logaddexp.reduce(following, 1)
    segments = np.exp(before[:, :, None] + scores[:, :-1] + after[:, None] - np.logaddexp.reduce(ended[:, rows]))
    change = np.zeros((states, rows + 1))
    change[:, :rows] += segments.sum(2)
    change -= segments.sum(1)
    return change.cumsum(1)[:, :rows]
