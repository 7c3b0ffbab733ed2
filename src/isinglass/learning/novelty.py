"""How far a row lies outside the rows that the model has seen.

Interpolation is good, extrapolation is not: a network's answer far from its training rows is a guess, and its own
spread need not show it. The distance is measured in scaled inputs, z = (x - center) * scale:

    novelty(x) = d_k(z) / q,      d_k(z) = distance to the k-th nearest of the stored training rows,

with q the 0.99 quantile of d_k over training rows, each measured against the others. One training row in a hundred
is therefore at 1; above 1 means outside. A single feature outside its training range is reported by name.

Reference: Angiulli & Pizzuti (2002), Fast outlier detection in high dimensional spaces,
doi 10.1007/3-540-45681-3_2 (the distance to the k-th nearest neighbour as a novelty score).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 5
STORED = 2000  # rows; 2,000 x 20 features are 160 kB in the model file, and one query costs microseconds
QUANTILE = 0.99

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Novelty:
    """What the model remembers of its training rows.

    rows: stored training rows [row, feature], as encoded (missing values are NaN);
    center, scale: [feature]; low, high: training range [feature]; unit: the distance that counts as 1.
    """

    rows: Floats
    center: Floats
    scale: Floats
    low: Floats
    high: Floats
    unit: float

    def score(self, inputs: Floats) -> Floats:
        """Novelty [sample] of encoded inputs [sample, feature]; above 1 is outside the training data."""
        return _kth_distance(self._scaled(inputs), self._scaled(self.rows), NEIGHBOURS) / self.unit

    def outside(self, inputs: Floats) -> NDArray[np.bool_]:
        """Which features of which rows lie outside the training range: [sample, feature]."""
        return (inputs < self.low) | (inputs > self.high)

    def _scaled(self, inputs: Floats) -> Floats:
        return np.nan_to_num((inputs - self.center) * self.scale, nan=0.0, posinf=1e6, neginf=-1e6)


def fit_novelty(inputs: Floats, center: Floats, scale: Floats, *, seed: int) -> Novelty:
    """Remember a random choice of the training rows [sample, feature]; center and scale are [feature]."""
    chosen = np.random.default_rng(seed).permutation(len(inputs))[:STORED]
    rows = np.asarray(inputs[np.sort(chosen)], dtype=np.float32)
    low, high = _range(inputs)
    blank = Novelty(rows, center, scale, low, high, 1.0)
    scaled = blank._scaled(rows)
    # Each row against the others: its own distance of zero comes first, so one neighbour more is asked for.
    distances = _kth_distance(scaled, scaled, NEIGHBOURS + 1)
    unit = float(np.quantile(distances, QUANTILE)) if len(distances) else 1.0
    return Novelty(rows, center, scale, low, high, max(unit, 1e-6))


def _range(inputs: Floats) -> tuple[Floats, Floats]:
    low = np.fmin.reduce(inputs, axis=0, initial=np.inf)
    high = np.fmax.reduce(inputs, axis=0, initial=-np.inf)
    return np.where(np.isinf(low), -np.inf, low), np.where(np.isinf(high), np.inf, high)


def _kth_distance(queries: Floats, rows: Floats, k: int) -> Floats:
    if not len(rows) or not len(queries):
        return np.zeros(len(queries))
    k = min(k, len(rows))
    square = (rows**2).sum(axis=1)
    parts = []
    for start in range(0, len(queries), 4096):  # 4,096 x 2,000 distances are 33 MB
        block = queries[start : start + 4096]
        distance2 = (block**2).sum(axis=1)[:, None] + square - 2.0 * block @ rows.T
        parts.append(np.sqrt(np.maximum(np.partition(distance2, k - 1, axis=1)[:, k - 1], 0.0)))
    return np.concatenate(parts)
