"""From what each row of the spine looks like to the one sequence of vertebrae that explains all rows.

A hidden semi-Markov model: going up, the spine is the sacrum, then S1, L5 ... T11, then the rest of the chest; every
vertebra comes once, in this order, and with its disc is as tall as vertebrae are.  A vertebra that looks like its
neighbor is so outvoted by the others.  Some spines are built differently, with a vertebra more or less, which the
sequence may take in at a price, and where names are then counted from the ribs: some vertebrae look like a neighbor of
the usual spine, and the count fits above and below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from .spine_views import EVIDENCE_MM

VERTEBRAE = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11")
_BELOW, _ABOVE = "sacrum", "T10_and_above"
_SHOWN = (_BELOW, *VERTEBRAE, _ABOVE)


@dataclass(frozen=True)
class _Variant:
    """A spine that is built differently: a way around a part of the usual one.

    Attributes:
        share: assumed share of people.
        below: last usual vertebra before the way begins.
        above: first usual one after it.
        bodies: name of each vertebra on the way, and what it can look like.
    """

    share: float
    below: str
    above: str
    bodies: tuple[tuple[str, tuple[str, ...]], ...]


_VARIANTS = {
    "L6": _Variant(0.04, "S1", "L3", (("L6", ("L5",)), ("L5", ("L5", "L4")), ("L4", ("L4", "L3")))),
    "sacralized L5": _Variant(0.04, "S1", "L2", (("L4", ("L5", "L4")), ("L3", ("L4", "L3")))),
    "T13": _Variant(0.03, "L1", "T12", (("T13", ("T12",)),)),
}
# Name of each state and what it can look like: the usual spine, then the ways around.
_USUAL = tuple((name, (name,)) for name in _SHOWN)
_STATES = _USUAL + tuple(body for variant in _VARIANTS.values() for body in variant.bodies)
_NAMES = np.array([name for name, _ in _STATES])
_IS_BODY = ~np.isin(_NAMES, (_BELOW, _ABOVE))
_SHORTEST_MM, _USUAL_MM, _TALLEST_MM = 20.0, 35.0, 54.0  # a vertebra with its disc
_SPREAD_MM = 6.0
_FLOOR = 0.02  # evidence that a row cannot fall below, so that one bad row decides nothing
_TRUST = 0.25  # rows of one vertebra repeat each other: each counts for less than an independent vote
_SPLIT = 2.0  # how much a border through a body, rather than a disc, costs
_PRESENT = 0.15
_ABOVE_PELVIS = "L3"  # hip bones reach no higher than this vertebra
_USUAL_BODY_MM = 26.0
_DISC_REACH_MM = 10.0
_HALF_VERTEBRA_MM = 16.0  # within which a disc is looked for
_FAINTEST_DIP = 0.1  # of what rows show of any body; one that is fainter is less of a disc
# The lowest vertebra in a scan without sacrum may be cut off, and is named by what is above it alone; so the highest in
# a scan that ends below T11. On real scans made to end near L3 (domain-adapt evaluate cuts) 22 of 37 answers for the
# lowest were right by the first weights. By later ones nearly all are, but they are of few patients, so the user is
# still asked to check.
_END_CERTAINTY = 0.6
# Where neither S1 nor the chest above T11 is in the scan, the count is from the lowest ribs alone, which often lie
# beside the next vertebra: of 26 such generated scans 21 were right, of 24 made of one real scan all.
_LOWEST_RIBS_CERTAINTY = 0.75


@dataclass(frozen=True)
class SpineReading:
    """The most probable sequence of vertebrae.

    Attributes:
        middles: row in the middle of each visible vertebral body, by name, foot to head.
        certainty: probability that the body lies in this row and bears this name, by name; less than the sequence
            itself says for the lowest and the highest vertebra, where nothing beyond it could contradict.
        visible_share: share of a usual body's height that is in the scan, by name; 0 where its middle is not.
        landmark_rows: number of rows that show "ribs" and "the sacrum".
        variants: probability of each way in which a spine can be built differently, by name.
    """

    middles: Mapping[str, float]
    certainty: Mapping[str, float]
    visible_share: Mapping[str, float]
    landmark_rows: Mapping[str, float]
    variants: Mapping[str, float] = field(default_factory=dict)


def read_spine(evidence: Mapping[str, np.ndarray]) -> SpineReading:
    """Find the sequence that explains all rows best.

    Args:
        evidence: how much of each class a row shows, about 1 in the middle of a body, by name, (rows,), foot to head;
            also of "rib" and "hip_bone".
    """
    bodies = np.stack([evidence[name] for name in _SHOWN])
    presence = bodies[1:].sum(0)
    rows = np.flatnonzero(bodies.sum(0) > _PRESENT)
    if len(rows) < _SHORTEST_MM / EVIDENCE_MM:
        return SpineReading({}, {}, {}, _landmarks(evidence, np.inf))
    first, last = rows[0], rows[-1] + 1
    votes = _votes(bodies[:, first:last])
    scores = _segment_scores(votes, presence[first:last])
    prices = _prices()
    path = _best_path(scores, prices)
    posterior, occurs = _posterior(scores, prices)
    bodies_rows = _bodies(path, presence[first:last])
    places = _middles(presence[first:last], list(bodies_rows.values()))
    middles, certainty, shares = {}, {}, {}
    for (number, own), place in zip(bodies_rows.items(), places, strict=True):
        name, row = str(_NAMES[number]), int(np.clip(np.rint(place), 0, len(path) - 1))
        middles[name] = float(first + np.clip(place, 0, len(path) - 1))
        certainty[name] = float(posterior[np.isin(_NAMES, name), row].sum())
        visible_mm = np.clip(presence[first + own], 0, 1).sum() * EVIDENCE_MM
        shares[name] = float(min(1.0, visible_mm / _USUAL_BODY_MM)) if abs(place - row) <= 0.5 else 0.0
    _lower_at_ends(certainty, path)
    variants = {name: float(occurs[way].max()) for name, way in _ways().items()}
    landmarks = _landmarks(evidence, middles.get(_ABOVE_PELVIS, np.inf))
    return SpineReading(middles, certainty, shares, landmarks, variants)


def _lower_at_ends(certainty: dict[str, float], path: np.ndarray) -> None:
    """Lower the certainty of the lowest and the highest vertebra, where nothing beyond it could contradict.

    None is certain where neither S1 nor the chest above T11 is seen.
    """
    if certainty and path.min() > _SHOWN.index("S1"):
        certainty[next(iter(certainty))] *= _END_CERTAINTY
        if not (path == _SHOWN.index(_ABOVE)).any():
            certainty.update({name: min(own, _LOWEST_RIBS_CERTAINTY) for name, own in certainty.items()})
    if certainty and not np.isin(path, (_SHOWN.index("T11"), _SHOWN.index(_ABOVE))).any():
        certainty[next(reversed(certainty))] *= _END_CERTAINTY


def _bodies(path: np.ndarray, presence: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of each vertebra that shows a body, by state, foot to head."""
    rows = {number: np.flatnonzero(path == number) for number in dict.fromkeys(path[_IS_BODY[path]].tolist())}
    return {number: own for number, own in rows.items() if presence[own].sum() >= 0.5}


