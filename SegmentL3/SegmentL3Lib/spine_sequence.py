"""From what each row of the spine looks like to the one sequence of vertebrae that explains all rows.

A hidden semi-Markov model: going up, the spine is the sacrum, then S1, L5 ... T11, then the rest of the chest; every
vertebra comes once, in this order, and with its disc is as tall as vertebrae are.  A vertebra that looks like its
neighbor is so outvoted by the others.  Some spines have one vertebra more, L6 or T13, which the sequence may take in at
a price: two in a row that both look like L5, or like T12, and a count that fits above and below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .spine_views import VIEW_MM

VERTEBRAE = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11")
# Vertebrae that few people have: the neighbor above, which each looks like, and the assumed share of people.
ADDITIONAL = {"L6": ("L5", 0.04), "T13": ("T12", 0.03)}
_BELOW, _ABOVE = "sacrum", "T10_and_above"
_SHOWN = (_BELOW, *VERTEBRAE, _ABOVE)
_STATES = (_BELOW, "S1", "L6", "L5", "L4", "L3", "L2", "L1", "T13", "T12", "T11", _ABOVE)
_CHANNEL_OF_STATE = np.array([_SHOWN.index(ADDITIONAL[name][0] if name in ADDITIONAL else name) for name in _STATES])
_SHORTEST_MM, _USUAL_MM, _TALLEST_MM = 20.0, 35.0, 54.0  # a vertebra with its disc
_SPREAD_MM = 6.0
_FLOOR = 0.02  # evidence that a row cannot fall below, so that one bad row decides nothing
_TRUST = 0.25  # rows of one vertebra repeat each other: each counts for less than an independent vote
_SPLIT = 2.0  # how much a border through a body, rather than a disc, costs
_PRESENT = 0.15
_ABOVE_PELVIS = "L3"  # hip bones reach no higher than this vertebra
_USUAL_BODY_MM = 26.0
_DISC_REACH_MM = 10.0
# The lowest vertebra in a scan without sacrum may be cut off, and is named by what is above it alone. Measured on real
# scans made to end near L3 (domain-adapt evaluate cuts): 22 of 37 such answers were right, given with 99 % on average.
_LOWEST_CERTAINTY = 0.6


@dataclass(frozen=True)
class SpineReading:
    """The most probable sequence of vertebrae.

    Attributes:
        middles: row in the middle of each visible vertebral body, by name, foot to head.
        certainty: probability that the body lies in this row and bears this name, by name; less than the sequence
            itself says for the lowest vertebra, where nothing below it could contradict.
        visible_share: share of a usual body's height that is in the scan, by name.
        landmark_rows: number of rows that show "ribs" and "the sacrum".
        additional: probability that the spine has each of the vertebrae of ``ADDITIONAL``, by name.
    """

    middles: Mapping[str, float]
    certainty: Mapping[str, float]
    visible_share: Mapping[str, float]
    landmark_rows: Mapping[str, float]
    additional: Mapping[str, float] = field(default_factory=dict)


def read_spine(evidence: Mapping[str, np.ndarray], known: tuple[str, float] | None = None) -> SpineReading:
    """Find the sequence that explains all rows best.

    Args:
        evidence: how much of each class a row shows, about 1 in the middle of a body, by name, (rows,), foot to head;
            also of "rib" and "hip_bone".
        known: name of a vertebra and a row that certainly lies in it, where somebody has counted.
    """
    bodies = np.stack([evidence[name] for name in _SHOWN])
    presence = bodies[1:].sum(0)
    rows = np.flatnonzero(bodies.sum(0) > _PRESENT)
    if len(rows) < _SHORTEST_MM / VIEW_MM:
        return SpineReading({}, {}, {}, _landmarks(evidence, np.inf))
    first, last = rows[0], rows[-1] + 1
    votes = _votes(bodies[:, first:last])[_CHANNEL_OF_STATE]
    scores = _segment_scores(votes, presence[first:last])
    prices = _prices(additional=known is None)
    path = _best_path(scores, prices)
    if known is not None:
        path = _rename(path, presence[first:last], known[0], known[1] - first)
    posterior, occurs = _posterior(scores, prices)
    middles, certainty, shares = {}, {}, {}
    for number, name in enumerate(_STATES[1:-1], start=1):
        own = np.flatnonzero(path == number)
        weight = presence[first + own] if len(own) else np.zeros(0)
        if weight.sum() < 0.5:
            continue
        middle = _between_discs(presence[first:last], own)
        if middle is None:
            middle = float((own * weight).sum() / weight.sum())
        middles[name] = first + middle
        certainty[name] = float(posterior[number, int(round(middle))])
        shares[name] = float(min(1.0, np.clip(weight, 0, 1).sum() * VIEW_MM / _USUAL_BODY_MM))
    if middles and path.min() > _STATES.index("S1"):
        certainty[next(iter(middles))] *= _LOWEST_CERTAINTY
    additional = {name: float(occurs[_STATES.index(name)]) for name in ADDITIONAL}
    landmarks = _landmarks(evidence, middles.get(_ABOVE_PELVIS, np.inf))
    return SpineReading(middles, certainty, shares, landmarks, additional)


def _between_discs(presence: np.ndarray, own: np.ndarray) -> float | None:
    """Row halfway between the discs below and above a body of these rows; None at the ends of the scan.

    The names that rows get may change a row or two off the disc, which would shift their mean.
    """
    below, above = _disc_near(presence, own[0] - 0.5), _disc_near(presence, own[-1] + 0.5)
    return None if below is None or above is None else (below + above) / 2


def _disc_near(presence: np.ndarray, border: float) -> float | None:
    """Row with the least of any body within ``_DISC_REACH_MM`` of a border, to a fraction of a row (a parabola)."""
    reach = _DISC_REACH_MM / VIEW_MM
    low, high = int(np.floor(border - reach)), int(np.ceil(border + reach))
    if low < 1 or high > len(presence) - 2:
        return None
    row = low + int(presence[low : high + 1].argmin())
    left, middle, right = presence[row - 1 : row + 2]
    curvature = left - 2 * middle + right
    if curvature <= 0:
        return float(row)
    # Where presence still falls at the end of the reach, the parabola's lowest point may lie far outside.
    return row + float(np.clip(0.5 * (left - right) / curvature, -0.5, 0.5))


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


def _prices(additional: bool) -> np.ndarray:
    """Log-probability of going up from one state to another, (from, to); the last row is for the lowest state of all.

    Args:
        additional: whether the spine may have the vertebrae of ``ADDITIONAL``.
    """
    count = len(_STATES)
    prices = np.full((count + 1, count), -np.inf)
    prices[count] = 0.0
    usual = [number for number, name in enumerate(_STATES) if name not in ADDITIONAL]
    prices[usual[:-1], usual[1:]] = 0.0
    for name, (_, share) in ADDITIONAL.items():
        number = _STATES.index(name)
        price = np.log(share) if additional else -np.inf
        prices[number - 1, number] = prices[count, number] = price
        prices[number, number + 1] = 0.0
        prices[number - 1, number + 1] = np.log(1 - share) if additional else 0.0
    return prices


def _best_path(scores: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """State of each row in the most probable sequence (Viterbi with durations)."""
    states, rows = scores.shape[0], scores.shape[1] - 1
    best = np.full((states, rows + 1), -np.inf)
    begin = np.zeros((states, rows + 1), int)
    before = np.full((states, rows), -np.inf)
    before[:, 0] = prices[-1]
    for end in range(1, rows + 1):
        total = before[:, :end] + scores[:, :end, end]
        begin[:, end], best[:, end] = total.argmax(1), total.max(1)
        if end < rows:
            before[:, end] = (best[:, end, None] + prices[:-1]).max(0)
    path = np.zeros(rows, int)
    end, state = rows, int(best[:, rows].argmax())
    while True:
        start = begin[state, end]
        path[start:end] = state
        if start == 0:
            return path
        end, state = start, int((best[:, start] + prices[:-1, state]).argmax())


def _rename(path: np.ndarray, presence: np.ndarray, known: str, row: float) -> np.ndarray:
    """Shift all names so that the body nearest to a row bears the known one; the rest of the chest keeps its name."""
    usual = np.array([number for number, name in enumerate(_STATES) if name not in ADDITIONAL])
    rank = np.searchsorted(usual, path)
    bodies = [number for number in np.unique(rank) if 0 < number < len(usual) - 1]
    if not bodies:
        return path
    middles = [np.average(np.flatnonzero(rank == number), weights=presence[rank == number] + 1e-6) for number in bodies]
    shift = int(np.searchsorted(usual, _STATES.index(known))) - bodies[int(np.argmin(np.abs(np.array(middles) - row)))]
    chest = rank == len(usual) - 1
    return usual[np.where(chest, rank, np.clip(rank + shift, 0, len(usual) - 1))]


def _posterior(scores: np.ndarray, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities over all sequences (forward-backward with durations).

    Returns:
        Of each state in each row, (states, rows), and of each state to occur at all, (states,).
    """
    states, rows = scores.shape[0], scores.shape[1] - 1
    ended = np.full((states, rows + 1), -np.inf)
    before = np.full((states, rows), -np.inf)
    before[:, 0] = prices[-1]
    for end in range(1, rows + 1):
        ended[:, end] = np.logaddexp.reduce(before[:, :end] + scores[:, :end, end], 1)
        if end < rows:
            before[:, end] = np.logaddexp.reduce(ended[:, end, None] + prices[:-1], 0)
    after = np.full((states, rows + 1), -np.inf)
    after[:, rows] = 0.0
    for start in range(rows - 1, 0, -1):
        following = np.logaddexp.reduce(scores[:, start, start + 1 :] + after[:, start + 1 :], 1)
        after[:, start] = np.logaddexp.reduce(prices[:-1] + following, 1)
    segments = np.exp(before[:, :, None] + scores[:, :-1] + after[:, None] - np.logaddexp.reduce(ended[:, rows]))
    change = np.zeros((states, rows + 1))
    change[:, :rows] += segments.sum(2)
    change -= segments.sum(1)
    return change.cumsum(1)[:, :rows], segments.sum((1, 2))
