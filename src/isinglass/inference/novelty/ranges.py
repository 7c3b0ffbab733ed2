"""How far features lie beyond their training ranges, each side of each feature in a unit of its own.

With z the scaled rows and t what a new row exceeds on a side with probability LEVEL / (2 features), by an exponential
tail of the outermost rows (`inference.novelty.level`),

    m = t - max z,      score = max over sides and features of (z - max z) / m.

A range that ends abruptly, as that of rows cut at a threshold, has a short tail and a small margin there, whatever the
other side looks like.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isinglass.inference.novelty.level import LEVEL, tail

MARGIN = 1e-3
"""Of a scaled feature: rounding of measured values is no extrapolation."""

Floats = NDArray[np.floating]


def margins(scaled: Floats) -> Floats:
    """[side, feature], above and below, of rows [row, feature]; together exceeded by a share LEVEL of new rows."""
    return np.stack([_margin(scaled), _margin(-scaled)])


def beyond(scaled: Floats, low: Floats, high: Floats, margin: Floats) -> Floats:
    """The largest excess [sample] of rows [sample, feature] over ranges [feature], in margins; 0 inside."""
    above, below = (scaled - high) / margin[0], (low - scaled) / margin[1]
    return np.maximum(above, below).max(axis=1, initial=0.0)


def left_out(scaled: Floats, margin: Floats) -> Floats:
    """The same score [row] for each row against the ranges of the others: only outermost rows have one."""
    score = np.zeros(len(scaled))
    if len(scaled) > 1:
        for values, unit in ((scaled, margin[0]), (-scaled, margin[1])):
            second, first = np.partition(values, len(values) - 2, axis=0)[-2:]
            np.maximum.at(score, values.argmax(axis=0), (first - second) / unit)
    return score


def _margin(values: Floats) -> Floats:
    rows, features = values.shape
    if not rows:
        return np.full(features, MARGIN)
    return np.maximum(tail(values, LEVEL / (2 * max(features, 1))) - values.max(axis=0), MARGIN)
