"""Values far from all others of their column: a lost decimal point, a sensor's end, a unit mixed up.

A value is far where these hold, so that rain, prices and counts with long tails are not:

- a gap of more than twice the range of all values on the near side of it lies before it;
- it lies beyond the central 90 % by more than 0.8 of their own width w, measured as asinh(3 (x - median) / w);
- the same of logarithms, where all values are positive.

Columns with fewer than 10 values, and those of which 90 % agree, are left alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Scale = Callable[[np.ndarray], np.ndarray]

GAP = 2.0
WIDTHS = 0.8
FEWEST = 10


def far(values: np.ndarray) -> np.ndarray:
    """Places of values far from all others, the farthest first: [sample] -> int64 [far]. NaN is no value."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < FEWEST:
        return np.zeros(0, np.int64)
    low, middle, high = np.quantile(values[known], [0.05, 0.5, 0.95], method="nearest")
    if not high > low:
        return np.zeros(0, np.int64)
    beyond = _outside(known, values, (low, high), lambda v: np.arcsinh((v - middle) / ((high - low) / 3)))
    if values[known].min() > 0:
        beyond = _outside(beyond, values, (low, high), np.log)
    if not len(beyond):
        return beyond
    first, last = _core(values[np.setdiff1d(known, beyond)], np.sort(values[beyond]))
    beyond = beyond[(values[beyond] < first) | (values[beyond] > last)]
    return beyond[np.argsort(-np.abs(values[beyond] - middle), kind="stable")]


def _outside(places: np.ndarray, values: np.ndarray, ends: tuple[float, float], scale: Scale) -> np.ndarray:
    """Those of the places that lie beyond the ends by more than `WIDTHS` of the ends' distance, on a scale."""
    below, above = scale(np.array(ends))
    room, found = WIDTHS * (above - below), scale(values[places])
    return places[(found > above + room) | (found < below - room)]


def _core(near: np.ndarray, candidates: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest value that no gap parts from those near the middle; candidates rise."""
    first, last = float(near.min()), float(near.max())
    above, below = candidates[candidates > last], candidates[candidates < first][::-1]
    while True:
        room = GAP * (last - first)
        if len(above) and above[0] - last <= room:
            last, above = float(above[0]), above[1:]
        elif len(below) and first - below[0] <= room:
            first, below = float(below[0]), below[1:]
        else:
            return first, last