def _middles(presence: np.ndarray, bodies: Sequence[np.ndarray]) -> list[float]:
    """Row in the middle of each body, given by its rows: halfway between the discs below and above it.

    The names that rows get may change a row or two off the disc, which would shift their mean.  A body that an end of
    the scan cuts is as tall as the nearest whole one, so that its middle may lie outside.
    """
    discs = [(_disc_near(presence, own[0] - 0.5), _disc_near(presence, own[-1] + 0.5)) for own in bodies]
    heights = {number: above - below for number, (below, above) in enumerate(discs) if None not in (below, above)}
    middles = []
    for number, ((below, above), own) in enumerate(zip(discs, bodies, strict=True)):
        if (below is None and above is None) or not heights:
            middles.append(float(np.average(own, weights=presence[own])))
            continue
        height = heights[min(heights, key=lambda other, number=number: abs(other - number))]
        middles.append(above - height / 2 if above is not None else below + height / 2)
    return middles


def _disc_near(presence: np.ndarray, border: float) -> float | None:
    """Row with the least of any body within ``_DISC_REACH_MM`` of a border, to a fraction of a row (a parabola)."""
    reach = _DISC_REACH_MM / EVIDENCE_MM
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
    bodies = np.stack([bodies[[_SHOWN.index(name) for name in looks]].max(0) for _, looks in _STATES])
    share = (bodies + _FLOOR) / (total + len(_SHOWN) * _FLOOR)
    return _TRUST * np.clip(total, 0, 1) * np.log(share)


def _segment_scores(votes: np.ndarray, presence: np.ndarray) -> np.ndarray:
    """Log-score of one segment of a state, (states, first row, row after the last); -inf where it cannot be."""
    states, rows = votes.shape
    votes = np.concatenate([np.zeros((states, 1)), votes.cumsum(1)], 1)
    start, end = np.arange(rows + 1)[:, None], np.arange(rows + 1)
    scores = votes[:, None, :] - votes[:, :, None]
    scores[:, end <= start] = -np.inf
    height = (end - start) * EVIDENCE_MM
    # The ends of the scan may cut the first and the last vertebra.
    cut = (start == 0) | (end == rows)
    wrong = (height > _TALLEST_MM) | ((height < _SHORTEST_MM) & ~cut)
    unusual = np.where(cut & (height < _USUAL_MM), 0.0, 0.5 * ((height - _USUAL_MM) / _SPREAD_MM) ** 2)
    scores[_IS_BODY] -= np.where(wrong, np.inf, unusual)
    split = np.zeros(rows + 1)
    split[1:rows] = _SPLIT * _through_body(presence)
    return scores - split[:, None]


def _through_body(presence: np.ndarray) -> np.ndarray:
    """How much of a body a border between two rows cuts, (rows - 1,): 0 in a disc, however faint, to 1."""
    size = 2 * round(_HALF_VERTEBRA_MM / EVIDENCE_MM) + 1
    most, least = ndimage.maximum_filter1d(presence, size), ndimage.minimum_filter1d(presence, size)
    height = np.clip(most, 0, 1) * (1 - (most - presence) / np.maximum(most - least, _FAINTEST_DIP))
    return np.minimum(height[1:], height[:-1])


def _ways() -> dict[str, list[int]]:
    """States of each variant's way around, by its name."""
    ways, first = {}, len(_USUAL)
    for name, variant in _VARIANTS.items():
        ways[name] = list(range(first, first + len(variant.bodies)))
        first += len(variant.bodies)
    return ways


def _prices() -> np.ndarray:
    """Log-probability of going up from one state to another, (from, to); the last row is for the lowest of all."""
    count = len(_STATES)
    chances = np.zeros((count + 1, count))
    for number in range(len(_USUAL) - 1):
        chances[number, number + 1] = 1.0
    chances[count, : len(_USUAL)] = 1.0
    for name, way in _ways().items():
        variant = _VARIANTS[name]
        below, above = _SHOWN.index(variant.below), _SHOWN.index(variant.above)
        chances[below, below + 1] -= variant.share
        chances[below, way[0]] = chances[count, way] = variant.share
        chances[way, [*way[1:], above]] = 1.0
    return np.log(chances, out=np.full_like(chances, -np.inf), where=chances > 0)


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
