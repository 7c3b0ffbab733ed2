"""How far a row lies outside the rows that the model has seen.

Interpolation is good, extrapolation is not: a network's answer far from its training rows is a guess, and its own
spread need not show it. Five scores say how far; in each, 1 is reached by one row in a hundred of those on which
it was calibrated, which are training rows that the asked part of the model had not seen:

    distance        d_k(z) / q, the distance to the k-th nearest of the stored training rows, z = (x - center) * scale;
                    q from training rows, each measured against the others
    range           max_j e_j / m_j, how far a feature lies beyond its training range; m_j is what rows out of a
                    member's bag exceed the range of the bag by, once in a hundred times the number of features
    hidden          the same distance as the first in the last hidden layer of some members (`learning.hidden`)
    reconstruction  what a singular value decomposition of that layer leaves over
    ignorance       the members' disagreement

    novelty(x) = max(distance, range) / w  for tables,    max(hidden, reconstruction) / w  for images,

with w the 0.99 quantile of the maximum over unseen rows; above 1 means outside. The other scores are told, but mark
nothing: on tables they find fewer of the rows outside (`benchmarks/novelty.py`), and pixels have no range.

References: Angiulli & Pizzuti (2002), Fast outlier detection in high dimensional spaces,
doi 10.1007/3-540-45681-3_2 (the distance to the k-th nearest neighbour as a novelty score); McGovern et al. (2019),
doi 10.1175/BAMS-D-18-0195.1 (novelty by reconstruction).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isinglass.learning.hidden import Hidden
from isinglass.learning.neighbours import NEIGHBOURS, kth_distance

STORED = 2000  # rows; 2,000 x 20 features are 160 kB in the model file, and one query costs microseconds
QUANTILE = 0.99
BAGS = 16
"""Bags whose ranges are held against the rows outside them."""
MARGIN = 1e-3
"""Of a scaled feature: rounding of measured values is no extrapolation."""
LEAST = 1e-6

Floats = NDArray[np.floating]
Layer = Callable[[int, NDArray], Floats]
"""`layer(member, inputs) -> [sample, unit]`: the last hidden layer of a member."""


@dataclass(frozen=True)
class Novelty:
    """What the model remembers of its training rows.

    rows: stored training rows [row, feature], as encoded (missing values are NaN); no features for images;
    center, scale: [feature]; low, high: training range [feature]; unit: the distance that counts as 1;
    margin: [feature] what counts as 1 beyond the range, scaled; whole: the maximum of scores that counts as 1;
    hidden: last hidden layers of some members; ignorance: [out] what counts as 1, empty where unknown;
    names: of the features.
    """

    rows: Floats
    center: Floats
    scale: Floats
    low: Floats
    high: Floats
    unit: float
    margin: Floats
    whole: float = 1.0
    hidden: tuple[Hidden, ...] = ()
    ignorance: Floats | tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    def score(self, inputs: NDArray, layer: Layer | None = None) -> Floats:
        """Novelty [sample] of encoded inputs [sample, feature] or images; above 1 is outside the training data.
        Images need `layer`."""
        if self.rows.shape[1]:
            told = self._of_inputs(inputs)
        elif layer is not None and self.hidden:
            told = self._of_layers(inputs, layer)
        else:
            return np.full(len(inputs), np.nan)
        return np.max(list(told.values()), axis=0) / self.whole

    def parts(self, inputs: NDArray, layer: Layer, ignorance: Floats | None = None) -> dict[str, Floats]:
        """Every score by itself, [sample] each; ignorance is the members' disagreement [sample, out]."""
        told = self._of_inputs(inputs) if self.rows.shape[1] else {}
        told |= self._of_layers(inputs, layer) if self.hidden else {}
        if ignorance is not None and len(self.ignorance):
            told["ignorance"] = (ignorance / np.asarray(self.ignorance)).max(axis=1)
        return told

    def outside(self, inputs: Floats) -> NDArray[np.bool_]:
        """Which features of which rows lie outside the training range: [sample, feature]."""
        if not self.rows.shape[1]:
            return np.zeros((len(inputs), 0), dtype=bool)
        return (inputs < self.low) | (inputs > self.high)

    def take(self, members: NDArray[np.integer]) -> Novelty:
        """For an ensemble of some of the members, in that order."""
        place = {int(member): number for number, member in enumerate(members)}
        kept = [replace(one, member=place[one.member]) for one in self.hidden if one.member in place]
        return replace(self, hidden=tuple(kept))

    def _of_inputs(self, inputs: Floats) -> dict[str, Floats]:
        distance = kth_distance(self._scaled(inputs), self._scaled(self.rows), NEIGHBOURS) / self.unit
        beyond = _beyond(self._scaled(inputs), self._scaled(self.low[None]), self._scaled(self.high[None]))
        return {"distance": distance, "range": (beyond / self.margin).max(axis=1, initial=0.0)}

    def _of_layers(self, inputs: NDArray, layer: Layer) -> dict[str, Floats]:
        told = [one.score(layer(one.member, inputs)) for one in self.hidden]
        distance, left = (np.mean(part, axis=0) for part in zip(*told, strict=True))
        return {"hidden": distance, "reconstruction": left}

    def _scaled(self, inputs: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # an unbounded range of a feature that is not scaled
            return np.nan_to_num((inputs - self.center) * self.scale, nan=0.0, posinf=1e6, neginf=-1e6)


def fit_novelty(
    inputs: Floats, center: Floats, scale: Floats, *, seed: int, bags: NDArray[np.bool_] | None = None
) -> Novelty:
    """Remember a random choice of the training rows.

    Args:
        inputs: training rows [sample, feature].
        center: [feature].
        scale: [feature].
        seed: of the choice.
        bags: [bag, sample] which rows some members learnt from; None: three quarters of the rows, drawn at random.
    """
    random = np.random.default_rng(seed)
    chosen = np.sort(random.permutation(len(inputs))[:STORED])
    rows = np.asarray(inputs[chosen], dtype=np.float32)
    low, high = _range(inputs)
    blank = Novelty(rows, center, scale, low, high, 1.0, np.ones(inputs.shape[1]))
    scaled = blank._scaled(rows)
    # Each row against the others: its own distance of zero comes first, so one neighbour more is asked for.
    distances = kth_distance(scaled, scaled, NEIGHBOURS + 1)
    unit = quantile(distances)
    bags = random.random((BAGS, len(inputs))) < 0.75 if bags is None else bags
    beyond = _unseen(blank._scaled(np.asarray(inputs)), bags, chosen)
    known = np.isfinite(beyond).all(axis=1)
    margin = _margins(beyond[known])
    most = np.maximum(distances[known] / unit, (beyond[known] / margin).max(axis=1, initial=0.0))
    return replace(blank, unit=unit, margin=margin, whole=max(1.0, quantile(most, empty=1.0)))


def fit_hidden(members: NDArray[np.integer], layer: Callable[[int], tuple[Floats, Floats, NDArray]]) -> Novelty:
    """What some members' last hidden layers have seen; `with_hidden` gives it to the novelty of a table.

    Args:
        members: places in the ensemble.
        layer: for a member, its layer for rows that it learnt from [row, unit], for rows that it never saw
            [unseen, unit], and these rows' numbers [unseen].
    """
    fitted: list[Hidden] = []
    seen: dict[int, list[tuple[float, float]]] = {}
    for member in members:
        learnt, unseen, numbers = layer(int(member))
        fitted.append(Hidden.fit(int(member), learnt, unseen))
        for number, pair in zip(numbers.tolist(), zip(*fitted[-1].score(unseen), strict=True), strict=True):
            seen.setdefault(number, []).append(pair)
    most = [float(np.max(np.mean(pairs, axis=0))) for pairs in seen.values()]
    nothing = np.zeros(0)
    whole = max(LEAST, quantile(np.array(most), empty=1.0))
    return Novelty(np.zeros((0, 0)), nothing, nothing, nothing, nothing, 1.0, nothing, whole, hidden=tuple(fitted))


def quantile(values: Floats, *, empty: float = 1.0) -> float:
    """What one in a hundred exceeds; never quite 0."""
    return max(float(np.quantile(values, QUANTILE)), LEAST) if len(values) else empty


def _unseen(scaled: Floats, bags: NDArray[np.bool_], chosen: NDArray[np.integer]) -> Floats:
    """How far chosen rows lie beyond the ranges of the bags that do not hold them, the mean over these bags:
    [chosen, feature]; NaN where all bags hold a row."""
    total, count = np.zeros((len(chosen), scaled.shape[1])), np.zeros((len(chosen), 1))
    for bag in bags:
        out = ~bag[chosen]
        if bag.any() and out.any():
            low, high = scaled[bag].min(axis=0), scaled[bag].max(axis=0)
            total[out] += _beyond(scaled[chosen[out]], low, high)
            count[out] += 1
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _margins(beyond: Floats) -> Floats:
    """[feature]: together the features exceed these once in a hundred rows."""
    features = beyond.shape[1]
    if not len(beyond) or not features:
        return np.full(features, MARGIN)
    return np.maximum(np.quantile(beyond, 1 - (1 - QUANTILE) / features, axis=0), MARGIN)


def _beyond(scaled: Floats, low: Floats, high: Floats) -> Floats:
    return np.maximum(np.maximum(scaled - high, low - scaled), 0.0)


def _range(inputs: Floats) -> tuple[Floats, Floats]:
    low = np.fmin.reduce(inputs, axis=0, initial=np.inf)
    high = np.fmax.reduce(inputs, axis=0, initial=-np.inf)
    return np.where(np.isinf(low), -np.inf, low), np.where(np.isinf(high), np.inf, high)
